import { Schema } from "effect";
import { defineFact } from "../fact-definition.ts";
import {
  Attempt,
  DefaultBranch,
  Details,
  HeadSha,
  IssueTitle,
  MergeSha,
  Name,
  PrNumber,
  Reason,
  Sender,
  UpdatedAt,
} from "../fields.ts";
import { Effective } from "../policy.ts";
import { TextRef } from "../text.ts";
import { DevTask, Priority } from "../work.ts";

/** Facts about an issue, from the label that a person sets to the merge that closes it. */
export const issueFacts = {
  ISSUE_LABELED: defineFact({
    of: "issue",
    version: 3,
    emitter: "several",
    description: "A person put a label that the rig acts on (`agent-ready`) on the issue.",
    data: Schema.Struct({
      label: Name.annotate({ description: "Name of the label that was put on the issue: `agent-ready`." }),
      labels: Schema.Array(Name).annotate({
        description:
          "Names of all labels of the issue at that moment; `priority:high` and `priority:low` among them set its priority.",
      }),
      title: IssueTitle,
      body: TextRef.annotate({
        description:
          "Pointer to the body of the issue when the label was set, Markdown; empty when it has none. A person approved this text: agents work from it and ignore later edits.",
      }),
      sender: Sender,
      defaultBranch: DefaultBranch,
      updatedAt: UpdatedAt,
    }),
  }),
  ISSUE_CLOSED: defineFact({
    of: "issue",
    version: 2,
    emitter: "several",
    description: "The issue was closed on GitHub, by a person or by a merge.",
    data: Schema.Struct({
      sender: Sender,
      stateReason: Schema.NullOr(Name).annotate({
        description:
          "Why it was closed, in GitHub's words, such as `completed` or `not_planned`; null when GitHub names nothing.",
      }),
      updatedAt: UpdatedAt,
    }),
  }),
  ISSUE_APPROVED: defineFact({
    of: "issue",
    version: 3,
    description:
      "The issue may be worked on: it has the label and its repository's `.rig-agent.yaml` is valid. The settings in this fact apply until the issue is approved again, even if the files change.",
    data: Schema.Struct({
      title: IssueTitle,
      priority: Priority,
      defaultBranch: DefaultBranch,
      ...Effective.fields,
    }),
  }),
  ISSUE_QUEUED: defineFact({
    of: "issue",
    description: "The dispatcher started one more attempt at the issue. Its work item is enqueued after this fact.",
    data: Schema.Struct({
      attempt: Attempt,
      task: DevTask,
      reason: Reason,
      prNumber: Schema.NullOr(PrNumber).annotate({
        description: "Number of the open pull request that the attempt corrects; null when it writes a first change.",
      }),
      headSha: Schema.NullOr(HeadSha).annotate({
        description:
          "Commit SHA of the head that the attempt corrects, 40 hex digits; null when the attempt writes a first change.",
      }),
    }),
  }),
  ISSUE_NEEDS_HUMAN: defineFact({
    of: "issue",
    version: 2,
    description: "The rig stopped working on the issue. A person has to decide what happens next.",
    data: Schema.Struct({ reason: Reason, details: Details }),
  }),
  ISSUE_CANCELLED: defineFact({
    of: "issue",
    description: "The issue was closed before a change of the rig was merged, so no more work is done on it.",
    data: Schema.Struct({ reason: Reason }),
  }),
  ISSUE_DONE: defineFact({
    of: "issue",
    description: "The change is merged and nothing is left to do.",
    data: Schema.Struct({
      prNumber: PrNumber,
      mergeSha: MergeSha,
      durationMinutes: Schema.Finite.annotate({
        description: "Minutes from the issue's last `ISSUE_APPROVED` to its `MERGED`, rounded to two decimals.",
      }),
    }),
  }),
} as const;
