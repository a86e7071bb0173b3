import { changeAt } from "#contracts/aggregates.ts";
import type { DataOf } from "#contracts/catalogue.ts";
import type { ChangeFact } from "#contracts/change-life.ts";
import type { Decision } from "#contracts/choreography.ts";
import type { Check } from "#contracts/gate/condition.ts";
import type { Overdue } from "#contracts/gate/deadlines.ts";
import { type Evaluation, evaluateSeen, said } from "#contracts/gate/evaluate.ts";
import type { ForgeState, Seen } from "#contracts/gate/snapshot.ts";
import type { IssueFact, IssueLife } from "#contracts/issue-life.ts";
import { isSettled, isUnderWay } from "#contracts/issue-run.ts";
import { because, sentence, type Why } from "#contracts/reason.ts";
import { clocksMs } from "#contracts/waits.ts";

// What follows from an evaluation: the report, the request for the merge and its end.

/** A merge that happened: its commit, the login that asked for it, and the login of this gate. */
export interface Merge {
  readonly mergeSha: string;
  readonly mergedBy: string;
  readonly gateLogin: string;
  /** Whether a merge queue merged what this gate had put into it. */
  readonly byQueue: boolean;
}

type Outcome<Kind extends "issue" | "pr" = "issue"> = Decision<"merge-gate", Kind>;

const nothing: Outcome & Outcome<"pr"> = { facts: [], work: [] };

/**
 * Reports an evaluation that differs from the last one, so that the history tells only what changed, and one that the reconciler asked for
 * because of threads. `snapshot` is what it decided on; null when that is too long for a text.
 */
export function report(
  evaluation: Evaluation,
  { at, on, change, forge }: Seen,
  snapshot: string | null,
): Outcome<"pr"> {
  const { lastGate } = change;
  if (!change.gateOutdated && lastGate !== null && said(lastGate) === said(evaluation)) return nothing;
  const pr = changeAt({ ...on, number: forge.number });
  const checks = timed(evaluation, { lastGate, at });
  const stored = snapshot === null ? null : { text: snapshot, keptDays: snapshotDays };
  return { ...nothing, facts: [{ type: "GATE_EVALUATED", on: pr, data: { ...evaluation, checks, snapshot: stored } }] };
}

/** Records once what stands in the place of the check run by which the gate shows its verdict, and again where that is something else. */
export function recordUnshown(
  { reason, instead }: Pick<DataOf<"GATE_UNSHOWN">, "reason" | "instead">,
  { on, change, forge: { number, headSha } }: Pick<Seen, "on" | "change" | "forge">,
): Outcome<"pr"> {
  if (change.shownInstead === instead) return nothing;
  const data = { headSha, reason: sentence(reason), instead };
  return { ...nothing, facts: [{ type: "GATE_UNSHOWN", on: changeAt({ ...on, number }), data }] };
}

/** Records once for each hold that people are reminded of what one of them holds himself. */
export function recordReminder(
  { hold, since, why: reason }: Overdue,
  { on, forge: { number, headSha } }: Pick<Seen, "on" | "forge">,
  history: readonly ChangeFact[],
): Outcome<"pr"> {
  const isTold = history.some(
    ({ type, data }) => type === "GATE_REMINDED" && data.hold === hold && data.since === since,
  );
  if (isTold) return nothing;
  const data = { headSha, hold, since, reason };
  return { ...nothing, facts: [{ type: "GATE_REMINDED", on: changeAt({ ...on, number }), data }] };
}

/** 30 days: as long as somebody may ask why a change was merged, and what another policy would have done. */
const snapshotDays = 30;

/** The conditions with since when each is as it is at this instant, by the last evaluation. With another head what depends on it begins again. */
export function timed(
  { headSha, checks }: Evaluation,
  { lastGate, at }: { readonly lastGate: Evaluation | null; readonly at: string },
): Evaluation["checks"] {
  return checks.map((check) => {
    const isNew = lastGate?.headSha !== headSha && isOfHead(check);
    return { ...check, since: (isNew ? undefined : sinceOf(check, lastGate)) ?? at };
  });
}

const conditionsOfHead: readonly Check["name"][] = ["epoch", "ci", "review", "person", "tier", "mergeable"];
/** What no push mends. */
const ofEveryHead: readonly Check["hold"][] = [
  ...(["requirements-unknown", "checks-unknown", "nothing-required", "rules-wrong"] as const),
];

function isOfHead({ name, hold }: Check): boolean {
  return conditionsOfHead.includes(name) && !ofEveryHead.includes(hold);
}

/**
 * Records once for each head and approval that a condition has not been met for longer than its deadline, while no attempt is under way. What was
 * recorded of a head may have led to nobody, because another one was there: of one that came back it is recorded again.
 */
