import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Schema } from "effect";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { AggregateKind, AggregateRef } from "#contracts/aggregates.ts";
import { catalogue, eventsFactTypes, factTypes } from "#contracts/catalogue.ts";
import { choreography, type Row, rowNames, rowOf } from "#contracts/choreography.ts";
import { issueStates } from "#contracts/issue-run.ts";
import { factSubject, workSubject } from "#contracts/subjects.ts";
import { reviewItem, workItem } from "#contracts/test-facts.ts";
import { matches } from "#contracts/test-subjects.ts";
import { type Role, type WorkItem, workItems } from "#contracts/work.ts";
import { asyncApi, asyncApiYaml } from "./asyncapi.ts";
import { documentedContracts, eventCatalogue, factSchemas } from "./event-catalogue.ts";
import { driftIn, generatedFiles } from "./generate.ts";
import { boundFaults, jsonSchemaOf, meaningFaults } from "./json-schema.ts";
import { bareReadme, MarkersMissing, withBlocks } from "./readme.ts";

const document = asyncApi();

function referencesIn(node: unknown): readonly string[] {
  if (typeof node !== "object" || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) =>
    key === "$ref" && typeof value === "string" ? [value] : referencesIn(value),
  );
}

function resolve(reference: string): unknown {
  return reference
    .split("/")
    .slice(1)
    .reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], document);
}

test("every reference of the AsyncAPI document resolves", () => {
  const references = referencesIn(document);
  expect(references.length).toBeGreaterThan(factTypes.length);
  expect(references.filter((reference) => resolve(reference) === undefined)).toEqual([]);
});

test.each(rowNames)(
  "the AsyncAPI document has one operation for each fact that %s publishes or consumes",
  (service) => {
    const operations = Object.entries(document.operations).filter(([name]) => name.startsWith(`${service}_`));
    const facts = (action: string) =>
      operations
        .filter(([, operation]) => operation.action === action)
        .map(([, operation]) => operation.channel.$ref.replace("#/channels/", ""))
        .filter((channel) => !channel.startsWith("work_"));
    expect(facts("send")).toEqual(rowOf(service).publishes);
    const ticks = rowOf(service).wakes === undefined ? [] : ["TICK"];
    expect(facts("receive")).toEqual([...rowOf(service).consumes, ...ticks]);
  },
);

