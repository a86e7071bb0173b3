import { Schema } from "effect";
import { defineFact } from "../fact-definition.ts";
import { FailureClass, Task } from "../work.ts";

/** Who holds a claim: `claimId` is unique per claim, `epoch` counts the claims of one aggregate from 1. */
export const Claim = Schema.Struct({
  claimId: Schema.String,
  epoch: Schema.Int,
  agentId: Schema.String,
  instanceId: Schema.String,
  attempt: Schema.Int,
});
export type Claim = typeof Claim.Type;

/** Facts about an agent's runs on an issue: claim, work, end. */
export const agentFacts = {
  ISSUE_ASSIGNED: defineFact({
    of: "issue",
    emitter: "several",
    description:
      "An agent holds the issue: the claim. Its epoch is the fence: facts of an earlier epoch count no more.",
    data: Claim,
  }),
  ISSUE_UNASSIGNED: defineFact({
    of: "issue",
    emitter: "several",
    description: "The holder gave the issue back because something outside failed; the item is delivered again.",
    data: Schema.Struct({ claimId: Schema.String, agentId: Schema.String, reason: Schema.String }),
  }),
  WORK_STARTED: defineFact({
    of: "issue",
    emitter: "several",
    description: "The holder has a work tree and starts to work in it.",
    data: Schema.Struct({ claimId: Schema.String, task: Task, model: Schema.String }),
  }),
  BRANCH_CREATED: defineFact({
    of: "issue",
    emitter: "several",
    description: "The holder pushed the issue's branch for the first time.",
    data: Schema.Struct({ agentId: Schema.String, branch: Schema.String }),
  }),
  RUN_SUCCEEDED: defineFact({
    of: "issue",
    emitter: "several",
    description: "The run of one attempt ended with commits pushed and an open pull request.",
    data: Schema.Struct({
      claimId: Schema.String,
      attempt: Schema.Int,
      prNumber: Schema.Int,
      headSha: Schema.String,
      turns: Schema.Int,
      summary: Schema.String,
    }),
  }),
  RUN_FAILED: defineFact({
    of: "issue",
    emitter: "several",
    description: "The run of one attempt ended without a usable change.",
    data: Schema.Struct({
      claimId: Schema.String,
      attempt: Schema.Int,
      class: FailureClass,
      retryable: Schema.Boolean,
      reason: Schema.String,
    }),
  }),
} as const;
