import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type pg from "pg";
import { startPostgres } from "../../../deploy/local/engines/postgres.ts";
import { openPool } from "./database.ts";

/** An empty embedded Postgres with a pool on it. */
export interface TestDatabase {
  readonly url: string;
  readonly pool: pg.Pool;
  stop(): Promise<void>;
}

/** Starts the embedded Postgres in a temporary directory, which `stop` removes. */
export async function startTestDatabase(): Promise<TestDatabase> {
  const directory = await mkdtemp(join(tmpdir(), "rig-database-"));
  const postgres = await startPostgres({ dataDirectory: join(directory, "data") });
  const pool = openPool(postgres.url);
  return {
    url: postgres.url,
    pool,
    stop: async () => {
      await pool.end();
      await postgres.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
