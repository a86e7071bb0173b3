import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "#kit/process/shell.ts";
import type { ForgeContext } from "../context.ts";
import { forgeRoutes } from "../routes/all.ts";

// Writes generated/github.json: of GitHub's OpenAPI description (13 MB in a package of 29 MB) what the answers of the forge are held to.
// Run it with `node deploy/local/forge/openapi/make-subset.ts` after a route got another operation, or for a later description.

const packageVersion = "@octokit/openapi@23.0.2";

/** Keywords that say nothing about what fits. */
const unneeded = [
  "description",
  "example",
  "examples",
  "title",
  "default",
  "deprecated",
  "externalDocs",
  "discriminator",
];

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type Fields = { readonly [key: string]: Json };

const description = await download();
const wanted = new Set<string>();
const schemas: Record<string, Json> = {};
const operations = Object.fromEntries(operationIds().map((id) => [id, operationOf(id)]));
for (const name of wanted) schemas[name] = converted(at("components", "schemas", name));
await writeFile(join(import.meta.dirname, "generated", "github.json"), printed());

function operationIds(): string[] {
  // The handlers use the context, the table does not.
  const ids = forgeRoutes({} as ForgeContext).flatMap((route) => route.operations);
  return [...new Set(ids)].sort();
}

/** Method, path, and the schema of the answer for each status. A status whose answer has no body has null. */
function operationOf(id: string): Json {
  for (const [path, methods] of Object.entries(at("paths") as Fields)) {
    for (const [method, operation] of Object.entries(methods as Fields)) {
      const { operationId, responses } = operation as Fields;
      if (operationId !== id) continue;
      const answers = Object.entries(responses as Fields).map(([status, answer]) => [
        status,
        schemaOf(answer as Fields),
      ]);
      return { method: method.toUpperCase(), path, responses: Object.fromEntries(answers) };
    }
  }
  throw new Error(`GitHub's description has no operation ${id}. Correct the name in the route.`);
}

function schemaOf(answer: Fields): Json {
  const { $ref } = answer;
  const found = typeof $ref === "string" ? (at(...$ref.slice(2).split("/")) as Fields) : answer;
  const schema = (found.content as { "application/json"?: { schema: Json } } | undefined)?.["application/json"]?.schema;
  return schema === undefined ? null : converted(schema);
}

/** JSON Schema from OpenAPI 3.0: `nullable` is a type or an alternative. Alternatives overlap in GitHub's description, so one of them is enough. */
function converted(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(converted);
  if (typeof schema !== "object" || schema === null) return schema;
  const { nullable, ...fields } = schema as Fields;
  const kept = Object.entries(fields).filter(([key]) => !isUnneeded(key));
  const plain = Object.fromEntries(
    kept.map(([key, value]) => [key === "oneOf" ? "anyOf" : key, convertedField(key, value)]),
  );
  if (nullable !== true) return plain;
  if (typeof plain.type !== "string") return { anyOf: [plain, { type: "null" }] };
  return {
    ...plain,
    type: [plain.type, "null"],
    ...(Array.isArray(plain.enum) ? { enum: [...plain.enum, null] } : {}),
  };
}

function convertedField(key: string, value: Json): Json {
  if (key === "$ref" && typeof value === "string") {
    const name = value.replace("#/components/schemas/", "");
    wanted.add(name);
    return `#/schemas/${name}`;
  }
  // The names of properties are no keywords.
  if (key === "properties")
    return Object.fromEntries(Object.entries(value as Fields).map(([name, each]) => [name, converted(each)]));
  return key === "enum" || key === "required" ? value : converted(value);
}

function isUnneeded(key: string): boolean {
  return key.startsWith("x-") || unneeded.includes(key);
}

function at(...path: readonly string[]): Json {
  return path.reduce<Json>((found, key) => (found as Fields)[key] ?? null, description);
}

async function download(): Promise<Json> {
  const directory = await mkdtemp(join(tmpdir(), "openapi-"));
  try {
    await run("npm", ["pack", packageVersion, "--silent"], directory);
    const file = "package/generated/api.github.com.json";
    await run("sh", ["-c", `tar -xzf *.tgz ${file}`], directory);
    return JSON.parse(await readFile(join(directory, file), "utf8")) as Json;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function run(program: string, args: readonly string[], cwd: string): Promise<void> {
  const { exitCode, stderr } = await runCommand(program, args, { cwd });
  if (exitCode !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${exitCode}: ${stderr}`);
}

/** A line for each operation and each schema, so that a change of one is a change of one line. */
function printed(): string {
  const lines = (fields: Record<string, Json>) =>
    Object.entries(fields)
      .sort(([left], [right]) => left.localeCompare(right, "en"))
      .map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`)
      .join(",\n");
  return `{\n"from": ${JSON.stringify(packageVersion)},\n"operations": {\n${lines(operations)}\n},\n"schemas": {\n${lines(schemas)}\n}\n}\n`;
}
