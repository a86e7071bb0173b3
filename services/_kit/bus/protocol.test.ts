import { Effect } from "effect";
import { headers, type Msg, type MsgHdrs, type NatsConnection } from "nats";
import { expect, test } from "vitest";
import { readAll } from "./protocol.ts";

/** A connection to a stream whose history never ends: each request for a page gets a full one. */
function endless(): NatsConnection {
  let deliver: (error: null, answer: Msg) => void = () => undefined;
  // Real headers would take a second for 102,400 messages.
  const message = { values: () => ["1"] } as unknown as MsgHdrs;
  const answerOf = (answer: Pick<Msg, "headers">) => ({ ...answer, data: new Uint8Array() }) as Msg;
  const connection = {
    subscribe: (_: string, { callback }: { callback: typeof deliver }) => {
      deliver = callback;
      return { unsubscribe: () => undefined };
    },
    publish: () => {
      for (let sent = 0; sent < 256; sent += 1) deliver(null, answerOf({ headers: message }));
      deliver(null, answerOf({ headers: headers(204, "EOB") }));
    },
  };
  return connection as unknown as NatsConnection;
}

test("a history that is too long to read is refused at once and for good", async () => {
  const reading = readAll(endless(), { inbox: "inbox", stream: "EVENTS", filter: "evt.issue.acme.widgets.1.>" });
  expect(await Effect.runPromise(Effect.flip(reading))).toMatchObject({
    _tag: "Poison",
    what: "more than 102400 messages on evt.issue.acme.widgets.1.>: nothing is decided on it any more",
  });
});
