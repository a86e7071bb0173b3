import { Schema } from "effect";
import type { ChangeLife } from "#contracts/change-life.ts";
import { endedHeadOf } from "#contracts/fix.ts";
import { isLabelOf } from "#contracts/issue-label.ts";
import type { IssueLife } from "#contracts/issue-life.ts";
import { issueStates } from "#contracts/issue-run.ts";

const NullOrText = Schema.NullOr(Schema.String);

/** What the gate needs of the state of the issue (contracts/issue-life.ts). */
export const IssueSeen = Schema.Struct({
  state: Schema.Literals(issueStates),
  closed: Schema.Boolean,
  /** What the last delivery about the label said: that it is on the approved text, also without the dispatcher's word yet, on another text, or off, and when that was stored. null while none did. */
  label: Schema.NullOr(
    Schema.Struct({ is: Schema.Literals(["approved", "undecided", "other-text", "off"]), at: Schema.String }),
  ),
  attempt: Schema.Int,
  endedAttempt: Schema.Int,
  /** Whether a claim holds the issue. */
  isHeld: Schema.Boolean,
  epoch: Schema.Int,
  fixOf: Schema.NullOr(Schema.Struct({ prNumber: Schema.Int, headSha: Schema.String })),
  endedHead: NullOrText,
  prNumber: Schema.NullOr(Schema.Int),
  defaultBranch: Schema.String,
  /** Whether it proposes the revert of a merge that broke the base. */
  mendsBase: Schema.Boolean,
  /** Who set the label, and all labels that the issue had when it was set last. */
  askedBy: Schema.Array(Schema.String),
  labels: Schema.Array(Schema.String),
  /** Since when its text is the approved one: ISO 8601; null where nobody changed it. */
  textSince: NullOrText,
});

/** What is kept of the state of the issue. */
export function issueSeen(issue: IssueLife, change: ChangeLife): typeof IssueSeen.Type {
  const { state, closed, attempt, endedAttempt, epoch, fixOf, defaultBranch, askedBy, labels } = issue;
  const { mendsBase, textSince } = issue;
  return {
    ...{ state, closed, attempt, endedAttempt, epoch, fixOf, defaultBranch, askedBy, labels, mendsBase, textSince },
    endedHead: endedHeadOf(issue, change),
    label: labelSeen(issue),
    isHeld: issue.holder !== null,
    prNumber: issue.pr?.number ?? null,
  };
}

function labelSeen(issue: IssueLife): (typeof IssueSeen.Type)["label"] {
  if (issue.lastLabel === null) return null;
  const { isOn, at } = issue.lastLabel;
  if (!isOn) return { is: "off", at };
  if (!isLabelOf(issue, issue)) return { is: "other-text", at };
  return { is: issue.isUndecided ? "undecided" : "approved", at };
}
