import { Clock, Effect, Result, Schedule } from "effect";
import {
  type AggregateKind,
  type AggregateRef,
  issueAt,
  type Place,
  type RefOf,
  shortName,
} from "#contracts/aggregates.ts";
import { foldChange } from "#contracts/change-life.ts";
import type { Publishes, RowName } from "#contracts/choreography.ts";
import {
  decodeFact,
  encodeFact,
  envelopeMediaType,
  type Fact,
  type FactDraft,
  type FactOf,
  isOfKind,
} from "#contracts/envelope.ts";
import { foldIssue } from "#contracts/issue-life.ts";
import { readFact, type Unreadable } from "#contracts/stored-fact.ts";
import { aggregateFilter, factSubject, streamOf } from "#contracts/subjects.ts";
import { Bus } from "#kit/bus/bus.ts";
import type { Outgoing, Publication } from "#kit/bus/protocol.ts";
import { NeedsUpdate, Poison, Retryable } from "#kit/errors.ts";
import { type Cause, stampFacts, stepId } from "./stamp.ts";
import { approvedTextHash, readText, storeTexts } from "./text.ts";

/** All facts of one aggregate, oldest first, and the stream sequence of the last one (0 when there is none). */
export interface History<Kind extends AggregateKind> {
  readonly facts: readonly FactOf<Kind>[];
  readonly lastSequence: number;
}

/** The result of an append. */
export interface Appended<Kind extends AggregateKind, Decision> {
  /** The facts with this key. This call or an earlier one appended them. */
  readonly facts: readonly FactOf<Kind>[];
  /** The decision on the history before these facts. If an earlier call appended them, `decide` got them as `own`. */
  readonly decision: Decision;
}

/**
 * The idempotency key of an append: service, cause and step determine the ids of the facts, so that a repeated append is recognised. Only
 * facts of the row of `service` compile under it.
 */
export interface DecisionKey<Name extends RowName = RowName> {
  readonly service: Name;
  readonly cause: Cause;
  readonly step: string;
}

/**
 * Reads the whole history of an aggregate. It skips foreign messages, so that nobody can make a history unreadable. Fails with `Retryable`
 * when the history has a fact of a type or version that this rig does not read, because a decision without it would be wrong, and with
 * `Poison` when it has more than 102,400 messages, which no decision needs.
 */
export const load = Effect.fn("load")(function* <Kind extends AggregateKind>(on: RefOf<Kind>) {
  const bus = yield* Bus;
  const address: AggregateRef = on;
  const stored = yield* bus.read(streamOf(address.kind), aggregateFilter(address));
  const facts: FactOf<Kind>[] = [];
  for (const message of stored) {
    const fact = readFact(message.subject, message.payload);
    if (Result.isFailure(fact)) yield* skipOrWait(message, fact.failure);
    else if (isOfKind<Kind>(on.kind, fact.success)) facts.push(fact.success);
  }
  return { facts, lastSequence: stored.at(-1)?.sequence ?? 0 } satisfies History<Kind>;
});

/** 10,000 facts and more since the last look at one aggregate are a fault and are refused. */
const newFactsMax = 10_000;

/**
 * Adds to a known history what was appended since, as the leader of the stream has it: `load` may be answered by a follower that is behind,
 * and then a lost claim looks held. It costs one request, and one more for each fact that is new: measured beside other work on two cores,
 * 0.6 ms when nothing is new, 14 ms for the first 8 facts and 78 ms for the first 60 (`load`: 1.5 ms and 4.9 ms). Fails as `load` does.
 */
export const loadFromLeader = Effect.fn("loadFromLeader")(function* <Kind extends AggregateKind>(
  on: RefOf<Kind>,
  known: History<Kind>,
) {
  const bus = yield* Bus;
  const address: AggregateRef = on;
  const facts = [...known.facts];
  let { lastSequence } = known;
  for (let count = 0; count < newFactsMax; count += 1) {
    const message = yield* bus.next(streamOf(address.kind), aggregateFilter(address), lastSequence + 1);
    if (message === null) return { facts, lastSequence } satisfies History<Kind>;
    const fact = readFact(message.subject, message.payload);
    if (Result.isFailure(fact)) yield* skipOrWait(message, fact.failure);
    else if (isOfKind<Kind>(on.kind, fact.success)) facts.push(fact.success);
    lastSequence = message.sequence;
  }
  return yield* new Retryable({ what: `read ${shortName(address)}: more than ${newFactsMax} facts at once` });
});

/** Skips a foreign message. Fails with `NeedsUpdate` for an unsupported one. */
export function skipOrWait(
  { sequence, subject }: { readonly sequence: number; readonly subject: string },
  { kind, reason }: Unreadable,
): Effect.Effect<void, NeedsUpdate> {
  const what = `message ${sequence} on ${subject}: ${reason}`;
  if (kind === "unsupported") return Effect.fail(new NeedsUpdate({ what }));
  return Effect.logWarning("foreign message skipped", what);
}

/** After a conflict it reads and decides again: an aggregate has few writers, so 12 tries are enough for any race. */
const triesMax = 12;

/**
 * Decides on the aggregate's history and appends the facts of the decision, all or none, only if nothing was appended meanwhile
 * (optimistic concurrency, OCC; https://docs.nats.io/nats-concepts/jetstream/headers). After a conflict, or when it is unknown whether the
 * facts were stored, it reads the history again: facts with this key prove that an earlier try stored them. `decide` gets the history before
 * the facts of this key, and as `own` the facts of this key that an earlier call appended. It runs once per try and must be pure. The texts
 * of the drafts are stored just before the facts. Fails with `Retryable` as `load` does, after 12 tries, or while the bus is away. Fails with
 * `Poison` when a fact could not be decoded again, or when a text's subject holds another text.
 */
