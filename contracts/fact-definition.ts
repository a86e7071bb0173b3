import type { Schema } from "effect";

/**
 * The thing whose history a fact belongs to. `issue` and `pr` are aggregates that services decide against;
 * `ops` facts (money, operations) belong to neither, so that they never cause a write conflict on an issue.
 */
export type AggregateKind = "issue" | "pr" | "ops";

/** One kind of fact: which history it belongs to, what it means, and the shape of its `data`. */
export interface FactDefinition<Kind extends AggregateKind, Data extends Schema.Top> {
  readonly of: Kind;
  /** The version of `data` that is written today. A reader refuses one that it does not know. */
  readonly version: number;
  /** One sentence for the catalogue, in the past tense. */
  readonly description: string;
  /** `one`: exactly one service may publish it. `each agent`: every agent publishes its own (`TOKEN_USAGE`). */
  readonly emitter: "one" | "each agent";
  readonly data: Data;
}

/** Defines a fact. Its `data` is version 1 and exactly one service publishes it, unless the definition names another value. */
export function defineFact<const Kind extends AggregateKind, const Data extends Schema.Top>(
  definition: Pick<FactDefinition<Kind, Data>, "of" | "description" | "data"> & Partial<FactDefinition<Kind, Data>>,
): FactDefinition<Kind, Data> {
  return { version: 1, emitter: "one", ...definition };
}
