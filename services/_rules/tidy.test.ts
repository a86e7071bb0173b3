import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { basename } from "node:path/posix";
import { describe, expect, test } from "vitest";
import { factTypes } from "#contracts/catalogue.ts";
import packageJson from "../../package.json" with { type: "json" };
import { circles, folderCircles } from "./circles.ts";
import { readForbidden, wordViolations } from "./forbidden-words.ts";
import { importViolations } from "./import-law.ts";
import type { Source } from "./imports.ts";
import { packageHomes } from "./package-homes.ts";
import { unusedExports } from "./unused-exports.ts";

// The house rules that a program can check; Biome checks the length of functions. A violation says where, what and the mend.

const root = join(import.meta.dirname, "../..");
const declared = {
  dependencies: Object.keys(packageJson.dependencies),
  devDependencies: Object.keys(packageJson.devDependencies),
};

/** Every name at the top of the repository; one that begins with a dot is free. */
const topLevel = [
  ...["README.md", "LICENSE", "package.json", "package-lock.json", "tsconfig.json", "biome.json"],
  ...["contracts", "bus-config", "services", "deploy", "facts", "docs"],
];
const demoRepository = "deploy/local/demo/repository/";
/** Runs before any dependency exists, on a Node that may not read TypeScript. */
const setUp = "deploy/local/setup.mjs";
const linesMax = 300;
const mainLinesMax = 40;