export function recordOverdue(
  overdue: Overdue,
  { on, issue, change, forge }: Pick<Seen, "on" | "issue" | "change" | "forge">,
  history: readonly IssueFact[],
): Outcome {
  if (isSettled(issue) || isUnderWay(issue)) return nothing;
  const sinceApproval = history.slice(history.findLastIndex(({ type }) => type === "ISSUE_APPROVED") + 1);
  const { number: prNumber, headSha } = forge;
  const replacedMs = Date.parse(change.replacedAt[headSha] ?? "");
  const isTold = sinceApproval.some(
    ({ type, data, occurredAt }) =>
      type === "GATE_OVERDUE" &&
      data.hold === overdue.hold &&
      data.headSha === headSha &&
      !(Date.parse(occurredAt) - clocksMs < replacedMs),
  );
  if (isTold) return nothing;
  const { hold, since, why: reason } = overdue;
  return { ...nothing, facts: [{ type: "GATE_OVERDUE", on, data: { prNumber, headSha, hold, since, reason } }] };
}

/**
 * What is told at once of an issue's pull request that an agent named and that is not the issue's own: nobody reviews or fixes one, and
 * without a person the issue would wait for ever.
 */
export function foreignIn({ checks }: Evaluation, at: string): Overdue | null {
  const origin = checks.find(({ name, passed }) => name === "origin" && !passed);
  return origin?.hold === undefined ? null : { hold: origin.hold, since: at, why: origin.why };
}

/** Since when a condition is as it is now, by the last evaluation; undefined where that says otherwise, or nothing. */
function sinceOf({ name, passed, hold }: Check, last: Evaluation | null): string | undefined {
  return last?.checks.find((each) => each.name === name && each.passed === passed && each.hold === hold)?.since;
}

/**
 * Requests the merge of the head that was evaluated, once: of two gates one finds the other's request and leaves the merge to it. The
 * issue may have changed since the evaluation, so what is seen now has to pass too.
 */
export function requestMerge({ headSha }: Evaluation, seen: Seen): Outcome {
  const { on, issue, forge } = seen;
  if (issue.mergeRequested?.headSha === headSha || !evaluateSeen(seen).passed) return nothing;
  const data = { prNumber: forge.number, headSha, ...turnOf(forge) };
  return { ...nothing, facts: [{ type: "MERGE_REQUESTED", on, data }] };
}

/** The commit of the base at which a change has its turn; nothing where it needs none. */
function turnOf({ baseSha }: ForgeState): { readonly baseSha?: string } {
  return baseSha === null ? {} : { baseSha };
}

type Request = NonNullable<IssueLife["mergeRequested"]>;

/** The request for a merge that stands now; null when there is none, or when the issue went on without it. */
export function standingRequest({ state, mergeRequested }: IssueLife): Request | null {
  return state === "ready_to_merge" ? mergeRequested : null;
}

/**
 * Whether the request for the merge of the head that was evaluated stands, and was made because of this very fact. A message may be
 * redelivered long after its request was withdrawn.
 */
export function isOwnRequest(
  { headSha }: Evaluation,
  { issue, forge }: Seen,
  { cause, history }: { readonly cause: { readonly id: string }; readonly history: readonly IssueFact[] },
): boolean {
  const request = standingRequest(issue);
  const last = history.findLast(({ type }) => type === "MERGE_REQUESTED");
  return request?.prNumber === forge.number && request.headSha === headSha && last?.causationId === cause.id;
}

/**
 * Withdraws the request that stood when GitHub was asked, also one for another head, so that the next evaluation that passes requests again.
 * One that another gate made since then is for that gate to end.
 */
export function withdrawRequest(
  request: Request | null,
  why: Why & { readonly asksPerson?: boolean },
  { on, issue }: Pick<Seen, "on" | "issue">,
): Outcome {
  const standing = standingRequest(issue);
  if (request === null || standing?.prNumber !== request.prNumber || standing.headSha !== request.headSha)
    return nothing;
  const { prNumber, headSha } = request;
  return { ...nothing, facts: [{ type: "MERGE_FAILED", on, data: { prNumber, headSha, ...why } }] };
}

/** A merge is asked for at most five times for one head, where GitHub says that the base or the head was modified meanwhile. */
export const requestsMax = 5;

/**
 * Whether the merge of a head that GitHub refused is asked for again, while every condition holds. "Base branch was modified" (405) and "Head
 * branch was modified" (409) pass by themselves; whatever else GitHub says, it says again.
 */
export function isAskedAgain(
  { status, reason }: { readonly status: number; readonly reason: string },
  { headSha, history }: { readonly headSha: string; readonly history: readonly IssueFact[] },
): boolean {
  const asked = history.filter((fact) => fact.type === "MERGE_REQUESTED" && fact.data.headSha === headSha);
  return (status === 409 || /branch was modified/i.test(reason)) && asked.length < requestsMax;
}

/** 1 h: by then a message that is delivered `deliveriesMax` times is a dead letter, and nobody merges by what it requested. */
const requestAgeMaxMs = 3_600_000;