export const append = Effect.fn("append")(function* <
  Name extends RowName,
  Kind extends AggregateKind,
  Decision extends { readonly facts: readonly Publishes<Name, Kind>[] },
>(
  key: DecisionKey<Name>,
  on: RefOf<Kind>,
  decide: (history: readonly FactOf<Kind>[], own: readonly FactOf<Kind>[]) => Decision,
) {
  const address: AggregateRef = on;
  const prefix = `${stepId(key.service, key.cause, key.step)}/`;
  let last: unknown = "not tried";
  for (let tried = 0; tried < triesMax; tried += 1) {
    const history: History<Kind> = yield* load(on);
    const { before, own } = split(history.facts, key.service, prefix);
    const decision = decide(before, own);
    if (own.length > 0 || decision.facts.length === 0)
      return { facts: own, decision } satisfies Appended<Kind, Decision>;
    // Texts are stored only here: a message that is redelivered after an erasure returns above and does not store its text again.
    const facts = yield* stampReadable(key, yield* storeTexts(key.service, decision.facts));
    const answer = yield* store(address, facts, history.lastSequence).pipe(Effect.result);
    // A duplicate stores nothing. Whether an earlier try of this append stored the facts, only the history says.
    if (Result.isSuccess(answer) && answer.success.stored && !answer.success.duplicate) {
      return { facts: facts.filter((fact) => isOfKind<Kind>(on.kind, fact)), decision } satisfies Appended<
        Kind,
        Decision
      >;
    }
    last = Result.isFailure(answer) ? answer.failure : answer.success;
    yield* Effect.sleep(`${5 + 10 * tried} millis`);
  }
  return yield* new Retryable({ what: `append to ${shortName(address)}`, cause: JSON.stringify(last) });
});

/** Splits a history into the facts before those of one key and the facts of that key. Others can compute its ids, so the actor counts too. */
function split<F extends { readonly id: string; readonly actor: string }>(
  facts: readonly F[],
  service: string,
  prefix: string,
) {
  const isOwn = ({ id, actor }: F) => actor === service && id.startsWith(prefix);
  const first = facts.findIndex(isOwn);
  if (first === -1) return { before: facts, own: [] };
  return { before: facts.slice(0, first), own: facts.filter(isOwn) };
}

function store(on: AggregateRef, facts: readonly Fact[], lastSequence: number) {
  return Effect.gen(function* () {
    const bus = yield* Bus;
    const messages = facts.map((fact, index): Outgoing => {
      const expect = index === 0 ? { expect: { filter: aggregateFilter(on), lastSequence } } : {};
      return { ...outgoing(fact), ...expect };
    });
    const [only] = messages;
    const answer: Publication =
      messages.length === 1 && only !== undefined ? yield* bus.publish(only) : yield* bus.publishAtomic(messages);
    return answer;
  });
}

/** Stamps facts. Fails with `Poison` when one could not be decoded again: it would make every later decision on its history fail. */
const stampReadable = Effect.fnUntraced(function* (key: DecisionKey, drafts: readonly FactDraft[]) {
  const facts = stampFacts(key, drafts, yield* Clock.currentTimeMillis);
  for (const fact of facts) {
    const read = decodeFact(encodeFact(fact));
    if (Result.isFailure(read))
      return yield* new Poison({ what: `${fact.type} is not appended: ${read.failure.reason}` });
  }
  return facts;
});

/** Makes the message that stores a fact. */
export function outgoing(fact: Fact): Outgoing {
  return {
    subject: factSubject(fact.on, fact.type, fact.actor),
    payload: encodeFact(fact),
    msgId: fact.id,
    headers: { "Content-Type": envelopeMediaType },
  };
}

/**
 * Publishes facts without a condition: it expects no sequence. It is for histories that nobody decides on (the cost of an issue). A retry within the stream's
 * duplicate window (2 min) is stored once. Fails with `Retryable` when the stream refuses or the bus is away.
 */
export const publishFacts = Effect.fn("publishFacts")(function* <Name extends RowName>(
  key: DecisionKey<Name>,
  drafts: readonly Publishes<Name>[],
) {
  const bus = yield* Bus;
  for (const fact of yield* stampReadable(key, yield* storeTexts(key.service, drafts))) {
    const answer = yield* bus.publish(outgoing(fact)).pipe(Effect.retry(Schedule.recurs(2)));
    if (!answer.stored) return yield* new Retryable({ what: `publish ${fact.type}`, cause: answer.description });
  }
});

/** Reads the state of an issue, computed from its history. */
export const loadIssue = Effect.fn("loadIssue")(function* (on: RefOf<"issue">) {
  return foldIssue((yield* load(on)).facts);
});

/** Reads the state of a pull request, computed from its history. */
export const loadChange = Effect.fn("loadChange")(function* (on: RefOf<"pr">) {
  return foldChange((yield* load(on)).facts);
});

/**
 * Reads the text that was approved last: title and body of the issue. Later edits on GitHub are not approved, and neither is a label that
 * GitHub did not confirm. `body` is null when it was erased since; `textSha256` is the hash of both (`approvedTextHash`). Fails with `Poison` when the issue was never approved.
 */
export const loadApproved = Effect.fn("loadApproved")(function* (at: Place) {
  const { title, body } = yield* loadIssue(issueAt(at));
  if (body === null) return yield* new Poison({ what: `nobody approved ${shortName(issueAt(at))}` });
  return { title, body: yield* readText(body), textSha256: approvedTextHash({ title, body }) };
});
