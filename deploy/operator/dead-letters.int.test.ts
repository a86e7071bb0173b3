import { Effect } from "effect";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { deadLetters } from "#contracts/events/operations.ts";
import { workSubject } from "#contracts/subjects.ts";
import { draftOf, labelOf, workItem } from "#contracts/test-facts.ts";
import { type DeadLetter, keepDeadLetter } from "#kit/bus/dead-letter.ts";
import { Retryable } from "#kit/errors.ts";
import { startWorld, type World } from "#kit/test/test-world.ts";
import { operatorOn } from "./connection.ts";
import { endLetter } from "./dead-letters.ts";
import { findErasable } from "./erasable.ts";

let world: World;
let refusals: string[];
beforeAll(async () => {
  world = await startWorld();
  vi.spyOn(console, "log").mockReturnValue(undefined);
  vi.spyOn(console, "error").mockImplementation((line: string) => void refusals.push(line));
});
beforeEach(() => {
  refusals = [];
});
afterEach(() => vi.unstubAllEnvs());
afterAll(() => world.stop());

/** Publishes a fact and returns its message on EVENTS as a letter of the dispatcher. */
async function labelled(number: number): Promise<DeadLetter> {
  await world.publish("webhook", draftOf("ISSUE_LABELED", number, { ...labelOf(), body: { text: "" } }));
  const seq = (await world.manager.streams.info("EVENTS")).state.last_seq;
  const message = await world.manager.streams.getMessage("EVENTS", { seq });
  const { subject, data } = message ?? { subject: "", data: new Uint8Array() };
  const about = { stream: "EVENTS", consumer: "dispatcher", id: `EVENTS/dispatcher/${seq}` };
  return { ...about, subject, payload: data, reason: "the file has no stack" };
}

/** Keeps a letter as that service and returns its sequence on DLQ. */
async function keep(service: string, letter: DeadLetter): Promise<number> {
  await world.as(service, keepDeadLetter(letter));
  return (await world.manager.streams.info("DLQ")).state.last_seq;
}
const keepLetter = async (number: number) => keep("dispatcher", await labelled(number));

const messages = async (stream: string) => (await world.manager.streams.info(stream)).state.messages;
const history = () => world.history(deadLetters);

test("a dismissed letter is gone, and who dismissed it is a fact in the story of the letter", async () => {
  vi.stubEnv("RIG_PERSON", "ada");
  const sequence = await keepLetter(1);
  expect(await endLetter(operatorOn(await world.busOf("operator")), "dismiss", sequence)).toBe(0);
  const data = {
    ...{ stream: "EVENTS", consumer: "dispatcher", sequence, person: "ada" },
    subject: "evt.issue.acme.widgets.1.ISSUE_LABELED.webhook",
  };
  expect(await history()).toMatchObject([
    { type: "DEAD_LETTER_DISMISSED", actor: "operator", correlationId: "test-1", data },
  ]);
  expect([await messages("DLQ"), await messages("REDO")]).toEqual([0, 0]);
});

test("a command that is killed before its fact is run again: one replay, one fact, and no letter is lost", async () => {
  const sequence = await keepLetter(2);
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
  const sequence = await keepLetter(3);
  const bus = await world.busOf("operator");
  const manager = await bus.jetstream.jetstreamManager();
  const streams = new Proxy(manager.streams, {
    get: (target, name) =>
      name === "deleteMessage" ? () => Promise.reject(new Error("killed")) : Reflect.get(target, name).bind(target),
  });
  const jetstream = { jetstreamManager: async () => ({ streams }) };
  const killed = { ...bus, jetstream } as unknown as typeof bus;
  await expect(endLetter(operatorOn(killed), "dismiss", sequence)).rejects.toThrow("killed");
  expect(await messages("DLQ")).toBe(1);
  expect(await endLetter(operatorOn(bus), "dismiss", sequence)).toBe(0);
  expect(await messages("DLQ")).toBe(0);
  expect(await history()).toHaveLength(3);
});

test("a replayed letter that no service has consumed is found and deleted by who erases", async () => {
  const manager = await (await world.busOf("operator")).jetstream.jetstreamManager();
  const target = { owner: "acme", repo: "widgets", number: 2 };
  const found = async () => (await findErasable(manager, target)).found.filter(({ stream }) => stream === "REDO");
  const [letter] = await found();
  expect(letter).toMatchObject({ subject: "redo.EVENTS.dispatcher" });
  expect(await manager.streams.deleteMessage("REDO", letter?.sequence ?? 0)).toBe(true);
  expect(await found()).toEqual([]);
});

