import { type Fact, type FactOf, factKey } from "./envelope.ts";
import { type Claim, isNextClaim, isOfClaim } from "./events/agent.ts";
import { isBranchOf } from "./issue-branch.ts";
import { approvedLabel, evolveLabel, type LabelState, unknownLabel } from "./issue-label.ts";
import type { Effective } from "./policy.ts";
import type { TextRef } from "./text.ts";
import type { DevTask, Priority } from "./work.ts";

/** The states of an issue. `new`: the rig knows only what GitHub's deliveries said. */
export const issueStates = [
  "new",
  "queued",
  "assigned",
  "in_progress",
  "in_review",
  "changes_requested",
  "ready_to_merge",
  "merge_conflict",
  "deploying",
  "done",
  "failed",
  "needs_human",
  "cancelled",
] as const;
/** One of `issueStates`. */
export type IssueState = (typeof issueStates)[number];

/** The state of one issue, computed from its facts. */
export interface IssueLife extends Effective, LabelState {
  readonly state: IssueState;
  readonly title: string;
  /** The body that was approved; null before the approval. */
  readonly body: TextRef | null;
  readonly priority: Priority;
  readonly defaultBranch: string;
  readonly approvedAt: string | null;
  /** Since when this title and body are the approved ones; an approval of the same text leaves it. null before the approval. */
  readonly textSince: string | null;
  /** The last attempt that was dispatched, from 1 (0 before the first), and its task. */
  readonly attempt: number;
  readonly task: DevTask | null;
  /** The pull request and head SHA that the current attempt fixes; null when the attempt is not a fix. */
  readonly fixOf: { readonly prNumber: number; readonly headSha: string } | null;
  /** The last attempt that has ended. */
  readonly endedAttempt: number;
  /** The key of the RUN_SUCCEEDED or RUN_FAILED that ended the last run; null when none did since the approval. */
  readonly runEnd: string | null;
  /** Attempts since the approval, of any task. */
  readonly attempts: number;
  /** Those of them that failed. */
  readonly failedAttempts: number;
  /** Those of them that were fixes. */
  readonly fixRounds: number;
  /** Claims of the current attempt; a released one only if it `counts`. `epoch` is the epoch of the issue's last claim. */
  readonly claims: number;
  readonly epoch: number;
  readonly holder: Claim | null;
  /** The remarks that the runs since the approval had in their briefs, as `WORK_STARTED` names them. */
  readonly remarks: readonly string[];
  readonly pr: { readonly number: number; readonly branch: string } | null;
  /** The number of the pull request that the last claim named in PR_CREATED; null while it named none. */
  readonly delivered: number | null;
  /** The heads of which GitHub said that a commit status failed. Which status is required is asked of GitHub. */
  readonly redHeads: readonly string[];
  readonly mergeRequested: { readonly prNumber: number; readonly headSha: string } | null;
  /** The head SHA of the last conflict with the base; null when there was none since the last attempt was queued. */
  readonly conflictSha: string | null;
  readonly mergeSha: string | null;
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
  state: "new",
  title: "",
  body: null,
  priority: "normal",
  defaultBranch: "main",
  approvedAt: null,
  textSince: null,
  attempt: 0,
  task: null,
  fixOf: null,
  endedAttempt: 0,
  runEnd: null,
  attempts: 0,
  failedAttempts: 0,
  fixRounds: 0,
  claims: 0,
  epoch: 0,
  holder: null,
  remarks: [],
  pr: null,
  delivered: null,
  redHeads: [],
  mergeRequested: null,
  conflictSha: null,
  mergeSha: null,
};

/** The facts in an issue's history. */
export type IssueFact = FactOf<"issue">;

/** Computes the state of one issue from its facts, oldest first. */
export function foldIssue(facts: readonly IssueFact[]): IssueLife {
  return facts.reduce(evolveIssue, unknownIssue);
}

/** Whether the rig does nothing more on the issue until a person takes the label off and sets it again, or merges its change. */
export function isSettled({ state }: Pick<IssueLife, "state">): boolean {
  return state === "done" || state === "cancelled" || state === "needs_human";
}

/** Whether the rig works on the issue: it is approved and not settled. */
export function isWorkedOn(life: Pick<IssueLife, "state">): boolean {
  return life.state !== "new" && !isSettled(life);
}

/** Whether a run is under way or waits for an agent. The change of the issue is evaluated again when that run ends. */
export function isUnderWay(life: IssueLife): boolean {
  return life.holder !== null || life.endedAttempt < life.attempt;
}

/** Whether this attempt may run: it is the last attempt, it has not ended, and the issue is not settled. */
export function isRunnable(life: IssueLife, attempt: number): boolean {
  return !isSettled(life) && life.attempt === attempt && life.endedAttempt < attempt;
}

