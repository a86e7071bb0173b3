import type { Consumer } from "@nats-io/jetstream";
import type { FactType } from "#contracts/catalogue.ts";
import type { Fact, FactDraft } from "#contracts/envelope.ts";
import type { ProjectionTables } from "#contracts/read-model.ts";
import type { Kysely, Migrations, Transaction } from "./database.ts";

/** A projection: its tables, how one fact changes them, and which facts follow from it. */
export interface Projection<
  Schema extends ProjectionTables,
  Consumed extends Fact = Fact,
  Draft extends FactDraft = FactDraft,
> {
  readonly schema: string;
  readonly migrations: Migrations;
  /** What the rows keep of states that facts are folded into, such as the names of their fields. With another shape the tables are built again. */
  readonly shape?: string;
  /** Writes the rows of one fact. Runs in the transaction that moves the checkpoint, so each fact is applied once. */
  apply(transaction: Transaction<Schema>, fact: Consumed, sequence: number): Promise<void>;
  /**
   * The facts that follow from this fact and from the rows after it. Each is appended to the history of its aggregate under optimistic
   * concurrency, before the checkpoint moves and once per consumed fact: after a kill and in a rebuild they are found by their ids. So the
   * result must depend only on the fact and the rows.
   */
  factsAfter?(transaction: Transaction<Schema>, fact: Consumed): Promise<readonly Draft[]>;
  /** Empties the tables before they are built again from the first fact. */
  clear(transaction: Transaction<Schema>): Promise<void>;
}

/** The name and the consumed facts of a row. A test may use a part of a row. */
export interface ProjectionRow<Type extends FactType = FactType> {
  readonly name: string;
  readonly consumes: readonly Type[];
}

/** A projection with its connections. */
export interface Reader<Schema extends ProjectionTables> {
  readonly row: ProjectionRow;
  readonly projection: Projection<Schema>;
  readonly db: Kysely<Schema>;
  /** The creation time of the stream, with the projection's shape. If the checkpoint has another one, the tables are emptied. */
  readonly created: string;
  readonly consumer: Consumer;
  /** Resets the consumer: it delivers from this stream sequence on. */
  reset(sequence: number): Promise<unknown>;
  /** Appends the facts that follow from one fact. */
  append(cause: Fact, drafts: readonly FactDraft[]): Promise<void>;
}
