import { catalogue, type FactType, factTypes, families } from "#contracts/catalogue.ts";
import { type RowName, rowNames, rowOf } from "#contracts/choreography.ts";
import { envelopeSchema } from "#contracts/envelope.ts";
import { factFilter } from "#contracts/subjects.ts";
import { workItems } from "#contracts/work.ts";
import { fieldsOf, type JsonSchema, jsonSchemaOf, typeName } from "./json-schema.ts";

/** The `data` of every fact by its type. */
export const factSchemas: Readonly<Record<string, JsonSchema>> = Object.fromEntries(
  factTypes.map((type) => [type, jsonSchemaOf(catalogue[type].data, type)]),
);

/** Every contract whose fields docs/events.md shows, by name: the `data` of each fact, the envelope, the work items. */
export const documentedContracts: Readonly<Record<string, JsonSchema>> = {
  ...factSchemas,
  "the envelope": jsonSchemaOf(envelopeSchema, "the envelope"),
  "a dev item": jsonSchemaOf(workItems.dev, "a dev item"),
  "a review item": jsonSchemaOf(workItems.review, "a review item"),
};

/** The event catalogue, docs/events.md. */
export function eventCatalogue(): string {
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
    ...Object.entries(families).flatMap(([family, facts]) => [
      "",
      `## ${family}`,
      ...factTypes.filter((type) => Object.hasOwn(facts, type)).flatMap(section),
    ]),
    "",
    "## The work items",
    "",
    "An item on the queue of agents is JSON without an envelope. Its subject is `work.<role>.<stack>.<priority>.<owner>.<repo>.<n>`, for a review with the head SHA as one more token.",
    "",
    "### dev",
    "",
    ...fields("a dev item"),
    "",
    "### review",
    "",
    ...fields("a review item"),
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
