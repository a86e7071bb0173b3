import type { IssueRef } from "#contracts/aggregates.ts";
import type { FactType } from "#contracts/catalogue.ts";
import { type ChangeLife, isReviewable, reviewsMax } from "#contracts/change-life.ts";
import type { Decision, Enqueues, Publishes } from "#contracts/choreography.ts";
import type { Fact } from "#contracts/envelope.ts";
import { isChangeOf } from "#contracts/issue-branch.ts";
import type { IssueFact, IssueLife } from "#contracts/issue-life.ts";
import { isSettled } from "#contracts/issue-run.ts";
import { because, sentence, type Why } from "#contracts/reason.ts";

// What every decision of the dispatcher comes to: one more attempt, a review, a person, or the end.

/** The issue that is decided on, and the change that the fact is about or names. */
export interface IssueAndChange {
  readonly on: IssueRef;
  readonly issue: IssueLife;
  /** `unknownChange` and null where the fact names none. */
  readonly change: ChangeLife;
  readonly prNumber: number | null;
  /** Whether the author of the change is one of the agents that the operator named. */
  readonly byAgent: boolean;
  /** Whether the head is nothing but an update of one that Review-E approved, so that it needs no review; not where it was not asked. */
  readonly isCarried?: boolean;
}

/** The outcome of a decision: facts to append to the issue, and work to enqueue. */
export type Outcome = Decision<"dispatcher", "issue">;

/** Nothing follows. */
export const nothing: Outcome = { facts: [], work: [] };

/** Ends the work on the issue. Whoever holds a claim on it loses it. */
export function cancel(on: IssueRef, reason: string): Outcome {
  return { ...nothing, facts: [{ type: "ISSUE_CANCELLED", on, data: { reason: sentence(reason) } }] };
}

/**
 * Queues the next attempt, or asks a person. Failed attempts and fixes have limits of their own; together they bound all attempts, so that
 * somebody who closes each pull request does not make the rig work for ever.
 */
export function queue(
  issue: IssueLife,
  on: IssueRef,
  what: {
    readonly task: "implement" | "fix";
    readonly reason: string;
    readonly pr: { readonly number: number; readonly headSha: string } | null;
  },
): Outcome {
  const { task, pr } = what;
  const { failedAttemptsMax, fixRoundsMax } = issue.limits;
  if (issue.attempts >= failedAttemptsMax + fixRoundsMax) {
    return {
      ...nothing,
      facts: [needsHuman(on, because(`${issue.attempts} attempts were not enough: ${what.reason}`))],
    };
  }
  const attempt = issue.attempt + 1;
  const data = {
    attempt,
    task,
    reason: sentence(what.reason),
    prNumber: pr?.number ?? null,
    headSha: pr?.headSha ?? null,
  };
  return { facts: [{ type: "ISSUE_QUEUED", on, data }], work: [devWork(issue, on, data)] };
}

/**
 * What follows from facts that an earlier delivery of the same message stored: their work. The attempt is made of them alone, because the
 * repository's file may be another one now, and ISSUE_QUEUED without its work would wait for ever. The review is of the head as it is now.
 */
export function resume(own: readonly IssueFact[], seen: IssueAndChange): Outcome {
  const { on, issue } = seen;
  const attempts = own.flatMap((fact) => (fact.type === "ISSUE_QUEUED" ? [devWork(issue, on, fact.data)] : []));
  const isApproved = own.some(({ type }) => type === "ISSUE_APPROVED");
  const reviews = isApproved ? reviewUnreviewed(seen, "ISSUE_LABELED").work : [];
  return { ...nothing, work: [...attempts, ...reviews] };
}

/** Whether the change is the issue's own, by what GitHub's deliveries say of it. A branch of a fork has another name there. */
export function isOwn({ on, change, byAgent }: IssueAndChange): boolean {
  return isChangeOf(on.number, { branch: change.branch, ownRepository: true, byAgent });
}

/**
 * Enqueues the review of the current head of the issue's open change if it has none. A head that was pushed while a person was asked got no
 * review then, and an agent that has nothing to add pushes no other one.
 */
export function reviewUnreviewed(seen: IssueAndChange, reason: FactType): Outcome {
  const { issue, change, prNumber } = seen;
  if (prNumber === null || issue.pr?.number !== prNumber || !isOwn(seen)) return nothing;
  return isReviewable(change, change.headSha) && seen.isCarried !== true ? review(seen, prNumber, reason) : nothing;
}

/** 10 pull requests of an issue since its approval: an attempt makes one at most, unless somebody closes it. */
const pullRequestsMax = 10;

/** Enqueues the review of the change's head, or asks a person after too many since the approval. */
function review({ on, issue, change }: IssueAndChange, prNumber: number, reason: FactType): Outcome {
  const count = issue.prNumbers.length;
  if (count > pullRequestsMax) {
    return { ...nothing, facts: [needsHuman(on, because(`agents named ${count} pull requests of #${on.number}`))] };
  }
  const since = Date.parse(issue.approvedAt ?? "");
  if (change.reviewsBegun.filter((at) => Date.parse(at) >= since).length >= reviewsMax) {
    const why = because(`${reviewsMax} reviews of #${prNumber} since the approval were not enough: read it yourself`);
    return { ...nothing, facts: [needsHuman(on, why)] };
  }
  const item: Enqueues<"dispatcher"> = {
    role: "review",
    stack: "any",
    priority: issue.priority,
    task: "review",
    owner: on.owner,
    repo: on.repo,
    number: prNumber,
    attempt: 1,
    title: change.title,
    baseBranch: change.baseBranch,
    issueNumber: on.number,
    prNumber,
    headSha: change.headSha,
    reason,
  };
  return { ...nothing, work: [item] };
}

function devWork(
  { stack, priority, title, defaultBranch: baseBranch }: IssueLife,
  { owner, repo, number }: IssueRef,
  queued: Fact<"ISSUE_QUEUED">["data"],
): Enqueues<"dispatcher"> {
  return { role: "dev", stack, priority, owner, repo, number, title, baseBranch, issueNumber: number, ...queued };
}

/** Asks a person: nothing more is done on the issue until somebody takes the label off and sets it again, or merges its change. */
export function needsHuman(on: IssueRef, why: Why): Publishes<"dispatcher", "issue"> {
  return { type: "ISSUE_NEEDS_HUMAN", on, data: why };
}

/** Whether no attempt can follow: the issue is settled, or its change is merged. */
export function isBeyondWork(issue: IssueLife): boolean {
  return isSettled(issue) || issue.state === "deploying";
}
