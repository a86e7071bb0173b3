import type { ChangeRef, IssueRef } from "#contracts/aggregates.ts";
import type { DataOf } from "#contracts/catalogue.ts";
import type { ChangeLife } from "#contracts/change-life.ts";
import type { Decision } from "#contracts/choreography.ts";
import type { IssueLife } from "#contracts/issue-life.ts";
import { isSettled, isUnderWay } from "#contracts/issue-life.ts";
import { manualMergeLabel } from "#contracts/labels.ts";
import { closedIssues, epochIn } from "#contracts/pull-request-body.ts";
import { sentence, type Why } from "#contracts/text.ts";

/** What GitHub says of a pull request now, asked afresh for every evaluation. */
export interface ForgeState {
  readonly number: number;
  readonly open: boolean;
  readonly draft: boolean;
  readonly baseBranch: string;
  /** Whether its base was changed since it was opened, as the facts tell it. */
  readonly retargeted: boolean;
  readonly body: string;
  readonly author: string;
  readonly headSha: string;
  readonly labels: readonly string[];
  /** null while GitHub has not computed it. */
  readonly mergeable: boolean | null;
  readonly checks: readonly {
    readonly name: string;
    readonly completed: boolean;
    readonly conclusion: string | null;
  }[];
  /** The checks that branch protection demands. */
  readonly requiredChecks: readonly string[];
  /** Oldest first. `trusted`: the reviewer may object; `appointed`: the operator named this login, so its approval counts. */
  readonly reviews: readonly {
    readonly reviewer: string;
    readonly trusted: boolean;
    readonly appointed: boolean;
    readonly state: string;
    readonly headSha: string;
  }[];
  readonly unresolvedThreads: number;
}

/** A merge that happened: its commit, null where GitHub names none, and the login that asked for it. */
export interface Merge {
  readonly mergeSha: string | null;
  readonly mergedBy: string;
}

/** What the gate decides on: the issue with its state, and its pull request as GitHub has it now. */
export interface Seen {
  readonly on: IssueRef;
  readonly issue: IssueLife;
  readonly forge: ForgeState;
}

type Outcome<Kind extends "issue" | "pr" = "issue"> = Decision<"merge-gate", Kind>;

const nothing: Outcome & Outcome<"pr"> = { facts: [], work: [] };

type Check = DataOf<"GATE_EVALUATED">["checks"][number];
/** The verdict of the gate with every condition and, in words, what is missing. */
export type Evaluation = DataOf<"GATE_EVALUATED">;

/** The acceptance gate: a pure function of what GitHub says now and of the issue's history. Nothing an agent says moves it. */
export function evaluate(forge: ForgeState, life: IssueLife, issueNumber: number): Evaluation {
  const checks = [
    openCheck(forge, life),
    issueCheck(forge, life, issueNumber),
    epochCheck(forge, life),
    ciCheck(forge),
    reviewCheck(forge),
    threadsCheck(forge),
    mergeableCheck(forge),
  ];
  return { headSha: forge.headSha, passed: checks.every(({ passed }) => passed), checks };
}

/** Appends an evaluation that differs from the last one, so that the history tells only what changed. */
export function report(evaluation: Evaluation, on: ChangeRef, change: ChangeLife): Outcome<"pr"> {
  if (JSON.stringify(change.lastGate) === JSON.stringify(evaluation)) return nothing;
  return { ...nothing, facts: [{ type: "GATE_EVALUATED", on, data: evaluation }] };
}

/** Requests the merge of this head, once: of two gates one finds the other's request and leaves the merge to it. */
export function requestMerge({ on, issue, forge }: Seen): Outcome {
  const { number: prNumber, headSha } = forge;
  if (issue.mergeRequested?.headSha === headSha || !evaluate(forge, issue, on.number).passed) return nothing;
  return { ...nothing, facts: [{ type: "MERGE_REQUESTED", on, data: { prNumber, headSha } }] };
}

/** Takes the request for this head back, so that the next evaluation that passes requests again. */
export function withdrawRequest({ on, issue, forge }: Seen, why: Why): Outcome {
  const { number: prNumber, headSha } = forge;
  if (issue.state !== "ready_to_merge" || issue.mergeRequested?.headSha !== headSha) return nothing;
  return { ...nothing, facts: [{ type: "MERGE_FAILED", on, data: { prNumber, headSha, ...why } }] };
}

/** Records a merge once, with an alarm when it was not this gate that asked for it. */
export function recordMerge({ on, issue, forge }: Seen, { mergeSha, mergedBy }: Merge, ownLogin: string): Outcome {
  if (issue.mergeSha !== null || mergeSha === null) return nothing;
  const { number: prNumber } = forge;
  const merged = { type: "MERGED", on, data: { prNumber, mergeSha } } as const;
  if (issue.mergeRequested?.prNumber === prNumber || mergedBy === ownLogin) return { ...nothing, facts: [merged] };
  return { ...nothing, facts: [{ type: "ADMIN_BYPASS_DETECTED", on, data: { prNumber, mergedBy } }, merged] };
}

