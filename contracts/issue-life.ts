import type { DataOf } from "./catalogue.ts";
import type { Fact, FactOf } from "./envelope.ts";
import { isFixOf } from "./fix.ts";
import { approvedLabel, evolveLabel, type LabelState, unknownLabel } from "./issue-label.ts";
import { evolveRun, type IssueState, isSettled, type RunState, unknownRun, waiting } from "./issue-run.ts";
import type { Effective } from "./policy.ts";
import type { TextRef } from "./text.ts";
import type { Priority } from "./work.ts";

/** The state of one issue, computed from its facts. */
export interface IssueLife extends Effective, LabelState, RunState {
  readonly title: string;
  /** The body that was approved; null before the approval. */
  readonly body: TextRef | null;
  readonly priority: Priority;
  readonly defaultBranch: string;
  readonly approvedAt: string | null;
  /** Since when this title and body are the approved ones; an approval of the same text leaves it. null before the approval. */
  readonly textSince: string | null;
  /** Attempts since the approval, of any task. */
  readonly attempts: number;
  /** Those of them that were fixes. */
  readonly fixRounds: number;
  /** The heads of which GitHub said that a commit status failed. Which status is required is asked of GitHub. */
  readonly redHeads: readonly string[];
  readonly mergeRequested: DataOf<"MERGE_REQUESTED"> | null;
  /** What the gate put last into the merge queue of its base, as far as the facts tell; null once they tell how that ended. */
  readonly mergeQueued: { readonly prNumber: number; readonly headSha: string; readonly at: string } | null;
  /** The head SHA of the last conflict with the base; null when there was none since the last attempt was queued. */
  readonly conflictSha: string | null;
  readonly mergeSha: string | null;
  /** Whether the gate opened it to propose the revert of a merge that broke the base. */
  readonly mendsBase: boolean;
  /** Why a person is asked; null when nobody is. */
  readonly asked: string | null;
}

/** The settings of an issue before its approval: the strictest ones, and a test command that always fails. */
const unapproved: Effective = {
  stack: "node",
  testCommand: "false",
  limits: { claimsPerAttemptMax: 1, failedAttemptsMax: 1, fixRoundsMax: 0 },
  unreadableFiles: "ask_person",
};

/** The state of an issue before its first fact. */
export const unknownIssue: IssueLife = {
  ...unapproved,
  ...unknownLabel,
  ...unknownRun,
  title: "",
  body: null,
  priority: "normal",
  defaultBranch: "main",
  approvedAt: null,
  textSince: null,
  attempts: 0,
  fixRounds: 0,
  redHeads: [],
  mergeRequested: null,
  mergeQueued: null,
  conflictSha: null,
  mergeSha: null,
  mendsBase: false,
  asked: null,
};

/** The facts in an issue's history. */
export type IssueFact = FactOf<"issue">;

/** Computes the state of one issue from its facts, oldest first. */
export function foldIssue(facts: readonly IssueFact[]): IssueLife {
  return facts.reduce(evolveIssue, unknownIssue);
}

/** The numbers of all pull requests that were ever the issue's, oldest first. */
export function pullRequestsOf(facts: readonly IssueFact[]): readonly number[] {
  const numbers = new Set<number>();
  let life = unknownIssue;
  for (const fact of facts) {
    life = evolveIssue(life, fact);
    if (life.pr !== null) numbers.add(life.pr.number);
  }
  return [...numbers];
}

