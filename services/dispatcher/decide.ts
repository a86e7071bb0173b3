import type { ChangeLife } from "#contracts/change-life.ts";
import type { Decision, Enqueues, Publishes } from "#contracts/choreography.ts";
import type { Fact } from "#contracts/envelope.ts";
import { issueOfChange } from "#contracts/issue-branch.ts";
import { type IssueLife, isSettled } from "#contracts/issue-life.ts";
import { priorityOf } from "#contracts/labels.ts";
import { limits, type Stack } from "#contracts/work.ts";

type Outcome = Decision<"dispatcher">;
type Draft = Publishes<"dispatcher">;
type Item = Enqueues<"dispatcher">;
type On = Draft["on"] & { readonly kind: "issue" };

const nothing: Outcome = { facts: [], work: [] };

/** A person labelled the issue. `config` is its repository's `.rig-agent.yaml`, or what is wrong with it. */
export function onLabeled(
  life: IssueLife,
  fact: Fact<"ISSUE_LABELED">,
  config: { readonly stack: Stack } | { readonly wrong: string },
): Outcome {
  if (life.state !== "new" && !isSettled(life)) return nothing;
  const { on, data } = fact;
  if ("wrong" in config) return { ...nothing, facts: [needsHuman(on, config.wrong)] };
  const approved = {
    title: data.title,
    priority: priorityOf(data.labels),
    stack: config.stack,
    defaultBranch: data.defaultBranch,
  };
  const queued = queue({ ...life, ...approved }, on, { task: "implement", reason: "labelled agent-ready", pr: null });
  return { facts: [{ type: "ISSUE_APPROVED", on, data: approved }, ...queued.facts], work: queued.work };
}

/** The issue was closed: by its own merge, which is fine, or before one, which cancels it. */
export function onClosed(life: IssueLife, fact: Fact<"ISSUE_CLOSED">): Outcome {
  const untouched = life.state === "new" || isSettled(life);
  if (untouched || life.state === "ready_to_merge" || life.state === "deploying") return nothing;
  return {
    ...nothing,
    facts: [{ type: "ISSUE_CANCELLED", on: fact.on, data: { reason: `closed by ${fact.data.sender}` } }],
  };
}

/** A run failed: once more if that can help, a person after the second strike. */
export function onRunFailed(life: IssueLife, fact: Fact<"RUN_FAILED">): Outcome {
  if (life.state !== "failed" || life.attempt !== fact.data.attempt) return nothing;
  const { class: failure, reason, retryable } = fact.data;
  if (!retryable || life.failedAttempts >= limits.failedAttemptsMax) {
    return { ...nothing, facts: [needsHuman(fact.on, `attempt ${fact.data.attempt} failed (${failure}): ${reason}`)] };
  }
  const pr = life.fixOf === null ? null : { number: life.fixOf.prNumber, headSha: life.fixOf.headSha };
  return queue(life, fact.on, { task: life.task === "fix" ? "fix" : "implement", reason: `${failure}: ${reason}`, pr });
}

/** A change of a dispatched issue has a head that nobody reviewed. */
export function onHead(
  life: IssueLife,
  change: ChangeLife,
  fact: Fact<"PR_OPENED" | "PR_SYNCHRONIZED" | "PR_REOPENED">,
): Outcome {
  const stale = change.headSha !== fact.data.headSha || change.reviewedSha === fact.data.headSha || !change.open;
  const ours = issueOfChange(change);
  if (life.state === "new" || isSettled(life) || stale || ours === undefined) return nothing;
  const { owner, repo, number } = fact.on;
  const item: Item = {
    role: "review",
    stack: "any",
    priority: life.priority,
    task: "review",
    owner,
    repo,
    number,
    attempt: 1,
    title: change.title,
    baseBranch: change.baseBranch,
    issueNumber: ours,
    prNumber: number,
    headSha: change.headSha,
    reason: fact.type,
  };
  return { ...nothing, work: [item] };
}

/** A run ended well. What happened to its change meanwhile was left until now: it was closed, or something is held against its head. */
export function onRunSucceeded(life: IssueLife, change: ChangeLife, fact: Fact<"RUN_SUCCEEDED">): Outcome {
  const { prNumber, headSha, attempt } = fact.data;
  // A fact that an earlier holder appended late can be consumed while the next claim is at work.
  if (life.attempt !== attempt || isSettled(life) || isUnderWay(life)) return nothing;
  if (change.known && !change.open && !change.merged) {
    return queue(life, fact.on, { task: "implement", reason: `#${prNumber} was closed without a merge`, pr: null });
  }
  if (change.objection?.headSha !== headSha) return nothing;
  return onObjection(life, change, fact.on, { prNumber, ...change.objection });
}

