import { Effect } from "effect";
import { deadLetterSubject } from "#contracts/subjects.ts";
import { Retryable } from "#kit/errors.ts";
import { Bus } from "./bus.ts";
import type { BusMessage } from "./bus-message.ts";

/** A message that could not be handled, with where it came from and why. */
export interface DeadLetter {
  readonly stream: string;
  readonly consumer: string;
  /** Unique for the message at this consumer, so that it is kept once. */
  readonly id: string;
  readonly subject: string;
  readonly reason: string;
  readonly payload: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Keeps a message on the stream DLQ as it came, with headers that say where it belongs and what was wrong with it. */
export const keepDeadLetter = Effect.fn("keepDeadLetter")(function* (letter: DeadLetter) {
  const bus = yield* Bus;
  const answer = yield* bus.publish({
    subject: deadLetterSubject(letter.stream, letter.consumer),
    payload: letter.payload,
    msgId: letter.id,
    headers: {
      ...letter.headers,
      "Rig-Reason": oneLine(letter.reason),
      "Rig-Subject": oneLine(letter.subject),
      "Rig-Id": letter.id,
    },
  });
  if (!answer.stored) return yield* new Retryable({ what: "keep a dead letter", cause: answer.description });
  yield* Effect.logError("dead letter").pipe(
    Effect.annotateLogs({ stream: letter.stream, consumer: letter.consumer, reason: letter.reason, id: letter.id }),
  );
});

/** Keeps a message as a dead letter, then tells the server never to deliver it again. */
export const deadLetterMessage = Effect.fn("deadLetterMessage")(function* (message: BusMessage, reason: string) {
  const { stream, consumer, subject, sequence, payload, headers } = message;
  yield* keepDeadLetter({
    stream,
    consumer,
    subject,
    payload,
    headers,
    reason,
    id: `${stream}/${consumer}/${sequence}`,
  });
  // Not the reason, which may quote text: the server keeps what it is told here on ADVISORIES, where nobody erases.
  message.term(`dead letter ${stream}/${consumer}/${sequence}`);
});

/** Header values end at a line break; what is no printable ASCII is replaced, 500 characters are enough to act on. */
function oneLine(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, " ").slice(0, 500);
}
