import type { Fact } from "#contracts/envelope.ts";
import { holds } from "#contracts/gate/reasons.ts";
import { isUnderWay } from "#contracts/issue-run.ts";
import { because } from "#contracts/reason.ts";
import { type IssueAndChange, isBeyondWork, needsHuman, nothing, type Outcome } from "./decide-queue.ts";

// What follows when the gate cannot merge, or has waited for too long.

/** Every condition holds, and GitHub refuses the merge for good: nobody of the rig can do more. */
export function onMergeRefused(refused: Fact<"MERGE_FAILED">["data"], seen: IssueAndChange): Outcome {
  const { on } = seen;
  const { asksPerson, prNumber, reason, details } = refused;
  if (asksPerson !== true || isPast(refused, seen)) return nothing;
  const what = because(`GitHub refuses the merge of #${prNumber}, for which the gate is open: ${reason}`);
  return { ...nothing, facts: [needsHuman(on, { ...what, details })] };
}

/** The gate has waited for too long. */
export function onOverdue(overdue: Fact<"GATE_OVERDUE">["data"], seen: IssueAndChange): Outcome {
  const { on } = seen;
  const { prNumber, hold, since, reason } = overdue;
  if (isPast(overdue, seen)) return nothing;
  const why = because(`#${prNumber} is held since ${since} (${hold}): ${reason}. ${holds[hold].todo}`);
  return { ...nothing, facts: [needsHuman(on, why)] };
}

/**
 * Whether the issue went on since the gate said it: the message may be redelivered long after. A head of which no delivery told yet counts,
 * because the gate asked GitHub for it.
 */
function isPast(
  { prNumber, headSha }: { readonly prNumber: number; readonly headSha: string },
  { issue, change }: IssueAndChange,
): boolean {
  const isReplaced = change.headSha !== headSha && change.supersededHeads.includes(headSha);
  return isReplaced || isBeyondWork(issue) || issue.pr?.number !== prNumber || isUnderWay(issue);
}
