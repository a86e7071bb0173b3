import { Schema } from "effect";
import { defineFact } from "../fact-definition.ts";
import { Priority, RepositoryStack, Task } from "../work.ts";

/** Facts about an issue: from the label a person sets to the merge that closes it. */
export const issueFacts = {
  ISSUE_LABELED: defineFact({
    of: "issue",
    description: "A person put a label that the rig acts on (`agent-ready`) on the issue.",
    data: Schema.Struct({
      label: Schema.String,
      labels: Schema.Array(Schema.String),
      title: Schema.String,
      body: Schema.String,
      sender: Schema.String,
      defaultBranch: Schema.String,
    }),
  }),
  ISSUE_CLOSED: defineFact({
    of: "issue",
    description: "The issue was closed on GitHub, by a person or by a merge.",
    data: Schema.Struct({ sender: Schema.String, stateReason: Schema.NullOr(Schema.String) }),
  }),
  ISSUE_APPROVED: defineFact({
    of: "issue",
    description: "The issue may be worked on: it has the label and its repository's `.rig-agent.yaml` is valid.",
    data: Schema.Struct({
      title: Schema.String,
      priority: Priority,
      stack: RepositoryStack,
      defaultBranch: Schema.String,
    }),
  }),
  ISSUE_QUEUED: defineFact({
    of: "issue",
    description: "A work item for one attempt was put on the work queue (the dispatch fact).",
    data: Schema.Struct({
      attempt: Schema.Int,
      task: Task,
      reason: Schema.String,
      prNumber: Schema.NullOr(Schema.Int),
      headSha: Schema.NullOr(Schema.String),
    }),
  }),
  ISSUE_NEEDS_HUMAN: defineFact({
    of: "issue",
    description: "The rig stopped working on the issue; a person has to decide how it goes on.",
    data: Schema.Struct({ reason: Schema.String }),
  }),
  ISSUE_CANCELLED: defineFact({
    of: "issue",
    description: "The issue was closed before a change of the rig was merged, so no more work is done on it.",
    data: Schema.Struct({ reason: Schema.String }),
  }),
  ISSUE_DONE: defineFact({
    of: "issue",
    description: "The change is merged and nothing is left to do.",
    data: Schema.Struct({ prNumber: Schema.Int, mergeSha: Schema.String, durationMinutes: Schema.Finite }),
  }),
} as const;
