import type { GatePolicy } from "#contracts/policy.ts";
import { type Check, no, yes } from "./condition.ts";
import { isQueuedByGate } from "./queue.ts";
import type { Snapshot } from "./snapshot.ts";

/** Whether GitHub can merge the head into its base as it is, and may, and whether it is its turn. */
export function mergeableCheck({ ahead, forge }: Snapshot, { testMergeResult }: GatePolicy): Check {
  const { mergeable, behind, baseBranch } = forge;
  if (mergeable === null && isQueuedByGate(forge)) return yes("mergeable", "the merge queue tries whether it merges");
  if (mergeable === null) return no("mergeable", "mergeable-unknown", "GitHub has not computed it yet");
  if (!mergeable) return no("mergeable", "conflict", "conflicts with its base");
  if (ahead !== null)
    return no("mergeable", "in-line", `#${ahead} is before it: ${baseBranch} gets one change after another`);
  if (behind === null) return yes("mergeable", "merges cleanly");
  const why = {
    strict: testMergeResult !== false ? "with which it has to be tested" : "which demands heads to be up to date",
    shared: "and a merge may undo what others merged there",
  };
  return no("mergeable", "behind", `behind ${baseBranch}, ${why[behind]}: the base has to be merged into it`);
}
