import { jetstream } from "@nats-io/jetstream";
import { Exit } from "effect";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { isOfKind } from "#contracts/envelope.ts";
import { draftOf } from "#contracts/test-facts.ts";
import { eventually, type Running, startWorld, type World } from "#kit/test/test-world.ts";
import { startTestDatabase, type TestDatabase } from "./test-database.ts";
import { readTally, tallying } from "./test-tally.ts";

let world: World;
let database: TestDatabase;
let running: Running<unknown>[] = [];
beforeAll(async () => {
  [world, database] = await Promise.all([startWorld(), startTestDatabase()]);
});
afterEach(() => stopAll());
afterAll(async () => {
  await world.stop();
  await database.stop();
});

async function stopAll(): Promise<void> {
  await Promise.all(running.map((each) => each.stop()));
  running = [];
}

/** Starts an instance as the bus user `admin`, because the row of status may not publish. */
function project(
  ...how: Parameters<typeof tallying> extends [unknown, ...infer Rest] ? Rest : never
): Running<unknown> {
  const started = world.start("admin", tallying(database.pool, ...how));
  running.push(started);
  return started;
}

const ask = (reason: string) => world.publish("dispatcher", draftOf("ISSUE_NEEDS_HUMAN", 1, { reason, details: null }));
const lastSequence = async () => (await world.manager.streams.info("EVENTS")).state.last_seq;

/** Waits until all facts that are on the stream now are projected. */
async function projected(withinMs?: number) {
  const last = await lastSequence();
  return eventually(async () => {
    const tally = await readTally(database.pool);
    expect(tally.checkpoint).toBeGreaterThanOrEqual(last);
    return tally;
  }, withinMs);
}
const upTo = (last: number) => Array.from({ length: last }, (_, at) => at + 1);

test("a live fact is projected within 100 ms", async () => {
  project();
  await ask("first");
  await projected();
  const took: number[] = [];
  for (const reason of ["a", "b", "c", "d", "e"]) {
    const startedAt = performance.now();
    await ask(reason);
    await projected();
    took.push(performance.now() - startedAt);
  }
  expect(Math.min(...took)).toBeLessThan(100);
});

test("facts that somebody else pulled away are projected all the same, once and in order", async () => {
  project();
  await projected();
  const thief = await jetstream(world.admin).consumers.get("EVENTS", "status");
  const stealing = await thief.fetch({ max_messages: 2, expires: 30_000 });
  let stolen = 0;
  const thieving = (async () => {
    for await (const _ of stealing) stolen += 1;
  })();
  for (let at = 0; stolen < 2; at += 1) {
    await ask(`stolen ${at}`);
    await projected();
  }
  await thieving;
  const applied = await projected();
  expect(applied.seen).toEqual(upTo(await lastSequence()));
});

test("a process that was too busy for the server's heartbeats continues", async () => {
  let blocked = false;
  const { ended } = project(() => {
    // 3 s without the event loop: the client expects a heartbeat each half second and gives the pull up.
    if (!blocked) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3_000);
    blocked = true;
  });
  const failed = ended.then(() => Promise.reject(new Error("the projection ended")));
  await ask("while busy");
  await Promise.race([projected(), failed]);
  await ask("after it");
  expect((await Promise.race([projected(), failed])).seen).toEqual(upTo(await lastSequence()));
});

test("of two instances one reads; when it is gone the other one continues within 5 s", async () => {
  const first = project();
  await projected();
  // The instance that starts last reads.
  const second = project();
  await ask("j");
  await projected();
  await second.stop();
  await ask("k");
  const { seen } = await projected();
  expect(seen).toEqual(upTo(await lastSequence()));
  await first.stop();
});

test("three instances that start and stop at any time apply every fact once", async () => {
  const following = (async () => {
    for (let at = 0; at < 60; at += 1) await ask(`many ${at}`);
  })();
  for (let round = 0; round < 4; round += 1) {
    const three = [project(), project(), project()];
    await ask(`round ${round}`);
    await three[round % 3]?.stop();
    await projected();
    await stopAll();
  }
  await following;
  project();
  expect((await projected()).seen).toEqual(upTo(await lastSequence()));
});

