import { Effect } from "effect";
import type { ReviewItem } from "#contracts/work.ts";
import { GitHub, type Octokit } from "#kit/github/github.ts";
import { orWhenAbsent, readRepositoryFile } from "#kit/github/repository-file.ts";
import { reviewThreads } from "#kit/github/review-threads.ts";
import { pullRequestReviews } from "#kit/github/reviews.ts";
import { type Review, reviewMarker } from "./decide.ts";

/** 400 000 characters, about 100 000 tokens: a larger diff wants a split and is not read in part. */
const diffCharactersMax = 400_000;

/**
 * Reads the change as it is now, and the rules of its repository. `skip`: there is nothing to review. `too-large`: the diff has more than
 * 400 000 characters. `other-head`: the pull request has another head than the item; `shown` is that one.
 */
export const readChange = Effect.fn("readChange")(function* (item: ReviewItem) {
  const github = yield* GitHub;
  const login = yield* github.login;
  const pr = yield* github.call("read the pull request", item, async (octokit, at) => {
    return (await octokit.rest.pulls.get({ ...at, pull_number: item.number })).data;
  });
  if (pr.state !== "open") return { kind: "skip", why: "the pull request is closed" } as const;
  if (pr.head.sha !== item.headSha) return { kind: "other-head", shown: pr.head.sha } as const;
  if (pr.user.login === login) return { kind: "skip", why: "Review-E never reviews its own change" } as const;
  const diff = yield* github.call("read the diff", item, async (octokit, at) => {
    const answer = await octokit.rest.pulls.get({ ...at, pull_number: item.number, mediaType: { format: "diff" } });
    return String(answer.data);
  });
  if (diff.length > diffCharactersMax) return { kind: "too-large" } as const;
  const rules = yield* readRepositoryFile(item, { path: "AGENTS.md", ref: item.baseBranch }).pipe(
    Effect.catchTag("GitHubRefused", orWhenAbsent("")),
  );
  return { kind: "reviewable", title: pr.title, diff, rules } as const;
});

/** The last review of this head that this identity posted, if it did: found by commit and marker. */
export const findReview = Effect.fn("findReview")(function* (item: ReviewItem, headSha: string) {
  const github = yield* GitHub;
  const login = yield* github.login;
  return yield* github.call("look for the own review", item, (octokit) => ownReview(octokit, item, login, headSha));
});

/** A dismissed review is none: whoever dismissed it wants another one. */
async function ownReview(octokit: Octokit, item: ReviewItem, login: string, headSha: string) {
  const reviews = await pullRequestReviews(octokit, item, item.number);
  const own = reviews.findLast(
    ({ user, state, commit_id, body }) =>
      user?.login === login && state !== "DISMISSED" && commit_id === headSha && body.includes(reviewMarker(headSha)),
  );
  if (own === undefined) return null;
  const event: Review["event"] = own.state === "APPROVED" ? "APPROVE" : "REQUEST_CHANGES";
  return { id: own.id, event, body: own.body };
}

/**
 * Posts one review of exactly this head, unless the last one of this identity has the same verdict: a call that is repeated after a fault
 * finds what the first one posted.
 */
export const postReview = Effect.fn("postReview")(function* (item: ReviewItem, headSha: string, review: Review) {
  const github = yield* GitHub;
  const login = yield* github.login;
  return yield* github.call("post the review", item, async (octokit, at) => {
    const earlier = await ownReview(octokit, item, login, headSha);
    if (earlier?.event === review.event) return earlier.id;
    const { event, body, comments } = review;
    const placed = comments.map((comment) => ({ ...comment, side: "RIGHT" }));
    const request = { ...at, pull_number: item.number, commit_id: headSha, event, body, comments: placed };
    return (await octokit.rest.pulls.createReview(request)).data.id;
  });
});

const resolveMutation = `mutation ($threadId: ID!) { resolveReviewThread(input: { threadId: $threadId }) { thread { id isResolved } } }`;

/** Resolves the threads that this identity opened, and no other's. GraphQL leaves the `[bot]` off a login. */
export const resolveOwnThreads = Effect.fn("resolveOwnThreads")(function* (item: ReviewItem) {
  const github = yield* GitHub;
  const login = (yield* github.login).replace(/\[bot\]$/, "");
  yield* github.call("resolve the own threads", item, async (octokit, at) => {
    for (const { id, isResolved, comments } of await reviewThreads(octokit, at, item.number)) {
      const author = comments[0]?.author.replace(/\[bot\]$/, "");
      if (!isResolved && author === login) await octokit.graphql(resolveMutation, { threadId: id });
    }
  });
});
