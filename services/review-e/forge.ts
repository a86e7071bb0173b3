import { Effect } from "effect";
import type { ReviewItem } from "#contracts/work.ts";
import { loadApproved } from "#kit/facts/aggregate.ts";
import { GitHub, type Octokit } from "#kit/github/github.ts";
import { orWhenAbsent, readRepositoryFile } from "#kit/github/repository-file.ts";
import { reviewThreads } from "#kit/github/review-threads.ts";
import { pullRequestReviews } from "#kit/github/reviews.ts";
import { type Review, reviewMarker } from "./decide.ts";
import type { Subject } from "./prompt.ts";

/** 400 000 characters, about 100 000 tokens: a larger diff wants a split and is not read in part. */
const diffCharactersMax = 400_000;

/** The change as it is now, or why there is nothing to review. */
export const readSubject = Effect.fn("readSubject")(function* (item: ReviewItem) {
  const github = yield* GitHub;
  const login = yield* github.login;
  const pr = yield* github.call("read the pull request", item, async (octokit, at) => {
    return (await octokit.rest.pulls.get({ ...at, pull_number: item.number })).data;
  });
  if (pr.state !== "open") return { skip: "the pull request is closed" } as const;
  if (pr.head.sha !== item.headSha) return { skip: "the head moved on" } as const;
  if (pr.user.login === login) return { skip: "Review-E never reviews its own change" } as const;
  const diff = yield* github.call("read the diff", item, async (octokit, at) => {
    const answer = await octokit.rest.pulls.get({ ...at, pull_number: item.number, mediaType: { format: "diff" } });
    return String(answer.data);
  });
  // What was approved, and not what the issue says by now: the change is judged by what a person asked for.
  const issue = yield* loadApproved({ ...item, number: item.issueNumber });
  if (issue.body === null) return { erased: true } as const;
  const rules = yield* readRepositoryFile(item, { path: "AGENTS.md", ref: item.baseBranch }).pipe(
    Effect.catchTag("GitHubRefused", orWhenAbsent("")),
  );
  const subject: Subject = {
    title: pr.title,
    diff,
    issueTitle: issue.title,
    issueBody: issue.body,
    rules,
  };
  return diff.length > diffCharactersMax
    ? ({ subject, tooLarge: true } as const)
    : ({ subject, tooLarge: false } as const);
});

/** The review of this head that this identity posted before, if it did: found by commit and marker. */
export const findReview = Effect.fn("findReview")(function* (item: ReviewItem, headSha: string) {
  const github = yield* GitHub;
  const login = yield* github.login;
  return yield* github.call("look for the own review", item, async (octokit) => {
    const own = await ownReview(octokit, item, login, headSha);
    return own === undefined ? null : { id: own.id, state: own.state, body: own.body };
  });
});

/** A dismissed review is none: whoever dismissed it wants another one. */
async function ownReview(octokit: Octokit, item: ReviewItem, login: string, headSha: string) {
  const reviews = await pullRequestReviews(octokit, item, item.number);
  return reviews.find(
    ({ user, state, commit_id, body }) =>
      user?.login === login && state !== "DISMISSED" && commit_id === headSha && body.includes(reviewMarker(headSha)),
  );
}

/** Posts one review of exactly this head. A call that is repeated after a fault finds what the first one may have posted. */
export const postReview = Effect.fn("postReview")(function* (item: ReviewItem, headSha: string, review: Review) {
  const github = yield* GitHub;
  const login = yield* github.login;
  let repeated = false;
  return yield* github.call("post the review", item, async (octokit, at) => {
    const earlier = repeated ? await ownReview(octokit, item, login, headSha) : undefined;
    repeated = true;
    if (earlier !== undefined) return earlier.id;
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