/** Records that the change does not merge, when no attempt is under way that may resolve it. */
export function recordConflict({ on, issue, forge }: Seen): Outcome {
  const { number: prNumber, headSha } = forge;
  if (isUnderWay(issue) || issue.state === "merge_conflict") return nothing;
  return { ...nothing, facts: [{ type: "MERGE_CONFLICT", on, data: { prNumber, headSha } }] };
}

function openCheck({ open, draft, labels, baseBranch, retargeted }: ForgeState, life: IssueLife): Check {
  if (!open) return no("open", "the pull request is not open");
  if (draft) return no("open", "the pull request is a draft");
  if (labels.includes(manualMergeLabel))
    return no("open", `the label ${manualMergeLabel} leaves the merge to a person`);
  if (baseBranch !== life.defaultBranch) return no("open", `the base is ${baseBranch}, not ${life.defaultBranch}`);
  if (retargeted)
    return no("open", "the base was changed, so reviews were of another difference: a person has to merge");
  return yes("open", "open, and no draft");
}

function issueCheck({ number, body }: ForgeState, life: IssueLife, issueNumber: number): Check {
  const closes = closedIssues(body);
  if (!closes.includes(issueNumber)) return no("issue", `the body has no "Closes #${issueNumber}"`);
  if (closes.length > 1)
    return no("issue", `the body closes other issues too: ${closes.map((each) => `#${each}`).join(", ")}`);
  if (life.state === "new" || isSettled(life)) return no("issue", `#${issueNumber} is ${life.state}, not dispatched`);
  if (life.pr?.number !== number) return no("issue", `#${issueNumber} is worked on in another pull request`);
  if (isUnderWay(life)) {
    return no("issue", `attempt ${life.attempt} on #${issueNumber} has not ended`);
  }
  return yes("issue", `closes #${issueNumber}, which the rig dispatched`);
}

function epochCheck({ body }: ForgeState, life: IssueLife): Check {
  const epoch = epochIn(body);
  return epoch === life.epoch
    ? yes("epoch", `of the current claim (epoch ${life.epoch})`)
    : no("epoch", `the body bears epoch ${epoch ?? "none"}, the current claim is ${life.epoch}`);
}

/** https://docs.github.com/rest/checks/runs: what ended as success, neutral or skipped passes. */
function ciCheck({ checks, requiredChecks }: ForgeState): Check {
  if (checks.length === 0) return no("ci", "no check ran on the head");
  const missing = requiredChecks.filter((required) => !checks.some(({ name }) => name === required));
  if (missing.length > 0) return no("ci", `required and not run: ${missing.join(", ")}`);
  const running = checks.filter(({ completed }) => !completed);
  if (running.length > 0) return no("ci", `running: ${running.map(({ name }) => name).join(", ")}`);
  const passing = ["success", "neutral", "skipped"];
  const red = checks.filter(({ conclusion }) => !passing.includes(conclusion ?? ""));
  if (red.length > 0) return no("ci", `failed: ${red.map(({ name }) => name).join(", ")}`);
  if (!checks.some(({ conclusion }) => conclusion === "success")) return no("ci", "no check really ran on the head");
  return yes("ci", `passed: ${checks.map(({ name }) => name).join(", ")}`);
}

/**
 * The last word of each reviewer counts. Whoever may decide about the repository can object; only a login that the operator appointed
 * (Review-E's) approves, for the very head that it was given on and never as the author.
 */
function reviewCheck({ reviews, author, headSha }: ForgeState): Check {
  const last = new Map<string, ForgeState["reviews"][number]>();
  for (const review of reviews) {
    if (review.reviewer !== author && review.trusted && review.state !== "COMMENTED") last.set(review.reviewer, review);
  }
  const against = [...last.values()].filter(({ state }) => state === "CHANGES_REQUESTED");
  if (against.length > 0)
    return no("review", `changes requested by ${against.map(({ reviewer }) => reviewer).join(", ")}`);
  const approvals = [...last.values()].filter(
    (review) => review.appointed && review.state === "APPROVED" && review.headSha === headSha,
  );
  if (approvals.length === 0) return no("review", "no appointed reviewer but the author has approved this head");
  return yes("review", `approved by ${approvals.map(({ reviewer }) => reviewer).join(", ")}`);
}

function threadsCheck({ unresolvedThreads: open }: ForgeState): Check {
  return open === 0 ? yes("threads", "none is open") : no("threads", `${open} review threads are open`);
}

function mergeableCheck({ mergeable }: ForgeState): Check {
  if (mergeable === null) return no("mergeable", "GitHub has not computed it yet");
  return mergeable ? yes("mergeable", "merges cleanly") : no("mergeable", "conflicts with its base");
}

function yes(name: Check["name"], why: string): Check {
  return { name, passed: true, why: sentence(why) };
}

function no(name: Check["name"], why: string): Check {
  return { name, passed: false, why: sentence(why) };
}
