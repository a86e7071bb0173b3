import { Effect, Cause as Failure, Result } from "effect";
import type { Consumed, Decision, Handlers, ServiceName } from "#contracts/choreography.ts";
import { decodeFact, type Fact } from "#contracts/envelope.ts";
import type { AggregateRef } from "#contracts/subjects.ts";
import { deliveriesMax, workingEveryMs } from "#contracts/waits.ts";
import { append } from "./aggregate.ts";
import { Bus } from "./bus.ts";
import { type BusMessage, fromConsumer } from "./bus-message.ts";
import { deadLetterMessage } from "./dead-letter.ts";
import { enqueueWork } from "./enqueue.ts";
import { Poison, Retryable } from "./errors.ts";
import type { Cause } from "./stamp.ts";

/**
 * A handler's answer: decide on the history of this aggregate. The kit appends what is decided under optimistic
 * concurrency, so `decide` may run more than once and has to be pure.
 */
export interface Answer<Name extends ServiceName> {
  readonly on: AggregateRef;
  readonly decide: (history: readonly Fact[]) => Decision<Name>;
}

/** What a handler may fail with; everything else is a defect: the process ends and the message is redelivered. */
export type HandlingError = Retryable | Poison;

/** Consumes the facts of the service's row, for ever: decodes a fact, runs its handler, applies the decisions, then acks. */
export function consumeFacts<Name extends ServiceName, R>(
  service: Name,
  handlers: Handlers<Name, Effect.Effect<readonly Answer<Name>[], HandlingError, R | Bus>>,
): Effect.Effect<never, Retryable, R | Bus> {
  return consumeStream("EVENTS", service, (message) =>
    Effect.gen(function* () {
      const decoded = decodeFact(message.payload);
      if (Result.isFailure(decoded)) return yield* new Poison({ what: decoded.failure.reason });
      const fact = decoded.success;
      if (!Object.hasOwn(handlers, fact.type)) {
        return yield* new Poison({ what: `${fact.type} is not in the row of ${service}: apply the bus configuration` });
      }
      // The table has a handler for each type of the row, each for its own type: the look-up by type keeps them together.
      const handle = handlers[fact.type as Consumed<Name>] as (
        fact: Fact,
      ) => Effect.Effect<readonly Answer<Name>[], HandlingError, R | Bus>;
      const answers = yield* handle(fact);
      yield* Effect.forEach(answers, (answer) => applyDecision(service, fact, answer));
      yield* Effect.logInfo("handled").pipe(Effect.annotateLogs({ correlationId: fact.correlationId, fact: fact.id }));
    }).pipe(Effect.annotateLogs({ subject: message.subject })),
  );
}

/** Appends the facts, then enqueues the work. The aggregate is part of the id, so that one message may add facts to several aggregates. */
export const applyDecision = Effect.fn("applyDecision")(function* <Name extends ServiceName>(
  service: Name,
  cause: Cause,
  answer: Answer<Name>,
) {
  const { kind, owner, repo, number } = answer.on;
  const step = `${kind}/${owner}/${repo}/${number}`;
  const appended = yield* append({ service, cause, step }, answer.on, (history) => answer.decide(history).facts);
  // Decided again on the history that the facts were decided on, so that a redelivery enqueues the same work.
  const decision = answer.decide(appended.before.facts);
  yield* Effect.forEach(decision.work, (draft, index) => enqueueWork(service, cause, index, draft));
});

/**
 * Consumes the messages of one durable consumer for ever, and those that a person replays to it; the error's kind decides what the
 * bus does.
 */
export function consumeStream<R>(
  stream: "EVENTS" | "GITHUB",
  durable: string,
  handle: (message: BusMessage) => Effect.Effect<void, HandlingError, R>,
): Effect.Effect<never, Retryable, R | Bus> {
  return Effect.raceFirst(consumeOne(stream, durable, handle), consumeOne("REDO", durable, handle));
}

function consumeOne<R>(
  stream: string,
  durable: string,
  handle: (message: BusMessage) => Effect.Effect<void, HandlingError, R>,
): Effect.Effect<never, Retryable, R | Bus> {
  return Effect.gen(function* () {
    const bus = yield* Bus;
    const attempt = <A>(act: () => Promise<A>) =>
      Effect.tryPromise({
        try: act,
        catch: (cause) => new Retryable({ what: `read ${stream} as ${durable}`, cause }),
      });
    const consumer = yield* attempt(() => bus.jetstream.consumers.get(stream, durable));
    for (;;) {
      // One at a time and not `consume()`, which holds the next message while a handler works: when this process
      // is killed or stopped, that message would wait for its ack wait. 5 s: a pull that a restarted server forgot is sent again then.
      const pull = consumer.next({ expires: 5_000 });
      // A pull cannot be cancelled: a message that arrives after shutdown is nak'ed, so that another instance gets it at once.
      const returned = Effect.sync(() => void pull.then((late) => late?.nak()).catch(() => undefined));
      const message = yield* attempt(() => pull).pipe(Effect.onInterrupt(() => returned));
      if (message !== null) yield* answerMessage(fromConsumer(message), handle);
    }
  });
}

/**
 * Handles one message and answers it: ack when it is handled, nak with a delay when something outside failed, a dead letter when it
 * can never be handled or this was its last delivery.
 */
export function answerMessage<R>(
  message: BusMessage,
  handle: (message: BusMessage) => Effect.Effect<void, HandlingError, R>,
): Effect.Effect<void, never, R | Bus> {
  const working = Effect.sync(() => message.working()).pipe(Effect.delay(`${workingEveryMs} millis`), Effect.forever);
  return Effect.raceFirst(handle(message), working).pipe(
    Effect.matchEffect({
      onSuccess: () => Effect.promise(() => message.ack().catch(() => undefined)),
      onFailure: (error) => answerFailure(message, error),
    }),
    // A defect is our bug: it is not caught, the process ends, the server redelivers the message.
    Effect.tapCause((cause) =>
      Failure.hasInterruptsOnly(cause) ? Effect.void : Effect.logFatal("defect", Failure.pretty(cause)),
    ),
  );
}

function answerFailure(message: BusMessage, error: HandlingError): Effect.Effect<void, never, Bus> {
  if (error._tag === "Poison" || message.deliveryCount >= deliveriesMax) {
    return deadLetterMessage(message, error.message).pipe(Effect.catch(() => Effect.sync(() => message.nak(5_000))));
  }
  // 1 s, 2 s, 4 s … at most 60 s: a passing fault is over at once, a long one costs a message a minute.
  const delayMs = error.delayMs ?? Math.min(60_000, 1_000 * 2 ** (message.deliveryCount - 1));
  return Effect.logWarning("retry scheduled", error.message).pipe(
    Effect.annotateLogs({ deliveryCount: message.deliveryCount, delayMs }),
    Effect.andThen(Effect.sync(() => message.nak(delayMs))),
  );
}
