import type { Consumer, ConsumerMessages, JsMsg } from "@nats-io/jetstream";
import { Effect, type Scope } from "effect";
import type { Subscription } from "nats";
import { outside, type Retryable } from "#kit/errors.ts";
import { type BusMessage, fromConsumer } from "./bus-message.ts";

/** 5 s: a restarted server forgets a pull, so it is repeated. */
const pullMs = 5_000;

/**
 * Pulls up to `count` messages. The returned effect waits for the next one; null when the pull has ended. When the scope closes, the pull is
 * cancelled and what the server sent before is nak'ed, so that another instance gets it at once. After a reconnect the client repeats the
 * whole pull, so more than `count` messages may come.
 */
export const openPull = Effect.fn("openPull")(function* (
  what: string,
  consumer: Consumer,
  count: number,
): Effect.fn.Return<Effect.Effect<BusMessage | null, Retryable>, Retryable, Scope.Scope> {
  const pull = yield* Effect.acquireRelease(
    outside(what, async () => {
      const messages = await consumer.fetch({ max_messages: count, expires: pullMs });
      return { messages, iterator: messages[Symbol.asyncIterator](), waiting: null as Waiting };
    }),
    ({ messages, iterator, waiting }) => Effect.sync(() => void cancel(messages, iterator, waiting)),
  );
  return outside(what, async () => {
    pull.waiting ??= pull.iterator.next();
    const next = await pull.waiting;
    pull.waiting = null;
    return next.done === true ? null : fromConsumer(next.value);
  });
});

type Waiting = Promise<IteratorResult<JsMsg>> | null;

/**
 * The server drops a pull whose inbox nobody subscribes to. The client has no call for this, and its `stop` forgets messages that are under way
 * (3.4.0), which then wait for the end of their ack wait: so its subscription is drained.
 */
async function cancel(messages: ConsumerMessages, iterator: AsyncIterator<JsMsg>, waiting: Waiting): Promise<void> {
  const { sub } = messages as unknown as { readonly sub: Subscription };
  sub.drain().catch(() => undefined);
  try {
    let next = await (waiting ?? iterator.next());
    for (; next.done !== true; next = await iterator.next()) next.value.nak();
  } catch {
    // The pull ended with an error: nothing comes any more.
  }
}
