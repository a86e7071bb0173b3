import { Schema } from "effect";
import { defineFact } from "../fact-definition.ts";
import { FailureClass, Task } from "../work.ts";

/** Who holds a claim: `claimId` is unique per claim, `epoch` counts the claims of one aggregate from 1. */
export const Holder = {
  claimId: Schema.String,
  epoch: Schema.Int,
  agentId: Schema.String,
  instanceId: Schema.String,
  attempt: Schema.Int,
};

/** Facts about an agent's runs on an issue: claim, work, end. */
export const agentFacts = {
  ISSUE_ASSIGNED: defineFact({
    of: "issue",
    description: "An agent holds the issue: the claim. The stream sequence of this fact is its fencing token.",
    data: Schema.Struct(Holder),
  }),
  ISSUE_UNASSIGNED: defineFact({
    of: "issue",
    description: "The holder gave the issue back because something outside failed; the item is delivered again.",
    data: Schema.Struct({ claimId: Schema.String, agentId: Schema.String, reason: Schema.String }),
  }),
  WORK_STARTED: defineFact({
    of: "issue",
    description: "The holder has a work tree and starts to work in it.",
    data: Schema.Struct({ claimId: Schema.String, task: Task, model: Schema.String }),
  }),
  BRANCH_CREATED: defineFact({
    of: "issue",
    description: "The holder pushed the issue's branch for the first time.",
    data: Schema.Struct({ agentId: Schema.String, branch: Schema.String }),
  }),
  RUN_SUCCEEDED: defineFact({
    of: "issue",
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
