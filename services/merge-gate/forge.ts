import { Effect } from "effect";
import type { Place } from "#contracts/aggregates.ts";
import { GitHub } from "#kit/github/github.ts";
import { orWhenAbsent } from "#kit/github/repository-file.ts";
import { type ReviewThread, reviewThreads } from "#kit/github/review-threads.ts";
import { pullRequestReviews } from "#kit/github/reviews.ts";
import type { Trust } from "#kit/github/trust.ts";
import type { ForgeState } from "./decide.ts";

/** A pull request as GitHub has it now, with what says who merged it. */
export interface Fresh extends ForgeState {
  readonly merged: boolean;
  readonly mergeSha: string | null;
  readonly mergedBy: string;
  /** How long it takes until GraphQL can be asked for the threads; 0 when they are known. */
  readonly threadsAfterMs: number;
}

/** Asks GitHub everything that the gate depends on, also whose reviews and threads count. Nothing is taken from a webhook or an agent. */
export const readFresh = Effect.fn("readFresh")(function* (change: Place, trust: Trust) {
  const github = yield* GitHub;
  const { number } = change;
  const pr = yield* github.call("read the pull request", change, async (octokit, at) => {
    return (await octokit.rest.pulls.get({ ...at, pull_number: number })).data;
  });
  const readStanding = github.call("read the checks and the reviews", change, (octokit, at) =>
    Promise.all([
      octokit.paginate(octokit.rest.checks.listForRef, { ...at, ref: pr.head.sha, filter: "latest", per_page: 100 }),
      pullRequestReviews(octokit, at, number),
    ]),
  );
  const [[checks, reviews], { threads, threadsAfterMs }, requiredChecks] = yield* Effect.all(
    [readStanding, readThreads(change), readRequiredChecks(change, pr.base.ref)],
    { concurrency: "unbounded" },
  );
  const fresh: Fresh = {
    number,
    open: pr.state === "open",
    draft: pr.draft === true,
    baseBranch: pr.base.ref,
    body: pr.body ?? "",
    author: pr.user?.login ?? "",
    headSha: pr.head.sha,
    labels: pr.labels.map(({ name }) => name),
    mergeable: pr.mergeable,
    checks: checks.map(({ name, status, conclusion }) => ({ name, completed: status === "completed", conclusion })),
    requiredChecks,
    reviews: yield* weighReviews(trust, change, reviews),
    threads: threads === null ? null : yield* weighThreads(trust, change, threads),
    threadsAfterMs,
    merged: pr.merged,
    mergeSha: pr.merged ? (pr.merge_commit_sha ?? null) : null,
    mergedBy: pr.merged_by?.login ?? "",
  };
  return fresh;
});

/** GitHub is asked only about those who objected: of all others no review counts but an appointed one's. */
const weighReviews = Effect.fn("weighReviews")(function* (
  trust: Trust,
  change: Place,
  reviews: Awaited<ReturnType<typeof pullRequestReviews>>,
) {
  const objectors = reviews.filter(({ state }) => state === "CHANGES_REQUESTED").map(({ user }) => user?.login ?? "");
  const weigh = ({ user, state, commit_id: headSha }: (typeof reviews)[number]) => {
    const account = { login: user?.login ?? "", type: user?.type ?? "Other" };
    const appointed = trust.isAppointed(account.login);
    const asked = objectors.includes(account.login) ? trust.mayObject(change, account) : Effect.succeed(appointed);
    const weighed = { reviewer: account.login, appointed, state, headSha: headSha ?? "" };
    return Effect.map(asked, (trusted) => ({ ...weighed, trusted }));
  };
  return yield* Effect.forEach(reviews, weigh, { concurrency: 4 });
});

/** A thread holds the merge once somebody who may object wrote in it. */
const weighThreads = Effect.fn("weighThreads")(function* (
  trust: Trust,
  change: Place,
  threads: readonly ReviewThread[],
) {
  const unresolved = threads.filter(({ isResolved }) => !isResolved);
  const holds = Effect.fnUntraced(function* ({ comments }: ReviewThread) {
    for (const { author: login, authorType: type } of comments) {
      if (yield* trust.mayObject(change, { login, type })) return true;
    }
    return false;
  });
  const holding = (yield* Effect.forEach(unresolved, holds, { concurrency: 4 })).filter(Boolean).length;
  return { holding, leftAside: unresolved.length - holding };
});

/** The threads. GitHub counts requests to GraphQL apart: while they are used up, the gate goes on with what REST says. */
const readThreads = Effect.fn("readThreads")(function* (change: Place) {
  const github = yield* GitHub;
  const read = github.call("read the review threads", change, (octokit, at) =>
    reviewThreads(octokit, at, change.number),
  );
  return yield* read.pipe(
    Effect.map((threads) => ({ threads, threadsAfterMs: 0 })),
    Effect.catchTag("Retryable", (error) =>
      error.delayMs === undefined
        ? Effect.fail(error)
        : Effect.succeed({ threads: null, threadsAfterMs: error.delayMs }),
    ),
  );
});

/** The checks that the base branch's protection demands; none where the branch has no protection. */
const readRequiredChecks = Effect.fn("readRequiredChecks")(function* (change: Place, branch: string) {
  const github = yield* GitHub;
  const protection = github.call("read the branch protection", change, async (octokit, at) => {
    const { data } = await octokit.rest.repos.getBranchProtection({ ...at, branch });
    const required = data.required_status_checks;
    return required?.checks?.map(({ context }) => context) ?? required?.contexts ?? [];
  });
  const none: readonly string[] = [];
  return yield* Effect.catchTag(protection, "GitHubRefused", orWhenAbsent(none));
});

/** Asks for the merge of exactly this head; GitHub answers 409 when the head is another one by now. */
export const merge = Effect.fn("merge")(function* (pr: Place, headSha: string) {
  const github = yield* GitHub;
  return yield* github.call("merge", pr, async (octokit, at) => {
    const { data } = await octokit.rest.pulls.merge({
      ...at,
      pull_number: pr.number,
      sha: headSha,
      merge_method: "merge",
    });
    return data.sha;
  });
});
