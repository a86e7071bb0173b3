import { Clock, Effect, Cause as Failure } from "effect";
import { deliveriesMax, updateDeliveriesMax, workingEveryMs } from "#contracts/waits.ts";
import type { Poison, Retryable } from "#kit/errors.ts";
import type { Bus } from "./bus.ts";
import type { BusMessage } from "./bus-message.ts";
import { deadLetterMessage } from "./dead-letter.ts";

/** The errors that a handler may fail with. Any other error is a defect: the process ends and the message is redelivered. */
export type HandlingError = Retryable | Poison;

/** The messages of one consumer that wait for an update of the rig. A process has one for each consumer. */
export interface UpdateWaits {
  /** Notes that a message waits until its next delivery. False when it may not: it was delivered 10 times, or 16 others wait. */
  enter(message: BusMessage, delayMs: number): Effect.Effect<boolean>;
}

/**
 * 16: each message that waits holds a place of the consumer, and whoever holds the key of a service can make any number of them. A few
 * may wait, so that an update while the rig runs leaves no dead letter behind.
 */
const updateWaitsMax = 16;

/** Makes the place where the messages of one consumer wait for an update of the rig. */
export function makeUpdateWaits(): UpdateWaits {
  const untilMs = new Map<number, number>();
  return {
    enter: ({ sequence, deliveryCount }, delayMs) =>
      Effect.map(Clock.currentTimeMillis, (nowMs) => {
        untilMs.delete(sequence);
        // Another instance may have got the message since, so nobody says here that it waits no more.
        for (const [waiting, endMs] of untilMs) if (endMs <= nowMs) untilMs.delete(waiting);
        if (deliveryCount >= updateDeliveriesMax || untilMs.size >= updateWaitsMax) return false;
        untilMs.set(sequence, nowMs + delayMs);
        return true;
      }),
  };
}

/**
 * Handles one message and answers it: ack after success, nak with a delay after `Retryable`, a dead letter after `Poison`, after a failure
 * of its last delivery, or when it may not wait for an update. When the handler is interrupted, the message is nak'ed, so that another
 * instance gets it at once.
 */
export function answerMessage<R>(
  message: BusMessage,
  handle: Effect.Effect<void, HandlingError, R>,
  waits: UpdateWaits,
): Effect.Effect<void, never, R | Bus> {
  const working = Effect.sync(() => message.working()).pipe(Effect.delay(`${workingEveryMs} millis`), Effect.forever);
  return Effect.raceFirst(handle, working).pipe(
    Effect.matchEffect({
      onSuccess: () => Effect.promise(() => message.ack().catch(() => undefined)),
      onFailure: (error) => answerFailure(message, error, waits),
    }),
    Effect.onInterrupt(() => Effect.sync(() => message.nak(0))),
    // A defect is a bug: the message is not answered, the process ends, and the server redelivers the message.
    Effect.tapCause((cause) =>
      Failure.hasInterruptsOnly(cause) ? Effect.void : Effect.logFatal("defect", Failure.pretty(cause)),
    ),
  );
}

const answerFailure = Effect.fnUntraced(function* (message: BusMessage, error: HandlingError, waits: UpdateWaits) {
  const delayMs = error._tag === "Poison" ? null : yield* retryDelayMs(message, error, waits);
  if (delayMs === null) {
    const kept = deadLetterMessage(message, error.message);
    return yield* Effect.catch(kept, () => Effect.sync(() => message.nak(5_000)));
  }
  yield* Effect.logWarning("retry scheduled", error.message).pipe(
    Effect.annotateLogs({ deliveryCount: message.deliveryCount, delayMs }),
  );
  message.nak(delayMs);
});

/** How long a message waits for its next delivery; null when it gets no other one. */
const retryDelayMs = Effect.fnUntraced(function* (message: BusMessage, error: Retryable, waits: UpdateWaits) {
  if (message.deliveryCount >= deliveriesMax) return null;
  // 1 s, 2 s, 4 s … at most 60 s: a short fault delays a message little, and a long one costs one delivery a minute.
  const delayMs = error.delayMs ?? Math.min(60_000, 1_000 * 2 ** (message.deliveryCount - 1));
  return error.waitsFor !== "update" || (yield* waits.enter(message, delayMs)) ? delayMs : null;
});
