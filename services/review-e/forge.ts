import { Effect } from "effect";
import { type Reviewed, reviewMarker } from "#contracts/review-marker.ts";
import type { ReviewItem } from "#contracts/work.ts";
import { Retryable } from "#kit/errors.ts";
import { GitHub } from "#kit/github/github.ts";
import { plainLogin } from "#kit/github/logins.ts";
import { orWhenAbsent, readRepositoryFile } from "#kit/github/repository-file.ts";
import { reviewThreads } from "#kit/github/review-threads.ts";
import { pullRequestReviews } from "#kit/github/reviews.ts";
import { compareCommits } from "./comparison.ts";
import type { Review } from "./decide.ts";

/** Why a review of the item's head would be of no use, by GitHub's answer. `skip`: it never will be; `otherwise`: the answer may be from before the head. */
export interface NoUse {
  readonly kind: "skip" | "otherwise";
  readonly why: string;
}

/**
 * Reads the change of exactly the item's head, and the rules of its repository, or says why it would be of no use. The pull request is
 * read again after the diff: what GitHub lists and how much of it has to belong to one head.
 */
export const readChange = Effect.fn("readChange")(function* (item: ReviewItem) {
  const { pr, noUse } = yield* readStanding(item);
  if (noUse !== null) return noUse;
  // The base as it is now: the pull request's own `base.sha` may be older than what was merged into its branch since.
  const baseSha = yield* readTip(item, pr.base.ref);
  const comparison = yield* compareCommits(item, { baseSha, headSha: item.headSha, filesCount: pr.changed_files });
  const rules = yield* readRepositoryFile(item, { path: "AGENTS.md", ref: item.baseBranch }).pipe(
    Effect.catchTag("GitHubRefused", orWhenAbsent("")),
  );
  const noUseAfter = yield* whyNoUse(item);
  if (noUseAfter !== null) return noUseAfter;
  return { kind: "reviewable", title: pr.title, comparison, rules } as const;
});

/** Why a review of the item's head would be of no use by now; null when it is of use. */
export const whyNoUse = Effect.fn("whyNoUse")(function* (item: ReviewItem) {
  return (yield* readStanding(item)).noUse;
});

const readTip = Effect.fn("readTip")(function* (item: ReviewItem, branch: string) {
  const github = yield* GitHub;
  return yield* github.call("read the base branch", item, async (octokit, at) => {
    return (await octokit.rest.git.getRef({ ...at, ref: `heads/${branch}` })).data.object.sha;
  });
});

/** The pull request as it is now, and why a review of the item's head would be of no use. */
const readStanding = Effect.fn("readStanding")(function* (item: ReviewItem) {
  const github = yield* GitHub;
  const pr = yield* github.call("read the pull request", item, async (octokit, at) => {
    return (await octokit.rest.pulls.get({ ...at, pull_number: item.number })).data;
  });
  return { pr, noUse: noUseOf(item, pr, yield* github.login) };
});

interface Shown {
  readonly state: string;
  readonly head: { readonly sha: string };
  readonly user: { readonly login: string } | null;
}

function noUseOf({ headSha }: ReviewItem, { state, head, user }: Shown, login: string): NoUse | null {
  if (state !== "open") return { kind: "otherwise", why: "GitHub shows the pull request as closed" };
  if (head.sha !== headSha) return { kind: "otherwise", why: `GitHub shows the head ${head.sha}` };
  return user?.login === login ? { kind: "skip", why: "Review-E never reviews its own change" } : null;
}

/** The last review that this identity posted, if it is of this head, text and merge base: found by commit and marker. */
export const findReview = Effect.fn("findReview")(function* (item: ReviewItem, of: Sought) {
  const github = yield* GitHub;
  const login = yield* github.login;
  const listed = yield* github.call("look for the own review", item, (octokit) =>
    pullRequestReviews(octokit, item, item.number),
  );
  if (isOld(listed, of, login)) return yield* notListed(item);
  return ownReview(listed, of, login);
});

/** A review of this head, text and merge base. GitHub's list may show those that were dismissed as they were before. */
interface Sought extends Reviewed {
  readonly dismissed: readonly number[];
  /** The reviews of the change that were posted and told, each with its reviewer; null: Review-E itself, whose facts name no login. */
  readonly posted: readonly { readonly id: number; readonly reviewer: string | null }[];
}

type Listed = Awaited<ReturnType<typeof pullRequestReviews>>;

/**
 * Whether the list is from before a review of this identity. By such a list the one before it would pass for the last, and the head would wait
 * for an approval for ever.
 */
function isOld(listed: Listed, { posted }: Sought, login: string): boolean {
  const own = posted.filter(({ reviewer }) => reviewer === null || plainLogin(reviewer) === plainLogin(login));
  return own.some((review) => !listed.some(({ id }) => id === review.id));
}

function notListed({ number }: ReviewItem): Retryable {
  return new Retryable({ what: `GitHub does not list the last own review of #${number} yet` });
}

/** A dismissed review is none: whoever dismissed it wants another one. One before the last is none either, because only the last one counts at the gate. */
function ownReview(listed: Listed, of: Sought, login: string) {
  const isDismissed = (id: number, state: string) => state === "DISMISSED" || of.dismissed.includes(id);
  const own = listed.findLast(({ user }) => user?.login === login);
  if (own === undefined || isDismissed(own.id, own.state)) return null;
  // After some pushes by force GitHub names another commit for a review: what was read the marker says, which stands at its end.
  if (own.commit_id !== of.headSha || !own.body.trimEnd().endsWith(reviewMarker(of))) return null;
  const event: Review["event"] = own.state === "APPROVED" ? "APPROVE" : "REQUEST_CHANGES";
  return { id: own.id, event, body: own.body };
}

/**
 * Posts one review of exactly this head, text and merge base, unless the last one of this identity has the same verdict: a call that is
 * repeated after a fault finds what the first one posted.
 */
export const postReview = Effect.fn("postReview")(function* (item: ReviewItem, of: Sought, review: Review) {
  const github = yield* GitHub;
  const login = yield* github.login;
  const id = yield* github.call("post the review", item, async (octokit, at) => {
    const listed = await pullRequestReviews(octokit, item, item.number);
    if (isOld(listed, of, login)) return null;
    const earlier = ownReview(listed, of, login);
    if (earlier?.event === review.event) return earlier.id;
    const { event, body, comments } = review;
    const placed = comments.map((comment) => ({ ...comment, side: "RIGHT" }));
    const request = { ...at, pull_number: item.number, commit_id: of.headSha, event, body, comments: placed };
    return (await octokit.rest.pulls.createReview(request)).data.id;
  });
  return id ?? (yield* notListed(item));
});

const resolveMutation = `mutation ($threadId: ID!) { resolveReviewThread(input: { threadId: $threadId }) { thread { id isResolved } } }`;

/** Resolves the threads that this identity opened, and no other's: a person may have the App's name without its `[bot]`. */
export const resolveOwnThreads = Effect.fn("resolveOwnThreads")(function* (item: ReviewItem) {
  const github = yield* GitHub;
  const login = yield* github.login;
  yield* github.call("resolve the own threads", item, async (octokit, at) => {
    for (const { id, isResolved, comments } of await reviewThreads(octokit, at, item.number)) {
      if (!isResolved && comments[0]?.author === login) await octokit.graphql(resolveMutation, { threadId: id });
    }
  });
});
