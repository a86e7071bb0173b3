import { Effect, Layer } from "effect";
import { matches } from "#contracts/test-subjects.ts";
import { Bus, wrongLastSequence } from "./bus.ts";
import type { Outgoing, Publication, Stored } from "./protocol.ts";

/**
 * A bus in memory, for tests that move the clock: each call ends at once. It keeps the guarantees of append and read: the expected last
 * sequence, all or none, one message per id. It has no connection, and so no consumers and no leases.
 */
export const memoryBus: Layer.Layer<Bus> = Layer.sync(Bus, () => {
  const stored: Stored[] = [];
  const sequenceOf = new Map<string, number>();
  const on = (filter: string) => stored.filter(({ subject }) => matches(filter, subject));
  const publishAtomic = (messages: readonly Outgoing[]) =>
    Effect.sync((): Publication => {
      const { expect, msgId = "" } = messages[0] ?? {};
      const known = sequenceOf.get(msgId);
      if (known !== undefined) return { stored: true, sequence: known, duplicate: true };
      const last = expect === undefined ? 0 : (on(expect.filter).at(-1)?.sequence ?? 0);
      if (expect !== undefined && last !== expect.lastSequence) {
        return { stored: false, code: wrongLastSequence, description: `wrong last sequence: ${last}` };
      }
      for (const { subject, payload, msgId: id } of messages) {
        stored.push({ subject, payload, sequence: stored.length + 1 });
        sequenceOf.set(id, stored.length);
      }
      return { stored: true, sequence: stored.length, duplicate: false };
    });
  return Bus.of({
    user: "test",
    get connection(): never {
      throw new Error("a bus in memory has no connection");
    },
    get jetstream(): never {
      throw new Error("a bus in memory has no connection");
    },
    reconnected: Effect.never,
    publish: (message) => publishAtomic([message]),
    publishAtomic,
    read: (_, filter) => Effect.sync(() => on(filter)),
    last: (_, subject) => Effect.sync(() => on(subject).at(-1) ?? null),
    next: (_, filter, from) => Effect.sync(() => on(filter).find(({ sequence }) => sequence >= from) ?? null),
  });
});
