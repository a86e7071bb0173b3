import { randomUUID } from "node:crypto";
import type { JsMsg } from "@nats-io/jetstream";
import { Effect, Result } from "effect";
import type { ProjectionTables } from "#contracts/read-model.ts";
import { readFact } from "#contracts/stored-fact.ts";
import { describe, type Retryable } from "#kit/errors.ts";
import { inTransaction, type Kysely, type Migrations, sql, type Transaction } from "./database.ts";
import type { Reader } from "./projection.ts";

/**
 * Resets the consumer to the first sequence after the checkpoint and returns the id of this reset. `mine` is the id of the caller's last
 * reset. Returns null when another instance has reset the consumer since: then that instance reads. Empties the tables when the stream was
 * created again since.
 */
export function resetUnderLock<Schema extends ProjectionTables>(
  reader: Reader<Schema>,
  mine: string | null,
): Effect.Effect<string | null, Retryable> {
  return inTransaction(reader.db, "reset the consumer", async (transaction) => {
    const own = common(transaction);
    const found = await own.selectFrom("checkpoint").selectAll().forUpdate().executeTakeFirst();
    if (mine !== null && found !== undefined && found.reset_id !== mine) return null;
    const known = found !== undefined && found.stream_created === reader.created;
    const row = { sequence: known ? found.sequence : "0", stream_created: reader.created, reset_id: randomUUID() };
    // Creates the row if it is missing, and locks it. The tables may be emptied only under this lock, so that no other instance adds rows.
    await own
      .insertInto("checkpoint")
      .values({ id: 1, ...row })
      .onConflict((conflict) => conflict.column("id").doUpdateSet(row))
      .execute();
    if (!known) {
      await reader.projection.clear(transaction);
      await own.deleteFrom("parked").execute();
    }
    // The row is still locked, so no other instance moves the checkpoint or resets the consumer meanwhile.
    await reader.reset(Number(row.sequence) + 1);
    return row.reset_id;
  });
}

/**
 * Applies a batch of facts and moves the checkpoint, in one transaction. The facts must follow each other without a gap since the reset
 * `resetId`. Returns false and applies nothing when the consumer was reset since: then the facts may not follow on the checkpoint.
 */
export function applyBatch<Schema extends ProjectionTables>(
  reader: Reader<Schema>,
  resetId: string,
  batch: readonly JsMsg[],
): Effect.Effect<boolean, Retryable> {
  return applyOnce(reader, resetId, batch, applyMessage).pipe(
    // One fact that Postgres refuses would stop the projection for ever: the batch is applied again, and that fact is parked.
    Effect.catchTag("Retryable", (error) =>
      isRefusedData(error.cause) ? applyOnce(reader, resetId, batch, applyOrPark) : Effect.fail(error),
    ),
  );
}

function applyOnce<Schema extends ProjectionTables>(
  reader: Reader<Schema>,
  resetId: string,
  batch: readonly JsMsg[],
  apply: typeof applyMessage<Schema>,
): Effect.Effect<boolean, Retryable> {
  return inTransaction(reader.db, "project facts", async (transaction) => {
    const own = common(transaction);
    const checkpoint = await own.selectFrom("checkpoint").selectAll().forUpdate().executeTakeFirst();
    if (checkpoint?.reset_id !== resetId) return false;
    let reached = Number(checkpoint.sequence);
    for (const message of batch) {
      if (message.seq <= reached) continue;
      await apply(reader, transaction, message);
      reached = message.seq;
    }
    await own
      .updateTable("checkpoint")
      .set({ sequence: String(reached) })
      .execute();
    return true;
  });
}

async function applyMessage<Schema extends ProjectionTables>(
  { row, projection, append }: Reader<Schema>,
  transaction: Transaction<Schema>,
  message: JsMsg,
): Promise<void> {
  const decoded = readFact(message.subject, message.data);
  if (Result.isFailure(decoded)) return park(common(transaction), message, decoded.failure.reason);
  const fact = decoded.success;
  // The consumer may deliver more types than the row has, until the bus configuration is applied.
  if (!row.consumes.includes(fact.type)) return;
  await projection.apply(transaction, fact, message.seq);
  if (projection.factsAfter !== undefined) await append(fact, await projection.factsAfter(transaction, fact));
}

/** Applies a message, or parks it when Postgres refuses its data. */
async function applyOrPark<Schema extends ProjectionTables>(
  reader: Reader<Schema>,
  transaction: Transaction<Schema>,
  message: JsMsg,
): Promise<void> {
  await sql`savepoint fact`.execute(transaction);
  try {
    await applyMessage(reader, transaction, message);
  } catch (cause) {
    if (!isRefusedData(cause)) throw cause;
    await sql`rollback to savepoint fact`.execute(transaction);
    await park(common(transaction), message, `Postgres refuses it: ${describe(cause)}`);
  }
}

/** Data exceptions and exceeded limits (classes 22 and 54 of https://www.postgresql.org/docs/current/errcodes-appendix.html). */
function isRefusedData(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && /^(22|54)/.test(String(cause.code));
}

async function park(transaction: Transaction<ProjectionTables>, message: JsMsg, reason: string): Promise<void> {
  // Postgres has no NUL in a text.
  const plain = (text: string) => text.replaceAll("\0", "\uFFFD").toWellFormed();
  const row = {
    sequence: String(message.seq),
    subject: message.subject,
    reason: plain(reason),
    payload: plain(message.string()),
  };
  await transaction
    .insertInto("parked")
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Reads the sequence of the checkpoint as text; empty when there is no checkpoint yet. */
export function readCheckpoint<Schema extends ProjectionTables>(db: Kysely<Schema>): Effect.Effect<string, Retryable> {
  return inTransaction(db, "read the checkpoint", async (transaction) => {
    const row = await common(transaction).selectFrom("checkpoint").select("sequence").executeTakeFirst();
    return row?.sequence ?? "";
  });
}

/** The transaction with the types of the tables that the kit adds to every projection. */
function common<Schema extends ProjectionTables>(transaction: Transaction<Schema>): Transaction<ProjectionTables> {
  return transaction as unknown as Transaction<ProjectionTables>;
}

/** The migrations that create the tables of `ProjectionTables`. */
export function checkpointMigrations(schema: string): Migrations {
  return {
    "000-projection": {
      up: async (db) => {
        await sql`create table ${sql.table(`${schema}.checkpoint`)} (
        id integer primary key check (id = 1), sequence bigint not null, stream_created text not null)`.execute(db);
        await sql`create table ${sql.table(`${schema}.parked`)} (
        sequence bigint primary key, subject text not null, reason text not null, payload text not null)`.execute(db);
      },
    },
    "000-projection-reset": {
      up: async (db) => {
        await sql`alter table ${sql.table(`${schema}.checkpoint`)} add column reset_id text not null default ''`.execute(
          db,
        );
      },
    },
  };
}
