import { Effect } from "effect";
import type { Place } from "#contracts/aggregates.ts";
import { decidingAssociations } from "#contracts/associations.ts";
import { GitHub } from "#kit/github/github.ts";
import { orWhenAbsent } from "#kit/github/repository-file.ts";
import { reviewThreads } from "#kit/github/review-threads.ts";
import { pullRequestReviews } from "#kit/github/reviews.ts";
import type { ForgeState } from "./decide.ts";

/** A pull request as GitHub has it now, with what says who merged it. */
export interface Fresh extends ForgeState {
  readonly merged: boolean;
  readonly mergeSha: string | null;
  readonly mergedBy: string;
}

/**
 * Asks GitHub everything that the gate depends on. Nothing is taken from a webhook or an agent. `appointed` are the logins whose approval
 * counts.
 */
export const readFresh = Effect.fn("readFresh")(function* (change: Place, appointed: readonly string[]) {
  const github = yield* GitHub;
  const { number } = change;
  const pr = yield* github.call("read the pull request", change, async (octokit, at) => {
    return (await octokit.rest.pulls.get({ ...at, pull_number: number })).data;
  });
  const readStanding = github.call("read the checks and the reviews", change, (octokit, at) =>
    Promise.all([
      octokit.paginate(octokit.rest.checks.listForRef, { ...at, ref: pr.head.sha, filter: "latest", per_page: 100 }),
      pullRequestReviews(octokit, at, number),
      reviewThreads(octokit, at, number),
    ]),
  );
  const [[checks, reviews, threads], requiredChecks] = yield* Effect.all(
    [readStanding, readRequiredChecks(change, pr.base.ref)],
    { concurrency: "unbounded" },
  );
  const fresh: Fresh = {
    number,
    open: pr.state === "open",
    draft: pr.draft === true,
    baseBranch: pr.base.ref,
    body: pr.body ?? "",
    author: pr.user.login,
    headSha: pr.head.sha,
    labels: pr.labels.map(({ name }) => name),
    mergeable: pr.mergeable,
    checks: checks.map(({ name, status, conclusion }) => ({ name, completed: status === "completed", conclusion })),
    requiredChecks,
    reviews: reviews.map(({ user, author_association: association, state, commit_id: commit }) => {
      const reviewer = user?.login ?? "";
      const isAppointed = appointed.includes(reviewer);
      const trusted = isAppointed || decidingAssociations.includes(association);
      return { reviewer, trusted, appointed: isAppointed, state, headSha: commit ?? "" };
    }),
    unresolvedThreads: threads.filter(({ isResolved }) => !isResolved).length,
    merged: pr.merged,
    mergeSha: pr.merged ? (pr.merge_commit_sha ?? null) : null,
    mergedBy: pr.merged_by?.login ?? "",
  };
  return fresh;
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
