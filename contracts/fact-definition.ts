import type { Schema } from "effect";
import type { AggregateKind } from "./aggregates.ts";

/** The definition of a fact type: the kind of its aggregate, its meaning, its publishers, and the shape of its `data`. */
export interface FactDefinition<Kind extends AggregateKind, Data extends Schema.Top> {
  readonly of: Kind;
  /** The version of `data`, from 1. A reader refuses a version that it does not know. */
  readonly version: number;
  /** One sentence for the catalogue, in the past tense. */
  readonly description: string;
  /**
   * `one`: exactly one row may publish it. `several`: each agent publishes its own (its claims, its token usage), and what happened on GitHub
   * is published by the webhook or, when the delivery never came, by the reconciler. The emitter is then the last token of the subject, so
   * the broker refuses a fact that one service publishes under the name of another.
   */
  readonly emitter: "one" | "several";
  /** Rows that published this fact earlier. Their facts can still be read. */
  readonly pastPublishers: readonly string[];
  readonly data: Data;
}

/** Defines a fact. Defaults: version 1, exactly one publisher, no earlier publishers. */
export function defineFact<const Kind extends AggregateKind, const Data extends Schema.Top>(
  definition: Pick<FactDefinition<Kind, Data>, "of" | "description" | "data"> & Partial<FactDefinition<Kind, Data>>,
): FactDefinition<Kind, Data> {
  return { version: 1, emitter: "one", pastPublishers: [], ...definition };
}
