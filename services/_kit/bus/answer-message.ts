import { Effect, Cause as Failure } from "effect";
import { deliveriesMax, updateRetryMs, workingEveryMs } from "#contracts/waits.ts";
import type { NeedsUpdate, Poison, Retryable } from "#kit/errors.ts";
import type { Bus } from "./bus.ts";
import type { BusMessage } from "./bus-message.ts";
import { deadLetterMessage } from "./dead-letter.ts";
import type { UpdateWaits } from "./update-waits.ts";

/** The errors that a handler may fail with. Any other error is a defect: the process ends and the message is redelivered. */
export type HandlingError = Retryable | NeedsUpdate | Poison;

/**
 * Handles one message and answers it: ack after success, nak with a delay after `Retryable` or `NeedsUpdate`, a dead letter after `Poison`, after a failure
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
  const delayMs = yield* retryDelayMs(message, error, waits);
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
const retryDelayMs = Effect.fnUntraced(function* (message: BusMessage, error: HandlingError, waits: UpdateWaits) {
  if (error._tag === "Poison" || message.deliveryCount >= deliveriesMax) return null;
  if (error._tag === "NeedsUpdate") return (yield* waits.enter(message)) ? updateRetryMs : null;
  // 1 s, 2 s, 4 s … at most 60 s: a short fault delays a message little, and a long one costs one delivery a minute.
  return error.delayMs ?? Math.min(60_000, 1_000 * 2 ** (message.deliveryCount - 1));
});
