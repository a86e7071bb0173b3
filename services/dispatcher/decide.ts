import type { IssueRef } from "#contracts/aggregates.ts";
import { endedReview, objectionIn } from "#contracts/change-life.ts";
import type { Consumes } from "#contracts/choreography.ts";
import type { Fact } from "#contracts/envelope.ts";
import { isFixAwaited, isFixOf } from "#contracts/fix.ts";
import type { IssueLife } from "#contracts/issue-life.ts";
import { endedRun, fixedNothing, isUnderWay, isWorkedOn, namedPullRequest } from "#contracts/issue-run.ts";
import { because, type Why } from "#contracts/reason.ts";
import { onMergeRefused, onOverdue } from "./decide-gate.ts";
import { type AboutLabel, onClosed, onLabeled, onUnlabeled } from "./decide-label.ts";
import {
  type IssueAndChange,
  isBeyondWork,
  isOwn,
  needsHuman,
  nothing,
  type Outcome,
  queue,
  reviewUnreviewed,
} from "./decide-queue.ts";

/** A fact of the row. One about the label or the closing comes with what was asked about it. */
export type Consumed = Exclude<Consumes<"dispatcher">, { type: AboutLabel["type"] }> | AboutLabel;

/** What is wrong with the head of a pull request, as GitHub has it now: a review, a remark, a check or a conflict. */
export interface Objection {
  readonly prNumber: number;
  readonly headSha: string;
  readonly reason: string;
}

/** What a decision is made on besides the fact. */
export interface Seen extends IssueAndChange {
  /** The objection of a person or of an appointed reviewer; null where there is none, and after facts for which GitHub is not asked. */
  readonly objection: Objection | null;
  /** The names of the required checks that failed on the change's head, asked of GitHub; empty where the head is not known to be red. */
  readonly redChecks: readonly string[];
  /** Whether a fix ended with a head that GitHub does not show, also not late: it shows the one that was to be fixed. */
  readonly isHeadMissing: boolean;
  /** Whether GitHub shows the change's head in the place of the one with which a run ended, although no delivery told of the run's own. */
  readonly isHeadReplaced: boolean;
  /** Whether the change is merged into another branch than the issue's, which GitHub does not call the default branch either. */
  readonly isMergedElsewhere: boolean;
}

/** Decides what follows from a fact. Total: every fact of the row has a rule, and what does not fit the state changes nothing. */
export function decide(fact: Consumed, seen: Seen): Outcome {
  switch (fact.type) {
    case "ISSUE_LABELED":
      return onLabeled(fact, seen);
    case "ISSUE_UNLABELED":
      return onUnlabeled(fact, seen);
    case "ISSUE_CLOSED":
      return onClosed(fact, seen);
    case "RUN_FAILED":
      return onRunFailed(fact, seen);
    case "RUN_SUCCEEDED":
      return onRunSucceeded(fact, seen);
    case "PR_OPENED":
    case "PR_SYNCHRONIZED":
    case "PR_REOPENED":
      return onHead(fact, seen);
    case "PR_CLOSED":
      return onChangeClosed(fact, seen);
    case "REVIEW_FAILED":
      return onReviewFailed(fact, seen);
    case "REVIEW_CHANGES_REQUESTED":
      // A verdict that was dismissed is none, whichever of the two is told first.
      if (!endedReview(seen.change, fact) || seen.change.dismissedReviews.includes(fact.data.reviewId)) return nothing;
      return onObjection({ prNumber: fact.on.number, ...objectionIn(fact) }, seen);
    case "REVIEW_SUBMITTED":
      return fact.data.state === "dismissed" ? onUnreviewed(fact, seen) : onRemark(seen);
    case "PR_COMMENTED":
    case "ISSUE_COMMENTED":
      return onRemark(seen);
    case "PR_CREATED":
      return namedPullRequest(seen.issue, fact) ? onUnreviewed(fact, seen) : nothing;
    case "CI_FAILED":
      return onRedChecks(fact.on.number, fact.data.headSha, seen);
    case "STATUS_REPORTED":
      if (seen.issue.pr === null) return nothing;
      return onRedChecks(seen.issue.pr.number, fact.data.headSha, seen);
    case "MERGE_CONFLICT":
      return onConflict(fact.data, seen);
    case "MERGE_FAILED":
      return onMergeRefused(fact.data, seen);
    case "GATE_OVERDUE":
      return onOverdue(fact.data, seen);
    case "MERGED":
      return onMerged(fact, seen);
  }
}

