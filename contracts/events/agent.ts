import { Schema } from "effect";
import { defineFact } from "../fact-definition.ts";
import { AgentId, Attempt, ClaimId, Details, Epoch, HeadSha, IssueBranch, Name, PrNumber, Reason } from "../fields.ts";
import { TextRef } from "../text.ts";
import { DevTask, FailureClass } from "../work.ts";

/** A claim and its holder. `claimId` is unique per claim; `epoch` counts the claims of one aggregate from 1. */
export const Claim = Schema.Struct({
  claimId: ClaimId,
  epoch: Epoch,
  agentId: AgentId,
  instanceId: Name.annotate({
    description:
      "Random UUID of the process that claimed. Each process of an agent makes one when it starts, so that replicas can be told apart.",
  }),
  attempt: Attempt,
});
export type Claim = typeof Claim.Type;

/**
 * Whether a fact makes the next claim after the claim with this epoch: its actor claims for itself, with exactly the next epoch. Otherwise one
 * claim with a much higher epoch would block all later claims.
 */
export function isNextClaim(epoch: number, { actor, data }: { readonly actor: string; readonly data: Claim }): boolean {
  return data.agentId === actor && data.epoch === epoch + 1;
}

/** Whether a fact belongs to the run of this claim: it has the claim's id, and the holder's agent published it. Other agents can read the id. */
export function isOfClaim(
  claim: Claim | null,
  { actor, data }: { readonly actor: string; readonly data: { readonly claimId: string } },
): boolean {
  return claim !== null && data.claimId === claim.claimId && actor === claim.agentId;
}

/** Whether a released claim counts as one that ended without a result. */
export const Counts = Schema.Boolean.annotate({
  description:
    "Whether the claim counts as one that ended without a result: something failed after the model had answered. False before an answer, and when the service was stopped.",
});

/** Facts about an agent's runs on an issue: claim, work, end. */
export const agentFacts = {
  ISSUE_ASSIGNED: defineFact({
    of: "issue",
    emitter: "several",
    description:
      "An agent claimed the issue. It counts only with the epoch that follows the last one. The epoch is the fence: facts of a claim with an earlier epoch no longer count.",
    data: Claim,
  }),
  ISSUE_UNASSIGNED: defineFact({
    of: "issue",
    version: 3,
    emitter: "several",
    description:
      "The holder released the claim because something outside failed or its service was stopped. The item is redelivered.",
    data: Schema.Struct({ claimId: ClaimId, agentId: AgentId, counts: Counts, reason: Reason, details: Details }),
  }),
  WORK_STARTED: defineFact({
    of: "issue",
    version: 2,
    emitter: "several",
    description: "The holder prepared a work tree and started to work in it.",
    data: Schema.Struct({
      claimId: ClaimId,
      task: DevTask,
      model: Name.annotate({
        description: "Name of the model that the run uses: the agent's setting `RIG_MODEL`.",
      }),
      remarks: Schema.Array(Name).annotate({
        description:
          "The reviews and comments in the run's brief: kind, id and time of the last change, such as `comment/7/2026-01-02T03:04:05Z`. The dispatcher takes one that is not among them for unread.",
      }),
    }),
  }),
  BRANCH_CREATED: defineFact({
    of: "issue",
    version: 2,
    emitter: "several",
    description: "The holder pushed the issue's branch for the first time.",
    data: Schema.Struct({ claimId: ClaimId, agentId: AgentId, branch: IssueBranch }),
  }),
  RUN_SUCCEEDED: defineFact({
    of: "issue",
    version: 2,
    emitter: "several",
    description:
      "The run of one attempt ended with commits pushed and an open pull request. Without a `PR_CREATED` of the same claim that names this pull request, the attempt counts as failed.",
    data: Schema.Struct({
      claimId: ClaimId,
      attempt: Attempt,
      prNumber: PrNumber,
      headSha: HeadSha.annotate({
        description: "Commit SHA that the run pushed to the pull request's branch, 40 hex digits.",
      }),
      turns: Schema.Int.annotate({ description: "Number of answers that the model gave in the run, from 1." }),
      summary: TextRef.annotate({
        description: "Pointer to the model's last answer, a summary of the change, cut at 2,000 characters.",
      }),
    }),
  }),
  RUN_FAILED: defineFact({
    of: "issue",
    version: 3,
    emitter: "several",
    description: "The run of one attempt ended without a usable change.",
    data: Schema.Struct({
      claimId: ClaimId,
      attempt: Attempt,
      class: FailureClass,
      retryable: Schema.Boolean.annotate({
        description:
          "Whether another attempt may succeed; false for `auth`, `quota`, `erased` and `unsigned`, which only a person can repair.",
      }),
      reason: Reason,
      details: Details,
    }),
  }),
} as const;
