import { Effect, Exit, Fiber, Layer, Logger, ManagedRuntime, Result } from "effect";
import { TestClock } from "effect/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { applyBusConfig } from "#bus-config/apply.ts";
import { startTestServer, type TestServer } from "#kit/test/test-server.ts";
import { startWorld, type World } from "#kit/test/test-world.ts";
import { Bus, busLayer, subjectTaken, wrongLastSequence } from "./bus.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

const payload = new TextEncoder().encode("{}");
const fact = (number: number, msgId: string) => ({
  subject: `evt.issue.acme.widgets.${number}.ISSUE_DONE`,
  payload,
  msgId,
});
const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);
const dispatcher = () => world.busOf("dispatcher");

test("a stored message has a sequence; the same message id is stored once", async () => {
  const { publish } = await dispatcher();
  const first = await Effect.runPromise(publish(fact(1, "one")));
  const again = await Effect.runPromise(publish(fact(1, "one")));
  if (!first.stored || !again.stored) throw new Error("was refused");
  expect([first.duplicate, again.duplicate]).toEqual([false, true]);
  expect(again.sequence).toBe(first.sequence);
});

test("what the stream refuses is an answer with the server's code and words", async () => {
  const { publish } = await dispatcher();
  const filter = "evt.issue.acme.widgets.2.>";
  await Effect.runPromise(publish({ ...fact(2, "two"), expect: { filter, lastSequence: 0 } }));
  const late = await Effect.runPromise(publish({ ...fact(2, "late"), expect: { filter, lastSequence: 0 } }));
  expect(late).toMatchObject({ stored: false, code: wrongLastSequence, description: /wrong last sequence/ });
  const work = { subject: "work.dev.node.low.acme.widgets.2", payload };
  expect(await Effect.runPromise(publish({ ...work, msgId: "first" }))).toMatchObject({ stored: true });
  expect(await Effect.runPromise(publish({ ...work, msgId: "second" }))).toMatchObject({
    stored: false,
    code: subjectTaken,
  });
});

/** The error of a service that cannot publish on a subject, after retries of about 6 s. */
async function failure(service: string, subject: string): Promise<string> {
  const { publish } = await world.busOf(service);
  const end = await Effect.runPromise(Effect.result(publish({ subject, payload, msgId: "m" })));
  if (Result.isSuccess(end)) throw new Error("was stored");
  expect(end.failure._tag).toBe("Retryable");
  return end.failure.message;
}

test("a history of several pages is read whole and in order", async () => {
  const { publish, read } = await dispatcher();
  const numbers = Array.from({ length: 600 }, (_, at) => at);
  const messages = numbers.map((at) => ({ ...fact(4, `page-${at}`), payload: new TextEncoder().encode(`${at}`) }));
  // Messages of another issue are between them, and no page may contain those.
  await Effect.runPromise(Effect.forEach(messages.slice(0, 300), publish, { concurrency: 1 }));
  await Effect.runPromise(publish(fact(40, "between")));
  await Effect.runPromise(Effect.forEach(messages.slice(300), publish, { concurrency: 1 }));
  const found = await Effect.runPromise(read("EVENTS", "evt.issue.acme.widgets.4.>"));
  expect(found.map((message) => Number(text(message.payload)))).toEqual(numbers);
  expect(found.every(({ subject }) => subject === "evt.issue.acme.widgets.4.ISSUE_DONE")).toBe(true);
});

test("a page that is exactly full is the last one; no history is an empty one", async () => {
  const { publish, read } = await dispatcher();
  const messages = Array.from({ length: 256 }, (_, at) => fact(5, `full-${at}`));
  await Effect.runPromise(Effect.forEach(messages, publish, { concurrency: 1 }));
  expect(await Effect.runPromise(read("EVENTS", "evt.issue.acme.widgets.5.>"))).toHaveLength(256);
  expect(await Effect.runPromise(read("EVENTS", "evt.issue.acme.widgets.6.>"))).toEqual([]);
});

