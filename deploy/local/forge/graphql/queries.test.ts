import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseAst } from "vitest/node";
import { checkQuery } from "./engine.ts";

const root = join(import.meta.dirname, "../../../..");

interface Found {
  readonly line: number;
  /** undefined: the query is written so that it cannot be read here. */
  readonly query: string | undefined;
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly [field: string]: unknown;
}

/**
 * Every GraphQL request in a file. Whatever reaches a thing called `graphql` counts, and so do a member of octokit with a computed name and the
 * address in a string: a query is either read, or its line is a fault. A mere name of the API (`{ graphql: 0 }`) is none.
 */
function queriesIn(text: string): Found[] {
  const nodes = nodesOf(text);
  const constants = new Map(
    nodes.flatMap((node): [string, string][] => {
      const value = node.type === "VariableDeclarator" ? literalOf(node.init) : undefined;
      return value === undefined ? [] : [[nameOf(node.id), value]];
    }),
  );
  const names = new Set(nodes.flatMap((node) => (node.type === "ObjectExpression" ? keysOf(node) : [])));
  const read = new Map<unknown, string | undefined>();
  const harmless = new Set<unknown>();
  for (const node of nodes.filter((each) => each.type === "CallExpression")) {
    const [first] = node.arguments as readonly unknown[];
    for (const callee of calleesOf(node)) read.set(callee, literalOf(first) ?? constants.get(nameOf(first)));
    if (calleesOf(node).some((each) => ["endsWith", "includes", "startsWith"].includes(nameOf(each))))
      harmless.add(first);
  }
  return nodes.flatMap((node): Found[] => {
    const line = text.slice(0, node.start).split("\n").length;
    if (isNamed(node, "graphql") && !names.has(node)) return [{ line, query: read.get(node) }];
    const isAddress = literalOf(node)?.includes("/graphql") === true && !harmless.has(node);
    return isAddress || isComputed(node) ? [{ line, query: undefined }] : [];
  });
}

function nodesOf(text: string): readonly Node[] {
  const nodes: Node[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const each of value) visit(each);
    if (!isNode(value)) return;
    nodes.push(value);
    for (const field of Object.values(value)) visit(field);
  };
  visit(parseAst(text, { lang: "ts", sourceType: "module", astType: "ts" }));
  return nodes;
}

function keysOf(node: Node): unknown[] {
  return (node.properties as readonly Node[]).filter((each) => each.shorthand !== true).map((each) => each.key);
}

/** What a call calls: `graphql` of `octokit.graphql(…)` and of `octokit.graphql.paginate(…)`. */
function calleesOf(call: Node): unknown[] {
  const called = call.callee as Node;
  const inner = called.type === "MemberExpression" ? (called.object as Node) : called;
  return [called, inner].map((each) => (each.type === "MemberExpression" ? each.property : each));
}

/** `octokit[name]` could be anything, and `x["graphql"]` is what it says. */
function isComputed(node: Node): boolean {
  if (node.type !== "MemberExpression" || node.computed !== true) return false;
  return nameOf(node.object) === "octokit" || literalOf(node.property) === "graphql";
}

function isNamed(node: Node, name: string): boolean {
  return nameOf(node) === name;
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && "start" in value;
}

function nameOf(node: unknown): string {
  return isNode(node) && node.type === "Identifier" ? String(node.name) : "";
}

function literalOf(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  if (node.type === "Literal" && typeof node.value === "string") return node.value;
  const quasis = node.type === "TemplateLiteral" ? (node.quasis as { value: { cooked: string } }[]) : [];
  return quasis.length === 1 ? quasis[0]?.value.cooked : undefined;
}

/** The faults of all files: a line for each query that cannot be read or does not fit GitHub's schema. */
async function faultsIn(files: readonly { readonly path: string; readonly text: string }[]): Promise<string[]> {
  const faults: string[] = [];
  for (const { path, text } of files) {
    for (const { line, query } of queriesIn(text)) {
      const checked = query === undefined ? undefined : await checkQuery(query);
      const messages =
        checked === undefined
          ? [
              "write the query as the first argument of octokit.graphql, or as a constant of this file without a placeholder",
            ]
          : "errors" in checked
            ? checked.errors.map((each) => each.message)
            : [];
      faults.push(...messages.map((message) => `${path}:${line}: ${message}`));
    }
  }
  return faults;
}

describe("the GraphQL of the rig", () => {
  const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: root });
  const files = `${listed}`
    .split("\n")
    .filter((path) => /^(services|deploy\/operator)\/.*\.ts$/.test(path) && !/\.test\.ts$|\/test-|_rules\//.test(path))
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));

  it("fits GitHub's own schema, every query and mutation of every service", async () => {
    expect(files.flatMap(({ text }) => queriesIn(text)).length).toBeGreaterThanOrEqual(2);
    expect(await faultsIn(files)).toEqual([]);
  });

  it.each([
    [
      "a field that GitHub does not have",
      "await octokit.graphql(`{ viewer { name2 } }`);",
      /Cannot query field "name2"/,
    ],
    [
      "a query in a constant",
      'const q = "{ nobody }";\nawait octokit.graphql<Answer>(q, {});',
      /^x.ts:2: Cannot query/,
    ],
    ["a paged query", "octokit.graphql.paginate(`{ nobody }`);", /Cannot query field "nobody"/],
    ["a query with a placeholder", "octokit.graphql(`{ \u0024{field} }`);", /write the query/],
    ["a query from elsewhere", 'import { q } from "./q.ts";\noctokit.graphql(q);', /x.ts:2: write the query/],
    ["the client under another name", "const { graphql: ask } = octokit;", /write the query/],
    ["the function handed on", "run(octokit.graphql);", /write the query/],
    ["a name in brackets", 'octokit["graphql"]("{ viewer { login } }");', /write the query/],
    ["a computed name", 'octokit[name]("{ viewer { login } }");', /write the query/],
    ["the plain address", 'octokit.request("POST /graphql", { query });', /write the query/],
  ])("cannot hide %s", async (_what, text, fault) => {
    const faults = await faultsIn([{ path: "x.ts", text }]);
    expect(faults).toEqual([expect.stringMatching(fault)]);
  });

  it("takes no mere name for a query", async () => {
    const text = 'const until = { graphql: 0, rest: 0 };\nconst one = url.endsWith("/graphql") ? "graphql" : "rest";';
    expect(await faultsIn([{ path: "x.ts", text }])).toEqual([]);
  });
});
