import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { choreography } from "#contracts/choreography.ts";
import type { Source } from "./imports.ts";
import { walkFaults, walksIn } from "./walks.ts";

const root = join(import.meta.dirname, "../..");
const read = (path: string): Source => ({ path, text: readFileSync(join(root, path), "utf8") });

describe("docs/architecture.md", () => {
  const walks = walksIn(read("docs/architecture.md"));
  const sources = ["contracts", "services"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts"))
      .map((path) => read(`${folder}/${path}`)),
  );

  test("walks from the row to a test for a fact of a person, of an agent, and of a failure, published and consumed", () => {
    const facts = ["ISSUE_LABELED", "REVIEW_CHANGES_REQUESTED", "RUN_FAILED"];
    expect(walks.map(({ title }) => title)).toEqual(
      facts.flatMap((fact) => [`${fact} is published`, `${fact} is consumed`]),
    );
  });

  test.each(walks)("$title: every hop leads to the next one, and the last is a test", (walk) => {
    expect(walkFaults(walk, sources, choreography)).toEqual([]);
  });
});

describe("a walk", () => {
  const sources: readonly Source[] = [
    { path: "contracts/choreography.ts", text: "cost: SPENT, MERGED; other: SPENT; silent: SPENT" },
    { path: "services/cost/main.ts", text: `import { add } from "./project.ts";` },
    { path: "services/cost/project.ts", text: `import "#contracts/sum.ts";\nexport function add() {}` },
    { path: "contracts/sum.ts", text: "export function sum() {}" },
    { path: "services/cost/other.ts", text: "" },
    {
      path: "services/cost/project.test.ts",
      text: `import "./project.ts";\nimport "./other.ts";\ntest("adds", () => add("subtracts", SPENT));`,
    },
    { path: "services/cost/merged.test.ts", text: `import "./project.ts";\ntest("merges", () => {});` },
    { path: "services/cost/alone.test.ts", text: `test.each([1])("adds", () => SPENT);` },
    { path: "services/cost/test-cost.ts", text: `import "./project.ts";\nexport const SPENT = 1;` },
    { path: "services/cost/fixed.test.ts", text: `import "./test-cost.ts";\ntest.each([1])("adds %d", () => {});` },
  ];
  const walk = (...lines: readonly string[]) => {
    const hops = lines.map((line, index) => `${index + 1}. [file](../${line}`);
    return walksIn({
      path: "docs/a.md",
      text: `### Walk: SPENT is published\n\n${hops.join("\n")}\n\n## Next\n1. [no](hop)`,
    })[0];
  };
  const faults = (...lines: readonly string[]) => walkFaults(walk(...lines) ?? { title: "", hops: [] }, sources, rows);
  const rows = {
    cost: { consumes: ["MERGED"], publishes: ["SPENT"] },
    other: { consumes: [], publishes: ["SPENT"] },
    silent: { consumes: ["SPENT"], publishes: ["SPARED"] },
  };
  const whole = [
    "contracts/choreography.ts): the row `cost` publishes `SPENT`",
    "services/cost/main.ts)",
    "services/cost/project.ts): `add`",
    'services/cost/project.test.ts): "adds"',
  ] as const;

  test("that holds has no faults", () => {
    expect(walk(...whole)?.hops).toHaveLength(4);
    expect(faults(...whole)).toEqual([]);
    expect(faults(...whole.slice(0, 3), 'services/cost/fixed.test.ts): "adds %d"')).toEqual([]);
    expect(faults(...whole.slice(0, 3), "contracts/sum.ts): `sum`", whole[3])).toEqual([]);
  });

  test("whose row does not have the fact of its title is refused", () => {
    const [, ...rest] = whole;
    const silentFirst = walk("contracts/choreography.ts): the row `silent` publishes `SPENT`", ...rest);
    expect(walkFaults(silentFirst ?? { title: "", hops: [] }, sources, rows)).toContainEqual(
      expect.stringContaining("the row silent does not have SPENT in what it publishes"),
    );
  });

  test.each<[string, readonly string[], string]>([
    [
      "a file that is gone",
      [...whole.slice(0, 3), 'services/cost/gone.test.ts): "adds"'],
      "services/cost/gone.test.ts does not exist",
    ],
    [
      "a name that is gone",
      [...whole.slice(0, 2), "services/cost/project.ts): `subtract`", whole[3]],
      "project.ts has no subtract",
    ],
    ["a part of a name", [...whole.slice(0, 2), "services/cost/project.ts): `ad`", whole[3]], "project.ts has no ad"],
    [
      "a text of the test that is no title",
      [...whole.slice(0, 3), 'services/cost/project.test.ts): "subtracts"'],
      'project.test.ts has no test "subtracts"',
    ],
    [
      "a part of a title",
      [...whole.slice(0, 3), 'services/cost/project.test.ts): "add"'],
      'project.test.ts has no test "add"',
    ],
    [
      "a test that does not import the file",
      [...whole.slice(0, 3), 'services/cost/alone.test.ts): "adds"'],
      "nothing in services/cost/project.ts leads to services/cost/alone.test.ts",
    ],
    [
      "a test without its title",
      [...whole.slice(0, 3), "services/cost/project.test.ts): `add`"],
      "does not end at a test with its title",
    ],
    [
      "a guess",
      [...whole.slice(0, 2), "services/cost/other.ts)", whole[3]],
      "nothing in services/cost/main.ts leads to services/cost/other.ts",
    ],
    [
      "another row",
      ["contracts/choreography.ts): the row `other` publishes `SPENT`", ...whole.slice(1)],
      "nothing in contracts/choreography.ts leads to services/cost/main.ts",
    ],
    [
      "another verb than its title",
      ["contracts/choreography.ts): the row `cost` consumes `SPENT`", ...whole.slice(1)],
      "does not begin at contracts/choreography.ts: the row `…` publishes `SPENT`",
    ],
    [
      "another fact than its title",
      ["contracts/choreography.ts): the row `cost` publishes `MERGED`", ...whole.slice(1)],
      "does not begin at contracts/choreography.ts: the row `…` publishes `SPENT`",
    ],
    [
      "a test of something else",
      [...whole.slice(0, 3), 'services/cost/merged.test.ts): "merges"'],
      "its last test names neither its fact nor what the hop before names",
    ],
    ["no test at its end", whole.slice(0, 3), "does not end at a test"],
    ["more than six hops", [...whole.slice(0, 3), whole[2], whole[2], whole[2], whole[3]], "has 7 hops, at most 6"],
  ])("with %s is refused", (_name, lines, fault) => {
    expect(faults(...lines)).toEqual([expect.stringContaining(fault)]);
  });
});
