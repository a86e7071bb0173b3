import { Effect, Fiber } from "effect";
import { afterAll, beforeAll, expect, test } from "vitest";
import { nanoseconds } from "#bus-config/streams.ts";
import { workConsumer } from "#contracts/subjects.ts";
import { workItem } from "#contracts/test-facts.ts";
import { priorities, type WorkItem } from "#contracts/work.ts";
import type { BusMessage } from "#kit/bus/bus-message.ts";
import { eventually, startWorld, type World } from "#kit/test/test-world.ts";
import { openWork } from "./pull-work.ts";

/** A row with two claims. No row of the choreography has the second claim, so this test creates its consumers. */
const claims = [
  { role: "dev", stack: "node" },
  { role: "dev", stack: "any" },
] as const;

let world: World;
beforeAll(async () => {
  world = await startWorld({ ackWaitMs: 60_000 });
  for (const priority of priorities) {
    await world.manager.consumers.add("WORK", {
      durable_name: workConsumer("dev-e", { role: "dev", stack: "any", priority }),
      filter_subject: `work.dev.any.${priority}.>`,
      ack_policy: "explicit",
      ack_wait: nanoseconds(60_000),
    });
  }
});
afterAll(() => world.stop());

type Take = Effect.Success<ReturnType<typeof openWork>>;

/** Runs with the work queue of the two claims. The bus user `admin` pulls, because no service may pull from both. */
const withQueue = <A, E>(use: (next: Take) => Effect.Effect<A, E>) =>
  world.as("admin", Effect.scoped(Effect.flatMap(openWork("dev-e", claims), use)));

const numberOf = ({ payload }: BusMessage) => (JSON.parse(new TextDecoder().decode(payload)) as WorkItem).number;
const acked = (message: BusMessage) =>
  Effect.as(
    Effect.promise(() => message.ack()),
    numberOf(message),
  );

/** Waits until nobody pulls: 20 checks in a row see no message sent on the connection. */
async function idle(): Promise<void> {
  const { connection } = await world.busOf("admin");
  let [sent, still] = [-1, 0];
  await eventually(() => {
    still = sent === connection.stats().outMsgs ? still + 1 : 0;
    sent = connection.stats().outMsgs;
    expect(still).toBeGreaterThan(20);
  });
}

test("of two claims every high item is pulled before any normal one, and that before any low one", async () => {
  const order = [
    { number: 1, stack: "any", priority: "low" },
    { number: 2, stack: "node", priority: "normal" },
    { number: 3, stack: "any", priority: "normal" },
    { number: 4, stack: "any", priority: "high" },
    { number: 5, stack: "node", priority: "high" },
  ] as const;
  for (const item of order) await world.enqueue(workItem(item));
  const taken = await withQueue((next) => Effect.forEach(order, () => Effect.flatMap(next, acked)));
  expect(taken).toEqual([5, 4, 2, 3, 1]);
});

test.each(["node", "any"] as const)(
  "an idle agent is woken by an item for the stack %s within a second",
  async (stack) => {
    const taken = await withQueue((next) =>
      Effect.gen(function* () {
        const taking = yield* Effect.forkChild(Effect.flatMap(next, acked));
        yield* Effect.promise(idle);
        const enqueuedMs = performance.now();
        yield* Effect.promise(() => world.enqueue(workItem({ number: 10, stack })));
        const number = yield* Fiber.join(taking);
        return { number, tookMs: performance.now() - enqueuedMs };
      }),
    );
    expect(taken.number).toBe(10);
    expect(taken.tookMs).toBeLessThan(1_000);
  },
);

test("a nak'ed item is found by an idle agent, which pulls every 5 s because a redelivery is not announced", async () => {
  await world.enqueue(workItem({ number: 20 }));
  const found = await withQueue((next) =>
    Effect.gen(function* () {
      const first = yield* next;
      const taking = yield* Effect.forkChild(next);
      yield* Effect.promise(idle);
      const givenBackMs = performance.now();
      first.nak(0);
      const again = yield* Fiber.join(taking);
      const tookMs = performance.now() - givenBackMs;
      return { first: numberOf(first), deliveryCount: again.deliveryCount, again: yield* acked(again), tookMs };
    }),
  );
  expect(found).toMatchObject({ first: 20, again: 20, deliveryCount: 2 });
  expect(found.tookMs).toBeLessThan(6_000);
});
