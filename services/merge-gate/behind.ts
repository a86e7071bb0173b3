import { Effect } from "effect";
import type { Place } from "#contracts/aggregates.ts";
import type { ForgeState } from "#contracts/gate/snapshot.ts";
import { GitHub } from "#kit/github/github.ts";
import type { PullShown } from "./change-shown.ts";

// Why a head has to hold the newest commits of its base before it is merged.

/** Whether the head lacks commits of its base that it has to have, otherwise their merge base, and the newest commit of the base. */
type Standing = Pick<ForgeState, "behind" | "mergeBase" | "baseSha">;

/**
 * Asks whether the head lacks commits of its base, and has to have them. `mergeable_state` alone does not say it: it is `behind` only when
 * nothing else blocks the merge, and a ruleset that lets only the gate update the base blocks it for everybody.
 */
export const readBehind = Effect.fn("readBehind")(function* (
  change: Place,
  { open, merged, standing, ownRepository, baseBranch, headSha }: PullShown,
  { strict }: { readonly strict: boolean },
) {
  const because = (behind: Standing["behind"], more: Partial<Standing> = {}) => {
    return { behind, mergeBase: null, baseSha: null, ...more } satisfies Standing;
  };
  if (merged || !ownRepository || !(open || strict)) return because(null);
  const lacked = yield* compare(change, { from: headSha, to: baseBranch });
  // Without commits of its own it was merged meanwhile.
  if (lacked.behind_by === 0) return because(null);
  const mergeBase = lacked.merge_base_commit.sha;
  const baseSha = strict
    ? lacked.ahead_by === 0
      ? mergeBase
      : (tipOf(lacked) ?? (yield* readTip(change, baseBranch)))
    : null;
  if (!open) return because(null, { baseSha });
  if (lacked.ahead_by === 0) return because(null, { mergeBase, baseSha });
  if (strict || standing === "behind") return because("strict", { baseSha });
  // What the head had before others merged it was in no diff of the head: where the head keeps nothing of it, its merge would undo it unseen.
  const fork = forkOf(lacked);
  if (fork === null) return because("shared");
  const { ahead_by: sinceFork } = yield* compare(change, { from: fork, to: headSha });
  return sinceFork === lacked.behind_by ? because(null, { mergeBase }) : because("shared");
});

/** Whether a commit is still the newest one of the base, and in the head. */
export const isNewest = Effect.fn("isNewest")(function* (
  change: Place,
  { headSha, branch, baseSha }: { readonly headSha: string; readonly branch: string; readonly baseSha: string },
) {
  const lacked = yield* compare(change, { from: headSha, to: branch });
  return lacked.ahead_by === 0 && lacked.merge_base_commit.sha === baseSha;
});

/** The newest commit of a branch. */
const readTip = Effect.fn("readTip")(function* (change: Place, branch: string) {
  const github = yield* GitHub;
  return yield* github.call("read the newest commit of the base", change, async (octokit, at) => {
    return (await octokit.rest.git.getRef({ ...at, ref: `heads/${branch}` })).data.object.sha;
  });
});

/** Compares two commits. Of those that the second has and the first lacks, one page. */
const compare = Effect.fn("compare")(function* (
  change: Place,
  { from, to }: { readonly from: string; readonly to: string },
) {
  const github = yield* GitHub;
  return yield* github.call("compare with the base", change, async (octokit, at) => {
    const range = { basehead: `${from}...${to}`, per_page: 100 };
    return (await octokit.rest.repos.compareCommitsWithBasehead({ ...at, ...range })).data;
  });
});

/** Commits that the base has and the head lacks, as far as they are listed, and how many there are. */
interface Lacked {
  readonly total_commits: number;
  readonly commits: readonly { readonly sha: string; readonly parents: readonly { readonly sha: string }[] }[];
}

/**
 * Where the head left the line of the base, which a merge goes on as the first parent of its commit: the newest commit of that line that the
 * head has. null where not all commits are listed.
 */
export function forkOf(lacked: Lacked): string | null {
  const tip = tipOf(lacked);
  if (tip === null) return null;
  const line = new Map(lacked.commits.map(({ sha, parents }) => [sha, parents[0]?.sha]));
  return lacked.commits.reduce((at) => line.get(at) ?? at, tip);
}

/** The newest of them, which is no parent of another one; null where not all are listed. */
function tipOf({ commits, total_commits: count }: Lacked): string | null {
  const below = new Set(commits.flatMap(({ parents }) => parents.map(({ sha }) => sha)));
  return commits.length < count ? null : (commits.find(({ sha }) => !below.has(sha))?.sha ?? "");
}
