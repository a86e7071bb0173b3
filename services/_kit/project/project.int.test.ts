import { Effect, Exit } from "effect";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { applyBusConfig } from "#bus-config/apply.ts";
import { draftOf } from "#contracts/test-facts.ts";
import { outgoing } from "#kit/facts/aggregate.ts";
import { eventually, type Running, startWorld, type World } from "#kit/test/test-world.ts";
import { startTestDatabase, type TestDatabase } from "./test-database.ts";
import { readTally, type Tally, tallying } from "./test-tally.ts";

let world: World;
let database: TestDatabase;
let projecting: Running<unknown> | undefined;
beforeAll(async () => {
  [world, database] = await Promise.all([startWorld(), startTestDatabase()]);
});
afterEach(() => projecting?.stop());
afterAll(async () => {
  await world.stop();
  await database.stop();
});

function project(onApply?: Parameters<typeof tallying>[1]): Running<unknown> {
  projecting = world.start("status", tallying(database.pool, onApply));
  return projecting;
}

const publish = (reason: string) =>
  world.publish("dispatcher", draftOf("ISSUE_NEEDS_HUMAN", 1, { reason, details: null }));
const upTo = (last: number) => Array.from({ length: last }, (_, at) => at + 1);
const reaches = (sequence: number, withinMs?: number): Promise<Tally> =>
  eventually(async () => {
    const tally = await readTally(database.pool);
    expect(tally.checkpoint).toBe(sequence);
    return tally;
  }, withinMs);

// Each test continues with the stream and the tables of the test before it.
test("every fact becomes rows once and in order, those from before the start and those after it", async () => {
  for (const reason of ["1", "2", "3"]) await publish(reason);
  const applied: number[] = [];
  project((_, sequence) => applied.push(sequence));
  await reaches(3);
  await publish("4");
  expect((await reaches(4)).seen).toEqual(upTo(4));
  expect(applied).toEqual(upTo(4));
});

test("a restart continues after the checkpoint and applies nothing again", async () => {
  await publish("5");
  const applied: number[] = [];
  project((_, sequence) => applied.push(sequence));
  expect((await reaches(5)).seen).toEqual(upTo(5));
  expect(applied).toEqual([5]);
});

test("a fact that cannot be applied leaves neither rows nor checkpoint, and is applied once it can be", async () => {
  await publish("6");
  await publish("7");
  const failing = project((_, sequence) => {
    if (sequence === 7) throw new Error("the rows do not fit");
  });
  const end = await failing.ended;
  expect(Exit.isFailure(end) && String(end.cause)).toContain("the rows do not fit");
  const { seen, checkpoint } = await readTally(database.pool);
  // Fact 6 may be in the failing transaction or in the one before it: in both cases rows and checkpoint agree.
  expect(seen).toEqual(upTo(checkpoint));
  expect(checkpoint).toBeLessThan(7);
  project();
  expect((await reaches(7)).seen).toEqual(upTo(7));
});

test("two that project at once apply every fact once", async () => {
  const [one, other] = [tallying(database.pool), tallying(database.pool)];
  const both = [world.start("status", one), world.start("status", other)];
  for (const reason of ["8", "9", "10"]) await publish(reason);
  expect((await reaches(10)).seen).toEqual(upTo(10));
  await Promise.all(both.map((running) => running.stop()));
  expect((await readTally(database.pool)).seen).toEqual(upTo(10));
});

test("a fact that cannot be decoded is parked with its sequence and reason, and the projection continues", async () => {
  const bus = await world.busOf("dispatcher");
  const subject = "evt.issue.acme.widgets.2.ISSUE_DONE";
  const payload = new TextEncoder().encode("garbage");
  await Effect.runPromise(bus.publish({ subject, payload, msgId: "garbage" }));
  await publish("12");
  project();
  const { seen, parked } = await reaches(12);
  expect(seen).toEqual([...upTo(10), 12]);
  expect(parked).toEqual([{ sequence: 11, subject, reason: expect.stringMatching(/^not JSON: /) }]);
});

test("a fact whose data Postgres refuses is parked, and the facts of the same batch are applied", async () => {
  const { seen: before } = await reaches(12);
  for (const reason of ["13", "refused", "15"]) await publish(reason);
  project((fact) => {
    if (fact.type !== "ISSUE_NEEDS_HUMAN" || fact.data.reason !== "refused") return;
    // The code with which Postgres refuses half of a character in a jsonb.
    throw Object.assign(new Error("unsupported Unicode escape sequence"), { code: "22P05" });
  });
  const { seen, parked } = await reaches(15);
  expect(seen).toEqual([...before, 13, 15]);
  expect(parked.at(-1)).toMatchObject({ sequence: 14, reason: expect.stringMatching(/^Postgres refuses it: /) });
});

test("more facts than one transaction holds are all applied", async () => {
  const bus = await world.busOf("dispatcher");
  const [fact] = await world.history({ kind: "issue", owner: "acme", repo: "widgets", number: 1 });
  if (fact === undefined) throw new Error("no fact");
  const copies = upTo(600).map((at) => outgoing({ ...fact, id: `copy/${at}` }));
  await Effect.runPromise(Effect.forEach(copies, bus.publish, { concurrency: 64 }));
  project();
  const all = upTo(615).filter((sequence) => sequence !== 11 && sequence !== 14);
  expect((await reaches(615, 20_000)).seen).toEqual(all);
});

test("a stream that was created again is projected from its first fact into empty tables", async () => {
  await world.manager.streams.delete("EVENTS");
  await applyBusConfig(world.admin);
  await publish("first of the new stream");
  project();
  const { seen, parked } = await reaches(1);
  expect(seen).toEqual([1]);
  expect(parked).toEqual([]);
});
