import { Effect } from "effect";
import type { RepositoryRef } from "#contracts/aggregates.ts";
import { GitHub } from "./github.ts";

// Where a head left the line of its base, and whether the base has got commits of the head since.

/** Compares two commits. Of those that the second has and the first lacks, one page. */
export const compareWithBase = Effect.fn("compareWithBase")(function* (
  at: RepositoryRef,
  { from, to }: { readonly from: string; readonly to: string },
) {
  const github = yield* GitHub;
  return yield* github.call("compare with the base", at, async (octokit, repository) => {
    const range = { basehead: `${from}...${to}`, per_page: 100 };
    return (await octokit.rest.repos.compareCommitsWithBasehead({ ...repository, ...range })).data;
  });
});

/** Commits that the base has and the head lacks, as far as they are listed, and how many there are; and how many the head has that the base lacks. */
interface Lacked {
  readonly total_commits: number;
  readonly behind_by: number;
  readonly commits: readonly { readonly sha: string; readonly parents: readonly { readonly sha: string }[] }[];
}

/**
 * Where the head left the line of the base, which a merge goes on as the first parent of its commit: the newest commit of that line that the
 * head has. null where not all commits are listed.
 */
export function forkOf({ commits, total_commits: count }: Omit<Lacked, "behind_by">): string | null {
  if (commits.length < count) return null;
  const below = new Set(commits.flatMap(({ parents }) => parents.map(({ sha }) => sha)));
  const line = new Map(commits.map(({ sha, parents }) => [sha, parents[0]?.sha]));
  const tip = commits.find(({ sha }) => !below.has(sha))?.sha ?? "";
  return commits.reduce((at) => line.get(at) ?? at, tip);
}

/**
 * Whether others merged commits into the base that the head had before: what the head does to them was in no diff of it. Where it is not so, the two
 * have one merge base, at which the head left the base. Also where not all commits are listed, it counts as so.
 */
export const isShared = Effect.fn("isShared")(function* (at: RepositoryRef, headSha: string, lacked: Lacked) {
  const fork = forkOf(lacked);
  if (fork === null) return true;
  const { ahead_by: sinceFork } = yield* compareWithBase(at, { from: fork, to: headSha });
  return sinceFork !== lacked.behind_by;
});