/** Withdraws the request for the merge of this head that another message made more than an hour ago, by the gate's clock: the time of the cause is its publisher's. */
export function withdrawOrphan(
  now: Seen,
  { cause, history }: { readonly cause: Pick<IssueFact, "id">; readonly history: readonly IssueFact[] },
): Outcome {
  const request = standingRequest(now.issue);
  const last = history.findLast(({ type }) => type === "MERGE_REQUESTED");
  if (last === undefined || last.causationId === cause.id || request?.headSha !== now.forge.headSha) return nothing;
  if (Date.parse(now.at) - Date.parse(last.occurredAt) <= requestAgeMaxMs) return nothing;
  return withdrawRequest(request, because("the message that requested the merge ended without it"), now);
}

/** A pull request as GitHub has it. `intoDefault`: whether its base is the default branch by now. */
interface Merged extends Pick<ForgeState, "baseBranch"> {
  readonly merged: boolean;
  readonly mergedAt: string | null;
  readonly intoDefault: boolean;
}

/**
 * Whether it is merged into the issue's branch: an agent may merge into another one by its own rights, which brings nothing there. One that
 * was merged before the approval, and whose closing was never told, is no merge of what is approved now.
 */
export function isMergeOf(
  { defaultBranch, approvedAt }: Pick<IssueLife, "defaultBranch" | "approvedAt">,
  { merged, mergedAt, baseBranch, intoDefault }: Merged,
): boolean {
  const isBefore = Date.parse(mergedAt ?? "") < Date.parse(approvedAt ?? "") - clocksMs;
  return merged && !isBefore && (baseBranch === defaultBranch || intoDefault);
}

/** Records a merge once, with an alarm exactly when somebody else than this gate made it, also while a request of the gate stands. */
export function recordMerge({ mergeSha, mergedBy, gateLogin, byQueue }: Merge, { on, issue, forge }: Seen): Outcome {
  if (issue.mergeSha !== null) return nothing;
  const { number: prNumber } = forge;
  const merged = { type: "MERGED", on, data: { prNumber, mergeSha } } as const;
  if (mergedBy === gateLogin || byQueue) return { ...nothing, facts: [merged] };
  return { ...nothing, facts: [{ type: "ADMIN_BYPASS_DETECTED", on, data: { prNumber, mergedBy } }, merged] };
}

/**
 * Whether the base has to be merged into the head: they conflict, or the head is behind where it must not be, it is its turn, and nothing else is
 * missing. Behind alone is no reason before, because the base may move again until then.
 */
export function needsBase({ checks }: Evaluation, { open, mergeable }: ForgeState): boolean {
  const missing = checks.filter(({ passed }) => !passed);
  return open && (mergeable === false || (missing.length > 0 && missing.every(({ hold }) => hold === "behind")));
}

/** Whether GitHub can bring the head up to date: only the newest commits of its base are missing, and nobody has to see what the head does to them. */
export function canUpdate({ mergeable, behind }: ForgeState): boolean {
  return mergeable === true && behind === "strict";
}

/**
 * The request to bring this head up to this commit of its base; undefined where nobody made one since the approval, and where the message that made
 * it is a dead letter by now: it is more than an hour old, by the gate's clock.
 */
export function updateRequestOf(
  { at, forge }: { readonly at: string; readonly forge: Pick<ForgeState, "headSha" | "baseSha"> },
  history: readonly IssueFact[],
): IssueFact | undefined {
  const sinceApproval = history.slice(history.findLastIndex(({ type }) => type === "ISSUE_APPROVED") + 1);
  return sinceApproval.findLast(
    ({ type, data, occurredAt }) =>
      type === "BRANCH_UPDATE_REQUESTED" &&
      data.headSha === forge.headSha &&
      (data.baseSha ?? null) === forge.baseSha &&
      Date.parse(at) - Date.parse(occurredAt) <= requestAgeMaxMs,
  );
}

/** Requests that GitHub brings a head up to date, once for each commit of its base and approval, while no attempt is under way. */
export function requestUpdate(
  { headSha }: Evaluation,
  { at, on, issue, forge }: Seen,
  history: readonly IssueFact[],
): Outcome {
  if (isSettled(issue) || isUnderWay(issue) || updateRequestOf({ at, forge }, history) !== undefined) return nothing;
  const data = { prNumber: forge.number, headSha, ...turnOf(forge) };
  return { ...nothing, facts: [{ type: "BRANCH_UPDATE_REQUESTED", on, data }] };
}

/** Records that the head which was evaluated does not merge as it is, when no attempt is under way that may resolve it. */
export function recordConflict({ headSha }: Evaluation, { on, issue, forge }: Seen): Outcome {
  const isKnown = issue.conflictSha === headSha && standingRequest(issue) === null;
  if (isSettled(issue) || isUnderWay(issue) || isKnown) return nothing;
  return { ...nothing, facts: [{ type: "MERGE_CONFLICT", on, data: { prNumber: forge.number, headSha } }] };
}