/** Computes the state after one more fact. A fact that does not fit the state changes nothing, so every history can be read. */
export function evolveIssue(life: IssueLife, fact: IssueFact): IssueLife {
  switch (fact.type) {
    case "ISSUE_APPROVED":
      return {
        ...unknownIssue,
        ...fact.data,
        state: "queued",
        approvedAt: fact.occurredAt,
        textSince: isSameText(life, fact.data) ? life.textSince : fact.occurredAt,
        ...approvedLabel(life),
        attempt: life.attempt,
        endedAttempt: life.attempt,
        epoch: life.epoch,
        redHeads: life.redHeads,
        mendsBase: life.mendsBase,
        mergedPrs: life.mergedPrs,
        mergeQueued: life.mergeQueued,
        // The issue keeps its open pull request; a merged one is dropped.
        pr: life.mergeSha === null ? life.pr : null,
      };
    case "ISSUE_QUEUED":
      return isSettled(life) || fact.data.attempt <= life.attempt ? life : queue(life, fact);
    case "MERGE_REQUESTED":
      return isSettled(life)
        ? life
        : { ...life, state: "ready_to_merge", mergeRequested: fact.data, mergeQueued: null };
    case "MERGE_QUEUED":
      return { ...life, mergeQueued: { ...fact.data, at: fact.occurredAt } };
    case "MERGE_FAILED":
      return life.state === "ready_to_merge" ? notMerged(life, "in_review") : { ...life, mergeQueued: null };
    case "MERGE_CONFLICT":
      // What follows from a run that failed is still to be decided, for the same head too.
      if (life.state === "failed") return { ...life, conflictSha: fact.data.headSha };
      return isSettled(life) ? life : { ...notMerged(life, "merge_conflict"), conflictSha: fact.data.headSha };
    case "MERGED":
      // A person may merge while an attempt waits: nobody may claim it any more.
      return life.state === "done" ? life : merged(life, fact.data);
    case "ISSUE_DONE":
      return over(life, "done");
    case "ISSUE_NEEDS_HUMAN":
      return life.state === "done" ? life : { ...over(life, "needs_human"), asked: fact.data.reason };
    case "ISSUE_CANCELLED":
      return life.state === "done" ? life : over(life, "cancelled");
    case "ISSUE_LABELED":
    case "ISSUE_UNLABELED":
    case "ISSUE_LABEL_CONFIRMED":
    case "ISSUE_LABEL_REFUSED":
    case "ISSUE_CLOSED":
      return evolveLabel(life, fact);
    case "STATUS_REPORTED":
      return isRedStatus(fact) ? { ...life, redHeads: [...new Set([...life.redHeads, fact.data.headSha])] } : life;
    case "REVERT_PROPOSED":
      return { ...life, mendsBase: true };
    case "ISSUE_COMMENTED":
    case "BRANCH_CREATED":
    case "REVIEW_LOOP_EXCEEDED":
    case "GATE_OVERDUE":
    case "BRANCH_UPDATE_REQUESTED":
    case "BASE_BROKEN":
    case "ADMIN_BYPASS_DETECTED":
      return life;
    default:
      return evolveRun(life, fact);
  }
}

function isSameText(life: IssueLife, { title, body }: Pick<IssueLife, "title" | "body">): boolean {
  return life.textSince !== null && life.title === title && life.body?.sha256 === body?.sha256;
}

/** Whether a commit status says that something is wrong with the head. */
export function isRedStatus({ data }: { readonly data: { readonly state: string } }): boolean {
  return data.state !== "success";
}

function merged(life: IssueLife, { prNumber, mergeSha }: DataOf<"MERGED">): IssueLife {
  return { ...over(life, "deploying"), mergeSha, mergedPrs: [...life.mergedPrs, prNumber], mergeQueued: null };
}

/** The state of an issue on which no agent works any more. */
function over(life: IssueLife, state: IssueState): IssueLife {
  return { ...life, state, holder: null, endedAttempt: life.attempt, asked: null };
}

/**
 * The merge did not happen. If the issue was closed after MERGE_REQUESTED, the rig took the merge as the cause. There was no merge, so a
 * person closed the issue, which cancels it.
 */
function notMerged(life: IssueLife, state: "in_review" | "merge_conflict"): IssueLife {
  const open = { ...life, state, mergeRequested: null, mergeQueued: null };
  return life.closed && life.state === "ready_to_merge" ? over(open, "cancelled") : open;
}

function queue(life: IssueLife, { data, occurredAt }: Fact<"ISSUE_QUEUED">): IssueLife {
  const fix = data.task === "fix";
  const { prNumber, headSha } = data;
  const fixOf = fix && prNumber !== null && headSha !== null ? { prNumber, headSha } : null;
  const isAgain = fixOf !== null && isFixOf(life, fixOf);
  return {
    ...life,
    state: waiting(data.task),
    attempt: data.attempt,
    task: data.task,
    fixOf,
    fixSince: isAgain ? life.fixSince : fixOf && occurredAt,
    attempts: life.attempts + 1,
    fixRounds: life.fixRounds + (fix ? 1 : 0),
    claims: 0,
    endedHead: null,
    holder: null,
    mergeRequested: null,
    conflictSha: null,
  };
}
