import { type StatusTables, statusSchema } from "#contracts/read-model.ts";
import { openPool, tables } from "#kit/project/database.ts";

type ReadModel = ReturnType<typeof tables<StatusTables>>;

/** Reads the tables that the status service fills. Throws what the database or `use` throws, and leaves no connection open. */
export async function withReadModel<Value>(url: string, use: (db: ReadModel) => Promise<Value>): Promise<Value> {
  const pool = openPool(url);
  try {
    return await use(tables<StatusTables>(pool, statusSchema));
  } finally {
    await pool.end();
  }
}
