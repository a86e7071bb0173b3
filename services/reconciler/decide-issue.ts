import { factsOf } from "#contracts/delivery-facts.ts";
import { isLateLabel } from "#contracts/issue-label.ts";
import { foldIssue, type IssueFact } from "#contracts/issue-life.ts";
import { isSettled, isWorkedOn } from "#contracts/issue-run.ts";
import { isReadyLabel, readyLabel } from "#contracts/labels.ts";
import { type Missing, missingOf, type PayloadOf, type Repository } from "./decide.ts";

/** An issue as GitHub has it now, in the shape of its deliveries. */
export interface IssueSeen {
  readonly repository: Repository;
  readonly issue: PayloadOf<"issues">["issue"];
  /** Who closed it and when, as far as GitHub says it; null while it is open. */
  readonly closed: { readonly by: string; readonly at: string | null } | null;
  /** Who set the label that is on it, or took it off, and when; null when it was not asked for. */
  readonly label: {
    readonly change: "labeled" | "unlabeled";
    readonly sender: { readonly login: string; readonly type: string };
    readonly at: string;
  } | null;
  /** When title or body were changed last; null when they never were. */
  readonly editedAt: string | null;
}

/** What happened to an issue that says whether it is approved: the label, and the title, each with who and when. */
export interface IssueEvent {
  readonly event: string;
  readonly actor: { readonly login: string; readonly type: string };
  readonly at: string;
  readonly label: string;
}

/** GitHub's times have seconds, and two of them about one moment may differ by one. */
const secondMs = 1_000;

/**
 * The facts of an issue that the rig lacks: a label that was set, also again while the rig works on the issue, while it does, the label's
 * removal, and the closing, also while a person is asked. What follows from a label the dispatcher decides.
 */
export function missingOnIssue(seen: IssueSeen, history: readonly IssueFact[]): readonly Missing<"issue">[] {
  const { repository, issue, closed, label } = seen;
  const life = foldIssue(history);
  if (closed !== null) {
    const isOver = isSettled(life) && life.state !== "needs_human";
    const matters = history.length > 0 && !life.closed && !isOver;
    const payload = { action: "closed", issue, repository, sender: { login: closed.by } };
    const since = closed.at ?? history.at(-1)?.occurredAt ?? "";
    return matters ? missingOf("issue", factsOf({ event: "issues", payload }), since) : [];
  }
  if (label === null) return [];
  const { change: action, sender } = label;
  const payload = { action, label: { name: readyLabel }, issue, repository, sender };
  const changed = missingOf("issue", factsOf({ event: "issues", payload }), label.at);
  if (action === "labeled") return isLabelKnown(label.at, history) ? [] : changed.map((each) => withEdit(each, seen));
  if (!isWorkedOn(life) || isRemovalKnown(label.at, history)) return [];
  // An answer from before the label, which does not show it yet, says nothing of its removal.
  return changed.filter(({ draft }) => draft.type === "ISSUE_UNLABELED" && !isLateLabel(life, draft.data));
}

/** Nobody approved the text that GitHub shows when it was edited after the label, or in its second, and the one before is not there: the label is refused. */
function withEdit({ draft, at }: Missing<"issue">, { editedAt }: IssueSeen): Missing<"issue"> {
  const isEdited = draft.type === "ISSUE_LABELED" && editedAt !== null && Date.parse(editedAt) >= Date.parse(at);
  return { at, draft: isEdited ? { ...draft, data: { ...draft.data, editedAt } } : draft };
}

/**
 * How the label stands on an issue, by its events, oldest first; null while they do not say who set it. Of a label that was deleted or renamed
 * in the repository no delivery names the removal (https://github.com/octokit/webhooks/issues/639). Where no event does either, nobody is
 * named, and the time is that of the issue's last change: an event that is only late is there before the removal counts as lost.
 */
export function labelOn(
  { labels = [], updated_at: at = "" }: IssueSeen["issue"],
  events: readonly IssueEvent[],
): IssueSeen["label"] {
  const changes = events.filter(({ label }) => isReadyLabel(label));
  if (labels.some((label) => isReadyLabel(label?.name ?? ""))) {
    const set = changes.findLast(({ event }) => event === "labeled");
    return set === undefined ? null : { change: "labeled", sender: set.actor, at: set.at };
  }
  const last = changes.at(-1);
  const isNamed = last?.event === "unlabeled";
  return { change: "unlabeled", ...(isNamed ? { sender: last.actor, at: last.at } : { sender: nobody, at }) };
}

const nobody = { login: "", type: "" };

/** Whether the rig has a label of this time, or one that was set later, and was not told since that it was taken off before this time. */
export function isLabelKnown(at: string, history: readonly IssueFact[]): boolean {
  const atMs = Date.parse(at);
  return history.some((label, index) => {
    if (label.type !== "ISSUE_LABELED" || atMs > timeOf(label) + secondMs) return false;
    const later = history.slice(index + 1).filter(({ type }) => type === "ISSUE_UNLABELED");
    return !later.some((removal) => timeOf(label) <= timeOf(removal) && timeOf(removal) <= atMs);
  });
}

function isRemovalKnown(at: string, history: readonly IssueFact[]): boolean {
  return history.some((fact) => fact.type === "ISSUE_UNLABELED" && Date.parse(at) <= timeOf(fact) + secondMs);
}

/** When GitHub says that it happened, or else when the rig was told. */
function timeOf({ data, occurredAt }: IssueFact): number {
  return Date.parse("updatedAt" in data && data.updatedAt !== undefined ? data.updatedAt : occurredAt);
}
