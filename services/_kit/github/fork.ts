import { Effect } from "effect";
import type { RepositoryRef } from "#contracts/aggregates.ts";
import { GitHub } from "./github.ts";

// Where a head left the line of its base, and whether the base has got commits of the head since.

/**
 * Compares two commits: how many each has and the other lacks, the files that differ, 300 at most
 * (https://docs.github.com/rest/commits/commits#compare-two-commits), and of the commits that the second has and the first lacks one page.
 */
export const compare = Effect.fn("compare")(function* (
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

/** Where a head left the line of its base. */
interface Fork {
  readonly sha: string;
  /** Whether all that the base and the head have in common is in this commit: nothing else that the head has was merged into the base since. */
  readonly isOnlyWay: boolean;
}

/**
 * Where the head left the line of the base, which a merge goes on as the first parent of its commit: the newest commit of that line that the
 * head has. null where not all commits are listed.
 */
export function forkOf({ commits, total_commits: count }: Omit<Lacked, "behind_by">): Fork | null {
  if (commits.length < count) return null;
  const below = new Set(commits.flatMap(({ parents }) => parents.map(({ sha }) => sha)));
  const line = new Map(commits.map(({ sha, parents }) => [sha, parents[0]?.sha]));
  const tip = commits.find(({ sha }) => !below.has(sha))?.sha ?? "";
  const sha = commits.reduce((at) => line.get(at) ?? at, tip);
  return { sha, isOnlyWay: [...below].every((parent) => line.has(parent) || parent === sha) };
}

/**
 * Whether others merged commits into the base that the head had before: what the head does to them was in no diff of it. Where it is not so, the two
 * have one merge base, at which the head left the base. Also where not all commits are listed, it counts as so.
 */
export const isShared = Effect.fn("isShared")(function* (at: RepositoryRef, headSha: string, lacked: Lacked) {
  const fork = forkOf(lacked);
  if (fork === null) return true;
  if (fork.isOnlyWay) return false;
  const { ahead_by: sinceFork } = yield* compare(at, { from: fork.sha, to: headSha });
  return sinceFork !== lacked.behind_by;
});
