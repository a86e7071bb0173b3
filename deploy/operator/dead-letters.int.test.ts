import { Effect } from "effect";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { deadLetters } from "#contracts/events/operations.ts";
import { factOf, labelOf } from "#contracts/test-facts.ts";
import { keepDeadLetter } from "#kit/bus/dead-letter.ts";
import { Retryable } from "#kit/errors.ts";
import { outgoing } from "#kit/facts/aggregate.ts";
import { startWorld, type World } from "#kit/test/test-world.ts";
import { operatorOn } from "./connection.ts";
import { endLetter } from "./dead-letters.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
  vi.spyOn(console, "log").mockReturnValue(undefined);
});
afterEach(() => vi.unstubAllEnvs());
afterAll(() => world.stop());

/** Keeps a fact as a letter of the dispatcher and returns its sequence on DLQ. */
async function keepLetter(id: string): Promise<number> {
  const fact = factOf("ISSUE_LABELED", labelOf(), { correlationId: "story", actor: "webhook" });
  const { subject, payload } = outgoing(fact);
  const reason = "the file has no stack";
  await world.as(
    "dispatcher",
    keepDeadLetter({ stream: "EVENTS", consumer: "dispatcher", id, subject, payload, reason }),
  );
  return (await world.manager.streams.info("DLQ")).state.last_seq;
}

const messages = async (stream: string) => (await world.manager.streams.info(stream)).state.messages;
const history = () => world.history(deadLetters);

test("a dismissed letter is gone, and who dismissed it is a fact in the story of the letter", async () => {
  vi.stubEnv("RIG_PERSON", "ada");
  const sequence = await keepLetter("first");
  expect(await endLetter(operatorOn(await world.busOf("operator")), "dismiss", sequence)).toBe(0);
  const data = {
    ...{ stream: "EVENTS", consumer: "dispatcher", sequence, person: "ada" },
    subject: "evt.issue.acme.widgets.1.ISSUE_LABELED",
  };
  expect(await history()).toMatchObject([
    { type: "DEAD_LETTER_DISMISSED", actor: "operator", correlationId: "story", data },
  ]);
  expect([await messages("DLQ"), await messages("REDO")]).toEqual([0, 0]);
});

test("a command that is killed before its fact is run again: one replay, one fact, and no letter is lost", async () => {
  const sequence = await keepLetter("second");
  const bus = await world.busOf("operator");
  const killed: typeof bus = {
    ...bus,
    publish: (message) =>
      message.subject.startsWith("evt.") ? Effect.fail(new Retryable({ what: "killed" })) : bus.publish(message),
  };
  await expect(endLetter(operatorOn(killed), "replay", sequence)).rejects.toThrow("killed");
  expect([await messages("DLQ"), await messages("REDO"), (await history()).length]).toEqual([1, 1, 1]);
  expect(await endLetter(operatorOn(bus), "replay", sequence)).toBe(0);
  expect([await messages("DLQ"), await messages("REDO")]).toEqual([0, 1]);
  expect((await history()).map(({ type }) => type)).toEqual(["DEAD_LETTER_DISMISSED", "DEAD_LETTER_REPLAYED"]);
});

test("a command that is killed before the letter goes is run again and appends no second fact", async () => {
  const sequence = await keepLetter("third");
  const bus = await world.busOf("operator");
  const manager = await bus.jetstream.jetstreamManager();
  const streams = new Proxy(manager.streams, {
    get: (target, name) =>
      name === "deleteMessage" ? () => Promise.reject(new Error("killed")) : Reflect.get(target, name).bind(target),
  });
  const jetstream = { jetstreamManager: async () => ({ direct: manager.direct, streams }) };
  const killed = { ...bus, jetstream } as unknown as typeof bus;
  await expect(endLetter(operatorOn(killed), "dismiss", sequence)).rejects.toThrow("killed");
  expect(await messages("DLQ")).toBe(1);
  expect(await endLetter(operatorOn(bus), "dismiss", sequence)).toBe(0);
  expect(await messages("DLQ")).toBe(0);
  expect(await history()).toHaveLength(3);
});
