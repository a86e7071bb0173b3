import type { Consumer, JsMsg } from "@nats-io/jetstream";
import { Effect } from "effect";
import { afterAll, beforeAll, expect, test } from "vitest";
import { factTypes } from "#contracts/catalogue.ts";
import type { ProjectionTables } from "#contracts/read-model.ts";
import { factOf } from "#contracts/test-facts.ts";
import { outgoing } from "#kit/facts/aggregate.ts";
import { applyBatch, checkpointMigrations, readCheckpoint, resetUnderLock } from "./checkpoint.ts";
import { migrate, tables } from "./database.ts";
import type { Reader } from "./projection.ts";
import { startTestDatabase, type TestDatabase } from "./test-database.ts";

let database: TestDatabase;
let reader: Reader<ProjectionTables>;
let applied: number[] = [];
let resets: number[] = [];
beforeAll(async () => {
  database = await startTestDatabase();
  await Effect.runPromise(migrate(database.pool, "rows", checkpointMigrations("rows")));
  reader = readerOf("first stream");
});
afterAll(() => database.stop());

/** An instance of a projection without a bus. It records the resets of the consumer. */
function readerOf(created: string): Reader<ProjectionTables> {
  return {
    row: { name: "rows", consumes: factTypes },
    projection: {
      ...{ schema: "rows", migrations: {} },
      apply: async (_, __, sequence) => void applied.push(sequence),
      clear: async () => {
        applied = [];
      },
    },
    db: tables<ProjectionTables>(database.pool, "rows"),
    created,
    consumer: undefined as unknown as Consumer,
    reset: async (sequence) => resets.push(sequence),
    append: async () => undefined,
  };
}

const { subject, payload: data } = outgoing(factOf("MERGED", { prNumber: 1, mergeSha: "m" }, { actor: "merge-gate" }));
const messages = (...sequences: number[]) => sequences.map((seq) => ({ seq, subject, data }) as JsMsg);
const reset = (mine: string | null = null) => Effect.runPromise(resetUnderLock(reader, mine));
const apply = (resetId: string | null, ...sequences: number[]) =>
  Effect.runPromise(applyBatch(reader, resetId ?? "", messages(...sequences)));
const checkpoint = () => Effect.runPromise(readCheckpoint(reader.db));

// Each test continues with the checkpoint of the test before it.
test("a reset makes the consumer begin after the checkpoint", async () => {
  expect(await apply(await reset(), 3, 4)).toBe(true);
  expect([applied, await checkpoint()]).toEqual([[3, 4], "4"]);
  await reset();
  expect(resets).toEqual([1, 5]);
});

test("a batch that was read before another instance's reset is not applied, although nobody has moved the checkpoint", async () => {
  const mine = await reset();
  const another = await reset();
  expect(await apply(mine, 9)).toBe(false);
  expect([applied, await checkpoint()]).toEqual([[3, 4], "4"]);
  expect(await apply(another, 6)).toBe(true);
  expect([applied, await checkpoint()]).toEqual([[3, 4, 6], "6"]);
});

test("after a gap only the instance that reset the consumer last resets it again", async () => {
  const [mine, another] = [await reset(), await reset()];
  resets = [];
  expect(await reset(mine)).toBeNull();
  expect(resets).toEqual([]);
  expect(await reset(another)).not.toBeNull();
  expect(resets).toEqual([7]);
});

test("facts up to the checkpoint are not applied again", async () => {
  expect(await apply(await reset(), 4, 6, 7)).toBe(true);
  expect([applied, await checkpoint()]).toEqual([[3, 4, 6, 7], "7"]);
});

test("nothing of an earlier batch is applied to tables that another instance emptied and filled again", async () => {
  const mine = await reset();
  await database.pool.query("delete from rows.checkpoint");
  expect(await apply(mine, 8)).toBe(false);
  const another = await reset();
  expect([applied, resets.at(-1)]).toEqual([[], 1]);
  expect(await apply(mine, 8)).toBe(false);
  expect(await apply(another, 1, 2)).toBe(true);
  expect([applied, await checkpoint()]).toEqual([[1, 2], "2"]);
});

test("the tables of another stream are emptied", async () => {
  reader = readerOf("second stream");
  await reset();
  expect([applied, resets.at(-1), await checkpoint()]).toEqual([[], 1, "0"]);
});
