import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jetstream } from "@nats-io/jetstream";
import { Effect } from "effect";
import { afterAll, beforeAll, expect, test } from "vitest";
import { applyBusConfig } from "#bus-config/apply.ts";
import type { FactOf } from "#contracts/envelope.ts";
import { pauses } from "#contracts/events/fleet.ts";
import { ticksOf } from "#contracts/schedules.ts";
import { workItem } from "#contracts/test-facts.ts";
import { ackWaitMs } from "#contracts/waits.ts";
import { Bus } from "#kit/bus/bus.ts";
import { counterValue } from "#kit/bus/counter.ts";
import { keepDeadLetter } from "#kit/bus/dead-letter.ts";
import { load } from "#kit/facts/aggregate.ts";
import { eventually, startWorld, type World } from "#kit/test/test-world.ts";
import { openWork } from "#kit/work/pull-work.ts";
import meter from "./main.ts";

let world: World;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "rig-meter-"));
  const policy = join(directory, "policy.yaml");
  const plain = await readFile("facts/policy.yaml", "utf8");
  await writeFile(policy, plain.replace(/bytesPerHourMax: \d+/, "bytesPerHourMax: 100000"));
  // As in production: a batch is pulled for 2 s before it is counted and acked.
  world = await startWorld({ ackWaitMs, settings: { RIG_POLICY: policy } });
  world.startService(meter);
  world.startService(meter);
});
afterAll(async () => {
  await world.stop();
  await rm(directory, { recursive: true });
});

const junk = (bytes: number) => new Uint8Array(bytes);
/** What is counted for a service, of all hours: the test may run while one ends. */
async function counted(service: string): Promise<number> {
  const stored = await world.as(
    "operator",
    Effect.flatMap(Bus, (bus) => bus.read("BYTES", `bytes.*.${service}`)),
  );
  return stored.reduce((sum, { payload }) => sum + (counterValue(payload) ?? 0), 0);
}
const pausedUntil = async (durable: string) => (await world.consumer("WORK", durable)).config.pause_until;
/** The end that FLEET_PAUSED names. */
const untilOf = (fact: FactOf<"fleet"> | undefined) => (fact?.type === "FLEET_PAUSED" ? fact.data.until : "never");
const history = async () => (await world.as("operator", load(pauses))).facts;

test("two replicas count facts, texts and dead letters of each service once, junk and headers included", async () => {
  const dev = await world.bus.connectAs("dev-e");
  await jetstream(dev).publish("evt.issue.acme.widgets.1.RUN_FAILED.dev-e", junk(10_000));
  await jetstream(dev).publish("text.acme.widgets.1.ab.dev-e", junk(20_000));
  const letter = { stream: "WORK", consumer: "dev-e-dev-node-low", id: "x", subject: "s", reason: "r".repeat(400) };
  await world.as("dev-e", keepDeadLetter({ ...letter, payload: junk(30_000) }));
  await world.publish("dispatcher", {
    type: "ISSUE_CANCELLED",
    on: { kind: "issue", owner: "acme", repo: "widgets", number: 1 },
    data: { reason: "over" },
  });
  await eventually(async () => expect(await counted("dev-e")).toBeGreaterThan(60_400), 10_000);
  // Once: subjects and headers are short.
  expect(await counted("dev-e")).toBeLessThan(61_500);
  await eventually(async () => expect(await counted("dispatcher")).toBeGreaterThan(300), 10_000);
});

test("a service above the bound that is no agent is counted, and nobody is paused", async () => {
  const webhook = await world.bus.connectAs("webhook");
  await jetstream(webhook).publish("text.acme.widgets.1.ab.webhook", junk(200_000));
  await eventually(async () => expect(await counted("webhook")).toBeGreaterThan(200_000), 10_000);
  expect(await history()).toEqual([]);
  expect(await pausedUntil("dev-e-dev-node-normal")).toBeUndefined();
});

test("an agent above the bound is paused by the server on each of its consumers, the other agent is not, and work waits", async () => {
  const dev = await world.bus.connectAs("dev-e");
  await jetstream(dev).publish("evt.issue.acme.widgets.2.RUN_FAILED.dev-e", junk(100_000));
  await eventually(async () => expect(await history()).toHaveLength(1), 10_000);
  const [paused] = await history();
  expect(paused).toMatchObject({
    type: "FLEET_PAUSED",
    actor: "meter",
    data: { agentId: "dev-e", cause: "bytes", bytesMax: 100_000 },
  });
  const until = untilOf(paused);
  for (const priority of ["high", "normal", "low"]) {
    expect(Date.parse((await pausedUntil(`dev-e-dev-node-${priority}`)) ?? "")).toBe(Date.parse(until));
    expect(await pausedUntil(`review-e-review-any-${priority}`)).toBeUndefined();
  }
  await world.enqueue(workItem({ number: 3 }));
  const next = Effect.scoped(
    Effect.flatMap(openWork("dev-e", [{ role: "dev", stack: "node" }]), (item) =>
      Effect.timeoutOption(item, "500 millis"),
    ),
  );
  expect(await world.as("dev-e", next)).toMatchObject({ _tag: "None" });
});

test("more bytes in the same hour publish no second pause, and applying the configuration leaves it alone", async () => {
  const before = await counted("dev-e");
  const dev = await world.bus.connectAs("dev-e");
  await jetstream(dev).publish("evt.issue.acme.widgets.2.RUN_FAILED.dev-e", junk(1_000));
  await eventually(async () => expect(await counted("dev-e")).toBeGreaterThan(before), 10_000);
  expect(await history()).toHaveLength(1);
  const until = await pausedUntil("dev-e-dev-node-normal");
  await applyBusConfig(world.admin);
  expect(await pausedUntil("dev-e-dev-node-normal")).toBe(until);
  expect(until).toBeDefined();
});

test("the tick at the end of the pause publishes FLEET_RESUMED", async () => {
  const [paused] = await history();
  const until = untilOf(paused);
  await world.publish("scheduler", {
    type: "TICK",
    on: ticksOf("minute"),
    data: { schedule: "minute", instant: until },
  });
  await eventually(
    async () =>
      expect((await history()).at(-1)).toMatchObject({ type: "FLEET_RESUMED", data: { agentId: "dev-e", until } }),
    10_000,
  );
  expect(await history()).toHaveLength(2);
});