const bannedNames = /^(utils?|helpers?|commons?|misc|index|shared|lib|types)$/;
const patternNames = /[-.](utils?|helpers?|manager|impl|base|factory)$/;
/** Word and what to do instead. This file is not searched: it names them. */
const bannedWords: readonly (readonly [RegExp, string])[] = [
  [/\b(TODO|FIXME|XXX|HACK)\b/, "Do it, or open an issue and take the words out."],
  [/\bas any\b(?! [a-z])/, "Decode with a Schema, or narrow with a type guard."],
  [/@ts-(ignore|nocheck)/, "Mend the type; a type test that must fail uses @ts-expect-error."],
  [
    /\b(test|it|describe|suite)(\.\w+)*\.(only|skip|todo)\(/,
    "Run it, delete it, or skip by name with context.skip(reason).",
  ],
];

function layoutViolations(paths: readonly string[]): readonly string[] {
  const foreign = new Set(paths.map((path) => path.split("/")[0] ?? "").filter((name) => !name.startsWith(".")));
  for (const name of topLevel) foreign.delete(name);
  const hidden = paths.filter((path) => path.endsWith("/package.json") && !path.startsWith(demoRepository));
  const ours = paths.filter((path) => !path.startsWith(demoRepository) && /\.([cm]?[jt]s|[jt]sx)$/.test(path));
  const unread = ours.filter((path) => !path.endsWith(".ts") && path !== setUp);
  return [
    ...[...foreign].map(
      (name) => `${name}: the top-level names are fixed. Move it into ${topLevel.slice(6).join("/, ")}/.`,
    ),
    ...hidden.map((path) => `${path}: hides the # imports of the code below it. The only package.json is the root's.`),
    ...unread.map((path) => `${path}: the rules read .ts files only. Write it in TypeScript, with the ending .ts.`),
    ...ours.flatMap((path) => {
      const stem = basename(path).replace(/(\.(int|e2e))?(\.test)?(-d)?\.\w+$/, "");
      const banned = bannedNames.test(stem) || patternNames.test(stem);
      return banned ? [`${path}: the name says a pattern, not the thing. Name it after what it holds.`] : [];
    }),
  ];
}

function serviceViolations(paths: readonly string[]): readonly string[] {
  const inServices = paths
    .map((path) => path.split("/"))
    .filter(([top, , ...rest]) => top === "services" && rest.length > 0);
  const folders = Map.groupBy(inServices, ([, service = ""]) => service);
  folders.delete("_kit");
  folders.delete("_rules");
  return [...folders].flatMap(([service, files]) => {
    const names = files.map((parts) => parts.slice(2).join("/"));
    const verbs = ["decide.ts", "work.ts", "project.ts"];
    const odd = names.filter((name) => !/^[a-z][a-z0-9-]*(\.int|\.e2e)?(\.test|\.test-d)?\.ts$/.test(name));
    return [
      ...(names.includes("main.ts") ? [] : [`services/${service}: has no main.ts. Wire the service there.`]),
      ...(names.some((name) => verbs.includes(name))
        ? []
        : [`services/${service}: has none of ${verbs.join(", ")}. Put what it does into one of them.`]),
      ...odd.map(
        (name) =>
          `services/${service}/${name}: a service folder is flat and holds .ts files in kebab-case. Move or rename it.`,
      ),
    ];
  });
}

function textViolations({ path, text }: Source): readonly string[] {
  const lines = text.trimEnd().split("\n");
  const isMain = /^services\/[^/]+\/main\.ts$/.test(path);
  const tooLong = [
    ...(lines.length > linesMax
      ? [`${path}: ${lines.length} lines, at most ${linesMax}. Split it by what it offers.`]
      : []),
    ...(isMain && lines.length > mainLinesMax
      ? [`${path}: ${lines.length} lines, at most ${mainLinesMax}. It only wires: move the rest to the verb.`]
      : []),
    ...(isMain && !text.startsWith("//")
      ? [`${path}: says nothing. Its first comment says what the service does.`]
      : []),
  ];
  const words = bannedWords.flatMap(([word, mend]) => {
    const at = lines.findIndex((line) => word.test(line));
    return at < 0 ? [] : [`${path}:${at + 1}: ${word.exec(lines[at] ?? "")?.[0]}. ${mend}`];
  });
  return [...tooLong, ...words];
}

describe("the repository", () => {
  const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: root });
  const paths = `${listed}`.split("\n").filter((path) => path !== "" && existsSync(join(root, path)));
  const isOurs = (path: string) =>
    /^[^.].*\.ts$/.test(path) && !/\/generated\//.test(path) && !path.startsWith(demoRepository);
  const sources = paths.filter(isOurs).map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));

  test("keeps the import law", () => {
    expect(sources.length).toBeGreaterThan(100);
    expect(importViolations(sources, declared)).toEqual([]);
  });

  test("has no circle of imports, types included, and none among the folders of the kit", () => {
    expect([...circles(sources), ...folderCircles(sources)]).toEqual([]);
  });

  test("exports no value that nobody imports", () => {
    expect(unusedExports(sources)).toEqual([]);
  });

  test("keeps its layout, file names and service folders", () => {
    expect([...layoutViolations(paths), ...serviceViolations(paths)]).toEqual([]);
  });

  test("keeps files short and free of banned words", () => {
    const searched = sources.filter(({ path }) => path !== "services/_rules/tidy.test.ts");
    expect(searched.flatMap(textViolations)).toEqual([]);
  });

  test("has none of the words that the glossary forbids, in names and in prose", () => {
    const read = (path: string) => readFileSync(join(root, path), "utf8");
    const forbidden = readForbidden(read("docs/glossary.md"));
    expect(forbidden.length).toBeGreaterThan(50);
    const documents = paths.filter((path) => /\.(md|yaml|mjs)$/.test(path) && !path.startsWith(demoRepository));
    expect(documents).toEqual(
      expect.arrayContaining(["README.md", "facts/policy.yaml", "deploy/local/setup.mjs", "docs/asyncapi.yaml"]),
    );
    const searched = [...sources, ...documents.map((path) => ({ path, text: read(path) }))];
    expect(searched.flatMap((source) => wordViolations(source, forbidden, factTypes))).toEqual([]);
  });
});

/** The violations of one file, without those of the table of homes, which one file cannot satisfy. */
function lawOn(path: string, text: string): readonly string[] {
  return importViolations([{ path, text }], declared).filter((violation) => violation.startsWith(`${path}:`));
}

