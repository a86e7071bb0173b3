import { Effect, Fiber, Layer, Logger, ManagedRuntime } from "effect";
import { afterAll, beforeAll, expect, test } from "vitest";
import { applyBusConfig } from "#bus-config/apply.ts";
import { consumersFor } from "#bus-config/consumers.ts";
import type { Row } from "#contracts/choreography.ts";
import type { Fact } from "#contracts/envelope.ts";
import { ticksOf } from "#contracts/schedules.ts";
import { replayFilter, tickConsumer } from "#contracts/subjects.ts";
import type { HandlingError } from "#kit/bus/answer-message.ts";
import { Bus, busLayer } from "#kit/bus/bus.ts";
import { Poison, Retryable } from "#kit/errors.ts";
import { stepId } from "#kit/facts/stamp.ts";
import { appendTick, lastTick } from "#kit/facts/ticks.ts";
import { startTestServer, type TestServer } from "#kit/test/test-server.ts";
import { eventually } from "#kit/test/test-world.ts";
import { consumeTicks } from "./consume.ts";

// A row of its own, so that the test depends on no service that ticks wake; on a server without accounts.
const woken: Row = { does: "", wakes: ["minute"], consumes: [], claims: [], publishes: [], enqueues: [] };
const service = "woken" as never;

let server: TestServer;
let runtime: ManagedRuntime.ManagedRuntime<Bus, unknown>;
beforeAll(async () => {
  server = await startTestServer();
  const layer = busLayer({ user: "woken", url: server.url });
  runtime = ManagedRuntime.make(Layer.provideMerge(layer, Logger.layer([])));
  const { connection } = await runtime.runPromise(Bus);
  await applyBusConfig(connection, { consumers: [] });
});
afterAll(async () => {
  await runtime.dispose();
  await server.remove();
});

const instant = (minute: number) => new Date(Date.UTC(2026, 0, 2, 3, minute)).toISOString();
const draft = (minute: number) =>
  ({ type: "TICK", on: ticksOf("minute"), data: { schedule: "minute", instant: instant(minute) } }) as const;
const last = () => runtime.runPromise(lastTick("minute"));
const append = (minute: number, lastSequence: number) =>
  runtime.runPromise(appendTick("scheduler", draft(minute), lastSequence));
const appendNext = async (minute: number) => append(minute, (await last()).sequence);

test("before the first tick there is no last tick, and the expected sequence is 0", async () => {
  expect(await last()).toEqual({ tick: null, sequence: 0 });
});

test("of ten writers that saw the same last tick one appends, and the id is that of the instant, whoever it was", async () => {
  await Promise.all(Array.from({ length: 10 }, () => append(1, 0)));
  const { tick, sequence } = await last();
  expect(sequence).toBe(1);
  const id = `tick/minute/${instant(1)}`;
  expect(tick).toMatchObject({ causationId: id, correlationId: id, data: { schedule: "minute", instant: instant(1) } });
  expect(tick?.id).toBe(`${stepId("scheduler", { id, correlationId: id, traceparent: "" }, "tick")}/0`);
});

test("a writer that saw an earlier tick appends nothing", async () => {
  await appendNext(2);
  const before = await last();
  await append(3, 1);
  expect(await last()).toEqual(before);
});

/** Runs the woken service with this handler until the program has ended, then stops it. */
async function whileWoken(
  handle: (tick: Fact<"TICK">) => Effect.Effect<readonly [], HandlingError>,
  program: () => Promise<void>,
): Promise<void> {
  const fiber = runtime.runFork(consumeTicks(service, handle));
  await program().finally(() => Effect.runPromise(Fiber.interrupt(fiber)));
}

test("a row with wakes begins with the last tick, then consumes each later one, and a redelivered one has the same id", async () => {
  await applyBusConfig((await runtime.runPromise(Bus)).connection, { consumers: consumersFor({ woken }) });
  const seen: { readonly instant: string; readonly id: string }[] = [];
  let refusals = 1;
  const handle = ({ id, data }: Fact<"TICK">) => {
    seen.push({ instant: data.instant, id });
    if (data.instant !== instant(3) || refusals === 0) return Effect.succeed([] as const);
    refusals -= 1;
    return Effect.fail(new Retryable({ what: "look", delayMs: 10 }));
  };
  await whileWoken(handle, async () => {
    await eventually(() => expect(seen).toHaveLength(1));
    await appendNext(3);
    await eventually(() => expect(seen).toHaveLength(3));
    await appendNext(4);
    await eventually(() => expect(seen).toHaveLength(4));
  });
  expect(seen.map((tick) => tick.instant)).toEqual([2, 3, 3, 4].map(instant));
  expect(seen[1]?.id).toBe(seen[2]?.id);
  expect(new Set(seen.map(({ id }) => id)).size).toBe(3);
});

test("a tick that can never be handled becomes a dead letter, and its replay reaches the service once more", async () => {
  const seen: string[] = [];
  const handle = ({ data }: Fact<"TICK">) => {
    seen.push(data.instant);
    return seen.length === 1 ? Effect.fail(new Poison({ what: "never" })) : Effect.succeed([] as const);
  };
  const { jetstream, last: lastOn } = await runtime.runPromise(Bus);
  await whileWoken(handle, async () => {
    await appendNext(5);
    const letter = await eventually(async () => {
      const found = await Effect.runPromise(lastOn("DLQ", `dlq.TICKS.${tickConsumer("woken")}`));
      if (found === null) throw new Error("no dead letter");
      return found;
    });
    await jetstream.publish(replayFilter("TICKS", tickConsumer("woken")), letter.payload);
    await eventually(() => expect(seen).toHaveLength(2));
  });
  expect(seen).toEqual([instant(5), instant(5)]);
});
