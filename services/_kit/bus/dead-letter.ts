import { Effect } from "effect";
import { deadLetterSubject } from "#contracts/subjects.ts";
import { Retryable } from "#kit/errors.ts";
import { Bus } from "./bus.ts";
import type { BusMessage } from "./bus-message.ts";

/** A message that could not be handled, with its stream, its consumer and the reason. */
export interface DeadLetter {
  readonly stream: string;
  readonly consumer: string;
  /** Unique for this message and consumer, so that the dead letter is stored once. */
  readonly id: string;
  readonly subject: string;
  readonly reason: string;
  readonly payload: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Stores a message unchanged on the stream DLQ. Headers name its subject and the reason. Fails with `Retryable` when it is not stored. */
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

/** Stores a message as a dead letter, then tells the server never to deliver it again. */
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
  // This text must not be the reason, which may quote other text: the server publishes it to ADVISORIES, where nothing is erased.
  message.term(`dead letter ${stream}/${consumer}/${sequence}`);
});

/** Makes a text fit for a header: at most 500 characters, and no line break, which would end the value. Other characters than printable ASCII become blanks. */
function oneLine(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, " ").slice(0, 500);
}
