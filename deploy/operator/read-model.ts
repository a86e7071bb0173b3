import { type StatusTables, statusSchema } from "#contracts/read-model.ts";
import { openPool, tables } from "#kit/project/database.ts";

type ReadModel = ReturnType<typeof tables<StatusTables>>;

/** Reads the tables that the status service fills. Throws what `use` throws, or that the database does not answer, and leaves no connection open. */
export async function withReadModel<Value>(url: string, use: (db: ReadModel) => Promise<Value>): Promise<Value> {
  const pool = openPool(url);
  try {
    return await use(tables<StatusTables>(pool, statusSchema));
  } catch (cause) {
    if ((cause as { readonly code?: unknown }).code !== "ECONNREFUSED") throw cause;
    throw new Error(`the database of the read model does not answer (${url.replace(/\/\/.*@/, "//")})`, { cause });
  } finally {
    await pool.end();
  }
}
