import { headers } from "nats";
import { afterAll, beforeAll, expect, test } from "vitest";
import { encodeFact } from "#contracts/envelope.ts";
import { approvalOf, draftOf, factOf, issueOf } from "#contracts/test-facts.ts";
import { firstCause } from "#kit/facts/stamp.ts";
import { startWorld, type World } from "#kit/test/test-world.ts";
import { append, load } from "./aggregate.ts";

// What the holder of an agent's key writes into the headers of a message, or in their place, on a subject of its own.

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

const merged = (number: number) => `evt.issue.acme.widgets.${number}.MERGED`;
const named = (number: number) => `Nats-Subject: ${merged(number)}\r\nNats-Sequence: 9000\r\nNats-Num-Pending: 0\r\n`;

test.each([
  ["an empty message", 1, undefined, ""],
  ["a message that begins with the status 404", 2, "NATS/1.0 404\r\n\r\n", "{}"],
  ["a message that begins with the status 204", 3, "NATS/1.0 204 EOB\r\n\r\n", ""],
  ["a message that begins with the status 503", 4, "NATS/1.0 503\r\n\r\n", ""],
  ["headers that the client cannot read", 5, "NATS/1.0\r\nbad key: x\r\n\r\n", "{}"],
  ["an empty message with headers that the client cannot read", 6, "NATS/1.0\r\nA: x\rB: y\r\n\r\n", ""],
  ["headers without an end", 7, "NATS/1.0\r\nA: aa", "{}"],
  ["headers that name another subject and sequence", 8, `NATS/1.0\r\n${named(8)}\r\n`, "merged"],
  ["such headers without an end", 9, `NATS/1.0\r\n${named(9)}A: aa`, "merged"],
] as const)(
  "%s neither hides what follows, nor passes for another fact, nor stops the issue",
  async (_, number, block, text) => {
    const dev = await world.bus.connectAs("dev-e");
    const on = issueOf(number);
    const fact = { ...factOf("MERGED", { prNumber: 1, mergeSha: "m" }, { actor: "merge-gate" }), on };
    const payload = text === "merged" ? encodeFact(fact) : new TextEncoder().encode(text);
    const written = headers();
    // The client writes what `encode` returns.
    if (block !== undefined) Object.assign(written, { encode: () => new TextEncoder().encode(block) });
    await world.publish("dispatcher", draftOf("ISSUE_APPROVED", number, approvalOf()));
    const subject = `evt.issue.acme.widgets.${number}.RUN_FAILED.dev-e`;
    const ack = await dev.request(subject, payload, { headers: written, timeout: 5_000 });
    expect(ack.json()).toMatchObject({ stream: "EVENTS" });
    const key = { service: "dispatcher", cause: firstCause(`over-${number}`), step: "end" } as const;
    const over = draftOf("ISSUE_CANCELLED", number, { reason: "over" });
    await world.as(
      "dispatcher",
      append(key, on, () => ({ facts: [over] })),
    );
    const { facts, lastSequence } = await world.as("dispatcher", load(on));
    expect(facts.map(({ type }) => type)).toEqual(["ISSUE_APPROVED", "ISSUE_CANCELLED"]);
    expect(lastSequence).toBe((await world.manager.streams.info("EVENTS")).state.last_seq);
  },
);
