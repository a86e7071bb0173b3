import { type ChangeFact, foldChange } from "#contracts/change-life.ts";
import type { Publishes } from "#contracts/choreography.ts";
import type { KnownDelivery } from "#contracts/delivery.ts";
import { type DeliveryDraft, factsOf } from "#contracts/delivery-facts.ts";
import { issueOfChange } from "#contracts/issue-branch.ts";
import { foldIssue, type IssueFact, isSettled } from "#contracts/issue-life.ts";
import { readyLabel } from "#contracts/labels.ts";
import { isOfChange, isOfSuite } from "#contracts/reconciled.ts";

type PayloadOf<Event extends KnownDelivery["event"]> = Extract<KnownDelivery, { event: Event }>["payload"];
export type Repository = PayloadOf<"issues">["repository"];
/** A pull request in the shape of a delivery, with the issues that its body closes. */
export type PullRequest = PayloadOf<"pull_request">["pull_request"] & { readonly closes: readonly number[] };

/** An issue as GitHub has it now, in the shape of its deliveries. */
export interface IssueSeen {
  readonly repository: Repository;
  readonly issue: PayloadOf<"issues">["issue"];
  /** Who closed it and when; null while it is open. */
  readonly closed: { readonly by: string; readonly at: string } | null;
  /** Who set the label that is on it, or took it off, and when; null when nobody did. */
  readonly label: {
    readonly change: "labeled" | "unlabeled";
    readonly sender: { readonly login: string; readonly type: string };
    readonly at: string;
  } | null;
  /** When title or body were changed last; null when they never were. */
  readonly editedAt: string | null;
}

/** A pull request as GitHub has it now, in the shape of its deliveries. What was not asked for is empty. */
export interface ChangeSeen {
  readonly repository: Repository;
  readonly pull: PullRequest;
  readonly open: boolean;
  readonly closedBy: string;
  readonly reviews: readonly (PayloadOf<"pull_request_review">["review"] & { readonly submittedAt: string })[];
  readonly suites: readonly (Omit<PayloadOf<"check_suite">["check_suite"], "pull_requests"> & {
    readonly updated_at: string;
    readonly completed: boolean;
  })[];
  readonly threads: readonly { readonly id: string; readonly isResolved: boolean }[];
}

/** A fact that the rig lacks, and when GitHub says that it happened. */
export type AnyMissing = Missing<"issue"> | Missing<"pr">;
export interface Missing<Kind extends "issue" | "pr"> {
  readonly draft: Extract<Publishes<"reconciler", Kind>, DeliveryDraft>;
  readonly at: string;
}

/** 60 s: GitHub delivers within seconds. A delivery that is under way is not lost. */
const underWayMs = 60_000;
/** At most 100 facts of one issue or pull request at a time; the rest follows at the next tick. */
const factsMax = 100;
/** GitHub's times have seconds, and two of them about one moment may differ by one. */
const secondMs = 1_000;

/** Whether the delivery of this fact has had the time to come. `instant` is that of the tick. */
export function isLost({ at }: AnyMissing, instant: string): boolean {
  return Date.parse(at) + underWayMs <= Date.parse(instant);
}

/** How late a fact is that was published at this instant. */
export function lateSeconds(at: string, instant: string): number {
  return Math.max(0, Math.round((Date.parse(instant) - Date.parse(at)) / 1_000));
}

/** The number of the issue that a pull request belongs to; undefined for one of a fork or of nobody's issue. */
export function issueOfPull(repository: Repository, pull: PullRequest): number | undefined {
  const payload = { action: "edited", pull_request: pull, repository, sender: { login: "" } };
  const [fact] = factsOf({ event: "pull_request", payload }, () => pull.closes);
  return fact?.type === "PR_EDITED" ? issueOfChange(fact.data) : undefined;
}

