import { catalogue, type FactType, factTypes } from "#contracts/catalogue.ts";
import { type RowName, rowNames, rowOf } from "#contracts/choreography.ts";
import { envelopeSchema } from "#contracts/envelope.ts";
import { agentFacts } from "#contracts/events/agent.ts";
import { changeFacts } from "#contracts/events/change.ts";
import { ciFacts } from "#contracts/events/ci.ts";
import { costFacts } from "#contracts/events/cost.ts";
import { issueFacts } from "#contracts/events/issue.ts";
import { mergeFacts } from "#contracts/events/merge.ts";
import { operationsFacts } from "#contracts/events/operations.ts";
import { reviewFacts } from "#contracts/events/review.ts";
import { timeFacts } from "#contracts/events/time.ts";
import { factFilter } from "#contracts/subjects.ts";
import { WorkItem } from "#contracts/work.ts";
import { fieldsOf, type JsonSchema, jsonSchemaOf, typeName } from "./json-schema.ts";

/** The nouns of contracts/events/, one file each, in the order in which an issue meets them. */
const nouns: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  issue: issueFacts,
  agent: agentFacts,
  change: changeFacts,
  review: reviewFacts,
  ci: ciFacts,
  merge: mergeFacts,
  cost: costFacts,
  time: timeFacts,
  operations: operationsFacts,
};

/** The `data` of every fact by its type. */
export const factSchemas: Readonly<Record<string, JsonSchema>> = Object.fromEntries(
  factTypes.map((type) => [type, jsonSchemaOf(catalogue[type].data, type)]),
);

/** Every contract whose fields docs/events.md shows, by name: the `data` of each fact, the envelope, the work item. */
export const documentedContracts: Readonly<Record<string, JsonSchema>> = {
  ...factSchemas,
  "the envelope": jsonSchemaOf(envelopeSchema, "the envelope"),
  "the work item": jsonSchemaOf(WorkItem, "the work item"),
};

/** The event catalogue, docs/events.md. Throws when a noun file is not listed here, so that none is left out. */
export function eventCatalogue(): string {
  const listed = Object.values(nouns).flatMap((events) => Object.keys(events));
  const missing = factTypes.filter((type) => !listed.includes(type));
  if (missing.length > 0)
    throw new Error(`${missing.join(", ")} stand in no noun of bus-config/event-catalogue.ts: add their file.`);
  return [
    "<!-- Generated from contracts/ by bus-config/generate.ts. Do not edit: npm run generate -->",
    "# Facts",
    "",
    "Every fact type of the streams EVENTS and TICKS, then the work items of the stream WORK. The table of a fact shows its `data`.",
    "In a subject, `*` stands for owner, repository and number, for the topic of a fleet fact, for the schedule of a tick, and after the type for the emitter.",
    "",
    "Untrusted text was written by a stranger or by a model: the rig shows and quotes it as data, and no code decides by what it says.",
    "",
    "## The envelope",
    "",
    "Every fact is a CloudEvent 1.0 in structured JSON: these attributes, and its own `data`.",
    "",
    ...fields("the envelope"),
    ...Object.entries(nouns).flatMap(([noun, events]) => [
      "",
      `## ${noun}`,
      ...factTypes.filter((type) => Object.hasOwn(events, type)).flatMap(section),
    ]),
    "",
    "## The work item",
    "",
    "One item on the queue of agents, as JSON without an envelope. Its subject is `work.<role>.<stack>.<priority>.<owner>.<repo>.<n>`.",
    "",
    ...fields("the work item"),
    "",
  ].join("\n");
}

function section(type: FactType): readonly string[] {
  const { version, description } = catalogue[type];
  return [
    "",
    `### ${type}`,
    "",
    description,
    "",
    `- Subject: \`${factFilter(type)}\`, version ${version}`,
    `- Published by: ${people(rowNames.filter((name) => rowOf(name).publishes.includes(type)))}`,
    `- Consumed by: ${people(rowNames.filter((name) => consumes(name, type)))}`,
    "",
    ...fields(type),
  ];
}

function consumes(name: RowName, type: FactType): boolean {
  const row = rowOf(name);
  return type === "TICK" ? (row.wakes ?? []).length > 0 : row.consumes.some((consumed) => consumed === type);
}

function people(names: readonly RowName[]): string {
  return names.length === 0 ? "nobody" : names.join(", ");
}

function fields(contract: string): readonly string[] {
  const rows = fieldsOf(documentedContracts[contract] ?? {}).map(({ path, schema, optional }) => {
    const type = `${typeName(schema)}${optional ? " (may be absent)" : ""}`;
    return `| \`${path}\` | ${type} | ${schema.description ?? ""} |`;
  });
  return ["| field | type | meaning |", "| --- | --- | --- |", ...rows];
}
