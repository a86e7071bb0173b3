import { changeAt } from "#contracts/aggregates.ts";
import { type ChangeFact, type ChangeLife, foldChange } from "#contracts/change-life.ts";
import { factsOf } from "#contracts/delivery-facts.ts";
import { deadlineOf } from "#contracts/gate/deadlines.ts";
import { said } from "#contracts/gate/evaluate.ts";
import { issueOfChange } from "#contracts/issue-branch.ts";
import type { IssueFact } from "#contracts/issue-life.ts";
import { isOfChange, isOfSuite, isToldBy } from "#contracts/reconciled.ts";
import { type AnyMissing, isLost, type Missing, missingOf, type PayloadOf, type Repository } from "./decide.ts";

/** A pull request in the shape of a delivery, with the issues that its body closes. */
export type PullRequest = PayloadOf<"pull_request">["pull_request"] & { readonly closes: readonly number[] };

/** A pull request as GitHub has it now, in the shape of its deliveries. What was not asked for is empty, or null. */
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
  readonly statuses: readonly {
    readonly context: string;
    readonly state: string;
    readonly updatedAt: string;
  }[];
  /** null when they are not known: only GraphQL has them, and its limit is used up, or the gate does not wait for them. */
  readonly threads:
    | readonly {
        readonly id: string;
        readonly isResolved: boolean;
        readonly comments: readonly { readonly databaseId: number | null }[];
      }[]
    | null;
}

/** The number of the issue that a pull request belongs to; undefined for one of a fork or of nobody's issue. */
export function issueOfPull(repository: Repository, pull: PullRequest): number | undefined {
  const payload = { action: "edited", pull_request: pull, repository, sender: { login: "" } };
  const [fact] = factsOf({ event: "pull_request", payload }, () => pull.closes);
  return fact?.type === "PR_EDITED" ? issueOfChange(fact.data) : undefined;
}

/**
 * The facts of a pull request that the rig lacks, in the order in which they are to be published: first how it stands, then its reviews
 * and checks.
 */
export function missingOnChange(seen: ChangeSeen, history: readonly ChangeFact[]): readonly Missing<"pr">[] {
  return [...missingStanding(seen, history), ...missingReviews(seen, history), ...missingChecks(seen, history)];
}

/**
 * The commit statuses of the head that have ended and of which the issue's history was not told. GitHub shows the last one of each context.
 * They stand in the history of the issue that the branch names, as their deliveries do.
 */
export function missingStatuses(
  { pull, repository, statuses }: ChangeSeen,
  history: readonly IssueFact[],
): readonly Missing<"issue">[] {
  const { ref, sha, repo } = pull.head;
  const isOwn = repo?.full_name === `${repository.owner.login}/${repository.name}`;
  const branches = isOwn ? [{ name: ref }] : [];
  return statuses.flatMap(({ context, state, updatedAt }) => {
    const payload = { sha, context, state, branches, repository, updated_at: updatedAt };
    return missingOf("issue", factsOf({ event: "status", payload }), updatedAt).filter(
      ({ draft }) => draft.type === "STATUS_REPORTED" && !history.some((fact) => isToldBy(fact, draft)),
    );
  });
}

/**
 * Whether checks or statuses of the head may still end, or the gate waits for one, so that a comparison a minute later finds more. A status
 * does not move the pull request's `updated_at`.
 */
export function awaitsChecks({ pull, suites, statuses }: ChangeSeen, history: readonly ChangeFact[]): boolean {
  const isTold = suites.some((suite) => history.some((fact) => isOfSuite(fact, suiteIn(suite))));
  return (
    suites.some(({ completed }) => !completed) ||
    statuses.some(({ state }) => state === "pending") ||
    !isTold ||
    suites.every(({ head_sha }) => head_sha !== pull.head.sha) ||
    isHeldBy(history, "ci")
  );
}

/** Whether the gate holds this head because of its threads. Only GraphQL says which are resolved, so nothing else asks it. */
export function awaitsThreads(history: readonly ChangeFact[]): boolean {
  return isHeldBy(history, "threads");
}

function isHeldBy(history: readonly ChangeFact[], condition: "ci" | "threads"): boolean {
  const { lastGate, headSha } = foldChange(history);
  return lastGate?.headSha === headSha && lastGate.checks.some(({ name, passed }) => name === condition && !passed);
}