describe("the import law", () => {
  test("a service does not import another, not even a type", () => {
    const mend =
      "Publish or consume an event instead (a row of contracts/choreography.ts); what several services share belongs in services/_kit.";
    const wrong = `import { Effect } from "effect";\nimport type { Verdict } from "../dispatcher/decide.ts";`;
    expect(lawOn("services/dev-e/work.ts", wrong)).toEqual([
      `services/dev-e/work.ts:2: imports services/dispatcher/decide.ts, but a service never imports another. ${mend}`,
    ]);
    expect(lawOn("deploy/operator/rig.ts", `import { go } from "../../services/dev-e/work.ts";`)).toEqual([
      `deploy/operator/rig.ts:1: imports services/dev-e/work.ts, but only the service itself imports its folder. ${mend}`,
    ]);
  });

  test.each([
    [`import { Effect } from "effect";`, "imports effect"],
    [`import { Option } from "effect/Option";`, "imports effect/Option"],
    [`import { readFile } from "node:fs";`, "imports node:fs"],
    [`import type { Bus } from "#kit/bus/bus.ts";`, "imports services/_kit/bus/bus.ts"],
    [`import { title } from "./forge.ts";`, "imports services/dev-e/forge.ts"],
    [`const fs = await import("fs");`, "imports fs"],
  ])("decide.ts imports nothing impure: %s", (text, wrong) => {
    expect(lawOn("services/dev-e/decide.ts", text)).toEqual([
      `services/dev-e/decide.ts:1: decide.ts ${wrong}. It is pure and imports only #contracts/*: take what it needs as an argument or from the event, or do it in work.ts.`,
    ]);
  });

  test.each([
    ["Date.now()", "Date.now"],
    ["new Date()", "new Date()"],
    ["Math.random()", "Math.random"],
    ["console.error(1)", "console"],
    ["fetch(url)", "fetch"],
    ["process.env", "process"],
  ])("decide.ts does not use %s", (code, named) => {
    expect(lawOn("services/dev-e/decide.ts", `export const now = () => ${code};`)).toEqual([
      `services/dev-e/decide.ts:1: decide.ts uses ${named}. It is pure: take the value from the event, or do this in work.ts.`,
    ]);
  });

  test("a part of decide.ts is as pure as decide.ts, which imports it", () => {
    expect(lawOn("services/dev-e/decide.ts", `import { one } from "./decide-one.ts";`)).toEqual([]);
    expect(lawOn("services/dev-e/decide-one.ts", `import { title } from "./forge.ts";`)).toHaveLength(1);
    expect(lawOn("services/dev-e/decide-one.ts", "export const now = () => Date.now();")).toHaveLength(1);
  });

  test("decide.ts may read a time that it is given", () => {
    const text = `import { limits } from "#contracts/work.ts";\nexport const at = (text: string) => new Date(text).getTime() + limits.waitMs;`;
    expect(lawOn("services/dev-e/decide.ts", text)).toEqual([]);
  });

  test("a package is imported in its home only; its types and tests are free", () => {
    expect(lawOn("services/status/work.ts", `import Fastify from "fastify";`)).toEqual([
      `services/status/work.ts:1: imports fastify outside its home. Use what services/_kit/process/http.ts offers, or add what is missing there; a type needs only "import type".`,
    ]);
    expect(lawOn("services/status/work.ts", `import type { FastifyInstance } from "fastify";`)).toEqual([]);
    expect(lawOn("services/status/work.int.test.ts", `import Fastify from "fastify";`)).toEqual([]);
    expect(lawOn("services/status/work.ts", `import leftPad from "left-pad";`)).toEqual([
      "services/status/work.ts:1: imports left-pad, which package.json does not name. Add it with its exact version and a home in services/_rules/package-homes.ts, or use what is there.",
    ]);
  });

  test("contracts use Schema and Result of effect, and nothing else", () => {
    expect(lawOn("contracts/work.ts", `import { Effect, Schema } from "effect";`)).toEqual([
      "contracts/work.ts:1: imports Effect from effect, but contracts/ may use only Schema and Result. Move what runs to services/_kit.",
    ]);
    expect(lawOn("contracts/work.ts", `import { join } from "node:path";`)).toHaveLength(1);
    expect(lawOn("contracts/work.ts", `import { say } from "#kit/facts/aggregate.ts";`)).toHaveLength(1);
  });

  test("no service imports bus-config, its tests may", () => {
    const text = `import { streams } from "#bus-config/streams.ts";`;
    expect(lawOn("services/status/project.ts", text)).toEqual([
      "services/status/project.ts:1: imports bus-config/streams.ts, but a service imports only #contracts/*, #kit/*, its own folder. Move what is needed to one of them.",
    ]);
    expect(lawOn("services/status/project.int.test.ts", text)).toEqual([]);
  });

  test("a room of deploy/ imports only what the table of rooms allows, its tests everything", () => {
    const playbook = `import { demoPlaybook } from "./demo/playbook.ts";`;
    expect(lawOn("deploy/local/rig-up.ts", playbook)).toEqual([
      "deploy/local/rig-up.ts:1: imports deploy/local/demo/playbook.ts, but deploy/local imports only deploy/programs, deploy/operator, deploy/local/engines, deploy/local/forge, deploy/local/model (services/_rules/deploy-rooms.ts). Move what is needed down, or hand it in.",
    ]);
    expect(lawOn("deploy/local/start.ts", playbook)).toEqual([]);
    expect(lawOn("deploy/local/rig.e2e.test.ts", playbook)).toEqual([]);
    expect(lawOn("deploy/operator/rig.ts", `import { startRig } from "../local/rig-up.ts";`)).toHaveLength(1);
    expect(lawOn("deploy/local/engines/tether.ts", `import type { Forge } from "../forge/forge.ts";`)).toEqual([
      expect.stringContaining("but deploy/local/engines imports only deploy/programs"),
    ]);
    expect(lawOn("deploy/local/forge/store.ts", `import { startTethered } from "../engines/tether.ts";`)).toEqual([
      expect.stringContaining("but deploy/local/forge imports no other room"),
    ]);
    expect(lawOn("deploy/local/model/answer.ts", `import { Rig } from "../rig-up.ts";`)).toHaveLength(1);
    expect(lawOn("deploy/compose/up.ts", `import { Rig } from "../local/rig-up.ts";`)).toEqual([
      expect.stringContaining("names no room for one of the two"),
    ]);
  });

  test("the table of homes and package.json agree", () => {
    const home = { path: "services/_kit/process/shell.ts", text: `import { execa } from "execa";` };
    const found = importViolations([home], { dependencies: ["execa", "left-pad"], devDependencies: [] });
    expect(found).toContain("package.json: nobody imports left-pad. Remove it with npm uninstall left-pad.");
    expect(found).toHaveLength(1 + Object.values(packageHomes).flat().length - 1);
  });
});