/** Queues another attempt if one can succeed and the limit allows it, else asks a person. */
function onRunFailed(fact: Fact<"RUN_FAILED">, seen: Seen): Outcome {
  if (seen.issue.state !== "failed" || !endedRun(seen.issue, fact)) return nothing;
  const { class: failure, reason, details, retryable } = fact.data;
  return afterFailure(seen, { failure, why: { reason, details }, retryable });
}

/** How an attempt failed, and whether another one may succeed. */
interface Failure {
  readonly failure: Fact<"RUN_FAILED">["data"]["class"];
  readonly why: Why;
  readonly retryable: boolean;
}

function afterFailure({ on, issue }: Seen, { failure, why, retryable }: Failure): Outcome {
  const { reason, details } = why;
  if (!retryable || issue.failedAttempts >= issue.limits.failedAttemptsMax) {
    return {
      ...nothing,
      facts: [needsHuman(on, { ...because(`attempt ${issue.attempt} failed (${failure}): ${reason}`), details })],
    };
  }
  const pr = issue.fixOf === null ? null : { number: issue.fixOf.prNumber, headSha: issue.fixOf.headSha };
  return queue(issue, on, { task: issue.task === "fix" ? "fix" : "implement", reason: `${failure}: ${reason}`, pr });
}

/** The pull request of a dispatched issue has another head, or is open again. */
function onHead({ type, on: pr, data }: Fact<"PR_OPENED" | "PR_SYNCHRONIZED" | "PR_REOPENED">, seen: Seen): Outcome {
  const { issue, change } = seen;
  const isCurrent = change.open && change.headSha === data.headSha;
  if (!isWorkedOn(issue) || !isCurrent) return nothing;
  if (issue.pr?.number === pr.number && !isUnderWay(issue) && !isOwn(seen)) return askAboutForeign(pr.number, seen);
  if (seen.isHeadMissing && canBeFixed(issue, pr.number)) return askAboutHead(pr.number, issue.endedHead, seen);
  const fix = onKnownFault({ prNumber: pr.number, headSha: data.headSha }, seen);
  return fix.facts.length > 0 ? fix : reviewUnreviewed(seen, type);
}

/**
 * What is wrong with a head may be known before it, and a push may bring a head back that somebody objects to. A fix makes another head, and
 * that one is reviewed.
 */
function onKnownFault(head: Omit<Objection, "reason">, seen: Seen): Outcome {
  const { issue, change, objection } = seen;
  if (issue.conflictSha === head.headSha) return onConflict(head, seen);
  if (change.objection?.headSha === head.headSha) return onObjection({ ...head, ...change.objection }, seen);
  if (objection !== null) return queueFix(objection, seen);
  return onRedChecks(head.prNumber, head.headSha, seen);
}

/** The holder named the pull request, whose head may be known already; or Review-E's verdict on the head was dismissed. */
function onUnreviewed({ type }: Fact<"PR_CREATED" | "REVIEW_SUBMITTED">, seen: Seen): Outcome {
  return isWorkedOn(seen.issue) && !isBeyondWork(seen.issue) ? reviewUnreviewed(seen, type) : nothing;
}

/**
 * A run ended well. What happened to its change meanwhile was left until now: it was closed, its review failed, somebody objects to it, or
 * its head was never reviewed. Without a pull request, or with the head that it was to fix, the run did not end well.
 */
