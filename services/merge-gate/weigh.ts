import { Effect } from "effect";
import type { RepositoryRef } from "#contracts/aggregates.ts";
import type { ChangeLife } from "#contracts/change-life.ts";
import type { ForgeState } from "#contracts/gate/snapshot.ts";
import { reviewedIn } from "#contracts/review-marker.ts";
import type { Retryable } from "#kit/errors.ts";
import { plainLogin } from "#kit/github/logins.ts";
import type { ReviewThread } from "#kit/github/review-threads.ts";
import { type Account, nameOf, type Trust } from "#kit/github/trust.ts";
import type { ChangeEvent } from "./undone.ts";

// Whose reviews and threads hold a merge. An agent may, by its rights on GitHub, resolve a person's thread and dismiss a person's review: what
// it undid so still holds.

/** A review in GitHub's list. */
export interface ReviewShown {
  readonly id: number;
  readonly user: Account | null;
  readonly state: string;
  readonly commit_id?: string | null;
  readonly submitted_at?: string;
  readonly body?: string | null;
}

/** What is weighed, and what GitHub did not tell about it, one sentence each with what to repair. */
export interface Weighed<Of> {
  readonly value: Of;
  readonly untold: readonly string[];
}

/** Whether an account may object. Where GitHub does not tell it, it counts as if it may, and `untold` names it. */
export function mayObject(trust: Trust, at: RepositoryRef, account: Account) {
  return trust.mayObject(at, account).pipe(
    Effect.map(known),
    Effect.catchTag(["GitHubRefused", "NotTold"], ({ message }) => Effect.succeed({ value: true, untold: [message] })),
  );
}

/** The account with this login as REST names it: only an App's ends in `[bot]`. */
export function accountNamed(login: string): Account {
  return { login, type: login.endsWith("[bot]") ? "Bot" : "User" };
}

function known(value: boolean): Weighed<boolean> {
  return { value, untold: [] };
}

/** Whether the approval of an account counts. Where GitHub does not tell whether it may write, it does not. */
function mayApprove(trust: Trust, at: RepositoryRef, account: Account) {
  return Effect.map(mayObject(trust, at, account), ({ value, untold }) => known(value && untold.length === 0));
}

/** The reviews of a pull request, and its events; and whether the rules of its base count the approvals of people. */
interface Weighable {
  readonly reviews: readonly ReviewShown[];
  readonly events: readonly ChangeEvent[];
  readonly countsApprovals?: boolean;
}

type Weighing<Of> = Effect.Effect<Weighed<Of>, Retryable>;

/**
 * Weighs the reviews. GitHub is asked only about those who objected, and about those who approved where the rules count approvals: of all
 * others no review counts but an appointed one's. An objection that no person dismissed counts as before.
 */
export function weighReviews(
  trust: Trust,
  at: RepositoryRef,
  { reviews, events, countsApprovals = false }: Weighable,
): Weighing<ForgeState["reviews"]> {
  const standing = reviews.map((review) => ({ review, ...standingOf(review, { trust, events }) }));
  const objectors = standing.filter(({ state }) => state === "CHANGES_REQUESTED").map(({ review }) => loginOf(review));
  const weigh = ({ review, ...said }: (typeof standing)[number]) => {
    const { login, type } = review.user ?? { login: "", type: "Other" };
    const appointed = trust.isAppointed(login);
    // First: an objection of somebody whose permission is not told counts, and his approval does not.
    const asked =
      countsApprovals && said.state === "APPROVED"
        ? mayApprove(trust, at, { login, type })
        : objectors.includes(login)
          ? mayObject(trust, at, { login, type })
          : Effect.succeed(known(appointed));
    return Effect.map(asked, ({ value: trusted, untold }) => {
      const note = untold.length === 0 ? said.note : "GitHub does not tell whether this account may write";
      const submittedAt = review.submitted_at ?? "";
      const of = { headSha: review.commit_id ?? "", submittedAt, ...reviewedIn(review.body ?? "") };
      const value = { reviewer: login, trusted, appointed, state: said.state, ...of, note };
      return { value, untold: trusted ? [...said.untold, ...untold] : [] };
    });
  };
  return Effect.map(Effect.forEach(standing, weigh, { concurrency: 4 }), (weighed) => ({
    value: weighed.map(({ value }) => value),
    untold: weighed.flatMap(({ untold }) => untold),
  }));
}

function loginOf({ user }: ReviewShown): string {
  return user?.login ?? "";
}

/** What a review says, and why where GitHub shows something else: an objection stands unless a person, or its author, dismissed it. */
function standingOf(
  review: ReviewShown,
  { trust, events }: { readonly trust: Trust; readonly events: readonly ChangeEvent[] },
) {
  const shown = { state: review.state, note: "", untold: [] as readonly string[] };
  if (review.state !== "DISMISSED") return shown;
  const last = events.findLast(({ dismissed }) => dismissed?.reviewId === review.id);
  const login = last?.actor.login ?? "";
  // REST names an App with its `[bot]`, so nobody passes for the reviewer by a name that is alike.
  const isOwn = login !== "" && plainLogin(login) === plainLogin(loginOf(review));
  const isApproval = last?.dismissed?.state === "approved" || last?.dismissed?.state === "commented";
  if (last !== undefined && (trust.isPerson(last.actor) || isOwn || isApproval)) return shown;
  const state = "CHANGES_REQUESTED";
  if (login !== "") return { ...shown, state, note: `dismissed by ${login}, which only a person may` };
  const untold = `GitHub does not tell who dismissed the review of ${loginOf(review)}`;
  return { state, note: "dismissed, and GitHub does not tell by whom", untold: [untold] };
}

