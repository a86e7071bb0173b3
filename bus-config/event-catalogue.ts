import { catalogue, type FactType, factTypes } from "#contracts/catalogue.ts";
import { rowOf, type ServiceName, serviceNames } from "#contracts/choreography.ts";
import { agentFacts } from "#contracts/events/agent.ts";
import { changeFacts } from "#contracts/events/change.ts";
import { ciFacts } from "#contracts/events/ci.ts";
import { costFacts } from "#contracts/events/cost.ts";
import { issueFacts } from "#contracts/events/issue.ts";
import { mergeFacts } from "#contracts/events/merge.ts";
import { reviewFacts } from "#contracts/events/review.ts";
import { factFilter } from "#contracts/subjects.ts";
import { type JsonSchema, jsonSchemaOf, typeName } from "./json-schema.ts";

/** The nouns of contracts/events/, one file each, in the order in which an issue meets them. */
const nouns: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  issue: issueFacts,
  agent: agentFacts,
  change: changeFacts,
  review: reviewFacts,
  ci: ciFacts,
  merge: mergeFacts,
  cost: costFacts,
};

/** The event catalogue, docs/events.md. Throws when a noun file is not listed here, so that none is left out. */
export function eventCatalogue(): string {
  const listed = Object.values(nouns).flatMap((events) => Object.keys(events));
  const missing = factTypes.filter((type) => !listed.includes(type));
  if (missing.length > 0)
    throw new Error(`${missing.join(", ")} stand in no noun of bus-config/event-catalogue.ts: add their file.`);
  return [
    "<!-- Generated from contracts/ by bus-config/generate.ts. Do not edit: npm run generate -->",
    "# Events",
    "",
    "Every fact that can stand on the stream EVENTS. The envelope is CloudEvents 1.0 in structured JSON; the tables show `data`.",
    "In a subject, `*` stands for owner, repository and number.",
    ...Object.entries(nouns).flatMap(([noun, events]) => [
      "",
      `## ${noun}`,
      ...factTypes.filter((type) => Object.hasOwn(events, type)).flatMap(section),
    ]),
    "",
  ].join("\n");
}

function section(type: FactType): readonly string[] {
  const { version, description, data } = catalogue[type];
  return [
    "",
    `### ${type}`,
    "",
    description,
    "",
    `- Subject: \`${factFilter(type)}\`, version ${version}`,
    `- Said by: ${people(serviceNames.filter((name) => rowOf(name).publishes.includes(type)))}`,
    `- Heard by: ${people(serviceNames.filter((name) => rowOf(name).consumes.includes(type)))}`,
    "",
    ...fields(jsonSchemaOf(data, type)),
  ];
}

function people(names: readonly ServiceName[]): string {
  return names.length === 0 ? "nobody" : names.join(", ");
}

function fields(schema: JsonSchema): readonly string[] {
  const entries = Object.entries(schema.properties ?? {});
  if (entries.length === 0) return ["No data."];
  const optional = (name: string) => (schema.required?.includes(name) === true ? "" : " (may be absent)");
  return [
    "| field | type | meaning |",
    "| --- | --- | --- |",
    ...entries.map(([name, field]) =>
      `| \`${name}\` | ${typeName(field)}${optional(name)} | ${field.description ?? ""} |`.replace("|  |", "| |"),
    ),
  ];
}