describe("tidy", () => {
  test("names what is in the wrong place", () => {
    expect(layoutViolations([".ci/run", "README.md", "contracts/work.ts", `${demoRepository}package.json`])).toEqual(
      [],
    );
    expect(layoutViolations(["src/a.ts"])).toEqual([expect.stringContaining("src: the top-level names are fixed.")]);
    expect(layoutViolations(["deploy/local/package.json"])).toEqual([expect.stringContaining("hides the # imports")]);
    expect(layoutViolations([setUp, `${demoRepository}src/a.js`, "services/_kit/a.ts"])).toEqual([]);
    for (const ending of ["mts", "cts", "js", "mjs", "cjs", "tsx", "jsx"]) {
      const mend = "the rules read .ts files only. Write it in TypeScript, with the ending .ts.";
      expect(layoutViolations([`services/_kit/a.${ending}`])).toEqual([`services/_kit/a.${ending}: ${mend}`]);
    }
    expect(
      layoutViolations(["services/_kit/utils.ts", "deploy/bus-helper.test.ts", "contracts/index.ts"]),
    ).toHaveLength(3);
    expect(serviceViolations(["services/run.ts", "services/cost/main.ts", "services/cost/project.ts"])).toEqual([]);
    expect(serviceViolations(["services/cost/lib/Money.ts"])).toHaveLength(3);
  });

  test("names what is too long or not to be written", () => {
    expect(textViolations({ path: "services/cost/main.ts", text: `// Cost.\n${"a;\n".repeat(39)}` })).toEqual([]);
    expect(textViolations({ path: "services/cost/main.ts", text: `// Cost.\n${"a;\n".repeat(40)}` })).toHaveLength(1);
    expect(textViolations({ path: "contracts/work.ts", text: "a;\n".repeat(301) })).toHaveLength(1);
    expect(textViolations({ path: "a.ts", text: "a;\n// TODO mend\n" })).toEqual([
      expect.stringMatching(/^a\.ts:2: TODO\. /),
    ]);
    expect(textViolations({ path: "a.test.ts", text: `test.only("x", () => {});` })).toHaveLength(1);
    expect(textViolations({ path: "a.ts", text: "a as any;\n// as any reader sees\n" })).toHaveLength(1);
  });
});