/** Replays a letter; returns the exit code, what was said, and the subjects on REDO and WORK that have a message more. */
async function replayed(sequence: number) {
  const before = await replaysOn();
  const exitCode = await endLetter(operatorOn(await world.busOf("operator")), "replay", sequence);
  const more = Object.entries(await replaysOn()).filter(([subject, count]) => count > (before[subject] ?? 0));
  return { exitCode, said: refusals.join(), on: more.map(([subject]) => subject) };
}

async function replaysOn(): Promise<Readonly<Record<string, number>>> {
  const infos = ["REDO", "WORK"].map((stream) => world.manager.streams.info(stream, { subjects_filter: ">" }));
  const [redo, work] = await Promise.all(infos);
  return { ...redo?.state.subjects, ...work?.state.subjects };
}

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const ofWork = (priority: string, sequence: number) => {
  const consumer = `dev-e-dev-node-${priority}`;
  return { stream: "WORK", consumer, id: `WORK/${consumer}/${sequence}`, reason: "any" };
};

test.each([
  [1, "redo.GITHUB.webhook", { zen: "forged" }, "not a work item"],
  [2, "redo.GITHUB.webhook", workItem({ number: 30 }), "the item belongs on work.dev.node.normal"],
  [3, workSubject(workItem({ number: 31 })), workItem({ number: 31 }), "dev-e-dev-node-high does not claim work on"],
])("letter %i of WORK, said to be from %s, is not replayed and stays", async (number, subject, item, said) => {
  const sequence = await keep("dev-e", { ...ofWork("high", number), subject, payload: bytes(item) });
  expect(await replayed(sequence)).toEqual({ exitCode: 1, said: expect.stringMatching(said), on: [] });
  expect(refusals.join()).toContain(`npm run rig -- dismiss ${sequence} removes it`);
  expect(await world.manager.streams.getMessage("DLQ", { seq: sequence })).not.toBeNull();
});

test("a work item is replayed on the subject that follows from it", async () => {
  const item = workItem({ number: 32 });
  const sequence = await keep("dev-e", { ...ofWork("normal", 4), subject: workSubject(item), payload: bytes(item) });
  expect(await replayed(sequence)).toEqual({ exitCode: 0, said: "", on: [workSubject(item)] });
});

test("a letter of a replay goes back to the consumer that failed, whatever its subject says", async () => {
  const { payload, reason } = await labelled(33);
  const about = { stream: "REDO", consumer: "dispatcher", id: "REDO/dispatcher/1", reason };
  const sequence = await keep("dispatcher", { ...about, subject: "redo.GITHUB.webhook", payload });
  expect(await replayed(sequence)).toEqual({ exitCode: 0, said: "", on: ["redo.EVENTS.dispatcher"] });
});

test("a delivery goes back to the webhook with its headers, whatever its subject says", async () => {
  const about = { stream: "GITHUB", consumer: "webhook", id: "delivery/guid", reason: "any" };
  const headers = { "X-GitHub-Event": "issues" };
  const letter = { ...about, subject: "redo.EVENTS.dispatcher", payload: bytes({}), headers };
  expect(await replayed(await keep("webhook", letter))).toMatchObject({ exitCode: 0, on: ["redo.GITHUB.webhook"] });
});

test.each<[string, (letter: DeadLetter) => Partial<DeadLetter>, string]>([
  ["other bytes", () => ({ payload: bytes({ forged: true }) }), "it is not the message"],
  ["another subject", () => ({ subject: "evt.issue.acme.widgets.1.MERGED" }), "it is not the message"],
  ["a sequence that the stream has not", () => ({ id: "EVENTS/dispatcher/9999" }), "has no message 9999"],
  ["the id of another consumer", ({ id }) => ({ id: id.replace("dispatcher", "merge-gate") }), "names no message"],
  ["no sequence", () => ({ id: "EVENTS/dispatcher" }), "names no message"],
])("a letter of EVENTS with %s is not replayed and stays", async (_name, change, said) => {
  const letter = await labelled(40);
  const sequence = await keep("dispatcher", { ...letter, ...change(letter) });
  expect(await replayed(sequence)).toEqual({ exitCode: 1, said: expect.stringContaining(said), on: [] });
  expect(await world.manager.streams.getMessage("DLQ", { seq: sequence })).not.toBeNull();
});

test("a fact that the consumer does not read is not replayed to it", async () => {
  const letter = await labelled(41);
  const id = letter.id.replace("dispatcher", "merge-gate");
  const sequence = await keep("merge-gate", { ...letter, consumer: "merge-gate", id });
  expect(await replayed(sequence)).toMatchObject({
    exitCode: 1,
    said: expect.stringContaining("has no message"),
    on: [],
  });
});

test("a letter of a consumer that no row has is refused", async () => {
  const sequence = await keep("admin", { ...(await labelled(42)), consumer: "nobody" });
  expect(await replayed(sequence)).toMatchObject({
    exitCode: 1,
    said: expect.stringContaining("no row has a consumer nobody on EVENTS"),
  });
});
