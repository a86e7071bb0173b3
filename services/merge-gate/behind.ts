import { Effect } from "effect";
import type { Place } from "#contracts/aggregates.ts";
import type { ForgeState } from "#contracts/gate/snapshot.ts";
import type { PullShown } from "./change-shown.ts";
import { type Comparing, compare } from "./compare.ts";

// Why a head has to hold the newest commits of its base before it is merged.

/** Whether the head lacks commits of its base that it has to have, otherwise their merge base, and the newest commit of the base. */
type Standing = Pick<ForgeState, "behind" | "mergeBase" | "baseSha">;

/**
 * Asks whether the head lacks commits of its base, and has to have them. `mergeable_state` alone does not say it: it is `behind` only when
 * nothing else blocks the merge, and a ruleset that lets only the gate update the base blocks it for everybody.
 */
export const readBehind = Effect.fn("readBehind")(function* (
  change: Place,
  { open, merged, standing, ownRepository, base, headSha }: PullShown,
  { strict, comparing }: { readonly strict: boolean; readonly comparing: Comparing },
) {
  const because = (behind: Standing["behind"], more: Partial<Standing> = {}) => {
    return { behind, mergeBase: null, baseSha: null, ...more } satisfies Standing;
  };
  if (merged || !ownRepository || !(open || strict)) return because(null);
  const compared = yield* comparing;
  const { ahead_by: own, behind_by: lacking, merge_base_commit, base_commit } = compared;
  // Without commits of its own it was merged meanwhile.
  if (own === 0) return because(null);
  const mergeBase = merge_base_commit.sha;
  const baseSha = strict ? (lacking === 0 ? mergeBase : base_commit.sha) : null;
  if (!open) return because(null, { baseSha });
  if (lacking === 0) return because(null, { mergeBase, baseSha });
  if (strict || standing === "behind") return because("strict", { baseSha });
  // What the head had before others merged it was in no diff of the head: where the head keeps nothing of it, its merge would undo it unseen.
  const fork = forkOf(yield* compare(change, { from: headSha, to: base }));
  if (fork === null) return because("shared");
  if (fork.isOnlyWay) return because(null, { mergeBase });
  const { ahead_by: sinceFork } = yield* compare(change, { from: fork.sha, to: headSha });
  return sinceFork === own ? because(null, { mergeBase }) : because("shared");
});

/** Commits that the base has and the head lacks, as far as they are listed, and how many there are. */
interface Lacked {
  readonly total_commits: number;
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
export function forkOf({ commits, total_commits: count }: Lacked): Fork | null {
  if (commits.length < count) return null;
  const below = new Set(commits.flatMap(({ parents }) => parents.map(({ sha }) => sha)));
  const line = new Map(commits.map(({ sha, parents }) => [sha, parents[0]?.sha]));
  const tip = commits.find(({ sha }) => !below.has(sha))?.sha ?? "";
  const sha = commits.reduce((at) => line.get(at) ?? at, tip);
  return { sha, isOnlyWay: [...below].every((parent) => line.has(parent) || parent === sha) };
}
