import fc from "fast-check";
import { rowNames } from "#contracts/choreography.ts";
import { inboxPrefix } from "#contracts/subjects.ts";
import type { Scene } from "./test-stage.ts";

// What attacks of every kind are made of.

/** One message that is sent, or one subject that is subscribed to. */
export interface Wire {
  readonly verb: "publish" | "subscribe";
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** A block of headers, written as it stands in place of `headers`. */
  readonly block?: string;
  /** The subject for the answer; absent for the attacker's own inbox. */
  readonly reply?: string;
}

/** An attack before it is known what stands on the server. */
export type Attack = (scene: Scene) => Wire;

/** One value as often as `weight` times each of the others. */
export const often = <Value>(value: Value, weight: number, ...others: readonly fc.Arbitrary<Value>[]) =>
  fc.oneof({ weight, arbitrary: fc.constant(value) }, ...others.map((arbitrary) => ({ weight: 1, arbitrary })));

/** What an attacker would like to have published in another service's name, by itself or by an answer of the server. */
export function coveted({ numbers, inHand }: Scene): readonly string[] {
  return [
    `evt.issue.acme.widgets.${numbers.queued}.MERGED`,
    `evt.pr.acme.widgets.${numbers.reviewing}.REVIEW_PASSED.review-e`,
    `evt.issue.acme.widgets.${numbers.held}.RUN_FAILED.dev-e`,
    `work.dev.node.high.acme.widgets.${numbers.settled}`,
    "github.issues.labeled.acme.widgets",
    "redo.EVENTS.dispatcher",
    "dlq.GITHUB.webhook",
    ...["TEXT", "WORK", "DLQ"].map((stream) => `$JS.API.STREAM.PURGE.${stream}`),
    "$JS.API.STREAM.DELETE.GITHUB",
    ...inHand,
    `queued.dev.node.high.acme.widgets.${numbers.queued}`,
    ...rowNames.map((name) => `${inboxPrefix(name)}.hostile.reply`),
  ];
}

/** Where the answer goes: to the attacker, or to a coveted subject. */
export const anyReply = often<((scene: Scene) => string) | null>(
  null,
  3,
  fc.nat().map((at) => (scene: Scene) => nth(coveted(scene), at)),
);

/** The headers that the server reads (NATS ADR-4, 31, 43, 49, 50, 51), and those of the kit's dead letters. */
export const anyHeaders = fc.array(fc.nat(), { maxLength: 3 }).map((chosen) => (scene: Scene): Wire["headers"] => {
  const known: readonly (readonly [string, string])[] = [
    ["Nats-Msg-Id", scene.nextId],
    ["Nats-Rollup", "all"],
    ["Nats-Rollup", "sub"],
    ["Nats-Expected-Stream", "TEXT"],
    ["Nats-Expected-Last-Sequence", "0"],
    ["Nats-Expected-Last-Subject-Sequence", "0"],
    ["Nats-Expected-Last-Subject-Sequence-Subject", "evt.>"],
    ["Nats-Expected-Last-Msg-Id", scene.nextId],
    ["Nats-TTL", "1s"],
    ["Nats-Schedule", "@at 2020-01-01T00:00:00Z"],
    ["Nats-Schedule-Target", nth(coveted(scene), chosen[0] ?? 0)],
    ["Nats-Incr", "+9"],
    ["Nats-Batch-Id", scene.nextId],
    ["Nats-Batch-Sequence", "1"],
    ["Nats-Batch-Commit", "1"],
    ["KV-Operation", "PURGE"],
    ["Nats-Marker-Reason", "Purge"],
    ["Nats-Stream-Source", "EVENTS 1 evt.> > evt.>"],
    // The names that the server adds when it delivers a message.
    ["Nats-Subject", nth(coveted(scene), 0)],
    ["Nats-Sequence", "9007199254740991"],
    ["Nats-Num-Pending", "0"],
    ["Nats-Msg-Size", "-1"],
    ["Rig-Subject", nth(coveted(scene), chosen[1] ?? 0)],
  ];
  return chosen.map((at) => nth(known, at));
});

/** Blocks of headers that no client writes: status lines, names and values that a client cannot read, no end. */
export const anyBlock = often<string | null>(
  null,
  6,
  fc.constantFrom(
    "NATS/1.0 404\r\n\r\n",
    "NATS/1.0 204 EOB\r\n\r\n",
    "NATS/1.0 503\r\n\r\n",
    "NATS/1.0\r\nbad key: x\r\n\r\n",
    "NATS/1.0\r\nA: x\rB: y\r\n\r\n",
    "NATS/1.0\r\nNats-Sequence: 1\r\nA: aa",
    "no headers",
  ),
);

/** JSON that the API of JetStream understands, and junk. */
export const anyBody = fc.constantFrom(
  "",
  "{",
  "null",
  '{"seq":1}',
  '{"seq":2,"no_erase":true}',
  '{"filter":">"}',
  '{"pause_until":"2099-01-01T00:00:00Z"}',
  '{"batch":8,"no_wait":true}',
  '{"last_by_subj":"evt.>"}',
  '{"next_by_subj":">","seq":1,"batch":8}',
  '{"name":"SPY","subjects":["spy.>"],"storage":"memory"}',
  '{"stream_name":"EVENTS","config":{"durable_name":"spy","ack_policy":"none","deliver_subject":"spy"}}',
  "\u0000\u0001\ud83d",
);

/** An attack that sends one message. */
export function publish(
  subject: string,
  payload: Uint8Array,
  headers: (scene: Scene) => Wire["headers"],
  reply: ((scene: Scene) => string) | null,
): Attack {
  return (scene) => ({
    ...{ verb: "publish", subject, payload, headers: headers(scene) },
    ...(reply === null ? {} : { reply: reply(scene) }),
  });
}

/** The element at a number of any size. */
export function nth<Value>(values: readonly Value[], at: number): Value {
  const value = values[at % Math.max(1, values.length)];
  if (value === undefined) throw new Error("nothing to choose from");
  return value;
}

/** Text in UTF-8. */
export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
