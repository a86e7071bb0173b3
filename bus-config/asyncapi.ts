import { stringify } from "yaml";
import type { AggregateKind } from "#contracts/aggregates.ts";
import { catalogue, type FactType, factTypes } from "#contracts/catalogue.ts";
import { choreography, type Row } from "#contracts/choreography.ts";
import { envelopeMediaType, envelopeSchema } from "#contracts/envelope.ts";
import { factFilter, workFilter } from "#contracts/subjects.ts";
import { type Role, workItems } from "#contracts/work.ts";
import { type JsonSchema, jsonSchemaOf } from "./json-schema.ts";

interface Reference {
  readonly $ref: string;
}
interface Channel {
  readonly address: string;
  readonly description: string;
  readonly parameters: Readonly<Record<string, { readonly description: string }>>;
  readonly messages: Readonly<Record<string, Reference>>;
}
interface Operation {
  readonly action: "send" | "receive";
  readonly channel: Reference;
  readonly summary: string;
  readonly messages: readonly Reference[];
}
interface Message {
  readonly name: string;
  readonly summary: string;
  readonly contentType: string;
  readonly payload: JsonSchema;
}

/** The AsyncAPI 3.0.0 document of the bus (https://www.asyncapi.com/docs/reference/specification/v3.0.0). */
export interface AsyncApi {
  readonly asyncapi: "3.0.0";
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly defaultContentType: string;
  readonly channels: Readonly<Record<string, Channel>>;
  readonly operations: Readonly<Record<string, Operation>>;
  readonly components: { readonly messages: Readonly<Record<string, Message>> };
}

/** What the rig's services publish and consume, seen from each service: it sends what it publishes and receives what it consumes. */
export function asyncApi(rows: Readonly<Record<string, Row>> = choreography): AsyncApi {
  const roles = [...new Set(Object.values(rows).flatMap(({ enqueues }) => enqueues))];
  return {
    asyncapi: "3.0.0",
    info: {
      title: "rig",
      version: "1.0.0",
      description:
        "Facts and work items on NATS JetStream. Generated from contracts/; edit those and run npm run generate.",
    },
    defaultContentType: envelopeMediaType,
    channels: {
      ...Object.fromEntries(factTypes.map((type) => [type, factChannel(type)])),
      ...Object.fromEntries(roles.map((role) => [`work_${role}`, workChannel(role)])),
    },
    operations: Object.fromEntries(Object.entries(rows).flatMap(([service, row]) => operationsOf(service, row))),
    components: {
      messages: {
        ...Object.fromEntries(factTypes.map((type) => [type, factMessage(type)])),
        ...Object.fromEntries(roles.map((role) => [`work_${role}`, workMessage(role)])),
      },
    },
  };
}

/** The same as YAML. */
export function asyncApiYaml(): string {
  const head = "# Generated from contracts/ by bus-config/generate.ts. Do not edit: npm run generate\n";
  return head + stringify(asyncApi(), { lineWidth: 120, aliasDuplicateObjects: false });
}

const place = {
  owner: { description: "Owner of the repository; what NATS forbids in a token is percent-encoded." },
  repo: { description: "Name of the repository, encoded likewise." },
  number: { description: "Number of the issue or pull request." },
};

/** The parameters of a fact's address. */
const placeOf: Readonly<Record<AggregateKind, Channel["parameters"]>> = {
  issue: place,
  pr: place,
  ops: place,
  fleet: { topic: { description: "What the facts of the fleet are about." } },
  tick: { topic: { description: "The schedule of the clock." } },
};
const emitter = { emitter: { description: "The service that published it." } };

function factChannel(type: FactType): Channel {
  const { of: kind, emitter: emitters } = catalogue[type];
  const parameters = { ...placeOf[kind], ...(emitters === "several" ? emitter : {}) };
  return {
    address: addressOf(factFilter(type), parameters),
    description: catalogue[type].description,
    parameters,
    messages: { [type]: { $ref: `#/components/messages/${type}` } },
  };
}

/** The filter with the names of the parameters in place of its wildcards; the parameters have the order of the wildcards. */
function addressOf(filter: string, parameters: Channel["parameters"]): string {
  const names = Object.keys(parameters);
  let at = 0;
  return filter.replaceAll("*", () => `{${names[at++] ?? "unnamed"}}`);
}

const workPlace: Channel["parameters"] = {
  stack: { description: "The toolchain that the work needs." },
  priority: { description: "high, normal or low." },
  ...place,
};
/** The parameters of the address of a role's work items. */
const workPlaceOf: Readonly<Record<Role, Channel["parameters"]>> = {
  dev: workPlace,
  review: { ...workPlace, headSha: { description: "Commit SHA of the head to review." } },
};

function workChannel(role: Role): Channel {
  return {
    address: addressOf(workFilter({ role }), workPlaceOf[role]),
    description: `Work for the role ${role}. One item may stand on a subject at a time.`,
    parameters: workPlaceOf[role],
    messages: { [`work_${role}`]: { $ref: `#/components/messages/work_${role}` } },
  };
}

function factMessage(type: FactType): Message {
  const envelope = jsonSchemaOf(envelopeSchema, "the envelope");
  const { of, version, description, data } = catalogue[type];
  const properties = {
    ...envelope.properties,
    type: { ...envelope.properties?.type, const: type },
    aggregate: { ...envelope.properties?.aggregate, const: of },
    dataversion: { ...envelope.properties?.dataversion, enum: [version] },
    data: { description: envelope.properties?.data?.description ?? "", ...jsonSchemaOf(data, type) },
  };
  return { name: type, summary: description, contentType: envelopeMediaType, payload: { ...envelope, properties } };
}

function workMessage(role: Role): Message {
  const payload = jsonSchemaOf(workItems[role], `a ${role} item`);
  return {
    name: `work_${role}`,
    summary: `A work item for the role ${role}.`,
    contentType: "application/json",
    payload,
  };
}

function operationsOf(service: string, row: Row): readonly (readonly [string, Operation])[] {
  const claimed = [...new Set(row.claims.map(({ role }) => role))];
  return [
    ...row.publishes.map((type) =>
      operation("send", `${service}_publishes_${type}`, type, type, `${service} publishes ${type}.`),
    ),
    ...row.consumes.map((type) =>
      operation("receive", `${service}_consumes_${type}`, type, type, `${service} consumes ${type}.`),
    ),
    ...(row.wakes === undefined
      ? []
      : [operation("receive", `${service}_consumes_TICK`, "TICK", "TICK", `${service} is woken by ticks.`)]),
    ...row.enqueues.map((role) =>
      operation(
        "send",
        `${service}_enqueues_${role}`,
        `work_${role}`,
        `work_${role}`,
        `${service} enqueues ${role} work.`,
      ),
    ),
    ...claimed.map((role) =>
      operation(
        "receive",
        `${service}_claims_${role}`,
        `work_${role}`,
        `work_${role}`,
        `${service} claims ${role} work.`,
      ),
    ),
  ];
}

function operation(
  action: Operation["action"],
  name: string,
  channel: string,
  message: string,
  summary: string,
): readonly [string, Operation] {
  const $ref = `#/channels/${channel}`;
  return [name, { action, channel: { $ref }, summary, messages: [{ $ref: `${$ref}/messages/${message}` }] }];
}
