import type { Effect } from "effect";
import { foldIssue, type IssueFact, isRunnable } from "#contracts/issue-life.ts";
import type { AggregateRef } from "#contracts/subjects.ts";
import { draftOf } from "#contracts/test-facts.ts";
import type { Bus } from "./bus.ts";
import type { Claiming, ClaimLost, Held } from "./claim.ts";
import type { HandlingError } from "./consume.ts";

/** What the agent of a test does with its work. */
export type Run = (held: Held<"dev-e">) => Effect.Effect<void, HandlingError | ClaimLost, Bus>;

/** An issue of acme/widgets. */
export function issueOf(number: number): AggregateRef {
  return { kind: "issue", owner: "acme", repo: "widgets", number };
}

/** Dev-E's way to claim issues, with work that a test writes. */
export function scripted(run: Run): Claiming<"dev-e", Bus> {
  return {
    agentId: "dev-e",
    on: ({ number }) => issueOf(number),
    stateOf: (item, history) => {
      const life = foldIssue(history as readonly IssueFact[]);
      return { ...life, runnable: isRunnable(life, item.attempt) };
    },
    assigned: ({ number }, claim) => draftOf("ISSUE_ASSIGNED", number, claim),
    failed: ({ number, attempt }, { claimId }, failure, reason) => [
      draftOf("RUN_FAILED", number, { claimId, attempt, class: failure, retryable: true, reason }),
    ],
    released: ({ number }, { claimId, agentId }, reason) => [
      { ...draftOf("ISSUE_UNASSIGNED", number, { claimId, agentId, reason }), agentId },
    ],
    run,
  };
}

/** Appends that the run succeeded, if the claim is still held. */
export const succeed: Run = ({ claim, item, append }) => {
  const result = { prNumber: 1, headSha: "s", turns: 1, summary: "" };
  return append("end", [
    draftOf("RUN_SUCCEEDED", item.number, { claimId: claim.claimId, attempt: item.attempt, ...result }),
  ]);
};
