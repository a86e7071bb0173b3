import { Effect } from "effect";
import type { RepositoryRef } from "#contracts/aggregates.ts";
import { readDiffBetween, readMoved } from "#kit/github/change-diff.ts";
import { GitHub } from "#kit/github/github.ts";
import { isMoved, type ListedFile, listEnds } from "#kit/github/unreadable-files.ts";
import type { CommitHistory, Comparison } from "./unreadable.ts";

/**
 * Compares two commits by their SHAs, so that what is read is what those commits have, whatever the pull request shows by now. GitHub lists
 * at most 300 files, all of them on the first page (https://docs.github.com/rest/commits/commits#compare-two-commits).
 */
export const compareCommits = Effect.fn("compareCommits")(function* (
  at: RepositoryRef,
  { baseSha, headSha, filesCount }: { readonly baseSha: string; readonly headSha: string; readonly filesCount: number },
) {
  const github = yield* GitHub;
  const range = { basehead: `${baseSha}...${headSha}`, per_page: commitsMax };
  const listed = yield* github.call("read the changed files", at, async (octokit, repository) => {
    return (await octokit.rest.repos.compareCommitsWithBasehead({ ...repository, ...range })).data;
  });
  const files = (listed.files ?? []) as readonly ListedFile[];
  const diff = yield* readDiffBetween(at, baseSha, headSha);
  const moved = yield* readMoved(at, headSha, files.filter(isMoved));
  const commits = listed.commits.map(({ sha, parents }) => ({ sha, parents: parents.map((parent) => parent.sha) }));
  const commitsCount = listed.total_commits;
  const mergeBase = listed.merge_base_commit.sha;
  // A head without a merge commit has one merge base.
  const isMerge = commits.some(({ parents }) => parents.length > 1);
  const count = isMerge ? yield* countCommits(at, mergeBase, headSha) : commitsCount;
  const history: CommitHistory = { commits, commitsCount, sinceMergeBase: count };
  const listEnd = listEnds.comparison;
  const comparison: Comparison = { files, filesCount, listEnd, diff, moved, history, mergeBase };
  return comparison;
});

/** 100, one page: more commits than an agent makes. */
const commitsMax = 100;

/** How many commits the head has that another commit does not have. */
const countCommits = Effect.fn("countCommits")(function* (at: RepositoryRef, fromSha: string, headSha: string) {
  const github = yield* GitHub;
  return yield* github.call("count the commits since the merge base", at, async (octokit, repository) => {
    const range = { basehead: `${fromSha}...${headSha}`, per_page: 1 };
    return (await octokit.rest.repos.compareCommitsWithBasehead({ ...repository, ...range })).data.total_commits;
  });
});