/** The facts of an issue that the rig lacks: a label that makes it work on the issue, or the closing of one, or its label's removal, while it works on it. */
export function missingOnIssue(seen: IssueSeen, history: readonly IssueFact[]): readonly Missing<"issue">[] {
  const { repository, issue, closed, label } = seen;
  const life = foldIssue(history);
  if (closed !== null) {
    const matters = history.length > 0 && !life.closed && !isSettled(life);
    const payload = { action: "closed", issue, repository, sender: { login: closed.by } };
    return matters ? missingOf("issue", factsOf({ event: "issues", payload }), closed.at) : [];
  }
  if (label === null) return [];
  const { change: action, sender } = label;
  const payload = { action, label: { name: readyLabel }, issue, repository, sender };
  const changed = missingOf("issue", factsOf({ event: "issues", payload }), label.at);
  const isWorkedOn = life.state !== "new" && !isSettled(life);
  if (action === "unlabeled") {
    const since = history.slice(history.findLastIndex(({ type }) => type === "ISSUE_LABELED") + 1);
    return isWorkedOn ? changed.filter(({ draft }) => !since.some(({ type }) => type === draft.type)) : [];
  }
  return isWorkedOn || isLabelKnown(label.at, history) || isEditedSince(seen) ? [] : changed;
}

/** Whether the text was changed after the label was set. Then nobody approved the text that GitHub shows, and the one before is not there. */
export function isEditedSince({ label, editedAt }: IssueSeen): boolean {
  return label?.change === "labeled" && editedAt !== null && Date.parse(editedAt) > Date.parse(label.at);
}

/** Whether the rig has a label of this time, or one that was set later. */
export function isLabelKnown(at: string, history: readonly IssueFact[]): boolean {
  return history.some(
    (fact) =>
      fact.type === "ISSUE_LABELED" && Date.parse(at) <= Date.parse(fact.data.updatedAt ?? fact.occurredAt) + secondMs,
  );
}

/**
 * The facts of a pull request that the rig lacks, in the order in which they are to be published: first how it stands, then its reviews,
 * checks and threads. While the first of them is not lost yet, none is: a review of a head that the rig does not know would count for nothing.
 */
export function missingOnChange(
  seen: ChangeSeen,
  history: readonly ChangeFact[],
  instant: string,
): readonly Missing<"pr">[] {
  const standing = missingStanding(seen, history);
  if (!standing.every((missing) => isLost(missing, instant))) return [];
  const rest = [...missingReviews(seen, history), ...missingChecks(seen, history), ...missingThreads(seen, history)];
  return [...standing, ...rest.filter((missing) => isLost(missing, instant))].slice(0, factsMax);
}

/** Whether the checks of the head may still end, so that a comparison a minute later finds more. */
export function awaitsChecks({ pull, suites }: ChangeSeen, history: readonly ChangeFact[]): boolean {
  const isTold = suites.some((suite) => history.some((fact) => isOfSuite(fact, suiteIn(suite))));
  return (
    suites.some(({ completed }) => !completed) || !isTold || suites.every(({ head_sha }) => head_sha !== pull.head.sha)
  );
}

/** Whether the gate holds this head because of its threads. Only GraphQL says which are resolved, so nothing else asks it. */
export function awaitsThreads(history: readonly ChangeFact[]): boolean {
  const { lastGate, headSha } = foldChange(history);
  return lastGate?.headSha === headSha && lastGate.checks.some(({ name, passed }) => name === "threads" && !passed);
}

function missingStanding(seen: ChangeSeen, history: readonly ChangeFact[]): readonly Missing<"pr">[] {
  const { pull, repository } = seen;
  const { known, open, headSha } = foldChange(history);
  const about = (action: string, more: { readonly before?: string } = {}) => {
    const payload = { action, pull_request: pull, repository, sender: { login: seen.closedBy }, ...more };
    const drafts = factsOf({ event: "pull_request", payload }, () => pull.closes);
    return missingOf("pr", drafts, pull.updated_at ?? "");
  };
  if (!known) return seen.open ? about("opened") : [...about("opened"), ...about("closed")];
  if (!seen.open) return open ? about("closed") : [];
  if (!open) return about("reopened");
  if (headSha !== pull.head.sha) return about("synchronize", { before: headSha });
  const edited = about("edited");
  return edited.some(({ draft }) => draft.type === "PR_EDITED" && isEdited(draft.data, history)) ? edited : [];
}