/** Whether this very fact ended the last run. A second such fact, or one of another actor, did not end it. */
export function endedRun(life: IssueLife, fact: FactOf<"issue">): boolean {
  return life.runEnd === factKey(fact);
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
        // The issue keeps its open pull request; a merged one is dropped.
        pr: life.mergeSha === null ? life.pr : null,
      };
    case "ISSUE_QUEUED":
      return isSettled(life) || fact.data.attempt <= life.attempt ? life : queue(life, fact.data);
    case "MERGE_REQUESTED":
      return isSettled(life) ? life : { ...life, state: "ready_to_merge", mergeRequested: fact.data };
    case "MERGE_FAILED":
      return life.state === "ready_to_merge" ? notMerged(life, "in_review") : life;
    case "MERGE_CONFLICT":
      // What follows from a run that failed is still to be decided, for the same head too.
      if (life.state === "failed") return { ...life, conflictSha: fact.data.headSha };
      return isSettled(life) ? life : { ...notMerged(life, "merge_conflict"), conflictSha: fact.data.headSha };
    case "MERGED":
      // A person may merge while an attempt waits: nobody may claim it any more.
      return life.state === "done" ? life : { ...over(life, "deploying"), mergeSha: fact.data.mergeSha };
    case "ISSUE_DONE":
      return over(life, "done");
    case "ISSUE_NEEDS_HUMAN":
      return life.state === "done" ? life : over(life, "needs_human");
    case "ISSUE_CANCELLED":
      return life.state === "done" ? life : over(life, "cancelled");
    case "ISSUE_LABELED":
    case "ISSUE_UNLABELED":
    case "ISSUE_LABEL_REFUSED":
    case "ISSUE_CLOSED":
      return evolveLabel(life, fact);
    case "STATUS_REPORTED":
      return isRedStatus(fact) ? { ...life, redHeads: [...new Set([...life.redHeads, fact.data.headSha])] } : life;
    case "ISSUE_COMMENTED":
    case "BRANCH_CREATED":
    case "REVIEW_LOOP_EXCEEDED":
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

/** The state of an issue on which no agent works any more. */
function over(life: IssueLife, state: IssueState): IssueLife {
  return { ...life, state, holder: null, endedAttempt: life.attempt };
}

/**
 * The merge did not happen. If the issue was closed after MERGE_REQUESTED, the rig took the merge as the cause. There was no merge, so a
 * person closed the issue, which cancels it.
 */
function notMerged(life: IssueLife, state: "in_review" | "merge_conflict"): IssueLife {
  const open = { ...life, state, mergeRequested: null };
  return life.closed && life.state === "ready_to_merge" ? over(open, "cancelled") : open;
}

type RunFact = Extract<
  IssueFact,
  { type: "ISSUE_ASSIGNED" | "ISSUE_UNASSIGNED" | "WORK_STARTED" | "PR_CREATED" | "RUN_SUCCEEDED" | "RUN_FAILED" }
>;

/**
 * A fact of a run counts only while its claim is held, and only from the holder's agent. A late fact of an earlier holder changes nothing,
 * and neither does one of an agent that copied the claim's id.
 */
function evolveRun(life: IssueLife, fact: RunFact): IssueLife {
  if (fact.type === "ISSUE_ASSIGNED") {
    if (!isRunnable(life, fact.data.attempt) || !isNextClaim(life.epoch, fact)) return life;
    const { epoch } = fact.data;
    return { ...life, state: "assigned", holder: fact.data, epoch, claims: life.claims + 1, delivered: null };
  }
  if (!isOfClaim(life.holder, fact)) return life;
  switch (fact.type) {
    case "ISSUE_UNASSIGNED":
      return { ...life, state: waiting(life.task), holder: null, claims: life.claims - (fact.data.counts ? 0 : 1) };
    case "WORK_STARTED":
      return { ...life, state: "in_progress", remarks: [...new Set([...life.remarks, ...fact.data.remarks])] };
    case "PR_CREATED":
      // An agent may name any pull request. Whether GitHub has it on this branch, the gate asks.
      if (!isBranchOf(fact.on.number, fact.data.branch)) return life;
      return {
        ...life,
        pr: { number: fact.data.prNumber, branch: fact.data.branch },
        delivered: fact.data.prNumber,
      };
    case "RUN_SUCCEEDED":
      // Without a pull request, or without another head, there is nothing to review, and the issue would wait for ever: the attempt failed.
      return life.delivered === fact.data.prNumber && !fixedNothing(life, fact)
        ? endRun(life, fact, "in_review")
        : endRun({ ...life, failedAttempts: life.failedAttempts + 1 }, fact, "failed");
    case "RUN_FAILED":
      return endRun({ ...life, failedAttempts: life.failedAttempts + 1 }, fact, "failed");
  }
}

/** Whether a fix ended with the very head that it was to fix. Its agent has to say then that it failed, but may not. */
export function fixedNothing({ fixOf }: IssueLife, { data }: Fact<"RUN_SUCCEEDED">): boolean {
  return fixOf !== null && fixOf.headSha === data.headSha;
}

function endRun(life: IssueLife, fact: RunFact, state: "in_review" | "failed"): IssueLife {
  return { ...life, state, holder: null, endedAttempt: life.attempt, runEnd: factKey(fact) };
}

/** The state of an issue whose work item waits for an agent to claim it. */
function waiting(task: DevTask | null): IssueState {
  return task === "fix" ? "changes_requested" : "queued";
}

function queue(life: IssueLife, data: Extract<IssueFact, { type: "ISSUE_QUEUED" }>["data"]): IssueLife {
  const fix = data.task === "fix";
  const { prNumber, headSha } = data;
  return {
    ...life,
    state: waiting(data.task),
    attempt: data.attempt,
    task: data.task,
    fixOf: fix && prNumber !== null && headSha !== null ? { prNumber, headSha } : null,
    attempts: life.attempts + 1,
    fixRounds: life.fixRounds + (fix ? 1 : 0),
    claims: 0,
    holder: null,
    mergeRequested: null,
    conflictSha: null,
  };
}