test("a fact outside of the row never reaches apply, and the checkpoint passes it", async () => {
  const before = await lastSequence();
  const applied: string[] = [];
  await world.publish("dispatcher", draftOf("ISSUE_CANCELLED", 1, { reason: "no" }));
  await ask("inside");
  project((fact) => applied.push(fact.type), { consumes: ["ISSUE_NEEDS_HUMAN"] });
  expect((await projected()).seen).toEqual([...upTo(before), before + 2]);
  expect(applied).toEqual(["ISSUE_NEEDS_HUMAN"]);
});

test("tables that a rig without resets made are migrated and continue at their checkpoint", async () => {
  const { seen } = await readTally(database.pool);
  await database.pool.query("alter table tally.checkpoint drop column reset_id");
  await database.pool.query("delete from tally.kysely_migration where name = '000-projection-reset'");
  await ask("later");
  project();
  expect((await projected()).seen).toEqual([...seen, await lastSequence()]);
});

const other = { kind: "issue", owner: "acme", repo: "widgets", number: 50 } as const;
const failure = { claimId: "c", attempt: 1, class: "internal", retryable: true, details: null } as const;
/** Appends RUN_FAILED about issue 50 for each fact that asks a person, in the name of a row that may do so. */
const withFollowing = {
  name: "dev-e",
  factsAfter: async (_: unknown, fact: Parameters<typeof isOfKind>[1]) =>
    fact.type === "ISSUE_NEEDS_HUMAN" ? [draftOf("RUN_FAILED", 50, { ...failure, reason: fact.data.reason })] : [],
};
const reasons = async () =>
  (await world.history(other)).map((fact) => (fact.type === "RUN_FAILED" ? fact.data.reason : fact.type));
const asked = async () =>
  (await world.history({ ...other, number: 1 })).filter(({ type }) => type === "ISSUE_NEEDS_HUMAN");

/** Waits until the facts that the projection appends are projected too. */
async function settled() {
  return eventually(async () => {
    expect(await reasons()).toHaveLength((await asked()).length);
    return projected(500);
  }, 20_000);
}

test("what follows from a fact is appended once, although the process ends between the append and the checkpoint", async () => {
  const last = await lastSequence();
  await database.pool.query("drop schema tally cascade");
  const { config } = await world.manager.consumers.info("EVENTS", "status");
  await world.manager.consumers.add("EVENTS", { ...config, name: "dev-e", durable_name: "dev-e" });
  // It fails in the transaction that applied the facts before it and appended what follows from them.
  const failing = project((_, sequence) => {
    if (sequence === last) throw new Error("killed");
  }, withFollowing);
  expect(Exit.isFailure(await failing.ended)).toBe(true);
  const between = await reasons();
  expect(between.length).toBeGreaterThan(0);
  expect((await readTally(database.pool)).checkpoint).toBeLessThan(last);
  project(undefined, withFollowing);
  await settled();
  expect(await reasons()).toEqual((await asked()).map(({ data }) => "reason" in data && data.reason));
}, 40_000);

test("a rebuild from the same facts makes the same rows and publishes nothing", async () => {
  const before = { last: await lastSequence(), tally: await readTally(database.pool) };
  await database.pool.query("delete from tally.checkpoint");
  project(undefined, withFollowing);
  await eventually(async () => expect((await readTally(database.pool)).checkpoint).toBe(before.last), 20_000);
  await stopAll();
  const once = await readTally(database.pool);
  await database.pool.query("drop schema tally cascade");
  project(undefined, withFollowing);
  await eventually(async () => expect(await readTally(database.pool)).toEqual(once), 20_000);
  expect(once.seen).toEqual(upTo(before.last));
  expect(await lastSequence()).toBe(before.last);
}, 60_000);
