import { Clock, Effect, Exit, Fiber, Layer, Logger, ManagedRuntime, Scope } from "effect";
import { TestClock } from "effect/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ticksOf } from "#contracts/schedules.ts";
import { Bus, busLayer } from "#kit/bus/bus.ts";
import { load } from "#kit/facts/aggregate.ts";
import { eventually, startWorld, type World, withBus } from "#kit/test/test-world.ts";
import { keepTime } from "./work.ts";

let world: World;
let scope: Scope.Closeable;
let clock: TestClock.TestClock;
let replicas: Replica[];
beforeEach(async () => {
  world = await startWorld();
  scope = await Effect.runPromise(Scope.make());
  clock = await Effect.runPromise(Scope.provide(TestClock.make({ warningDelay: "1 hour" }), scope));
  replicas = [];
  await setTime("2026-01-02T03:04:30.000Z");
});
afterEach(async () => {
  for (const replica of replicas) await replica.kill();
  await Effect.runPromise(Scope.close(scope, Exit.void));
  await world.stop();
});

const setTime = (time: string) => Effect.runPromise(clock.setTime(Date.parse(time)));
const passMinutes = (count: number) => Effect.runPromise(clock.adjust(`${count} minutes`));
const instants = async () => {
  const { facts } = await world.as("operator", load(ticksOf("minute")));
  return facts.map(({ data }) => data.instant);
};
/** `2026-01-02T03:04:00.000Z` is 0; each minute after it is one more. */
const minute = (count: number) => new Date(Date.UTC(2026, 0, 2, 3, 4 + count)).toISOString();
const untilLastIs = (instant: string) => eventually(async () => expect((await instants()).at(-1)).toBe(instant));

interface Replica {
  /** How often it has looked at the last tick. */
  looks(): number;
  /** Ends it and its connection at once. */
  kill(): Promise<void>;
}

/** Starts the scheduler on a connection of its own and on the clock of the test; it dies if it reads a history whole. */
async function startReplica(publish: (bus: Bus["Service"]) => Bus["Service"]["publish"] = (bus) => bus.publish) {
  const layer = busLayer({ user: "scheduler", url: world.bus.url, seed: world.bus.seedOf("scheduler") });
  const runtime = ManagedRuntime.make(Layer.provideMerge(layer, Logger.layer([])));
  const bus = await runtime.runPromise(Bus);
  let looks = 0;
  // Counted with the answer: after that the replica reads the clock at once, so that a test may move it then.
  const last: typeof bus.last = (stream, subject) =>
    Effect.tap(bus.last(stream, subject), () => Effect.sync(() => (looks += 1)));
  const read = () => Effect.die("the scheduler reads a history whole");
  const program = withBus({ last, read, publish: publish(bus) }, keepTime);
  const fiber = runtime.runFork(Effect.provideService(program, Clock.Clock, clock));
  const replica: Replica = {
    looks: () => looks,
    kill: async () => {
      await bus.connection.close();
      await Effect.runPromise(Fiber.interrupt(fiber));
      await runtime.dispose();
    },
  };
  replicas.push(replica);
  return replica;
}

test("three replicas publish one tick per instant without a gap, also when one is killed", async () => {
  const [, killed] = [await startReplica(), await startReplica(), await startReplica()];
  for (let passed = 0; passed <= 30; passed += 1) {
    if (passed === 10) await killed.kill();
    if (passed === 20) await startReplica();
    await untilLastIs(minute(passed));
    await passMinutes(1);
  }
  await untilLastIs(minute(31));
  expect(await instants()).toEqual(Array.from({ length: 32 }, (_, at) => minute(at)));
});

test("a replica that is killed before it learns that its tick was stored costs no instant and repeats none", async () => {
  let stored = 0;
  const deaf = await startReplica((bus) => (message) => {
    const hang = Effect.suspend(() => {
      stored += 1;
      return Effect.never;
    });
    return Effect.andThen(bus.publish(message), hang);
  });
  await eventually(() => expect(stored).toBe(1));
  await deaf.kill();
  await startReplica();
  await passMinutes(1);
  await untilLastIs(minute(1));
  expect(await instants()).toEqual([minute(0), minute(1)]);
});

test("after a standstill of eight hours one tick is published, that of the last instant", async () => {
  const first = await startReplica();
  await untilLastIs(minute(0));
  await first.kill();
  await passMinutes(480);
  await startReplica();
  await startReplica();
  await untilLastIs(minute(480));
  await passMinutes(1);
  await untilLastIs(minute(481));
  expect(await instants()).toEqual([minute(0), minute(480), minute(481)]);
});

test("a clock that was set back publishes nothing until it has passed the last tick", async () => {
  const first = await startReplica();
  await untilLastIs(minute(0));
  await first.kill();
  await setTime("2026-01-02T03:02:10.000Z");
  const behind = await startReplica();
  await eventually(() => expect(behind.looks()).toBe(1));
  await setTime("2026-01-02T03:03:00.000Z");
  await eventually(() => expect(behind.looks()).toBe(2));
  expect(await instants()).toEqual([minute(0)]);
  await setTime("2026-01-02T03:05:00.000Z");
  await untilLastIs(minute(1));
  expect(await instants()).toEqual([minute(0), minute(1)]);
});

test("ticks are stored on TICKS, which keeps 1440 of a schedule, and none on EVENTS", async () => {
  await startReplica();
  await untilLastIs(minute(0));
  const { config, state } = await world.manager.streams.info("TICKS");
  expect([config.max_msgs_per_subject, state.messages]).toEqual([1440, 1]);
  expect((await world.manager.streams.info("EVENTS")).state.messages).toBe(0);
});
