import { Effect, Cause as Failure } from "effect";
import { deliveriesMax, workingEveryMs } from "#contracts/waits.ts";
import type { Poison, Retryable } from "#kit/errors.ts";
import type { Bus } from "./bus.ts";
import type { BusMessage } from "./bus-message.ts";
import { deadLetterMessage } from "./dead-letter.ts";

/** The errors that a handler may fail with. Any other error is a defect: the process ends and the message is redelivered. */
export type HandlingError = Retryable | Poison;

/**
 * Handles one message and answers it: ack after success, nak with a delay after `Retryable`, a dead letter after `Poison` or after a
 * failure of its last delivery. When the handler is interrupted, the message is nak'ed, so that another instance gets it at once.
 */
export function answerMessage<R>(
  message: BusMessage,
  handle: Effect.Effect<void, HandlingError, R>,
): Effect.Effect<void, never, R | Bus> {
  const working = Effect.sync(() => message.working()).pipe(Effect.delay(`${workingEveryMs} millis`), Effect.forever);
  return Effect.raceFirst(handle, working).pipe(
    Effect.matchEffect({
      onSuccess: () => Effect.promise(() => message.ack().catch(() => undefined)),
      onFailure: (error) => answerFailure(message, error),
    }),
    Effect.onInterrupt(() => Effect.sync(() => message.nak(0))),
    // A defect is a bug: the message is not answered, the process ends, and the server redelivers the message.
    Effect.tapCause((cause) =>
      Failure.hasInterruptsOnly(cause) ? Effect.void : Effect.logFatal("defect", Failure.pretty(cause)),
    ),
  );
}

function answerFailure(message: BusMessage, error: HandlingError): Effect.Effect<void, never, Bus> {
  if (error._tag === "Poison" || message.deliveryCount >= deliveriesMax) {
    return deadLetterMessage(message, error.message).pipe(Effect.catch(() => Effect.sync(() => message.nak(5_000))));
  }
  // 1 s, 2 s, 4 s … at most 60 s: a short fault delays a message little, and a long one costs one delivery a minute.
  const delayMs = error.delayMs ?? Math.min(60_000, 1_000 * 2 ** (message.deliveryCount - 1));
  return Effect.logWarning("retry scheduled", error.message).pipe(
    Effect.annotateLogs({ deliveryCount: message.deliveryCount, delayMs }),
    Effect.andThen(Effect.sync(() => message.nak(delayMs))),
  );
}
