import { Schema } from "effect";
import { defineFact } from "../fact-definition.ts";
import {
  Attempt,
  DefaultBranch,
  Details,
  EditedAt,
  HeadSha,
  IssueTitle,
  MergeSha,
  Name,
  PrNumber,
  Reason,
  Sender,
  SenderType,
  UpdatedAt,
} from "../fields.ts";
import { Effective } from "../policy.ts";
import { TextRef } from "../text.ts";
import { DevTask, Priority } from "../work.ts";

/** Facts about an issue, from the label that a person sets to the merge that closes it. */
export const issueFacts = {
  ISSUE_LABELED: defineFact({
    of: "issue",
    version: 4,
    emitter: "several",
    description:
      "Somebody put a label that the rig acts on (`agent-ready`) on the issue. Nothing follows from it before GitHub confirms it: `ISSUE_APPROVED`, `ISSUE_LABEL_CONFIRMED` or `ISSUE_LABEL_REFUSED`.",
    data: Schema.Struct({
      label: Name.annotate({ description: "Name of the label that was put on the issue: `agent-ready`." }),
      labels: Schema.Array(Name).annotate({
        description:
          "Names of all labels of the issue at that moment; `priority:high` and `priority:low` among them set its priority.",
      }),
      title: IssueTitle,
      body: TextRef.annotate({
        description:
          "Pointer to the body of the issue when the label was set, or with `editedAt` to the later one, Markdown; empty when it has none. An edit after the label needs the label again.",
      }),
      sender: Sender,
      senderType: SenderType,
      defaultBranch: DefaultBranch,
      updatedAt: UpdatedAt,
      editedAt: EditedAt,
    }),
  }),
  ISSUE_UNLABELED: defineFact({
    of: "issue",
    emitter: "several",
    description:
      "Somebody took a label that the rig acts on (`agent-ready`) off the issue. If GitHub confirms it, nothing more is done on the issue until the label is set again.",
    data: Schema.Struct({
      label: Name.annotate({ description: "Name of the label that was taken off: `agent-ready`." }),
      sender: Sender,
      updatedAt: UpdatedAt,
    }),
  }),
  ISSUE_LABEL_REFUSED: defineFact({
    of: "issue",
    description:
      "The label does not approve the issue, because GitHub does not confirm it: the issue was closed or edited since, or whoever set the label may not. The reason says what to do.",
    data: Schema.Struct({ sender: Sender, reason: Reason, details: Details }),
  }),
  ISSUE_LABEL_CONFIRMED: defineFact({
    of: "issue",
    description:
      "The label was set again on the approved text while the rig works on the issue, and GitHub confirms it: whoever set it may, so the work goes on.",
    data: Schema.Struct({ sender: Sender }),
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
      "The issue may be worked on: GitHub confirmed its label, and its repository's `.rig-agent.yaml` is valid. The text and the settings in this fact apply until the issue is approved again, even if the issue or the files change.",
    data: Schema.Struct({
      title: IssueTitle,
      body: TextRef.annotate({
        description:
          "Pointer to the body of the issue that was approved, Markdown; empty when it has none. Agents work from this text.",
      }),
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
    description:
      "The issue was closed, or its approval ended, before a change of the rig was merged. No more work is done on it.",
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
