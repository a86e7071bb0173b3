import type { JsMsg } from "@nats-io/jetstream";
import { Effect, Result } from "effect";
import { decodeFact, type Fact } from "#contracts/envelope.ts";
import type { ProjectionTables } from "#contracts/read-model.ts";
import { Bus, DeliverPolicy } from "./bus.ts";
import {
  Database,
  inTransaction,
  type Kysely,
  type Migrations,
  migrate,
  sql,
  type Transaction,
  tables,
} from "./database.ts";
import { outside, Retryable } from "./errors.ts";

/** A read model: its tables, and how one fact changes them. */
export interface Projection<Schema extends ProjectionTables> {
  readonly schema: string;
  readonly migrations: Migrations;
  /** Idempotent rows of one fact. Runs in the transaction that moves the checkpoint. */
  apply(transaction: Transaction<Schema>, fact: Fact, sequence: number): Promise<void>;
  /** Empties the tables before a replay from the first fact. */
  clear(transaction: Transaction<Schema>): Promise<void>;
}

/** Facts of one transaction: large enough for a replay, small enough that a live fact is never late. */
const batchMax = 256;

/**
 * Projects EVENTS in order, for ever: one transaction locks the checkpoint, skips facts that were applied before, applies the
 * rest and moves the checkpoint, so that rows and checkpoint never differ, whenever the process is killed.
 */
export function projectFacts<Schema extends ProjectionTables>(
  projection: Projection<Schema>,
): Effect.Effect<never, Retryable, Bus | Database> {
  return Effect.scoped(
    Effect.gen(function* () {
      const bus = yield* Bus;
      const { pool } = yield* Database;
      yield* migrate(pool, projection.schema, {
        "000-projection": projectionTables(projection.schema),
        ...projection.migrations,
      });
      const db = tables<Schema>(pool, projection.schema);
      const created = yield* outside("look at EVENTS", async () => {
        const jsm = await bus.jetstream.jetstreamManager(false);
        return (await jsm.streams.info("EVENTS")).created;
      });
      const from = yield* beginAt(db, projection, created);
      const messages = yield* Effect.acquireRelease(
        outside("read EVENTS in order", async () => {
          const consumer = await bus.jetstream.consumers.get("EVENTS", {
            deliver_policy: DeliverPolicy.StartSequence,
            opt_start_seq: from + 1,
          });
          return await consumer.consume({ max_messages: batchMax });
        }),
        (open) => Effect.sync(() => open.stop()),
      );
      const iterator = messages[Symbol.asyncIterator]();
      const reading = Effect.gen(function* () {
        for (;;) {
          const batch = yield* Effect.promise(() => nextBatch(iterator));
          if (batch.length === 0) return yield* new Retryable({ what: "the ordered consumer of EVENTS ended" });
          yield* applyBatch(db, projection, batch);
        }
      });
      const away = Effect.andThen(bus.reconnected, Effect.fail(new Retryable({ what: "the bus was away" })));
      return yield* Effect.raceFirst(reading, away);
    }),
  );
}

/** Reads up to `batchMax` messages; ends earlier at the last message that the server has for now. */
async function nextBatch(iterator: AsyncIterator<JsMsg>): Promise<readonly JsMsg[]> {
  const batch: JsMsg[] = [];
  while (batch.length < batchMax) {
    const next = await iterator.next();
    if (next.done === true) return batch;
    batch.push(next.value);
    if (next.value.info.pending === 0) return batch;
  }
  return batch;
}

const applyBatch = Effect.fn("applyBatch")(function* <Schema extends ProjectionTables>(
  db: Kysely<Schema>,
  projection: Projection<Schema>,
  batch: readonly JsMsg[],
) {
  yield* inTransaction(db, "project facts", async (transaction) => {
    const own = transaction as unknown as Transaction<ProjectionTables>;
    const checkpoint = await own.selectFrom("checkpoint").selectAll().forUpdate().executeTakeFirstOrThrow();
    let reached = Number(checkpoint.sequence);
    for (const message of batch) {
      if (message.seq <= reached) continue;
      const fact = decodeFact(message.data);
      if (Result.isSuccess(fact)) await projection.apply(transaction, fact.success, message.seq);
      else await park(own, message, fact.failure.reason);
      reached = message.seq;
    }
    await own
      .updateTable("checkpoint")
      .set({ sequence: String(reached) })
      .execute();
  });
});

async function park(transaction: Transaction<ProjectionTables>, message: JsMsg, reason: string): Promise<void> {
  const row = { sequence: String(message.seq), subject: message.subject, reason, payload: message.string() };
  await transaction
    .insertInto("parked")
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** The last projected sequence; 0 after the tables were emptied because the stream was deleted and created again. */
function beginAt<Schema extends ProjectionTables>(db: Kysely<Schema>, projection: Projection<Schema>, created: string) {
  return inTransaction(db, "read the checkpoint", async (transaction) => {
    const own = transaction as unknown as Transaction<ProjectionTables>;
    const checkpoint = await own.selectFrom("checkpoint").selectAll().forUpdate().executeTakeFirst();
    if (checkpoint?.stream_created === created) return Number(checkpoint.sequence);
    await projection.clear(transaction);
    await own.deleteFrom("parked").execute();
    await own.deleteFrom("checkpoint").execute();
    await own.insertInto("checkpoint").values({ id: 1, sequence: "0", stream_created: created }).execute();
    return 0;
  });
}

function projectionTables(schema: string): Migrations[string] {
  return {
    up: async (db) => {
      await sql`create table ${sql.table(`${schema}.checkpoint`)} (
        id integer primary key check (id = 1), sequence bigint not null, stream_created text not null)`.execute(db);
      await sql`create table ${sql.table(`${schema}.parked`)} (
        sequence bigint primary key, subject text not null, reason text not null, payload text not null)`.execute(db);
    },
  };
}
