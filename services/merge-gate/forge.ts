import { Effect } from "effect";
import { decidingAssociations } from "#contracts/associations.ts";
import { GitHub, type RepositoryRef } from "#kit/github.ts";
import { setting } from "#kit/settings.ts";
import type { ForgeState } from "./decide.ts";

/** A pull request as GitHub has it now, with what says who merged it. */
export interface Fresh extends Omit<ForgeState, "retargeted"> {
  readonly merged: boolean;
  readonly mergeSha: string | null;
  readonly mergedBy: string;
}

const threadsQuery = `query ($owner: String!, $repo: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $repo) { pullRequest(number: $number) { reviewThreads(first: 100, after: $after) {
    nodes { isResolved } pageInfo { hasNextPage endCursor } } } } }`;

interface ThreadsAnswer {
  readonly repository: {
    readonly pullRequest: {
      readonly reviewThreads: {
        readonly nodes: readonly { readonly isResolved: boolean }[];
        readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
      };
    };
  };
}

/** Asks GitHub everything that the gate depends on. Nothing is taken from a webhook or an agent. */
export const readFresh = Effect.fn("readFresh")(function* (at: RepositoryRef, number: number) {
  const github = yield* GitHub;
  // Agents are no members; their logins are named by the operator, so that no stranger's approval counts.
  const reviewers = (yield* setting("RIG_REVIEWER_LOGINS", "rig-review-e[bot]"))
    .split(",")
    .map((login) => login.trim());
  return yield* github.call("read the pull request", at, async (octokit): Promise<Fresh> => {
    const { data: pr } = await octokit.rest.pulls.get({ ...at, pull_number: number });
    const ref = pr.head.sha;
    const checks = await octokit.paginate(octokit.rest.checks.listForRef, {
      ...at,
      ref,
      filter: "latest",
      per_page: 100,
    });
    const reviews = await octokit.paginate(octokit.rest.pulls.listReviews, {
      ...at,
      pull_number: number,
      per_page: 100,
    });
    return {
      number,
      open: pr.state === "open",
      draft: pr.draft === true,
      baseBranch: pr.base.ref,
      body: pr.body ?? "",
      author: pr.user.login,
      headSha: ref,
      labels: pr.labels.map(({ name }) => name),
      mergeable: pr.mergeable,
      checks: checks.map(({ name, status, conclusion }) => ({ name, completed: status === "completed", conclusion })),
      requiredChecks: await readRequiredChecks(octokit, at, pr.base.ref),
      reviews: reviews.map((review) => ({
        reviewer: review.user?.login ?? "",
        trusted:
          decidingAssociations.includes(review.author_association) || reviewers.includes(review.user?.login ?? ""),
        appointed: reviewers.includes(review.user?.login ?? ""),
        state: review.state,
        headSha: review.commit_id ?? "",
      })),
      unresolvedThreads: await countUnresolved(octokit, at, number),
      merged: pr.merged,
      mergeSha: pr.merged ? (pr.merge_commit_sha ?? null) : null,
      mergedBy: pr.merged_by?.login ?? "",
    };
  });
});

type Octokit = Parameters<Parameters<GitHub["Service"]["call"]>[2]>[0];

/** 100 pages of 100 threads: more than any pull request has. */
const threadPagesMax = 100;

/** The review threads that are open, over all pages: one that stands behind the hundredth holds the merge as well. */
async function countUnresolved(octokit: Octokit, at: RepositoryRef, number: number): Promise<number> {
  let unresolved = 0;
  let after: string | null = null;
  for (let page = 0; page < threadPagesMax; page += 1) {
    const answer: ThreadsAnswer = await octokit.graphql<ThreadsAnswer>(threadsQuery, { ...at, number, after });
    const { nodes, pageInfo } = answer.repository.pullRequest.reviewThreads;
    unresolved += nodes.filter(({ isResolved }) => !isResolved).length;
    if (!pageInfo.hasNextPage) return unresolved;
    after = pageInfo.endCursor;
  }
  throw new Error(`#${number} has more than ${threadPagesMax * 100} review threads`);
}

/** The checks that the base branch's protection demands; none where the branch has no protection. */
async function readRequiredChecks(octokit: Octokit, at: RepositoryRef, branch: string): Promise<readonly string[]> {
  try {
    const { data } = await octokit.rest.repos.getBranchProtection({ ...at, branch });
    const required = data.required_status_checks;
    return required?.checks?.map(({ context }) => context) ?? required?.contexts ?? [];
  } catch (cause) {
    if ((cause as { status?: number }).status === 404) return [];
    throw cause;
  }
}

/** Asks for the merge of exactly this head; GitHub answers 409 when the head is another one by now. */
export const merge = Effect.fn("merge")(function* (at: RepositoryRef, number: number, headSha: string) {
  const github = yield* GitHub;
  return yield* github.call("merge", at, async (octokit) => {
    const { data } = await octokit.rest.pulls.merge({
      ...at,
      pull_number: number,
      sha: headSha,
      merge_method: "merge",
    });
    return data.sha;
  });
});
