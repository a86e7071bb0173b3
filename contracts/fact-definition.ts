import type { Schema } from "effect";

/**
 * The thing whose history a fact belongs to. `issue` and `pr` are aggregates that services decide against;
 * `ops` facts (money, operations) stand beside them, so that they never cost an issue a write conflict.
 */
export type AggregateKind = "issue" | "pr" | "ops";

/** One kind of fact: which history it belongs to, what it means, and the shape of its `data`. */
export interface FactDefinition<Kind extends AggregateKind, Data extends Schema.Top> {
  readonly of: Kind;
  /** The version of `data` that is written today. A reader refuses one that it does not know. */
  readonly version: number;
  /** One sentence for the catalogue, in the past tense. */
  readonly description: string;
  /** `one` service says this fact; facts of agents (their claims, their money) are said by each agent. */
  readonly emitter: "one" | "each agent";
  readonly data: Data;
}

/** Defines an event whose `data` is version 1 and which one service alone says, unless told otherwise. */
export function defineFact<const Kind extends AggregateKind, const Data extends Schema.Top>(
  definition: Pick<FactDefinition<Kind, Data>, "of" | "description" | "data"> & Partial<FactDefinition<Kind, Data>>,
): FactDefinition<Kind, Data> {
  return { version: 1, emitter: "one", ...definition };
}
