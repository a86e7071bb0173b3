import type { Effect } from "effect";
import type { IssueRef } from "#contracts/aggregates.ts";
import type { Publishes } from "#contracts/choreography.ts";
import { issueClaims } from "#contracts/claims.ts";
import { draftOf } from "#contracts/test-facts.ts";
import type { Bus } from "#kit/bus/bus.ts";
import type { HandlingError } from "#kit/consume/consume.ts";
import type { Agent, ClaimLost, Held } from "./claim.ts";

type Draft = Publishes<"dev-e", "issue">;

/** The run of a test's agent. */
export type Run = (held: Held<"issue", Draft>) => Effect.Effect<void, HandlingError | ClaimLost, Bus>;

/** The address of an issue of acme/widgets. */
export function issueOf(number: number): IssueRef {
  return { kind: "issue", owner: "acme", repo: "widgets", number };
}

/** An agent that claims as Dev-E does and runs what a test gives. */
export function scripted(run: Run): Agent<"issue", Draft, Bus> {
  return { claims: issueClaims, run };
}

/** Appends RUN_SUCCEEDED if the claim is still held. */
export const succeed: Run = ({ claim, item, append }) => {
  const result = { prNumber: 1, headSha: "s", turns: 1, summary: { text: "" } };
  return append("end", [
    draftOf("RUN_SUCCEEDED", item.number, { claimId: claim.claimId, attempt: item.attempt, ...result }),
  ]);
};
