import type { IssueRef } from "#contracts/aggregates.ts";
import type { Decision, Enqueues, Publishes } from "#contracts/choreography.ts";
import type { Fact } from "#contracts/envelope.ts";
import type { IssueFact, IssueLife } from "#contracts/issue-life.ts";
import { because, sentence, type Why } from "#contracts/reason.ts";

// What every decision of the dispatcher comes to: one more attempt, a person, or the end.

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
 * What follows from facts that an earlier delivery of the same message stored: their work. It is made of them alone, because what was
 * looked up then (the repository's file, the change) may be another one now, and ISSUE_QUEUED without its work would wait for ever.
 */
export function resume(
  own: readonly IssueFact[],
  { on, issue }: { readonly on: IssueRef; readonly issue: IssueLife },
): Outcome {
  return {
    ...nothing,
    work: own.flatMap((fact) => (fact.type === "ISSUE_QUEUED" ? [devWork(issue, on, fact.data)] : [])),
  };
}

function devWork(
  { stack, priority, title, defaultBranch: baseBranch }: IssueLife,
  { owner, repo, number }: IssueRef,
  queued: Fact<"ISSUE_QUEUED">["data"],
): Enqueues<"dispatcher"> {
  return { role: "dev", stack, priority, owner, repo, number, title, baseBranch, issueNumber: number, ...queued };
}

/** Asks a person: nothing more is done on the issue until somebody sets the label again. */
export function needsHuman(on: IssueRef, why: Why): Publishes<"dispatcher", "issue"> {
  return { type: "ISSUE_NEEDS_HUMAN", on, data: why };
}
