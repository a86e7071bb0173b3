import { Context, Effect, Layer } from "effect";
import { Kysely, PostgresDialect, type Transaction } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import pg from "pg";
import { outside, type Retryable, type StartRefused } from "#kit/errors.ts";
import { required } from "#kit/process/settings.ts";

export type { Kysely, Transaction } from "kysely";
export { sql } from "kysely";

/** The migrations of a service's tables, named `<number>-<what>`. Each runs once, in the order of the names. */
export type Migrations = Readonly<Record<string, Migration>>;

/** The Postgres database of one service. Only this file imports kysely and pg. */
export class Database extends Context.Service<Database, { readonly pool: pg.Pool }>()("rig/kit/Database") {}

/** Opens a pool on `DATABASE_URL`; fails with `StartRefused` when it is not set. */
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

/** Opens a pool of at most four connections: a projection writes with one, its readers share the others. A broken idle connection is replaced; without the listener its error would end the process. */
export function openPool(url: string): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max: 4, connectionTimeoutMillis: 5_000 });
  pool.on("error", () => undefined);
  return pool;
}

/** Makes a typed client on the pool for the tables of one database schema. */
export function tables<Schema>(pool: pg.Pool, schema: string): Kysely<Schema> {
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) }).withSchema(schema);
}

/** Brings the tables of a schema up to date. When several processes start at once, they migrate one after another. Fails with `Retryable`. */
export const migrate = Effect.fn("migrate")(function* (pool: pg.Pool, schema: string, migrations: Migrations) {
  yield* outside(`migrate the tables of ${schema}`, async () => {
    const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
    const provider = { getMigrations: () => Promise.resolve({ ...migrations }) };
    const migrator = new Migrator({
      ...{ db, provider, migrationTableSchema: schema },
      // The kit's migrations sort before the service's. A new one may be added after the service's have run.
      allowUnorderedMigrations: true,
    });
    const { error } = await migrator.migrateToLatest();
    if (error !== undefined) throw error;
  });
});

/** Runs a function in one transaction. Any failure rolls it back and becomes `Retryable`. */
export function inTransaction<Schema, A>(
  db: Kysely<Schema>,
  what: string,
  run: (transaction: Transaction<Schema>) => Promise<A>,
): Effect.Effect<A, Retryable> {
  return outside(what, () => db.transaction().execute(run));
}
