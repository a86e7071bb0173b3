import { describe, expect, test } from "vitest";
import { choreography } from "#contracts/choreography.ts";
import packageJson from "../../package.json" with { type: "json" };
import { houseViolations } from "./house.ts";
import { importViolations } from "./import-law.ts";
import { packageHomes } from "./package-homes.ts";
import { demoRepository, layoutViolations, serviceViolations, setUp, textViolations } from "./tidy.ts";

const declared = {
  dependencies: Object.keys(packageJson.dependencies),
  devDependencies: Object.keys(packageJson.devDependencies),
};

describe("the house", () => {
  // The words that may not be written stand here on purpose: the rule has to find them, and to leave those in files that are not ours.
  const files: Readonly<Record<string, string>> = {
    "docs/glossary.md": `| publish | \`say\`, "comes again" | to store a fact | here |`,
    "contracts/work.ts": `import { join } from "node:path";\n`,
    "contracts/one.ts": `import type { Two } from "./two.ts";\nexport type One = Two;\n`,
    "contracts/two.ts": `import type { One } from "./one.ts";\nexport type Two = One;\n`,
    "contracts/idle.ts": "export const idle = 1;\n",
    "src/a.ts": "// FIXME\n",
    "services/cost/project.ts": "const say = 1;\n",
    "docs/runbook.md": "It comes again.\n",
    "deploy/local/demo/repository/a.ts": "// TODO\n",
    "contracts/generated/a.ts": "// TODO\n",
    ".config/a.ts": "// TODO\n",
  };

  test("each of its rules reads the files of the repository, and none those that are not ours", () => {
    const read = (path: string) => files[path] ?? "";
    const found = houseViolations({ paths: Object.keys(files), read, declared, factTypes: [] });
    const named = found.filter((violation) => !/^(package\.json|services\/_rules\/package-homes\.ts):/.test(violation));
    expect(named).toEqual([
      expect.stringMatching(/^contracts\/work\.ts:1: contracts\/ imports node:path\./),
      expect.stringMatching(/^contracts\/one\.ts → contracts\/two\.ts → contracts\/one\.ts: /),
      expect.stringMatching(/^contracts\/idle\.ts:1: idle: nobody imports it\./),
      expect.stringMatching(/^src: the top-level names are fixed\./),
      expect.stringMatching(/^services\/cost: has no main\.ts\./),
      expect.stringMatching(/^src\/a\.ts:1: FIXME\./),
      expect.stringMatching(/^services\/cost\/project\.ts:1: the name say /),
      expect.stringMatching(/^docs\/runbook\.md:1: "comes again"\./),
    ]);
  });

  test("says so when it could read nothing", () => {
    const found = houseViolations({ paths: [], read: () => "", declared, factTypes: [] });
    expect(found.slice(0, 2)).toEqual([
      "The rules found no .ts file. Run them in a checkout of git.",
      "docs/glossary.md: no word could be read from its column 'not'.",
    ]);
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

  test("what agents share is imported by services that claim work, and by no other one", () => {
    const importing = `import { guardCommand } from "#agent/guard/guard.ts";`;
    for (const [name, row] of Object.entries(choreography)) {
      const fault =
        "imports services/_agent/guard/guard.ts, but a service imports only #contracts/*, #kit/*, its own folder";
      const found = lawOn(`services/${name}/work.ts`, importing);
      expect([name, found.map((each) => each.includes(fault))]).toEqual([name, row.claims.length > 0 ? [] : [true]]);
    }
    expect(lawOn("services/_kit/model/model.ts", importing)).toHaveLength(1);
    expect(lawOn("services/_agent/guard/a.ts", `import { work } from "../../dev-e/work.ts";`)).toHaveLength(1);
    expect(lawOn("services/_agent/guard/a.ts", `import type { Bus } from "#kit/bus/bus.ts";`)).toEqual([]);
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
    // The forbidden words are what is tested.
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
