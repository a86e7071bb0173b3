import type { Fact } from "#contracts/envelope.ts";
import { type IssueStanding, isLateClosing, isLateLabel } from "#contracts/issue-label.ts";
import { isWorkedOn } from "#contracts/issue-run.ts";
import { priorityOf, readyLabel } from "#contracts/labels.ts";
import { type Effective, policyPath } from "#contracts/policy.ts";
import { because, type Why } from "#contracts/reason.ts";
import {
  cancel,
  type IssueAndChange,
  needsHuman,
  nothing,
  type Outcome,
  queue,
  reviewUnreviewed,
} from "./decide-queue.ts";

// What the label and the closing do. A delivery only says that something happened; what follows depends on what GitHub says when it is asked.

/** What holds for a repository by its `.rig-agent.yaml`, or what is wrong with that file. */
export type RepositoryConfig = { readonly effective: Effective } | { readonly wrong: Why };

/** The account that set the label, as GitHub has it now: its type (`none` for an unknown one), and whether it may write to the repository. */
export interface SenderStanding {
  readonly type: string;
  readonly mayWrite: boolean;
}

/** A label that was set, with what was asked about it. `standing` is null when the issue is not in the repository any more. */
export type Labeled = Fact<"ISSUE_LABELED"> & {
  readonly standing: IssueStanding | null;
  readonly account: SenderStanding;
  /** Whether a user set it whom the operator named as an agent or as a reviewer (`RIG_AGENT_LOGINS`, `RIG_REVIEWER_LOGINS`). */
  readonly byRig: boolean;
  /** The bots that the operator's policy names. */
  readonly bots: readonly string[];
  readonly config: RepositoryConfig;
};

/** A label that was taken off, with the issue as GitHub has it now. */
export type Unlabeled = Fact<"ISSUE_UNLABELED"> & { readonly standing: IssueStanding | null };

/**
 * A closing, and whether GitHub has the issue closed now. It is asked only about one that is not later than the last change of the label;
 * otherwise false.
 */
export type Closed = Fact<"ISSUE_CLOSED"> & { readonly isClosedNow: boolean };

/** The facts that are decided here, with what was asked about each. */
export type AboutLabel = Labeled | Unlabeled | Closed;

/**
 * The label was set. It approves the issue if GitHub confirms it. A label that is set while the rig works on the issue was off in between,
 * so the approval before it has ended: the same text goes on, another text begins again, and what is not confirmed ends the work.
 */
export function onLabeled(label: Labeled, seen: IssueAndChange): Outcome {
  const { data, config, standing } = label;
  const { on, issue } = seen;
  const isClosed = standing?.open === false;
  // The issue is merged, or its merge is asked for and has closed it.
  if (issue.state === "deploying" || (issue.state === "ready_to_merge" && isClosed)) return nothing;
  const active = isWorkedOn(issue);
  const since = happenedSince(label, seen);
  // What happened since decided or decides. It is told once, where nothing else is told.
  if (since !== null && (active || isClosed || issue.refusal !== null)) return nothing;
  const refusal = since === null ? refusalOf(label) : because(`${since} after the label was set: ${again}`);
  if (refusal !== null) return refuse(refusal, data.sender, seen);
  if (active && issue.title === data.title && issue.body?.sha256 === data.body.sha256)
    return confirm(data.sender, seen);
  if ("wrong" in config) return { ...nothing, facts: [needsHuman(on, config.wrong)] };
  const before = active ? cancel(on, `${data.sender} set the label again on an edited text`) : nothing;
  const { facts, work } = approve(label, config.effective, seen);
  return { facts: [...before.facts, ...facts], work };
}

/** Approves the text of the label and queues the first attempt. The issue may have an open change, whose head somebody pushed meanwhile. */
function approve({ data, type, occurredAt }: Labeled, effective: Effective, seen: IssueAndChange): Outcome {
  const { on } = seen;
  const { title, body, labels, defaultBranch } = data;
  const approved = { title, body, priority: priorityOf(labels), defaultBranch, ...effective };
  const issue = { ...seen.issue, ...approved, approvedAt: occurredAt, attempts: 0 };
  const first = queue(issue, on, { task: "implement", reason: `labelled ${readyLabel}`, pr: null });
  return {
    facts: [{ type: "ISSUE_APPROVED", on, data: approved }, ...first.facts],
    work: [...first.work, ...reviewUnreviewed({ ...seen, issue }, type).work],
  };
}

