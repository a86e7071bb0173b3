import { Result, Schema } from "effect";
import { type AggregateKind, type AggregateRef, type RefOf, shortName } from "./aggregates.ts";
import { catalogue, type DataOf, type FactType, isFactType, type KindOf } from "./catalogue.ts";
import { AgentId, CausationId, CorrelationId, Owner, Repo, Traceparent } from "./fields.ts";
import type { WithText } from "./text.ts";

/**
 * A fact as services handle it. `type` and `data` say what happened, `on` is the aggregate, `actor` is the row that published it.
 * `id` is unique among the facts of one actor. `occurredAt` is ISO 8601 in UTC. `causationId` is the id of the direct cause, such as a
 * fact, a claim or a delivery. `correlationId` is the id of the first cause: all facts that follow from one delivery have the same.
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

/** A fact before the kit adds id, time and cause. The kit computes the id from the cause, so a handler that runs twice stores each fact once. */
export type FactDraft<Type extends FactType = FactType> = Type extends FactType
  ? {
      readonly type: Type;
      readonly on: RefOf<KindOf<Type>>;
      readonly agentId?: string;
      readonly data: WithText<DataOf<Type>>;
    }
  : never;

/** Any fact in the history of one kind of aggregate. */
export type FactOf<Kind extends AggregateKind> = Extract<Fact, { readonly on: { readonly kind: Kind } }>;
/** The draft of any fact in the history of one kind of aggregate. */
export type DraftOf<Kind extends AggregateKind> = Extract<FactDraft, { readonly on: { readonly kind: Kind } }>;

/**
 * What tells one fact from all others. The id alone does not, because another actor can publish a fact with the same id; CloudEvents 1.0
 * makes `source` and `id` unique together.
 */
export function factKey({ actor, id }: Pick<Fact, "actor" | "id">): string {
  return `${actor}/${id}`;
}

/** Whether a fact belongs to the history of this kind of aggregate. */
export function isOfKind<Kind extends AggregateKind>(kind: Kind, fact: Fact): fact is FactOf<Kind> {
  return fact.on.kind === kind;
}

/** CloudEvents 1.0 in structured JSON mode. The specification demands lower case for extension attributes. */
const Wire = Schema.Struct({
  specversion: Schema.Literals(["1.0"]).annotate({ description: "Version of CloudEvents." }),
  id: Schema.NonEmptyString.annotate({
    description:
      "`<step id>/<index>`, computed from the cause, the service and the step. Unique among the facts of one actor.",
  }),
  source: Schema.String.annotate({ description: "`/rig/` and the name of the row that published the fact." }),
  type: Schema.NonEmptyString.annotate({ description: "Name of the fact, such as `ISSUE_LABELED`." }),
  subject: Schema.String.annotate({
    description:
      "The aggregate in words: `<owner>/<repository>#<number>`, `fleet/<topic>` or `tick/<schedule>`. Not the NATS subject.",
  }),
  time: Schema.String.annotate({ description: "When the service made the fact: ISO 8601, UTC." }),
  datacontenttype: Schema.Literals(["application/json"]).annotate({ description: "Media type of `data`." }),
  dataversion: Schema.Int.annotate({
    description: "Version of the shape of `data`. A reader refuses a version that it does not know.",
  }),
  actor: Schema.String.annotate({
    description: "Name of the row that published the fact, such as `dispatcher` or `operator`.",
  }),
  aggregate: Schema.Literals(["issue", "pr", "ops", "fleet", "tick"]).annotate({
    description:
      "Kind of the aggregate whose history the fact belongs to: an issue, a pull request, the cost of an issue, the fleet, or the clock.",
  }),
  owner: Schema.optionalKey(Owner),
  repo: Schema.optionalKey(Repo),
  number: Schema.optionalKey(
    Schema.Int.annotate({ description: "Number of the issue or pull request on GitHub; an issue's for `ops`." }),
  ),
  topic: Schema.optionalKey(
    Schema.NonEmptyString.annotate({
      description:
        "The topic of a `fleet` fact or the schedule of a `tick`, which have no owner, repository and number.",
    }),
  ),
  agentid: Schema.optionalKey(AgentId),
  correlationid: CorrelationId,
  causationid: CausationId,
  traceparent: Traceparent,
  data: Schema.Unknown.annotateKey({ description: "What happened. Its fields depend on `type`." }),
});

/** The schema of the envelope, for generated documents. */
export const envelopeSchema = Wire;
/** The media type of an encoded fact (CloudEvents JSON format). */
export const envelopeMediaType = "application/cloudevents+json";

/**
 * The bytes are not JSON, or no fact that this rig reads. A delivery or a work item then becomes a dead letter; a message on EVENTS or TICKS
 * is `Unreadable`.
 * Kind: poison.
 * What to do: for a dead letter, read the reason (`npm run rig -- doctor`) and dismiss it; for a fact, see `Unreadable`.
 */
export interface Undecodable {
  readonly _tag: "Undecodable";
  readonly reason: string;
  /** Set when the envelope is whole and only its type or version is unknown: then its subject is still checked. */
  readonly unsupported?: { readonly type: string; readonly on: AggregateRef; readonly actor: string };
}

/** Encodes a fact to the bytes that the stream stores. */
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

/** Decodes and checks bytes from the stream, including `data`. Unknown keys are dropped; an unknown type or version is refused. */
export function decodeFact(bytes: Uint8Array): Result.Result<Fact, Undecodable> {
  const json = parseJson(bytes);
  if (Result.isFailure(json)) return Result.fail(json.failure);
  const wire = Schema.decodeUnknownResult(Wire)(json.success);
  if (Result.isFailure(wire)) return undecodable(`not a rig envelope: ${wire.failure.message}`);
  const { type, dataversion, data, aggregate, actor } = wire.success;
  const on = refIn(wire.success);
  if (on === null) return undecodable(`${type} does not say which ${aggregate} it is about`);
  const unsupported = { type, on, actor };
  if (!isFactType(type)) {
    return undecodable(`unknown fact type ${type}: update the rig, another part of it is newer`, unsupported);
  }
  const definition = catalogue[type];
  if (definition.of !== aggregate) return undecodable(`${type} belongs to ${definition.of}, not to ${aggregate}`);
  if (definition.version !== dataversion) {
    const reason = `${type} has version ${dataversion}, this rig reads ${definition.version}: update the rig`;
    return undecodable(reason, unsupported);
  }
  const decoded = Schema.decodeUnknownResult(definition.data as Schema.Codec<unknown>)(data);
  if (Result.isFailure(decoded)) return undecodable(`${type} has wrong data: ${decoded.failure.message}`);
  return Result.succeed({
    id: wire.success.id,
    type,
    version: dataversion,
    occurredAt: wire.success.time,
    actor,
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

/** Parses JSON in strict UTF-8. The reason of a failure is `not JSON` with the parser's message. */
export function parseJson(bytes: Uint8Array): Result.Result<unknown, Undecodable> {
  try {
    return Result.succeed(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
  } catch (cause) {
    return undecodable(`not JSON: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

function undecodable(reason: string, unsupported?: Undecodable["unsupported"]): Result.Result<never, Undecodable> {
  return Result.fail({ _tag: "Undecodable", reason, ...(unsupported === undefined ? {} : { unsupported }) });
}
