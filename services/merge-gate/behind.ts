import { Effect } from "effect";
import type { Place } from "#contracts/aggregates.ts";
import type { ForgeState } from "#contracts/gate/snapshot.ts";
import { compareWithBase, isShared } from "#kit/github/fork.ts";
import type { Octokit } from "#kit/github/github.ts";

// Why a head has to hold the newest commits of its base before it is merged.

type PullRequest = Awaited<ReturnType<Octokit["rest"]["pulls"]["get"]>>["data"];

/** Whether the head lacks commits of its base that it has to have, and otherwise their merge base. */
type Standing = Pick<ForgeState, "behind" | "mergeBase">;

/**
 * Asks whether the head lacks commits of its base, and has to have them. `mergeable_state` alone does not say it: it is `behind` only when
 * nothing else blocks the merge, and a ruleset that lets only the gate update the base blocks it for everybody.
 */
export const readBehind = Effect.fn("readBehind")(function* (
  change: Place,
  { state, mergeable_state: standing, base, head }: PullRequest,
  { strict }: { readonly strict: boolean },
) {
  const because = (behind: Standing["behind"], mergeBase: Standing["mergeBase"] = null) => ({ behind, mergeBase });
  if (standing === "behind") return because("strict");
  if (state !== "open" || head.repo?.id !== base.repo.id) return because(null);
  const lacked = yield* compareWithBase(change, { from: head.sha, to: base.ref });
  // Without commits of its own it was merged meanwhile.
  if (lacked.behind_by === 0) return because(null);
  const mergeBase = lacked.merge_base_commit.sha;
  if (lacked.ahead_by === 0) return because(null, mergeBase);
  if (strict) return because("strict");
  // What the head had before others merged it was in no diff of the head: where the head keeps nothing of it, its merge would undo it unseen.
  return (yield* isShared(change, head.sha, lacked)) ? because("shared") : because(null, mergeBase);
});
