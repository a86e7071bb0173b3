import { Clock, Effect, Result, Schedule } from "effect";
import { type ChangeFact, foldChange } from "#contracts/change-life.ts";
import { decodeFact, encodeFact, envelopeMediaType, type Fact, type FactDraft } from "#contracts/envelope.ts";
import { foldIssue, type IssueFact } from "#contracts/issue-life.ts";
import { type AggregateRef, aggregateFilter, factSubject } from "#contracts/subjects.ts";
import { Bus, type Outgoing, type Publication } from "./bus.ts";
import { Poison, Retryable } from "./errors.ts";
import { type Cause, stampFacts, stepId } from "./stamp.ts";

/** The facts of one aggregate, oldest first, the stream sequence of each, and that of the last one (0 when there is none). */
export interface History {
  readonly facts: readonly Fact[];
  readonly sequences: readonly number[];
  readonly lastSequence: number;
}

/** What an append left behind: the facts of this cause, and the stream sequence of the last of them. */
export interface Appended {
  readonly facts: readonly Fact[];
  /** The sequence of the last fact: the fencing token when the fact is a claim. 0 when nothing was appended. */
  readonly sequence: number;
  /** The history that the decision was made on, without the facts of this cause. */
  readonly before: History;
}

/** Service, causing message and step. Together they determine the ids of the facts. */
export interface DecisionKey {
  readonly service: string;
  readonly cause: Cause;
  readonly step: string;
}

/** Reads the whole history of an aggregate. A fact that this rig cannot read is poison: deciding without it would be wrong. */
export const load = Effect.fn("load")(function* (on: AggregateRef) {
  const bus = yield* Bus;
  const stored = yield* bus.read("EVENTS", aggregateFilter(on));
  const facts: Fact[] = [];
  for (const message of stored) {
    const fact = decodeFact(message.payload);
    if (Result.isFailure(fact)) {
      return yield* new Poison({ what: `fact ${message.sequence} on ${message.subject}: ${fact.failure.reason}` });
    }
    facts.push(fact.success);
  }
  const sequences = stored.map((message) => message.sequence);
  return { facts, sequences, lastSequence: sequences.at(-1) ?? 0 } satisfies History;
});

/** After a conflict it reads and decides again; 12 rounds outlast any race between the few writers of an aggregate. */
const roundsMax = 12;

/**
 * Decides on the aggregate's history and appends the facts of the decision, all or none, only if no other fact was appended
 * since (optimistic concurrency; https://docs.nats.io/nats-concepts/jetstream/headers). After a conflict or a lost answer it
 * reads again: if facts of this cause and step are in the history, an earlier append succeeded.
 */
export const append = Effect.fn("append")(function* (
  deciding: DecisionKey,
  on: AggregateRef,
  decide: (history: readonly Fact[]) => readonly FactDraft[],
) {
  const prefix = `${stepId(deciding.service, deciding.cause, deciding.step)}/`;
  let last: unknown = "no attempt";
  for (let round = 0; round < roundsMax; round += 1) {
    const history = yield* load(on);
    const said = split(history, prefix);
    if (said !== null) return said;
    const drafts = decide(history.facts);
    if (drafts.length === 0) return { facts: [], sequence: 0, before: history } satisfies Appended;
    const now = yield* Clock.currentTimeMillis;
    const facts = stampFacts(deciding.service, deciding.cause, deciding.step, drafts, now);
    const answer = yield* store(on, facts, history.lastSequence).pipe(Effect.result);
    if (Result.isSuccess(answer) && answer.success.stored) {
      return { facts, sequence: answer.success.sequence, before: history } satisfies Appended;
    }
    last = Result.isFailure(answer) ? answer.failure : answer.success;
    yield* Effect.sleep(`${5 + 10 * round} millis`);
  }
  return yield* new Retryable({ what: `append to ${aggregateFilter(on)}`, cause: JSON.stringify(last) });
});

/** Finds the facts of one cause and step: they were appended together, so they follow each other. */
function split({ facts, sequences }: History, prefix: string): Appended | null {
  const first = facts.findIndex((fact) => fact.id.startsWith(prefix));
  if (first === -1) return null;
  const end = facts.findLastIndex((fact) => fact.id.startsWith(prefix)) + 1;
  const before = { facts: facts.slice(0, first), sequences: sequences.slice(0, first) };
  return {
    facts: facts.slice(first, end),
    sequence: sequences[end - 1] ?? 0,
    before: { ...before, lastSequence: before.sequences.at(-1) ?? 0 },
  };
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

/** A fact as the message that is stored for it. */
export function outgoing(fact: Fact): Outgoing {
  return {
    subject: factSubject(fact.on, fact.type),
    payload: encodeFact(fact),
    msgId: fact.id,
    headers: { "Content-Type": envelopeMediaType },
  };
}

/** Publishes `ops` facts without an expected sequence, because nobody decides on them. A retry within the duplicate window (2 min) is stored once. */
export const publishFacts = Effect.fn("publishFacts")(function* (deciding: DecisionKey, drafts: readonly FactDraft[]) {
  const bus = yield* Bus;
  const now = yield* Clock.currentTimeMillis;
  for (const fact of stampFacts(deciding.service, deciding.cause, deciding.step, drafts, now)) {
    const answer = yield* bus.publish(outgoing(fact)).pipe(Effect.retry(Schedule.recurs(2)));
    if (!answer.stored) {
      return yield* new Retryable({ what: `publish ${fact.type}`, cause: answer.description });
    }
  }
});

/** Reads the history of an issue and folds it to its present state. */
export const loadIssue = Effect.fn("loadIssue")(function* (on: AggregateRef) {
  const history = yield* load({ ...on, kind: "issue" });
  return foldIssue(history.facts as readonly IssueFact[]);
});

/** Reads the history of a change and folds it to its present state. */
export const loadChange = Effect.fn("loadChange")(function* (on: AggregateRef) {
  const history = yield* load({ ...on, kind: "pr" });
  return foldChange(history.facts as readonly ChangeFact[]);
});

/**
 * What a person approved: title and body as they were when the label was set. The text on GitHub may have changed since, and nobody
 * approved the change.
 */
export const loadApproved = Effect.fn("loadApproved")(function* (on: AggregateRef) {
  const { facts } = yield* load({ ...on, kind: "issue" });
  const labelled = facts.filter((fact) => fact.type === "ISSUE_LABELED").at(-1);
  if (labelled === undefined) return yield* new Poison({ what: `nobody approved ${on.owner}/${on.repo}#${on.number}` });
  return { title: labelled.data.title, body: labelled.data.body };
});
