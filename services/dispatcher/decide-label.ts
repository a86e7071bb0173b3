import type { IssueRef } from "#contracts/aggregates.ts";
import type { Fact } from "#contracts/envelope.ts";
import { type IssueLife, isLateLabel } from "#contracts/issue-life.ts";
import { priorityOf, readyLabel } from "#contracts/labels.ts";
import { type Effective, policyPath } from "#contracts/policy.ts";
import { because, type Why } from "#contracts/reason.ts";
import { cancel, isActive, needsHuman, nothing, type Outcome, queue } from "./decide-queue.ts";

// What the label does. A delivery only says that something happened to it; what follows depends on what GitHub says when it is asked.

/** What holds for a repository by its `.rig-agent.yaml`, or what is wrong with that file. */
export type RepositoryConfig = { readonly effective: Effective } | { readonly wrong: Why };

/** An issue as GitHub has it now. */
export interface IssueStanding {
  readonly open: boolean;
  /** Whether the label is on it. */
  readonly labelled: boolean;
  readonly title: string;
  readonly bodySha256: string;
}

/** The account that set the label, as GitHub has it now: its type (`none` for an unknown one), and whether it may write to the repository. */
export interface SenderStanding {
  readonly type: string;
  readonly mayWrite: boolean;
}

/** A label that was set, with what was asked about it. `standing` is null when the issue is not in the repository any more. */
export type Labeled = Fact<"ISSUE_LABELED"> & {
  readonly standing: IssueStanding | null;
  readonly account: SenderStanding;
  /** The bots that the operator's policy names. */
  readonly bots: readonly string[];
  readonly config: RepositoryConfig;
};

/** A label that was taken off, with the issue as GitHub has it now. */
export type Unlabeled = Fact<"ISSUE_UNLABELED"> & { readonly standing: IssueStanding | null };

interface Seen {
  readonly on: IssueRef;
  readonly issue: IssueLife;
}

/**
 * The label was set. It approves the issue if GitHub confirms it. A label that is set while the rig works on the issue was off in between,
 * so the approval before it has ended: the same text goes on, another text begins again, and what is not confirmed ends the work.
 */
export function onLabeled(label: Labeled, { on, issue }: Seen): Outcome {
  const { data, config } = label;
  // A closed issue is left alone, also when its label is handled after the closing. A merge that is asked for goes on.
  if (issue.closed || issue.state === "ready_to_merge" || issue.state === "deploying") return nothing;
  const active = isActive(issue);
  const late = isLateLabel(issue, data);
  // The later change of the label decided or decides. It is told once, where nothing else is told.
  if (late && (active || issue.refusal !== null)) return nothing;
  const refusal = late ? because(`the label was taken off after it was set: ${again}`) : refusalOf(label);
  if (refusal !== null) return refuse(refusal, data.sender, { on, issue });
  if (active && issue.title === data.title && issue.body?.sha256 === data.body.sha256) return nothing;
  if ("wrong" in config) return { ...nothing, facts: [needsHuman(on, config.wrong)] };
  const approved = {
    title: data.title,
    body: data.body,
    priority: priorityOf(data.labels),
    defaultBranch: data.defaultBranch,
    ...config.effective,
  };
  const before = active ? cancel(on, `${data.sender} set the label again on an edited text`) : nothing;
  const { facts, work } = queue({ ...issue, ...approved, attempts: 0 }, on, {
    task: "implement",
    reason: `labelled ${readyLabel}`,
    pr: null,
  });
  return { facts: [...before.facts, { type: "ISSUE_APPROVED", on, data: approved }, ...facts], work };
}

/** The label was taken off, which ends the approval, whoever did it. If GitHub has it on the issue again, the later label decides. */
export function onUnlabeled({ data, standing }: Unlabeled, { on, issue }: Seen): Outcome {
  if (standing?.labelled === true || !isActive(issue) || issue.state === "deploying") return nothing;
  return cancel(on, `${data.sender} took the label ${data.label} off`);
}

const again = `take the label ${readyLabel} off and set it again`;

/** Why a label that was set approves nothing, with what to do; null when GitHub confirms it. */
function refusalOf({ data, standing, account, bots }: Labeled): Why | null {
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
  if (account.mayWrite) return null;
  return because(`${sender} may not write to this repository: ask somebody with write permission to ${again}`);
}

function refuse(why: Why, sender: string, { on, issue }: Seen): Outcome {
  const ended = isActive(issue) ? cancel(on, `the label was set again and refused: ${why.reason}`) : nothing;
  return { ...nothing, facts: [{ type: "ISSUE_LABEL_REFUSED", on, data: { sender, ...why } }, ...ended.facts] };
}