/** A thread holds the merge once somebody who may object wrote in it, until a person who may write resolves it. */
export function weighThreads(
  trust: Trust,
  at: RepositoryRef,
  threads: readonly ReviewThread[],
): Weighing<NonNullable<ForgeState["threads"]>> {
  const shown = threads.flatMap(({ comments }) => comments.flatMap(({ databaseId }) => databaseId ?? []));
  const weigh = (thread: ReviewThread) => weighThread(trust, at, thread);
  return Effect.map(Effect.forEach(threads, weigh, { concurrency: 4 }), (all) => {
    const weighed = all.flatMap((each) => each ?? []);
    const held = weighed.filter(({ value }) => value);
    const holding = held.map(({ thread, comments }) => ({ id: thread.id, isResolved: thread.isResolved, comments }));
    const leftAside = weighed.filter(({ value, thread }) => !value && !thread.isResolved).length;
    const value = { holding, leftAside, notes: notesOn(held.map(({ thread }) => thread)), comments: shown };
    return { value, untold: weighed.flatMap(({ untold }) => untold) };
  });
}

/** Whether somebody wrote in a thread who may object, and the ids of the comments of those who may; null where it counts as resolved. */
const weighThread = Effect.fnUntraced(function* (trust: Trust, at: RepositoryRef, thread: ReviewThread) {
  const ended = yield* isResolved(trust, at, thread);
  if (ended.value) return null;
  const comments: number[] = [];
  // Every thread has a comment: of one that shows none nobody knows who wrote in it.
  const unseen = [`GitHub does not tell the comments of a review thread on ${thread.path}`];
  let first = thread.comments.length > 0 ? known(false) : { value: true, untold: unseen };
  for (const { author: login, authorType: type, databaseId } of thread.comments) {
    const weighed = yield* mayObject(trust, at, { login, type });
    if (!weighed.value) continue;
    if (!first.value) first = weighed;
    if (databaseId !== null) comments.push(databaseId);
  }
  return { value: first.value, untold: first.value ? [...first.untold, ...ended.untold] : [], thread, comments };
});

/** What GitHub does not show as open of the threads that hold the merge. */
function notesOn(holding: readonly ReviewThread[]): readonly string[] {
  const undone = holding.filter((thread) => thread.isResolved);
  const by = [...new Set(undone.map(({ resolvedBy }) => resolvedBy?.login ?? "an account that is gone"))];
  return undone.length === 0
    ? []
    : [`${undone.length} of them resolved by ${by.join(", ")}, which only a person who may write may`];
}

/** Of the comments that somebody else than their author deleted: those of somebody who may object, unless a person deleted them. */
export function weighErased(trust: Trust, at: RepositoryRef, erased: ChangeLife["erased"]) {
  const byOthers = erased.filter(({ by }) => !trust.isPerson(by));
  return Effect.filter(byOthers, ({ author }) =>
    Effect.map(mayObject(trust, at, accountNamed(author)), ({ value }) => value),
  );
}

/**
 * Whether a thread counts as resolved: by a person who may write, or by the appointed reviewer that began it, which is all that Review-E resolves.
 * GitHub names an App here as it names a user, so the name is asked for: nobody else may resolve
 * (https://docs.github.com/pull-requests/collaborating-with-pull-requests/reviewing-changes-in-pull-requests/commenting-on-a-pull-request#resolving-conversations).
 */
function isResolved(trust: Trust, at: RepositoryRef, thread: ReviewThread): Weighing<boolean> {
  const { isResolved: shown, resolvedBy, comments } = thread;
  const [first] = comments;
  const account = { login: resolvedBy?.login ?? "", type: "User" };
  if (!shown) return Effect.succeed(known(false));
  if (trust.isPerson(account))
    return Effect.map(mayObject(trust, at, account), ({ value, untold }) => ({
      value: value && untold.length === 0,
      untold,
    }));
  if (first === undefined || !trust.isAppointed(first.author)) return Effect.succeed(known(false));
  // GitHub may name nobody for an App: then the thread of a reviewer that is an App is taken for its own.
  const isOwn = account.login === "" ? first.authorType === "Bot" : nameOf(account.login) === nameOf(first.author);
  return Effect.succeed(known(isOwn));
}

/** How many comments on lines held a merge and are gone, and nobody told who deleted them. Where the threads are not known, none counts as gone. */
export function goneIn(
  changes: readonly { readonly change: Pick<ChangeLife, "holdingComments">; readonly threads: ForgeState["threads"] }[],
): number {
  return changes.flatMap(({ change, threads }) =>
    threads === null ? [] : change.holdingComments.filter((id) => !threads.comments.includes(id)),
  ).length;
}
