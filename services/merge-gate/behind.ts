import { Effect } from "effect";
import type { Place } from "#contracts/aggregates.ts";
import type { ForgeState } from "#contracts/gate/snapshot.ts";
import { compare, isShared } from "#kit/github/fork.ts";
import type { PullShown } from "./change-shown.ts";
import type { Comparing } from "./compare.ts";

// Why a head has to hold the newest commits of its base before it is merged.

/** Whether the head lacks commits of its base that it has to have, otherwise their merge base, and the newest commit of the base. */
type Standing = Pick<ForgeState, "behind" | "mergeBase" | "baseSha">;

/**
 * Asks whether the head lacks commits of its base, and has to have them. `mergeable_state` alone does not say it: it is `behind` only when
 * nothing else blocks the merge, and a ruleset that lets only the gate update the base blocks it for everybody.
 */
export const readBehind = Effect.fn("readBehind")(function* (
  change: Place,
  { open, merged, standing, ownRepository, base, headSha, entry }: PullShown,
  { strict: isDemanded, comparing }: { readonly strict: boolean; readonly comparing: Comparing },
) {
  const because = (behind: Standing["behind"], more: Partial<Standing> = {}) => {
    return { behind, mergeBase: null, baseSha: null, ...more } satisfies Standing;
  };
  // A merge queue merges it into the newest commit of the base by itself.
  const strict = isDemanded && entry === null;
  if (merged || !ownRepository || !(open || strict)) return because(null);
  const { ahead_by: own, behind_by: lacking, merge_base_commit, base_commit } = yield* comparing;
  // Without commits of its own it was merged meanwhile.
  if (own === 0) return because(null);
  const mergeBase = merge_base_commit.sha;
  const baseSha = strict ? base_commit.sha : null;
  if (!open) return because(null, { baseSha });
  if ((standing === "behind" && entry === null) || (strict && lacking > 0)) return because("strict", { baseSha });
  if (lacking === 0) return because(null, { mergeBase, baseSha });
  // What the head had before others merged it was in no diff of the head: where the head keeps nothing of it, its merge would undo it unseen.
  const lacked = yield* compare(change, { from: headSha, to: base });
  return (yield* isShared(change, headSha, lacked)) ? because("shared") : because(null, { mergeBase });
});
