import type { Consumer } from "@nats-io/jetstream";
import type { FactType } from "#contracts/catalogue.ts";
import type { Fact, FactDraft } from "#contracts/envelope.ts";
import type { ProjectionTables } from "#contracts/read-model.ts";
import type { Kysely, Migrations, Transaction } from "./database.ts";

/** A read model: its tables, how one fact changes them, and which facts follow from that. */
export interface Projection<
  Schema extends ProjectionTables,
  Consumed extends Fact = Fact,
  Draft extends FactDraft = FactDraft,
> {
  readonly schema: string;
  readonly migrations: Migrations;
  /** Idempotent rows of one fact. Runs in the transaction that moves the checkpoint. */
  apply(transaction: Transaction<Schema>, fact: Consumed, sequence: number): Promise<void>;
  /**
   * The facts that follow from this one and the rows after it. They are appended before the checkpoint moves, at most once for each
   * fact consumed: a repetition after a kill, and a rebuild, find them by their ids. So it has to be a function of fact and rows.
   */
  publish?(transaction: Transaction<Schema>, fact: Consumed): Promise<readonly Draft[]>;
  /** Empties the tables before they are built again from the first fact. */
  clear(transaction: Transaction<Schema>): Promise<void>;
}

/** What a projection may consume, under which name: a row, or a part of one in a test. */
export interface ProjectionRow<Type extends FactType = FactType> {
  readonly name: string;
  readonly consumes: readonly Type[];
}

/** A projection at work. */
export interface Reader<Schema extends ProjectionTables> {
  readonly row: ProjectionRow;
  readonly projection: Projection<Schema>;
  readonly db: Kysely<Schema>;
  /** When the stream was made: the rows of another one are emptied. */
  readonly created: string;
  readonly consumer: Consumer;
  /** Makes the consumer begin at a sequence of the stream, as if nothing was delivered yet. */
  reset(sequence: number): Promise<unknown>;
  /** Appends the facts that follow from one. */
  append(cause: Fact, drafts: readonly FactDraft[]): Promise<void>;
}
