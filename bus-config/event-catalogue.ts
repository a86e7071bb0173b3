import type { Schema } from "effect";
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
  ...Object.fromEntries(Object.entries(workItems).map(([role, item]) => [`a ${role} item`, itemSchema(role, item)])),
};

/** The event catalogue, docs/events.md. `items` are the work items of each role. */
export function eventCatalogue(items: Readonly<Record<string, Schema.Top>> = workItems): string {
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
    ...fields(documentedContracts["the envelope"]),
    ...Object.entries(families).flatMap(([family, facts]) => [
      "",
      `## ${family}`,
      ...factTypes.filter((type) => Object.hasOwn(facts, type)).flatMap(section),
    ]),
    "",
    "## The work items",
    "",
    "An item on the queue of agents is JSON without an envelope. Its subject is `work.<role>.<stack>.<priority>.<owner>.<repo>.<n>`, for a review with the head SHA as one more token.",
    ...Object.entries(items).flatMap(([role, item]) => ["", `### ${role}`, "", ...fields(itemSchema(role, item))]),
    "",
  ].join("\n");
}

function itemSchema(role: string, item: Schema.Top): JsonSchema {
  return jsonSchemaOf(item, `a ${role} item`);
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
    ...fields(factSchemas[type]),
  ];
}

function consumes(name: RowName, type: FactType): boolean {
  const row = rowOf(name);
  return type === "TICK" ? (row.wakes ?? []).length > 0 : row.consumes.some((consumed) => consumed === type);
}

function people(names: readonly RowName[]): string {
  return names.length === 0 ? "nobody" : names.join(", ");
}

function fields(contract: JsonSchema = {}): readonly string[] {
  const rows = fieldsOf(contract).map(({ path, schema, optional }) => {
    const type = `${typeName(schema)}${optional ? " (may be absent)" : ""}`;
    return `| \`${path}\` | ${type} | ${schema.description ?? ""} |`;
  });
  return ["| field | type | meaning |", "| --- | --- | --- |", ...rows];
}