/** The facts that lead to the review of a head. */
const headTypes: readonly string[] = ["PR_OPENED", "PR_SYNCHRONIZED", "PR_REOPENED"];

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
  // PR_EDITED tells the head when it is the first fact, and nobody asks for a review because of it.
  if (!history.some(({ type }) => headTypes.includes(type))) return about("opened");
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
 * 65 min: then whoever requested a merge an hour ago is a dead letter, and the gate takes it over. Twice as long each further time, at most a
 * day: an evaluation costs a dozen requests to GitHub.
 */
const lookAgainMs = 3_900_000;
const lookAgainMaxMs = 86_400_000;

/**
 * Whether the gate has to look at an open change again. Which threads hold it only the gate knows, so GitHub is compared with what its last
 * evaluation says of them; asked because of threads, the gate publishes its evaluation again. And whatever else was lost: its last evaluation, or
 * the opening of a change without one, is old after 65 minutes.
 */
export function missingLook(
  { pull, repository, threads }: ChangeSeen,
  history: readonly ChangeFact[],
  instant: string,
): readonly Missing<"pr">[] {
  const { lastGate, gateOutdated } = foldChange(history);
  const evaluated = history.findLast(({ type }) => type === "GATE_EVALUATED");
  // A first look that ended as a dead letter leaves none, so the waiting begins where the pull request was told of.
  const begun = evaluated ?? history.find(isOfChange);
  if (begun === undefined) return [];
  const headSha = lastGate?.headSha ?? pull.head.sha;
  const on = changeAt({ owner: repository.owner.login, repo: repository.name, number: pull.number });
  const outdated = (because: "threads" | "time", at: string): readonly Missing<"pr">[] => {
    return [{ at, draft: { type: "GATE_OUTDATED", on, data: { headSha, because } } }];
  };
  const isOtherwiseNow = threads !== null && lastGate?.threads.some((thread) => isOtherwise(thread, threads));
  // An answer that changes nothing is asked for later each time, up to 65 min: two identities may see a thread otherwise for good.
  const laterMs = Math.min(60_000 * (2 ** timesRepeated(history) - 1), lookAgainMs);
  if (isOtherwiseNow === true && !gateOutdated) return outdated("threads", laterBy(laterMs, begun));
  const asked = history.slice(history.indexOf(begun)).filter(({ type }) => type === "GATE_OUTDATED");
  const at = laterBy(lookAgainMs * (isNext(lastGate) ? 1 : 2 ** asked.length), asked.at(-1) ?? begun);
  const last = (asked.at(-1) ?? begun).occurredAt;
  const deadlines = (lastGate?.checks ?? []).flatMap((check) => deadlineOf(check) ?? []).filter((each) => each > last);
  const first = [at, ...deadlines].reduce((one, other) => (one < other ? one : other));
  return isLost({ at: first }, instant) ? outdated("time", first) : [];
}

/**
 * Whether a change has earned its merge: it waits for a request that the gate may take over, which must not be late, or only for others, who may be
 * through although nothing told it.
 */
function isNext(lastGate: ChangeLife["lastGate"]): boolean {
  const missing = lastGate?.checks.filter(({ passed }) => !passed) ?? [];
  const isForOthers = missing.length > 0 && missing.every(({ hold }) => hold === "in-line" || hold === "base-red");
  return lastGate?.passed === true || isForOthers;
}

function laterBy(waitMs: number, { occurredAt }: ChangeFact): string {
  return new Date(Date.parse(occurredAt) + Math.min(waitMs, lookAgainMaxMs)).toISOString();
}

/** How many evaluations before the last one said the same, in a row. */
function timesRepeated(history: readonly ChangeFact[]): number {
  const all = history.flatMap((fact) => (fact.type === "GATE_EVALUATED" ? [said(fact.data)] : []));
  const inARow = all.length - 1 - all.findLastIndex((each) => each !== all.at(-1));
  return inARow - 1;
}

type Held = NonNullable<ChangeLife["lastGate"]>["threads"][number];

/** Whether GitHub shows a thread otherwise than the gate saw it: resolved or open again, or gone, as a whole or with a comment that counted. */
function isOtherwise({ id, isResolved, comments }: Held, threads: NonNullable<ChangeSeen["threads"]>): boolean {
  const shown = threads.find((each) => each.id === id);
  if (shown === undefined || shown.isResolved !== isResolved) return true;
  return comments.some((comment) => !shown.comments.some(({ databaseId }) => databaseId === comment));
}