/** What deliveries say that happened to the issue after its label was set; null when it is the last that happened. */
function happenedSince({ data }: Labeled, { issue }: IssueAndChange): string | null {
  if (issue.closed) return "the issue was closed";
  return isLateLabel(issue, data) ? "the label was taken off" : null;
}

/** The label was taken off, which ends the approval, whoever did it. If GitHub has it on the issue again, the later label decides. */
export function onUnlabeled({ data, standing }: Unlabeled, { on, issue }: IssueAndChange): Outcome {
  // GitHub's answer may be from before the label was set again, of which the history knows.
  if (isLateLabel(issue, data)) return nothing;
  if (standing?.labelled === true || !isWorkedOn(issue) || issue.state === "deploying") return nothing;
  return cancel(on, `${data.sender || "somebody"} took the label ${data.label} off`);
}

/** The issue was closed: by its own merge, which is fine, or before one, which cancels it. If it was opened since and labelled, the label decides. */
export function onClosed({ data, isClosedNow }: Closed, { on, issue }: IssueAndChange): Outcome {
  if (!endsByClosing(issue) || issue.state === "ready_to_merge" || issue.state === "deploying") return nothing;
  return isLateClosing(issue, data) && !isClosedNow ? nothing : cancel(on, `closed by ${data.sender || "somebody"}`);
}

/** Whether a closing ends something: the rig works on the issue, or asked a person, who wants nothing more of what he closes. */
export function endsByClosing(issue: IssueAndChange["issue"]): boolean {
  return isWorkedOn(issue) || issue.state === "needs_human";
}

const again = `take the label ${readyLabel} off and set it again`;

/** Why a label that was set approves nothing, with what to do; null when GitHub confirms it. */
function refusalOf({ data, standing, account, byRig, bots }: Labeled): Why | null {
  const { sender, senderType } = data;
  if (standing === null)
    return because(`the issue is not in this repository any more: set ${readyLabel} where it is now`);
  if (!standing.open) return because(`the issue is closed: open it, then ${again}`);
  if (!standing.labelled) return because(`the label is not on the issue any more: set ${readyLabel} again`);
  if (data.editedAt !== undefined || standing.title !== data.title || standing.bodySha256 !== data.body.sha256) {
    return because(`the issue was edited after ${sender} set the label: read it, then ${again}`);
  }
  if (senderType === "Bot") {
    if (bots.some((bot) => bot.toLowerCase() === sender.toLowerCase())) return null;
    return because(
      `${sender} is a bot that labels.bots in ${policyPath} does not name: ask somebody with write permission to ${again}`,
    );
  }
  if (senderType !== "User" || account.type !== "User")
    return because(`${sender} is no person by GitHub: ask somebody with write permission to ${again}`);
  if (byRig) {
    return because(
      `${sender} is in RIG_AGENT_LOGINS or RIG_REVIEWER_LOGINS, so no person: ask somebody with write permission to ${again}`,
    );
  }
  if (account.mayWrite) return null;
  return because(`${sender} may not write to this repository: ask somebody with write permission to ${again}`);
}

/** The gate waits for the word on a label that was set again: an agent may do so after a person took it off. The first one is approved by then. */
function confirm(sender: string, { on, issue }: IssueAndChange): Outcome {
  return issue.isUndecided ? { ...nothing, facts: [{ type: "ISSUE_LABEL_CONFIRMED", on, data: { sender } }] } : nothing;
}

function refuse(why: Why, sender: string, { on, issue }: IssueAndChange): Outcome {
  const ended = isWorkedOn(issue) ? cancel(on, `the label was set again and refused: ${why.reason}`) : nothing;
  return { ...nothing, facts: [{ type: "ISSUE_LABEL_REFUSED", on, data: { sender, ...why } }, ...ended.facts] };
}
