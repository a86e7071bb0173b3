import type { RepositoryRef } from "#contracts/aggregates.ts";
import type { Octokit } from "./github.ts";

/** Reads all reviews of a pull request, oldest first, over all pages: also an objection after the first hundred counts. */
export function pullRequestReviews(octokit: Octokit, { owner, repo }: RepositoryRef, number: number) {
  return octokit.paginate(octokit.rest.pulls.listReviews, { owner, repo, pull_number: number, per_page: 100 });
}
