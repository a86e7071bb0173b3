import { Result, Schema } from "effect";
import { type AggregateKind, type AggregateRef, type RefOf, shortName } from "./aggregates.ts";
import { catalogue, type DataOf, type FactType, isFactType, type KindOf } from "./catalogue.ts";

/**
 * A fact as services handle it: what happened (`type`, `data`), to what (`on`), when, who says so, and what it
 * follows from. `id` is unique on EVENTS; `correlationId` is that of the delivery which began the story;
 * `causationId` is the id of the fact, work item or delivery that this one answers; `occurredAt` is ISO 8601 UTC.
 */
export type Fact<Type extends FactType = FactType> = Type extends FactType
  ? {
      readonly id: string;
      readonly type: Type;
      readonly version: number;
      readonly occurredAt: string;
      readonly actor: string;
      readonly on: RefOf<KindOf<Type>>;
      readonly agentId?: string | undefined;
      readonly correlationId: string;
      readonly causationId: string;
      readonly traceparent: string;
      readonly data: DataOf<Type>;
    }
  : never;

/** What a service wants to say. The kit stamps the rest, so that a handler which runs twice says the same twice. */
export type FactDraft<Type extends FactType = FactType> = Type extends FactType
  ? {
      readonly type: Type;
      readonly on: RefOf<KindOf<Type>>;
      readonly agentId?: string;
      readonly data: DataOf<Type>;
    }
  : never;

/** Any fact in a history of one kind, and its draft. */
export type FactOf<Kind extends AggregateKind> = Extract<Fact, { readonly on: { readonly kind: Kind } }>;
export type DraftOf<Kind extends AggregateKind> = Extract<FactDraft, { readonly on: { readonly kind: Kind } }>;

/** Whether a fact belongs to histories of this kind. */
export function isOfKind<Kind extends AggregateKind>(kind: Kind, fact: Fact): fact is FactOf<Kind> {
  return fact.on.kind === kind;
}

/** CloudEvents 1.0 in structured JSON mode; extension attributes are lower case as the specification demands. */
const Wire = Schema.Struct({
  specversion: Schema.Literals(["1.0"]),
  id: Schema.NonEmptyString,
  source: Schema.String,
  type: Schema.NonEmptyString,
  subject: Schema.String,
  time: Schema.String,
  datacontenttype: Schema.Literals(["application/json"]),
  dataversion: Schema.Int,
  actor: Schema.String,
  aggregate: Schema.Literals(["issue", "pr", "ops", "fleet", "tick"]),
  owner: Schema.optionalKey(Schema.NonEmptyString),
  repo: Schema.optionalKey(Schema.NonEmptyString),
  number: Schema.optionalKey(Schema.Int),
  topic: Schema.optionalKey(Schema.NonEmptyString),
  agentid: Schema.optionalKey(Schema.String),
  correlationid: Schema.String,
  causationid: Schema.String,
  traceparent: Schema.String,
  data: Schema.Unknown,
});

/** The schema of the envelope, for generated documents. */
export const envelopeSchema = Wire;
/** The media type of an encoded fact (CloudEvents JSON format). */
export const envelopeMediaType = "application/cloudevents+json";

/** A message that can never be decoded. It is poison: dead-lettered with this reason, never retried. */
export interface Undecodable {
  readonly _tag: "Undecodable";
  readonly reason: string;
}

/** Encodes a fact to the bytes that stand on the stream. */
export function encodeFact(fact: Fact): Uint8Array {
  const wire: typeof Wire.Type = {
    specversion: "1.0",
    id: fact.id,
    source: `/rig/${fact.actor}`,
    type: fact.type,
    subject: shortName(fact.on),
    time: fact.occurredAt,
    datacontenttype: "application/json",
    dataversion: fact.version,
    actor: fact.actor,
    ...placeOf(fact.on),
    ...(fact.agentId === undefined ? {} : { agentid: fact.agentId }),
    correlationid: fact.correlationId,
    causationid: fact.causationId,
    traceparent: fact.traceparent,
    data: fact.data,
  };
  return new TextEncoder().encode(JSON.stringify(wire));
}

/** Decodes and checks bytes from the stream, `data` included. Unknown keys are dropped, unknown types refused. */
export function decodeFact(bytes: Uint8Array): Result.Result<Fact, Undecodable> {
  const json = parseJson(bytes);
  if (Result.isFailure(json)) return Result.fail(json.failure);
  const wire = Schema.decodeUnknownResult(Wire)(json.success);
  if (Result.isFailure(wire)) return undecodable(`not a rig envelope: ${wire.failure.message}`);
  const { type, dataversion, data, aggregate } = wire.success;
  if (!isFactType(type)) return undecodable(`unknown fact type ${type}: is a newer rig writing to this stream?`);
  const definition = catalogue[type];
  if (definition.of !== aggregate) return undecodable(`${type} belongs to ${definition.of}, not to ${aggregate}`);
  if (definition.version !== dataversion) {
    return undecodable(`${type} has version ${dataversion}, this rig reads ${definition.version}: update the rig`);
  }
  const on = refIn(wire.success);
  if (on === null) return undecodable(`${type} does not say which ${aggregate} it is about`);
  const decoded = Schema.decodeUnknownResult(definition.data as Schema.Codec<unknown>)(data);
  if (Result.isFailure(decoded)) return undecodable(`${type} has wrong data: ${decoded.failure.message}`);
  return Result.succeed({
    id: wire.success.id,
    type,
    version: dataversion,
    occurredAt: wire.success.time,
    actor: wire.success.actor,
    on,
    agentId: wire.success.agentid,
    correlationId: wire.success.correlationid,
    causationId: wire.success.causationid,
    traceparent: wire.success.traceparent,
    data: decoded.success,
  } as Fact);
}

function placeOf(on: AggregateRef) {
  if ("topic" in on) return { aggregate: on.kind, topic: on.topic };
  return { aggregate: on.kind, owner: on.owner, repo: on.repo, number: on.number };
}

function refIn({ aggregate: kind, owner, repo, number, topic }: typeof Wire.Type): AggregateRef | null {
  if (kind === "fleet" || kind === "tick") return topic === undefined ? null : { kind, topic };
  if (owner === undefined || repo === undefined || number === undefined) return null;
  return { kind, owner, repo, number };
}

/** Parses JSON bytes; the failure says that it is not JSON, not what a parser thinks of it. */
export function parseJson(bytes: Uint8Array): Result.Result<unknown, Undecodable> {
  try {
    return Result.succeed(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
  } catch (cause) {
    return undecodable(`not JSON: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

function undecodable(reason: string): Result.Result<never, Undecodable> {
  return Result.fail({ _tag: "Undecodable", reason });
}
