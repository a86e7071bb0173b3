import { Effect } from "effect";
import type pg from "pg";
import { type FactType, factTypes } from "#contracts/catalogue.ts";
import type { Fact } from "#contracts/envelope.ts";
import type { ProjectionTables } from "#contracts/read-model.ts";
import type { Bus } from "#kit/bus/bus.ts";
import type { Retryable } from "#kit/errors.ts";
import { Database, sql } from "./database.ts";
import { projectRow } from "./project.ts";
import type { Projection } from "./projection.ts";

/** One row per applied fact, without a key, so that a fact that is applied twice makes two rows. */
interface TallyTables extends ProjectionTables {
  seen: { sequence: string; type: string };
}

const schema = "tally";

/** The applied facts, the checkpoint and the parked facts of a tally. */
export interface Tally {
  readonly seen: readonly number[];
  readonly checkpoint: number;
  readonly parked: readonly { readonly sequence: number; readonly subject: string; readonly reason: string }[];
}

/** A projection that writes one row per fact. `onApply` runs after the row is written and may throw. */
export function tallying(
  pool: pg.Pool,
  onApply: (fact: Fact, sequence: number) => void = () => undefined,
  more: {
    readonly name?: string;
    readonly consumes?: readonly FactType[];
    readonly factsAfter?: Projection<TallyTables>["factsAfter"];
  } = {},
): Effect.Effect<never, Retryable, Bus> {
  const projection: Projection<TallyTables> = {
    schema,
    migrations: {
      "001-seen": {
        up: async (db) => {
          await sql`create table tally.seen (sequence bigint not null, type text not null)`.execute(db);
        },
      },
    },
    apply: async (transaction, fact, sequence) => {
      await transaction
        .insertInto("seen")
        .values({ sequence: `${sequence}`, type: fact.type })
        .execute();
      onApply(fact, sequence);
    },
    clear: async (transaction) => {
      await transaction.deleteFrom("seen").execute();
    },
  };
  const row = { name: more.name ?? "status", consumes: more.consumes ?? factTypes };
  const own = more.factsAfter === undefined ? projection : { ...projection, factsAfter: more.factsAfter };
  return Effect.provideService(projectRow(row, own), Database, Database.of({ pool }));
}

/** Reads the tally in one statement, so that all values are of one moment. Throws until the tables exist. */
export async function readTally(pool: pg.Pool): Promise<Tally> {
  const { rows } = await pool.query<Tally>(`select
    coalesce((select json_agg(sequence order by sequence) from tally.seen), '[]') as seen,
    (select sequence::int from tally.checkpoint) as checkpoint,
    coalesce((select json_agg(json_build_object('sequence', sequence, 'subject', subject, 'reason', reason)
      order by sequence) from tally.parked), '[]') as parked`);
  const [tally] = rows;
  if (tally === undefined) throw new Error("a select without a table has one row");
  return tally;
}