type Edited = Extract<Missing<"pr">["draft"], { type: "PR_EDITED" }>["data"];

/** Whether title, body, base, labels or draft status differ from the last fact that has them. A fact may lack what its delivery lacked. */
function isEdited(now: Edited, history: readonly ChangeFact[]): boolean {
  const last = history.findLast(isOfChange)?.data;
  if (last === undefined) return false;
  const differs = (before: unknown, after: unknown) =>
    before !== undefined && after !== undefined && JSON.stringify(before) !== JSON.stringify(after);
  return (
    differs(last.title, now.title) ||
    differs(last.closes, now.closes) ||
    differs(last.baseBranch, now.baseBranch) ||
    differs(last.draft, now.draft) ||
    differs(last.epoch, now.epoch) ||
    differs(last.labels?.toSorted(), now.labels?.toSorted())
  );
}

function missingReviews({ reviews, pull, repository }: ChangeSeen, history: readonly ChangeFact[]) {
  return reviews.flatMap((review) => {
    const isDismissed = review.state.toUpperCase() === "DISMISSED";
    const isKnown = history.some(
      (fact) =>
        fact.type === "REVIEW_SUBMITTED" &&
        fact.data.reviewId === review.id &&
        (!isDismissed || fact.data.state === "dismissed"),
    );
    const action = isDismissed ? "dismissed" : "submitted";
    const payload = { action, review, pull_request: { number: pull.number }, repository };
    return isKnown ? [] : missingOf("pr", factsOf({ event: "pull_request_review", payload }), review.submittedAt);
  });
}

function missingChecks({ suites, pull, repository }: ChangeSeen, history: readonly ChangeFact[]) {
  return suites.flatMap((suite) => {
    if (!suite.completed || suite.conclusion === null) return [];
    const payload = {
      action: "completed",
      check_suite: { ...suite, pull_requests: [{ number: pull.number }] },
      repository,
    };
    const last = history.findLast((fact) => isOfSuite(fact, suiteIn(suite)));
    return missingOf("pr", factsOf({ event: "check_suite", payload }), suite.updated_at).filter(
      ({ draft }) => outcomeIn(draft) !== outcomeIn(last),
    );
  });
}

function suiteIn({ id, head_sha }: ChangeSeen["suites"][number]) {
  return { suiteId: id, headSha: head_sha };
}

/** How the checks ended. Passed is passed, in whichever of GitHub's words. */
function outcomeIn(fact: AnyMissing["draft"] | ChangeFact | undefined): string | undefined {
  return fact?.type === "CI_FAILED" ? fact.data.conclusion : fact?.type;
}

/**
 * The resolved threads that the rig was never told of, while the gate waits for threads. When it was told of each and the gate waits although
 * none is open, the last one is told once more: somebody had opened it again in between.
 */
function missingThreads({ threads, pull, repository }: ChangeSeen, history: readonly ChangeFact[]) {
  const gateAt = history.findLast(({ type }) => type === "GATE_EVALUATED")?.occurredAt;
  if (gateAt === undefined || !awaitsThreads(history)) return [];
  const told = history.filter((fact) => fact.type === "THREAD_RESOLVED");
  const resolved = threads.filter(({ isResolved }) => isResolved);
  const untold = resolved.filter(({ id }) => !told.some(({ data }) => data.threadId === id));
  const isToldSince = told.some(({ occurredAt }) => Date.parse(occurredAt) >= Date.parse(gateAt));
  const again = untold.length === 0 && resolved.length === threads.length && !isToldSince ? resolved.slice(-1) : [];
  return [...untold, ...again].flatMap(({ id }) => {
    const payload = { action: "resolved", thread: { node_id: id }, pull_request: { number: pull.number }, repository };
    return missingOf("pr", factsOf({ event: "pull_request_review_thread", payload }), gateAt);
  });
}

function missingOf<Kind extends "issue" | "pr">(kind: Kind, drafts: readonly DeliveryDraft[], at: string) {
  return drafts.flatMap((draft) => (draft.on.kind === kind ? [{ draft, at } as Missing<Kind>] : []));
}