test("names and addresses of the AsyncAPI document are what the specification allows", () => {
  const names = [
    ...Object.keys(document.channels),
    ...Object.keys(document.operations),
    ...Object.keys(document.components.messages),
  ];
  expect(names.filter((name) => !/^[A-Za-z0-9_-]+$/.test(name))).toEqual([]);
  for (const channel of Object.values(document.channels)) {
    const placeholders = [...channel.address.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    expect(placeholders).toEqual(Object.keys(channel.parameters));
    expect(channel.address).not.toContain("*");
  }
});

const refs: Readonly<Record<AggregateKind, AggregateRef>> = {
  issue: { kind: "issue", owner: "acme", repo: "widgets.js", number: 7 },
  pr: { kind: "pr", owner: "acme", repo: "widgets.js", number: 7 },
  ops: { kind: "ops", owner: "acme", repo: "widgets.js", number: 7 },
  fleet: { kind: "fleet", topic: "dead-letters" },
  tick: { kind: "tick", topic: "minute" },
};
const items: Readonly<Record<Role, WorkItem>> = { dev: workItem({}), review: reviewItem({}) };

test("every address of the AsyncAPI document matches a subject that the contracts build, and the one of another channel does not", () => {
  const subjects = new Map([
    ...factTypes.map((type) => [type, factSubject(refs[catalogue[type].of], type, "any")] as const),
    ...Object.values(items).map((item) => [`work_${item.role}`, workSubject(item)] as const),
  ]);
  expect([...subjects.keys()].sort()).toEqual(Object.keys(document.channels).sort());
  for (const [name, { address }] of Object.entries(document.channels)) {
    const filter = address.replaceAll(/\{\w+\}/g, "*");
    const matched = [...subjects].filter(([, subject]) => matches(filter, subject)).map(([channel]) => channel);
    expect(matched, address).toEqual([name]);
  }
});

test("a message of the AsyncAPI document shows its own data inside the envelope", () => {
  const { payload } = document.components.messages.ISSUE_QUEUED ?? {};
  expect(payload?.properties?.type?.const).toBe("ISSUE_QUEUED");
  expect(payload?.properties?.data?.required).toContain("attempt");
  expect(payload?.required).toContain("correlationid");
});

test("a row with wakes shows its schedules in the README, and who wakes it", () => {
  const nobody: Row = { does: "Waits.", wakes: ["minute"], consumes: [], claims: [], publishes: [], enqueues: [] };
  const readme = withBlocks(bareReadme, { ...choreography, sentinel: nobody });
  expect(readme).toContain("| **sentinel** | Waits. | ticks of `minute` | – | – | – |");
  expect(readme).toContain('scheduler -->|"minute ticks"| sentinel');
  const operations = Object.keys(asyncApi({ sentinel: nobody }).operations);
  expect(operations).toEqual(["sentinel_consumes_TICK"]);
});

describe("a projection beside `status`", () => {
  const picture = (row: Pick<Row, "consumes" | "publishes">) => {
    const cost: Row = { does: "Adds.", consumer: "ordered", claims: [], enqueues: [], ...row };
    return withBlocks(bareReadme, { ...choreography, cost });
  };

  test("that publishes is drawn with the facts that it reads", () => {
    const text = picture({ consumes: ["TOKEN_USAGE", "MERGED"], publishes: ["ISSUE_NEEDS_HUMAN", "ISSUE_CLOSED"] });
    expect(text).toContain('merge_gate -->|"MERGED"| cost');
    expect(text).toContain('cost -->|"ISSUE_CLOSED"| dispatcher');
    expect(text).toContain("Not drawn: `status`, which reads every fact in order, and the facts");
  });

  test("that reads every fact and publishes is drawn without the arrows to it", () => {
    const text = picture({ consumes: eventsFactTypes, publishes: ["ISSUE_CLOSED"] });
    expect(text).toContain('cost -->|"ISSUE_CLOSED"| dispatcher');
    expect(text).not.toContain("| cost\n");
    expect(text).toContain("the arrows to `cost`, which reads every fact in order, ");
  });

  test("that publishes nothing and reads some facts is not said to read every fact", () => {
    const text = picture({ consumes: ["TOKEN_USAGE"], publishes: [] });
    expect(text).not.toContain("cost[");
    expect(text).toContain("`cost`, which reads the facts of its row in order, ");
  });
});

test("the YAML has the same content as the document", () => {
  expect(parse(asyncApiYaml())).toEqual(JSON.parse(JSON.stringify(document)));
});

test("the event catalogue names the publishers and consumers of each fact", () => {
  const text = eventCatalogue();
  expect(factTypes.filter((type) => !text.includes(`\n### ${type}\n`))).toEqual([]);
  const section = text.slice(text.indexOf("### REVIEW_PASSED"));
  expect(section).toContain("- Subject: `evt.pr.*.*.*.REVIEW_PASSED.*`, version 3");
  expect(section).toContain("- Published by: review-e");
  expect(section).toContain("- Consumed by: merge-gate, status");
});

test("the event catalogue has a section with the fields of each role's work item", () => {
  const plan = Schema.Struct({ goal: Schema.String.annotate({ description: "What is wanted." }) });
  const text = eventCatalogue({ ...workItems, plan });
  const titles = [...(text.split("## The work items")[1] ?? "").matchAll(/^### (\w+)$/gm)].map(([, title]) => title);
  expect(titles).toEqual([...Object.keys(workItems), "plan"]);
  expect(text).toContain(
    "### plan\n\n| field | type | meaning |\n| --- | --- | --- |\n| `goal` | text | What is wanted. |",
  );
  const items = Object.keys(documentedContracts).filter((name) => name.endsWith(" item"));
  expect(items).toEqual(Object.keys(workItems).map((role) => `a ${role} item`));
});

test("the event catalogue shows the fields of the objects in a list, with their meaning", () => {
  const text = eventCatalogue();
  expect(text).toMatch(/\| `threads\[\]\.path` \| text \| Path of the file/);
  expect(text).toMatch(/\| `checks\[\]\.why` \| text \| What was found/);
});

test("every field of every fact, of the envelope and of the work item has a meaning", () => {
  expect(meaningFaults(documentedContracts)).toEqual([]);
});

test("a field without a meaning is refused, also inside a list and where it may be null", () => {
  const described = Schema.String.annotate({ description: "Name of the check, as GitHub shows it." });
  const wrong = Schema.Struct({
    name: described,
    title: Schema.String,
    checks: Schema.Array(Schema.Struct({ name: described, why: Schema.String })).annotate({ description: "Checks." }),
    found: Schema.NullOr(described),
  });
  const mend = "annotate its schema with a description.";
  expect(meaningFaults({ CHECKED: jsonSchemaOf(wrong, "CHECKED") })).toEqual([
    `CHECKED has a field without a meaning, title: ${mend}`,
    `CHECKED has a field without a meaning, checks[].why: ${mend}`,
    `CHECKED has a field without a meaning, found: ${mend}`,
  ]);
});

test("every text field of every fact has a bound", () => {
  expect(boundFaults(factSchemas)).toEqual([]);
});

test("a text field without a bound, or with one as long as a text, is refused, also inside a list and where it may be null", () => {
  const wrong = Schema.Struct({
    state: Schema.Literals(["open", "closed"]),
    title: Schema.String.check(Schema.isMaxLength(1_024)),
    body: Schema.String,
    labels: Schema.Array(Schema.String),
    threads: Schema.Array(Schema.Struct({ line: Schema.Int, body: Schema.String.check(Schema.isMaxLength(65_536)) })),
    found: Schema.NullOr(Schema.String),
  });
  const faults = boundFaults({ WRITTEN: jsonSchemaOf(wrong, "WRITTEN") });
  expect(faults.map((fault) => /bound, ([^:]+):/.exec(fault)?.[1])).toEqual([
    "body",
    "labels",
    "threads[].body",
    "found",
  ]);
});

describe("a field is found at whatever depth:", () => {
  const described = Schema.String.annotate({ description: "Name of the check." });
  const inside = Schema.Struct({ why: Schema.String, name: described });
  const rows: readonly (readonly [string, Schema.Top, string])[] = [
    ["a list of this or that", Schema.Array(Schema.Union([Schema.Null, inside])), "found[].why"],
    ["a list of lists", Schema.Array(Schema.Array(inside)), "found[][].why"],
    ["a tuple", Schema.Tuple([Schema.Int, inside]), "found[].why"],
    ["an object by names that are not fixed", Schema.Record(Schema.String, inside), "found.*.why"],
    ["this or that within this or that", Schema.NullOr(Schema.NullOr(Schema.Array(inside))), "found[].why"],
  ];

  test.each(rows)("%s", (_, found, path) => {
    const schema = Schema.Struct({ found: found.annotate({ description: "What was found." }) });
    const facts = { FOUND: jsonSchemaOf(schema, "FOUND") };
    expect(meaningFaults(facts)).toEqual([
      `FOUND has a field without a meaning, ${path}: annotate its schema with a description.`,
    ]);
    expect(boundFaults(facts)[0]).toContain(`FOUND has a text field without a bound, ${path}:`);
  });

  test.each([
    ["anything", Schema.Unknown],
    ["a list of anything", Schema.Array(Schema.Unknown)],
    ["an object of anything", Schema.Record(Schema.String.check(Schema.isMaxLength(9)), Schema.Unknown)],
    ["anything or null", Schema.NullOr(Schema.Array(Schema.Unknown))],
  ])("%s is refused in a fact", (_, found) => {
    const facts = { FOUND: jsonSchemaOf(Schema.Struct({ found }), "FOUND") };
    expect(boundFaults(facts)).toEqual([
      "FOUND has a field of no type, found, so whatever is written there is kept: say what it is.",
    ]);
  });

  test.each([
    ["a list of lists of text", Schema.Array(Schema.Array(Schema.String))],
    ["a list of text or null", Schema.Array(Schema.NullOr(Schema.String))],
    ["a tuple of text", Schema.Tuple([Schema.String])],
    ["text by name", Schema.Record(Schema.String, Schema.String)],
  ])("%s has a bound in a fact", (_, found) => {
    const facts = { FOUND: jsonSchemaOf(Schema.Struct({ found }), "FOUND") };
    expect(boundFaults(facts)).toEqual([expect.stringContaining("FOUND has a text field without a bound, found:")]);
  });
});

test("the README blocks are replaced and the prose around them stays", () => {
  const prose = bareReadme.replace("# rig", "# rig\n\nWritten by a person.");
  const once = withBlocks(prose);
  expect(once).toContain("Written by a person.");
  expect(once).toContain('dispatcher ==>|"dev work"| dev_e');
  expect(once).toContain("| **merge-gate** |");
  expect(withBlocks(once)).toBe(once);
});

test("docs/operating.md says of each state of an issue what it means", async () => {
  const operating = await readFile(join(import.meta.dirname, "../docs/operating.md"), "utf8");
  const table = operating.split("## The states of an issue")[1]?.split("\n## ")[0] ?? "";
  expect([...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, state]) => state).sort()).toEqual([...issueStates].sort());
});

test("a README without the markers is refused with the lines that are missing", () => {
  expect(() => withBlocks("# rig\n")).toThrow(MarkersMissing);
  expect(() => withBlocks("# rig\n")).toThrow("<!-- generated:choreography -->");
});

test("the generated files of this repository are up to date with the contracts", async () => {
  expect([...(await driftIn(join(import.meta.dirname, ".."))).keys()]).toEqual([]);
});

test("a checkout without generated files drifts in each of them", async () => {
  const empty = await mkdtemp(join(tmpdir(), "rig-drift-"));
  const readme = await readFile(join(import.meta.dirname, "../README.md"), "utf8");
  expect([...(await driftIn(empty)).keys()]).toEqual([...generatedFiles(readme, []).keys()]);
  await rm(empty, { recursive: true });
});