function onRunSucceeded(fact: Fact<"RUN_SUCCEEDED">, seen: Seen): Outcome {
  const { on, issue, change } = seen;
  const { prNumber } = fact.data;
  const headSha = headAtEnd(fact, seen);
  // It can be delivered late, while the next attempt is at work.
  if (!endedRun(issue, fact) || isBeyondWork(issue) || isUnderWay(issue)) return nothing;
  if (issue.state === "failed") {
    if (fixedNothing(issue, fact)) {
      return afterFailure(seen, { failure: "no-diff", why: because("the fix changed nothing"), retryable: true });
    }
    const why = because(`the run named #${prNumber}, and no PR_CREATED for a branch of #${on.number}`);
    return afterFailure(seen, { failure: "internal", why, retryable: true });
  }
  if (change.merged) return onMergedElsewhere(prNumber, seen);
  if (change.known && !change.open && !change.merged) {
    return queue(issue, on, { task: "implement", reason: `#${prNumber} was closed without a merge`, pr: null });
  }
  if (change.known && !isOwn(seen)) return askAboutForeign(prNumber, seen);
  if (seen.isHeadMissing) return askAboutHead(prNumber, headSha, seen);
  if (change.objection?.headSha === headSha) return onObjection({ prNumber, ...change.objection }, seen);
  if (seen.objection !== null) return queueFix(seen.objection, seen);
  if (seen.redChecks.length > 0) return onRedChecks(prNumber, headSha, seen);
  const failed = change.reviewFailure;
  // One from before the approval was asked about then; its head is reviewed again.
  const isOld = Date.parse(failed?.at ?? "") < Date.parse(issue.approvedAt ?? "");
  if (failed?.headSha === headSha && change.open && !isOld) return askAboutReview(on, prNumber, failed);
  return change.headSha === headSha ? reviewUnreviewed(seen, fact.type) : nothing;
}

/** An agent may name any pull request. One that is not its own is neither reviewed nor merged, so without a person the issue would wait for ever. */
function askAboutForeign(prNumber: number, { on, change }: Seen): Outcome {
  const why = because(
    `#${prNumber} from ${change.branch} by ${change.author} is no pull request of an agent of this rig for #${on.number}`,
  );
  return { ...nothing, facts: [needsHuman(on, why)] };
}

function askAboutHead(prNumber: number, headSha: string | null, { on }: Seen): Outcome {
  const why = because(`the fix ended with ${headSha}, which GitHub does not show as the head of #${prNumber}`);
  return { ...nothing, facts: [needsHuman(on, why)] };
}

/** The head that counts when a run has ended: its own, or the one that somebody pushed onto it meanwhile. */
export function headAtEnd(
  { data: { headSha } }: Fact<"RUN_SUCCEEDED">,
  { change, isHeadReplaced }: Pick<Seen, "change" | "isHeadReplaced">,
): string {
  return isHeadReplaced || change.supersededHeads.includes(headSha) ? change.headSha : headSha;
}

/** The review of the current head ended without a verdict: without a person the change would wait for ever. */
function onReviewFailed(fact: Fact<"REVIEW_FAILED">, { on, issue, change }: Seen): Outcome {
  const { on: pr, data } = fact;
  const stale =
    !endedReview(change, fact) || !change.open || change.headSha !== data.headSha || issue.pr?.number !== pr.number;
  if (stale || isBeyondWork(issue) || isUnderWay(issue)) return nothing;
  return askAboutReview(on, pr.number, data);
}

function askAboutReview(on: IssueRef, prNumber: number, { reason, details }: Fact<"REVIEW_FAILED">["data"]): Outcome {
  const why = { ...because(`the review of #${prNumber} failed: ${reason}`), details };
  return { ...nothing, facts: [needsHuman(on, why)] };
}

/** Whether a fix of this pull request may follow: it is the issue's, and no attempt is under way. */
export function canBeFixed(issue: IssueLife, prNumber: number): boolean {
  return issue.pr?.number === prNumber && !isBeyondWork(issue) && !isUnderWay(issue);
}

/**
 * The change was closed. A merge into the issue's branch is the gate's business, and one into another branch asks a person; unmerged means:
 * do it again, never cancel (production failure 5).
 */
