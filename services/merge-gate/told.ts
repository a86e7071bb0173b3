import { type ChangeFact, endedReview, evolveChange, unknownChange } from "#contracts/change-life.ts";
import { isPassing } from "#contracts/checks.ts";
import type { Fact } from "#contracts/envelope.ts";
import type { ForgeState } from "#contracts/gate/snapshot.ts";
import { isManualMerge } from "#contracts/labels.ts";
import { isOfChange, isOfSuite } from "#contracts/reconciled.ts";
import type { CheckSuite, HeadCheck } from "#contracts/required-checks.ts";
import type { Account } from "#kit/github/trust.ts";
import type { ChangeEvent, Shown } from "./undone.ts";
import { accountNamed, type ReviewShown } from "./weigh.ts";

// What deliveries told of a pull request and GitHub's lists do not show: they may be from before. The facts are those of the last minute, oldest first.

/** A pull request as GitHub shows it. */
export interface ShownChange extends Shown {
  readonly headSha: string;
  /** When it changed last, by GitHub: ISO 8601. */
  readonly updatedAt: string;
  readonly reviews: readonly ReviewShown[];
  readonly events: readonly ChangeEvent[];
  readonly threads: ForgeState["threads"];
  /** The checks and commit statuses of its head, and its check suites. */
  readonly checks: readonly HeadCheck[];
  readonly suites: readonly CheckSuite[];
}

/** Something that a fact told and GitHub does not show. `by`: whose word it is, if it counts only of somebody who may object; else null. */
export interface NotShown {
  readonly fact: Fact;
  readonly what: string;
  readonly by: Account | null;
}

/** All that these facts told and GitHub does not show. */
export function notShown(facts: readonly Fact[], shown: ShownChange): readonly NotShown[] {
  return facts.flatMap((fact) => missingOf(fact, { facts, shown }) ?? []);
}

/**
 * The facts of a pull request of which GitHub has to show something: all but verdicts that ended no review. Those name reviews that may not
 * be on GitHub, and the key of Review-E can publish one each minute.
 */
export function withoutEmptyVerdicts(history: readonly ChangeFact[]): readonly ChangeFact[] {
  let life = unknownChange;
  return history.filter((fact) => {
    life = evolveChange(life, fact);
    const isVerdict = fact.type === "REVIEW_PASSED" || fact.type === "REVIEW_CHANGES_REQUESTED";
    return !isVerdict || endedReview(life, fact);
  });
}

interface Compared {
  readonly facts: readonly Fact[];
  readonly shown: ShownChange;
}

function missingOf(fact: Fact, { facts, shown }: Compared): NotShown | null {
  switch (fact.type) {
    case "REVIEW_SUBMITTED":
      return ofReview(fact, shown);
    case "REVIEW_PASSED":
    case "REVIEW_CHANGES_REQUESTED": {
      const { reviewId } = fact.data;
      return shown.reviews.some(({ id }) => id === reviewId) ? null : missing(fact, `review ${reviewId}`);
    }
    case "PR_COMMENTED":
      return ofComment(fact, { facts, shown });
    case "THREAD_RESOLVED": {
      const isOpen = shown.threads?.holding.some(({ id, isResolved }) => id === fact.data.threadId && !isResolved);
      return isOpen === true ? missing(fact, `the end of the thread ${fact.data.threadId}`) : null;
    }
    case "CI_PASSED":
    case "CI_FAILED":
      return ofSuite(fact, { facts, shown });
    case "STATUS_REPORTED":
      return ofStatus(fact, { facts, shown });
    default:
      return isOfChange(fact) ? ofChange(fact, { facts, shown }) : null;
  }
}

function missing(fact: Fact, what: string, by: Account | null = null): NotShown {
  return { fact, what, by };
}

/** A dismissal counts whoever did it: only somebody who may write can. */
function ofReview(fact: Fact<"REVIEW_SUBMITTED">, { reviews }: ShownChange): NotShown | null {
  const { reviewId, state, reviewer: login, reviewerType: type } = fact.data;
  const review = reviews.find(({ id }) => id === reviewId);
  if (state !== "dismissed") return review === undefined ? missing(fact, `review ${reviewId}`, { login, type }) : null;
  return review?.state.toLowerCase() === "dismissed" ? null : missing(fact, `that review ${reviewId} was dismissed`);
}

