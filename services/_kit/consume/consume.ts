import { Effect, Result } from "effect";
import type { AggregateKind, AggregateRef, RefOf } from "#contracts/aggregates.ts";
import { type Consumes, type Decision, isConsumedBy, type ServiceName } from "#contracts/choreography.ts";
import type { Fact, FactOf } from "#contracts/envelope.ts";
import type { WakingService } from "#contracts/row-types.ts";
import { readFact, readReplay } from "#contracts/stored-fact.ts";
import { aggregateFilter, aggregateOf, tickConsumer } from "#contracts/subjects.ts";
import { answerMessage, type HandlingError } from "#kit/bus/answer-message.ts";
import { Bus } from "#kit/bus/bus.ts";
import type { BusMessage } from "#kit/bus/bus-message.ts";
import { openPull } from "#kit/bus/pull.ts";
import { makeUpdateWaits } from "#kit/bus/update-waits.ts";
import { outside, Poison, type Retryable } from "#kit/errors.ts";
import { append, skipOrWait } from "#kit/facts/aggregate.ts";
import type { Cause } from "#kit/facts/stamp.ts";
import { enqueueWork } from "#kit/work/enqueue.ts";
import { makeInOrder } from "./in-order.ts";

/**
 * A handler's answer: an aggregate, and the decision on its history. The kit appends the facts of the decision under optimistic concurrency
 * and then enqueues its work. `decide` may run more than once and must be pure. `own` holds the facts that an earlier delivery of the same
 * message appended. They cannot change any more: the work must follow from them, even if the handler has looked up other data since.
 */
export type Answer<Name extends ServiceName, Kind extends AggregateKind = AggregateKind> = {
  readonly [K in Kind]: {
    readonly on: RefOf<K>;
    readonly decide: (history: readonly FactOf<K>[], own: readonly FactOf<K>[]) => Decision<Name, K>;
  };
}[Kind];

/**
 * At most 32 messages of one consumer are handled at once; a service's consumers on EVENTS, GITHUB, TICKS and REDO have 32 each. With 32, a
 * gate that waits for GitHub evaluates 200 pull requests in seconds. A killed process leaves at most 32 messages of each consumer that wait
 * for the end of their ack wait.
 */
const inHandMax = 32;

/** Consumes the facts of the service's row for ever: decodes each, calls the handler, applies its decisions, then acks. */
export function consumeFacts<Name extends ServiceName, R>(
  service: Name,
  handle: (fact: Consumes<Name>) => Effect.Effect<readonly Answer<Name>[], HandlingError, R | Bus>,
): Effect.Effect<never, Retryable, R | Bus> {
  return consumeAnswers("EVENTS", service, service, (fact) =>
    isConsumedBy(service, fact) ? handle(fact) : Effect.fail(outsideOfRow(service, fact)),
  );
}

/**
 * Consumes the ticks of the schedules in the row's `wakes` for ever, each schedule in order. A tick may be redelivered, and a missed instant
 * may never get one: a handler must decide by the instant and the history, and must not count ticks.
 */
export function consumeTicks<Name extends WakingService, R>(
  service: Name,
  handle: (tick: Fact<"TICK">) => Effect.Effect<readonly Answer<Name>[], HandlingError, R | Bus>,
): Effect.Effect<never, Retryable, R | Bus> {
  return consumeAnswers("TICKS", tickConsumer(service), service, (fact) =>
    fact.type === "TICK" ? handle(fact) : Effect.fail(outsideOfRow(service, fact)),
  );
}

function outsideOfRow(service: ServiceName, { type }: Fact): Poison {
  return new Poison({ what: `${type} is not in the row of ${service}: apply the bus configuration` });
}

