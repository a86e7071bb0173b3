import { type Fact, type FactOf, factKey } from "./envelope.ts";
import { type Claim, isNextClaim, isOfClaim } from "./events/agent.ts";
import { isBranchOf } from "./issue-branch.ts";
import type { DevTask } from "./work.ts";

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

/** How far the rig is with an issue, and what its agents do and did on it: a part of `IssueLife`. */
export interface RunState {
  readonly state: IssueState;
  /** The last attempt that was dispatched, from 1 (0 before the first), and its task. */
  readonly attempt: number;
  readonly task: DevTask | null;
  /** The pull request and head SHA that the current attempt fixes; null when the attempt is not a fix. */
  readonly fixOf: { readonly prNumber: number; readonly headSha: string } | null;
  /** Since when a fix of that head is queued, over all attempts at it: ISO 8601; null when the attempt is not a fix. */
  readonly fixSince: string | null;
  /** The last attempt that has ended. */
  readonly endedAttempt: number;
  /** The head SHA with which it ended; null when it ended without one, and while the next attempt has not ended. */
  readonly endedHead: string | null;
  /** The key of the RUN_SUCCEEDED or RUN_FAILED that ended the last run; null when none did since the approval. */
  readonly runEnd: string | null;
  /** The attempts since the approval that failed. */
  readonly failedAttempts: number;
  /** Claims of the current attempt; a released one only if it `counts`. `epoch` is the epoch of the issue's last claim. */
  readonly claims: number;
  readonly epoch: number;
  readonly holder: Claim | null;
  /** The remarks that the runs since the approval had in their briefs, as `WORK_STARTED` names them. */
  readonly remarks: readonly string[];
  readonly pr: { readonly number: number; readonly branch: string } | null;
  /** The number of the pull request that the last claim named in PR_CREATED; null while it named none. */
  readonly delivered: number | null;
  /** The key of the PR_CREATED that named it. */
  readonly prKey: string | null;
  /** The numbers of all pull requests that the runs since the approval named in PR_CREATED. */
  readonly prNumbers: readonly number[];
  /** The numbers of the issue's pull requests that were merged, also before the approval. */
  readonly mergedPrs: readonly number[];
}

/** The state before the first attempt. */
export const unknownRun: RunState = {
  state: "new",
  attempt: 0,
  task: null,
  fixOf: null,
  fixSince: null,
  endedAttempt: 0,
  endedHead: null,
  runEnd: null,
  failedAttempts: 0,
  claims: 0,
  epoch: 0,
  holder: null,
  remarks: [],
  pr: null,
  delivered: null,
  prKey: null,
  prNumbers: [],
  mergedPrs: [],
};

/** Whether the rig does nothing more on the issue until a person takes the label off and sets it again, or merges its change. */
export function isSettled({ state }: Pick<RunState, "state">): boolean {
  return state === "done" || state === "cancelled" || state === "needs_human";
}

/** Whether the rig works on the issue: it is approved and not settled. */
export function isWorkedOn(life: Pick<RunState, "state">): boolean {
  return life.state !== "new" && !isSettled(life);
}

/** Whether a run is under way or waits for an agent. The change of the issue is evaluated again when that run ends. */
export function isUnderWay(life: RunState): boolean {
  return life.holder !== null || life.endedAttempt < life.attempt;
}

/** Whether this attempt may run: it is the last attempt, it has not ended, and the issue is not settled. */
export function isRunnable(life: RunState, attempt: number): boolean {
  return !isSettled(life) && life.attempt === attempt && life.endedAttempt < attempt;
}

/** Whether this very fact ended the last run. A second such fact, or one of another actor, did not end it. */
export function endedRun(life: RunState, fact: FactOf<"issue">): boolean {
  return life.runEnd === factKey(fact);
}

/** Whether this very fact named the issue's pull request. */
export function namedPullRequest(life: RunState, fact: Fact<"PR_CREATED">): boolean {
  return life.prKey === factKey(fact);
}

/** The facts about an agent's runs on an issue. */
type RunFact = Extract<
  FactOf<"issue">,
  { type: "ISSUE_ASSIGNED" | "ISSUE_UNASSIGNED" | "WORK_STARTED" | "PR_CREATED" | "RUN_SUCCEEDED" | "RUN_FAILED" }
>;

/**
 * A fact of a run counts only while its claim is held, and only from the holder's agent. A late fact of an earlier holder changes nothing,
 * and neither does one of an agent that copied the claim's id.
 */
export function evolveRun<Life extends RunState>(life: Life, fact: RunFact): Life {
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
      return named(life, fact);
    case "RUN_SUCCEEDED":
      // Without a pull request, or without another head, there is nothing to review, and the issue would wait for ever: the attempt failed.
      return life.delivered === fact.data.prNumber && !fixedNothing(life, fact)
        ? endRun({ ...life, endedHead: fact.data.headSha }, fact, "in_review")
        : endRun({ ...life, failedAttempts: life.failedAttempts + 1 }, fact, "failed");
    case "RUN_FAILED":
      return endRun({ ...life, failedAttempts: life.failedAttempts + 1 }, fact, "failed");
  }
}

/** An agent may name any pull request. Whether GitHub has it on this branch, the gate asks. One that was merged brings nothing more. */
function named<Life extends RunState>(life: Life, { on, data, actor, id }: Fact<"PR_CREATED">): Life {
  const { prNumber: number, branch } = data;
  if (!isBranchOf(on.number, branch) || life.mergedPrs.includes(number)) return life;
  const prNumbers = [...new Set([...life.prNumbers, number])];
  return { ...life, pr: { number, branch }, prKey: factKey({ actor, id }), delivered: number, prNumbers };
}

/** Whether a fix ended with the very head that it was to fix. Its agent has to say then that it failed, but may not. */
export function fixedNothing({ fixOf }: RunState, { data }: Fact<"RUN_SUCCEEDED">): boolean {
  return fixOf !== null && fixOf.headSha === data.headSha;
}

function endRun<Life extends RunState>(life: Life, fact: RunFact, state: "in_review" | "failed"): Life {
  return { ...life, state, holder: null, endedAttempt: life.attempt, runEnd: factKey(fact) };
}

/** The state of an issue whose work item waits for an agent to claim it. */
export function waiting(task: DevTask | null): IssueState {
  return task === "fix" ? "changes_requested" : "queued";
}