test("reading a history leaves no subscription behind", async () => {
  const { read, connection } = await dispatcher();
  await Effect.runPromise(read("EVENTS", "evt.issue.acme.widgets.5.>"));
  const subscriptions = () =>
    (connection as unknown as { protocol: { subscriptions: { subs: Map<number, unknown> } } }).protocol.subscriptions
      .subs.size;
  const before = subscriptions();
  await Effect.runPromise(
    Effect.forEach(Array.from({ length: 10 }), () => read("EVENTS", "evt.issue.acme.widgets.5.>")),
  );
  expect(subscriptions()).toBe(before);
});

test("the last message on a subject is found, or null where there is none", async () => {
  const { publish, last } = await dispatcher();
  const { subject } = fact(7, "");
  expect(await Effect.runPromise(last("EVENTS", subject))).toBeNull();
  await Effect.runPromise(publish(fact(7, "older")));
  const newest = await Effect.runPromise(
    publish({ ...fact(7, "newest"), payload: new TextEncoder().encode("newest") }),
  );
  const found = await Effect.runPromise(last("EVENTS", subject));
  expect({ ...found, payload: text(found?.payload) }).toEqual({
    subject,
    payload: "newest",
    sequence: newest.stored && newest.sequence,
  });
});

// Both tests wait for the retries of a publish, so they run at once.
test.concurrent("a denied publish, and one that no stream stores, are errors that name the subject", async () => {
  const [denied, lost] = await Promise.all([
    failure("review-e", fact(3, "denied").subject),
    failure("admin", "nowhere.at.all"),
  ]);
  expect(denied).toContain("publish evt.issue.acme.widgets.3.ISSUE_DONE: Permissions Violation");
  expect(lost).toContain("publish nowhere.at.all: ");
});

test.concurrent("a message is stored once although the server was away when it was published", {
  timeout: 20_000,
}, async () => {
  const server: TestServer = await startTestServer();
  const layer = busLayer({ user: "dispatcher", url: server.url });
  const runtime = ManagedRuntime.make(Layer.provideMerge(layer, Logger.layer([])));
  try {
    const { publish, connection, read } = await runtime.runPromise(Bus);
    await applyBusConfig(connection);
    await server.stop();
    const published = runtime.runPromise(publish(fact(1, "patient")));
    await server.start();
    expect(await published).toMatchObject({ stored: true });
    expect(await runtime.runPromise(read("EVENTS", "evt.issue.acme.widgets.1.>"))).toHaveLength(1);
  } finally {
    await runtime.dispose();
    await server.remove();
  }
});

test("a service that never reaches its bus does not start, and names what to check", async () => {
  const layer = busLayer({ user: "dispatcher", url: world.bus.url, seed: "not a seed" });
  const starting = Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(Effect.scoped(Layer.build(layer)));
    // It stops after 120 tries, a minute of the test's clock. The test moves the clock whenever a try may have ended.
    const moved = Effect.andThen(
      TestClock.adjust("500 millis"),
      Effect.promise(() => new Promise((resolve) => setImmediate(resolve))),
    );
    return yield* Effect.raceFirst(Effect.flip(Fiber.join(fiber)), Effect.forever(moved));
  });
  const refused = await Effect.runPromise(Effect.provide(starting, TestClock.layer()));
  expect(refused._tag).toBe("StartRefused");
  expect(refused.message).toContain(`dispatcher cannot reach NATS at ${world.bus.url}`);
  expect(refused.message).toContain("Is it running, and is the nkey its own?");
});

test("a service that waits for its bus stops when it is told to", async () => {
  const layer = busLayer({ user: "dispatcher", url: world.bus.url, seed: "not a seed" });
  const stopped = Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(Effect.scoped(Layer.build(layer)));
    yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)));
    return yield* Effect.exit(Fiber.interrupt(fiber));
  });
  // The test's clock stands still, so a stop that waited for the next attempt would never return.
  expect(await Effect.runPromise(Effect.provide(stopped, TestClock.layer()))).toEqual(Exit.void);
});