function onChangeClosed({ on: pr, data }: Fact<"PR_CLOSED">, seen: Seen): Outcome {
  const { on, issue } = seen;
  if (isBeyondWork(issue) || issue.pr?.number !== pr.number || isUnderWay(issue)) return nothing;
  if (data.merged) return onMergedElsewhere(pr.number, seen);
  return queue(issue, on, { task: "implement", reason: `#${pr.number} was closed without a merge`, pr: null });
}

/** A merge into another branch than the issue's brought nothing there, and GitHub opens no merged pull request again. */
function onMergedElsewhere(prNumber: number, { on, issue, change, isMergedElsewhere }: Seen): Outcome {
  if (!isMergedElsewhere) return nothing;
  const why = because(`#${prNumber} was merged into ${change.baseBranch}, not into ${issue.defaultBranch}`);
  return { ...nothing, facts: [needsHuman(on, why)] };
}

/** A person or an appointed reviewer did something on GitHub, by which he may ask for a fix. */
function onRemark(seen: Seen): Outcome {
  return seen.objection === null ? nothing : queueFix(seen.objection, seen);
}

/** Required checks of a head failed. The others hold no merge, so they lead to no fix. */
function onRedChecks(prNumber: number, headSha: string, seen: Seen): Outcome {
  const { redChecks } = seen;
  if (redChecks.length === 0) return nothing;
  return onObjection({ prNumber, headSha, reason: `required checks failed: ${redChecks.join(", ")}` }, seen);
}

/**
 * A head does not merge. The gate asked GitHub for it, so it counts before any delivery tells of it. One that is superseded, or whose change
 * was closed, is fixed when its delivery says that it is back.
 */
function onConflict(at: Omit<Objection, "reason">, seen: Seen): Outcome {
  const { known, open, headSha, supersededHeads } = seen.change;
  if (known && (!open || (headSha !== at.headSha && supersededHeads.includes(at.headSha)))) return nothing;
  return queueFix({ ...at, reason: "the base moved and the change does not merge" }, seen);
}

/** Something is wrong with the head of a change: a review or a check. */
function onObjection(objection: Objection, seen: Seen): Outcome {
  const { open, headSha } = seen.change;
  return open && headSha === objection.headSha ? queueFix(objection, seen) : nothing;
}

/** Queues a fix of a head that is objected to: one per head, and as many in all as the issue's approval allows. */
function queueFix({ prNumber, headSha, reason }: Objection, seen: Seen): Outcome {
  const { on, issue, change } = seen;
  const head = { prNumber, headSha };
  // A head that a push brought back after its fix is one more to fix, once it is told of.
  const known = change.headSha === headSha ? isFixAwaited(issue, change, head) : isFixOf(issue, head);
  // PR_CREATED is what an agent says. Where no delivery has told of the change, GitHub was asked: by `readObjection`, or by the gate before MERGE_CONFLICT.
  const isForeign = change.known && !isOwn(seen);
  if (known || isForeign || !canBeFixed(issue, prNumber)) return nothing;
  if (issue.fixRounds >= issue.limits.fixRoundsMax) {
    const rounds = issue.fixRounds;
    const exceeded = { type: "REVIEW_LOOP_EXCEEDED", on, data: { prNumber, rounds } } as const;
    return {
      ...nothing,
      facts: [exceeded, needsHuman(on, because(`${rounds} rounds of fixes were not enough: ${reason}`))],
    };
  }
  return queue(issue, on, { task: "fix", reason, pr: { number: prNumber, headSha } });
}

/** The change is merged: the issue is done. */
function onMerged({ data, occurredAt }: Fact<"MERGED">, { on, issue }: Seen): Outcome {
  if (issue.state !== "deploying") return nothing;
  const { prNumber, mergeSha } = data;
  const tookMs = Date.parse(occurredAt) - Date.parse(issue.approvedAt ?? occurredAt);
  const durationMinutes = Math.round(tookMs / 600) / 100;
  return { ...nothing, facts: [{ type: "ISSUE_DONE", on, data: { prNumber, mergeSha, durationMinutes } }] };
}
