import type { Schema } from "effect";
import type { AggregateKind } from "./aggregates.ts";

/** One kind of fact: which history it belongs to, what it means, who publishes it, and the shape of its `data`. */
export interface FactDefinition<Kind extends AggregateKind, Data extends Schema.Top> {
  readonly of: Kind;
  /** The version of `data` that is written today. A reader refuses one that it does not know. */
  readonly version: number;
  /** One sentence for the catalogue, in the past tense. */
  readonly description: string;
  /**
   * `one`: exactly one service may publish it. `several`: every agent publishes its own (its claims, its money); the emitter is
   * then the last token of the subject, so that the broker holds each service to its own facts.
   */
  readonly emitter: "one" | "several";
  /** Former publishers. The facts that they published stay readable. */
  readonly pastPublishers: readonly string[];
  readonly data: Data;
}

/** Defines a fact. Unless told otherwise its `data` has version 1, and one service publishes it and has always done so. */
export function defineFact<const Kind extends AggregateKind, const Data extends Schema.Top>(
  definition: Pick<FactDefinition<Kind, Data>, "of" | "description" | "data"> & Partial<FactDefinition<Kind, Data>>,
): FactDefinition<Kind, Data> {
  return { version: 1, emitter: "one", pastPublishers: [], ...definition };
}
