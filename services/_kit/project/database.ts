import { Context, Effect, Layer } from "effect";
import { Kysely, PostgresDialect, type Transaction } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import pg from "pg";
import { Retryable, type StartRefused } from "#kit/errors.ts";
import { required } from "#kit/process/settings.ts";

export type { Kysely, Transaction } from "kysely";
export { sql } from "kysely";

/** One step of a service's tables, named `<number>-<what>`; steps run once each, in the order of their names. */
export type Migrations = Readonly<Record<string, Migration>>;

/** Postgres, with the tables of one service. Home of kysely and pg. */
export class Database extends Context.Service<Database, { readonly pool: pg.Pool }>()("rig/kit/Database") {}

/** Opens a pool on `DATABASE_URL`. Four connections: a projection writes with one, its readers share the others. */
export const databaseLayer: Layer.Layer<Database, StartRefused> = Layer.effect(
  Database,
  Effect.gen(function* () {
    const url = yield* required("DATABASE_URL", "the read models stand in Postgres");
    const pool = yield* Effect.acquireRelease(
      Effect.sync(() => openPool(url)),
      (open) => Effect.promise(() => open.end()),
    );
    return Database.of({ pool });
  }),
);

/** Opens a pool. A connection that breaks while it is idle is replaced; without a listener it would end the process. */
export function openPool(url: string): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max: 4, connectionTimeoutMillis: 5_000 });
  pool.on("error", () => undefined);
  return pool;
}

/** A typed view of the pool, in the schema that the service owns. */
export function tables<Schema>(pool: pg.Pool, schema: string): Kysely<Schema> {
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) }).withSchema(schema);
}

/** Brings the tables of a schema up to date. Runs once at a time, however many processes start. */
export const migrate = Effect.fn("migrate")(function* (pool: pg.Pool, schema: string, migrations: Migrations) {
  yield* Effect.tryPromise({
    try: async () => {
      const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
      const provider = { getMigrations: () => Promise.resolve({ ...migrations }) };
      const migrator = new Migrator({
        ...{ db, provider, migrationTableSchema: schema },
        // The steps of the kit stand before those of the service and may be added later.
        allowUnorderedMigrations: true,
      });
      const { error } = await migrator.migrateToLatest();
      if (error !== undefined) throw error;
    },
    catch: (cause) => new Retryable({ what: `migrate the tables of ${schema}`, cause }),
  });
});

/** Runs in one transaction; any failure rolls it back and is retryable. */
export function inTransaction<Schema, A>(
  db: Kysely<Schema>,
  what: string,
  run: (transaction: Transaction<Schema>) => Promise<A>,
): Effect.Effect<A, Retryable> {
  return Effect.tryPromise({
    try: () => db.transaction().execute(run),
    catch: (cause) => new Retryable({ what, cause }),
  });
}