/** A comment on a line, which GraphQL shows until it was deleted. Those in the conversation hold nothing. */
function ofComment(fact: Fact<"PR_COMMENTED">, { facts, shown: { threads } }: Compared): NotShown | null {
  const { commentId, where, author } = fact.data;
  if (where !== "diff" || threads === null) return null;
  const isGone = facts.some(
    ({ type, data }) =>
      type === "PR_COMMENTED" && data.where === where && data.commentId === commentId && data.action === "deleted",
  );
  if (threads.comments.includes(commentId) !== isGone) return null;
  return missing(fact, `comment ${commentId} ${isGone ? "as deleted" : "on a line"}`, accountNamed(author));
}

/** The end of a check suite. One that GitHub does not list may be new, so its failure is waited for. */
function ofSuite(fact: Fact<"CI_PASSED" | "CI_FAILED">, { facts, shown }: Compared): NotShown | null {
  const { suiteId, headSha } = fact.data;
  if (headSha !== shown.headSha || facts.findLast((each) => isOfSuite(each, fact.data)) !== fact) return null;
  const suite = shown.suites.find(({ id }) => id === suiteId);
  const hasPassed = fact.type === "CI_PASSED";
  const isShown =
    suite === undefined ? hasPassed : suite.status === "completed" && isPassing(suite.conclusion) === hasPassed;
  return isShown ? null : missing(fact, `how the checks of suite ${suiteId} ended`);
}

/** The last state of a commit status. */
function ofStatus(fact: Fact<"STATUS_REPORTED">, { facts, shown }: Compared): NotShown | null {
  const { headSha, context, state } = fact.data;
  const last = facts.findLast(
    (each) => each.type === "STATUS_REPORTED" && each.data.headSha === headSha && each.data.context === context,
  );
  if (headSha !== shown.headSha || last !== fact) return null;
  const status = shown.checks.find(({ name, kind }) => name === context && kind === "status");
  return status?.conclusion === state ? null : missing(fact, `the status ${context} as ${state}`);
}

type StandingFact = Extract<
  Fact,
  { type: "PR_OPENED" | "PR_SYNCHRONIZED" | "PR_EDITED" | "PR_REOPENED" | "PR_CLOSED" }
>;

/**
 * The pull request itself. GitHub's times have seconds: in one second with what it shows, the last fact may tell of more. What an earlier one
 * told and somebody undid since, GitHub lists as an event.
 */
function ofChange(fact: StandingFact, { facts, shown }: Compared): NotShown | null {
  const { updatedAt = "" } = fact.data;
  const what = `the pull request as of ${updatedAt || "its last delivery"}`;
  if (Date.parse(updatedAt) > Date.parse(shown.updatedAt)) return missing(fact, what);
  const isLast = lastOf(facts.filter(isOfChange)) === fact;
  const isSameTime = Date.parse(updatedAt) === Date.parse(shown.updatedAt);
  if (isLast && isSameTime && isOtherwise(fact, shown)) return missing(fact, what);
  return isUndoneUnseen(fact, shown) ? missing(fact, what) : null;
}

/** The last one by GitHub's time, and in a second the one that was told last. */
function lastOf(changes: readonly StandingFact[]): StandingFact | undefined {
  return changes.reduce<StandingFact | undefined>(
    (last, each) => (timeOf(each) < timeOf(last) ? last : each),
    undefined,
  );
}

/** A time that is not known is neither before nor after another one: it is no number. */
function timeOf(fact: StandingFact | undefined): number {
  return Date.parse(fact?.data.updatedAt ?? "");
}

function isOtherwise({ type, data: { labels, draft } }: StandingFact, shown: ShownChange): boolean {
  const isMarked = labels?.some(isManualMerge);
  return (
    (isMarked !== undefined && isMarked !== shown.labels.some(isManualMerge)) ||
    (draft !== undefined && draft !== shown.draft) ||
    (type === "PR_CLOSED") === shown.open
  );
}

/** Whether GitHub shows otherwise what holds until a person undoes it, and lists nobody who undid it since. */
function isUndoneUnseen(fact: StandingFact, { open, draft, labels, events }: ShownChange): boolean {
  const { type, data } = fact;
  const isUndone = (event: string, counts: (each: ChangeEvent) => boolean = () => true) =>
    events.some((each) => each.event === event && counts(each) && !(Date.parse(each.at) < timeOf(fact)));
  const isMarked = data.labels?.some(isManualMerge) === true && !labels.some(isManualMerge);
  return (
    (isMarked && !isUndone("unlabeled", ({ label }) => isManualMerge(label))) ||
    (data.draft === true && !draft && !isUndone("ready_for_review")) ||
    (type === "PR_CLOSED" && open && !isUndone("reopened"))
  );
}
