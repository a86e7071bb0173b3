import { randomUUID } from "node:crypto";
import { Effect, Result } from "effect";
import { parseJson } from "#contracts/envelope.ts";
import { Retryable } from "#kit/errors.ts";
import { Bus } from "./bus.ts";

/**
 * Adds to a counter on a stream with `allow_msg_counter` and returns its value after that, or a later one when others add too. The server
 * adds, so any number of processes count together (NATS ADR-49). Fails with `Retryable` when the stream refuses or the bus is away.
 */
export const addToCounter = Effect.fn("addToCounter")(function* (stream: string, subject: string, amount: number) {
  const bus = yield* Bus;
  const headers = { "Nats-Incr": `+${amount}` };
  const answer = yield* bus.publish({ subject, payload: new Uint8Array(), msgId: randomUUID(), headers });
  if (!answer.stored) return yield* new Retryable({ what: `count on ${subject}`, cause: answer.description });
  const stored = yield* bus.next(stream, subject, answer.sequence);
  const value = stored === null ? null : counterValue(stored.payload);
  if (value === null) return yield* new Retryable({ what: `read the counter ${subject}` });
  return value;
});

/** The value of a counter as the server stores it, `{"val":"12"}`; null when the payload is no counter's. */
export function counterValue(payload: Uint8Array): number | null {
  const json = parseJson(payload);
  if (Result.isFailure(json) || typeof json.success !== "object" || json.success === null) return null;
  const value = "val" in json.success ? Number(json.success.val) : Number.NaN;
  return Number.isSafeInteger(value) ? value : null;
}
