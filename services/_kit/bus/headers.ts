import type { JsMsg } from "@nats-io/jetstream";
import { Effect } from "effect";
import { outside, type Retryable } from "#kit/errors.ts";
import { Bus } from "./bus.ts";
import { readableHeaders } from "./bus-message.ts";

/** What a consumer with `headers_only` tells of a stored message. `Nats-Msg-Size` in its headers is the length of the payload. */
export interface StoredHeaders {
  readonly subject: string;
  readonly storedMs: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  ack(): void;
}

/** 256 messages: a batch that is not acked is redelivered and counted twice, so it stays small. */
const batchMax = 256;
/** An idle stream costs one pull in 5 s. After the first message 1 s more is waited for others, well below the ack wait. */
const idleMs = 5_000;
const fillMs = 1_000;

/** Opens a consumer with `headers_only`. The returned effect waits for the next batch, which is empty when nothing was stored for 5 s. */
export const openHeaders = Effect.fn("openHeaders")(function* (
  stream: string,
  durable: string,
): Effect.fn.Return<Effect.Effect<readonly StoredHeaders[], Retryable>, Retryable, Bus> {
  const bus = yield* Bus;
  const what = `read the headers of ${stream} as ${durable}`;
  const consumer = yield* outside(what, () => bus.jetstream.consumers.get(stream, durable));
  return outside(what, async (signal) => {
    const first = await consumer.next({ expires: idleMs });
    if (first === null) return [];
    // A pull cannot be cancelled. What arrives after shutdown is nak'ed, so that another instance gets it at once.
    if (signal.aborted) {
      first.nak();
      return [];
    }
    const batch = [headersOf(first)];
    const messages = await consumer.fetch({ max_messages: batchMax - 1, expires: fillMs });
    signal.addEventListener("abort", () => messages.stop());
    for await (const message of messages) batch.push(headersOf(message));
    return batch;
  });
});

function headersOf(message: JsMsg): StoredHeaders {
  const { subject, time } = message;
  const headers = readableHeaders(message);
  const named = (name: string) => (headers?.values(name) ?? []).map((value) => [name, value] as const);
  return {
    subject,
    storedMs: time.getTime(),
    headers: (headers?.keys() ?? []).flatMap(named),
    ack: () => message.ack(),
  };
}
