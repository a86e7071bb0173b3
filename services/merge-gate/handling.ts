import type { Effect } from "effect";
import type { IssueRef } from "#contracts/aggregates.ts";
import type { Consumes } from "#contracts/choreography.ts";
import type { Bus } from "#kit/bus/bus.ts";
import type { GitHub } from "#kit/github/github.ts";
import type { Trust } from "#kit/github/trust.ts";

/**
 * The handling of one fact. `requests`: how many merges were requested of the issue before. It is part of each step, because a message that
 * is redelivered may have to request or withdraw once more. `turnAt`: the commit of the base at which the change had its turn last; null for none.
 */
export interface Handling {
  readonly cause: Consumes<"merge-gate">;
  readonly on: IssueRef;
  readonly trust: Trust;
  readonly branches: readonly string[];
  readonly requests: number;
  readonly turnAt: string | null;
}

/** The handling of one fact once there is a verdict. `show` posts it, where GitHub shows another one; it never fails. */
export interface Following extends Handling {
  readonly show: Effect.Effect<void, never, Bus | GitHub>;
}