function consumeAnswers<Name extends ServiceName, R>(
  stream: "EVENTS" | "TICKS",
  durable: string,
  service: Name,
  handle: (fact: Fact) => Effect.Effect<readonly Answer<Name>[], HandlingError, R | Bus>,
): Effect.Effect<never, Retryable, R | Bus> {
  return consumeStream(stream, durable, (message) => ({
    key: aggregateOf(message.subject),
    handle: Effect.gen(function* () {
      const decoded =
        message.stream === "REDO" ? readReplay(message.payload) : readFact(message.subject, message.payload);
      if (Result.isFailure(decoded)) return yield* skipOrWait(message, decoded.failure);
      const fact = decoded.success;
      const answers = yield* handle(fact);
      // Generic, so that `on` and `decide` have the same kind.
      const apply = <Kind extends AggregateKind>(answer: Answer<Name, Kind>) => applyDecision(service, fact, answer);
      yield* Effect.forEach(answers, (answer) => apply(answer));
      yield* Effect.logInfo("handled").pipe(Effect.annotateLogs({ correlationId: fact.correlationId, fact: fact.id }));
    }).pipe(Effect.annotateLogs({ subject: message.subject })),
  }));
}

/**
 * Decides, appends the facts, then enqueues the work. The aggregate is part of the facts' ids, so that one message may add facts to
 * several aggregates. If a handler was killed before it enqueued the work, the redelivered message enqueues it.
 */
export const applyDecision = Effect.fn("applyDecision")(function* <
  Name extends ServiceName,
  Kind extends AggregateKind,
>(
  service: Name,
  cause: Cause,
  answer: {
    readonly on: RefOf<Kind>;
    readonly decide: (history: readonly FactOf<Kind>[], own: readonly FactOf<Kind>[]) => Decision<Name, Kind>;
  },
) {
  const on: AggregateRef = answer.on;
  const { decision } = yield* append({ service, cause, step: aggregateFilter(on) }, answer.on, answer.decide);
  yield* Effect.forEach(decision.work, (draft, index) => enqueueWork(service, cause, index, draft));
});

/** The handling of one message. */
interface Handling<R> {
  /** Messages with the same key are handled one after another in stream order. A message that is retried is handled after later ones. */
  readonly key: string;
  /** Its error decides the answer to the server: `Retryable` is nak'ed, `Poison` becomes a dead letter. */
  readonly handle: Effect.Effect<void, HandlingError, R>;
}

/** Consumes the messages of one durable consumer for ever, up to 32 at a time, and also the dead letters that a person replays to it. */
export function consumeStream<R>(
  stream: "EVENTS" | "GITHUB" | "TICKS",
  durable: string,
  handling: (message: BusMessage) => Handling<R>,
): Effect.Effect<never, Retryable, R | Bus> {
  return Effect.raceFirst(consumeDurable(stream, durable, handling), consumeDurable("REDO", durable, handling));
}

const consumeDurable = Effect.fnUntraced(function* <R>(
  stream: string,
  durable: string,
  handling: (message: BusMessage) => Handling<R>,
) {
  const bus = yield* Bus;
  const what = `read ${stream} as ${durable}`;
  const consumer = yield* outside(what, () => bus.jetstream.consumers.get(stream, durable));
  const inOrder = yield* makeInOrder(inHandMax);
  const waits = makeUpdateWaits();
  const start = (message: BusMessage) => {
    const { key, handle } = handling(message);
    return inOrder.run(key, (turn) => answerMessage(message, Effect.andThen(turn, handle), waits));
  };
  // As many as can be handled now. `consume()` would fetch more, and after a kill or a stop those would wait for the end of their ack wait.
  const pullOnce = Effect.gen(function* () {
    yield* inOrder.enter;
    let places = 1 + (yield* inOrder.enterFree);
    const next = yield* openPull(what, consumer, places);
    for (let message = yield* next; message !== null; message = yield* next) {
      if (places === 0) yield* inOrder.enter;
      else places -= 1;
      yield* start(message);
    }
    yield* inOrder.leave(places);
  }).pipe(Effect.scoped);
  return yield* Effect.raceFirst(Effect.forever(pullOnce), inOrder.failed);
}, Effect.scoped);