/** A run is under way or waits for an agent: its end is the moment to look at the change again. */
function isUnderWay(life: IssueLife): boolean {
  return life.holder !== null || life.endedAttempt < life.attempt;
}

/** The review of the current head ended without a decision: without a person the change would wait for ever. */
export function onReviewFailed(life: IssueLife, change: ChangeLife, on: On, fact: Fact<"REVIEW_FAILED">): Outcome {
  const stale = !change.open || change.headSha !== fact.data.headSha || life.pr?.number !== fact.on.number;
  if (stale || isSettled(life) || isUnderWay(life)) return nothing;
  return { ...nothing, facts: [needsHuman(on, `the review of #${fact.on.number} failed: ${fact.data.reason}`)] };
}

/** The change was closed. Merged is the gate's business; unmerged means: do it again, never cancel (production failure 5). */
export function onChangeClosed(life: IssueLife, on: On, fact: Fact<"PR_CLOSED">): Outcome {
  if (fact.data.merged || isSettled(life) || life.pr?.number !== fact.on.number) return nothing;
  if (isUnderWay(life)) return nothing;
  return queue(life, on, { task: "implement", reason: `#${fact.on.number} was closed without a merge`, pr: null });
}

/** Something is wrong with the head of a change: a review, a check or a conflict. One fix per head, three in all. */
export function onObjection(
  life: IssueLife,
  change: ChangeLife,
  on: On,
  objection: { readonly prNumber: number; readonly headSha: string; readonly reason: string },
): Outcome {
  const { prNumber, headSha, reason } = objection;
  const stale = !change.open || change.headSha !== headSha || life.pr?.number !== prNumber;
  const known = life.fixOf?.prNumber === prNumber && life.fixOf.headSha === headSha;
  if (stale || known || isSettled(life) || life.state === "deploying") return nothing;
  if (isUnderWay(life)) return nothing;
  if (life.fixRounds >= limits.fixRoundsMax) {
    const rounds = life.fixRounds;
    const exceeded = { type: "REVIEW_LOOP_EXCEEDED", on, data: { prNumber, rounds } } as const;
    return { ...nothing, facts: [exceeded, needsHuman(on, `${rounds} rounds of fixes were not enough: ${reason}`)] };
  }
  return queue(life, on, { task: "fix", reason, pr: { number: prNumber, headSha } });
}

/** The change is merged: the issue is done. */
export function onMerged(life: IssueLife, fact: Fact<"MERGED">): Outcome {
  if (life.state !== "deploying") return nothing;
  const { prNumber, mergeSha } = fact.data;
  const tookMs = Date.parse(fact.occurredAt) - Date.parse(life.approvedAt ?? fact.occurredAt);
  const durationMinutes = Math.round(tookMs / 600) / 100;
  return { ...nothing, facts: [{ type: "ISSUE_DONE", on: fact.on, data: { prNumber, mergeSha, durationMinutes } }] };
}

function queue(
  life: IssueLife,
  on: On,
  what: {
    readonly task: "implement" | "fix";
    readonly reason: string;
    readonly pr: { readonly number: number; readonly headSha: string } | null;
  },
): Outcome {
  const { task, reason, pr } = what;
  const attempt = life.attempt + 1;
  const prNumber = pr?.number ?? null;
  const headSha = pr?.headSha ?? null;
  const { owner, repo, number } = on;
  const { stack, priority, title, defaultBranch: baseBranch } = life;
  return {
    facts: [{ type: "ISSUE_QUEUED", on, data: { attempt, task, reason, prNumber, headSha } }],
    work: [
      {
        role: "dev",
        stack,
        priority,
        task,
        owner,
        repo,
        number,
        attempt,
        title,
        baseBranch,
        issueNumber: number,
        prNumber,
        headSha,
        reason,
      },
    ],
  };
}

function needsHuman(on: On, reason: string): Draft {
  return { type: "ISSUE_NEEDS_HUMAN", on, data: { reason } };
}
