import type { Fact } from "#contracts/envelope.ts";
import { holds } from "#contracts/gate/reasons.ts";
import { isUnderWay } from "#contracts/issue-run.ts";
import { because } from "#contracts/reason.ts";
import { type IssueAndChange, isBeyondWork, needsHuman, nothing, type Outcome } from "./decide-queue.ts";

// What follows when the gate cannot merge, or has waited for too long.

/** Every condition holds, and GitHub refuses the merge for good: nobody of the rig can do more. */
export function onMergeRefused(refused: Fact<"MERGE_FAILED">["data"], { on, issue }: IssueAndChange): Outcome {
  const { asksPerson, prNumber, reason, details } = refused;
  if (asksPerson !== true || isBeyondWork(issue) || issue.pr?.number !== prNumber || isUnderWay(issue)) return nothing;
  const what = because(`GitHub refuses the merge of #${prNumber}, for which the gate is open: ${reason}`);
  return { ...nothing, facts: [needsHuman(on, { ...what, details })] };
}

/** The gate has waited for too long. */
export function onOverdue(
  { prNumber, hold, since, reason }: Fact<"GATE_OVERDUE">["data"],
  { on, issue }: IssueAndChange,
): Outcome {
  if (isBeyondWork(issue) || issue.pr?.number !== prNumber || isUnderWay(issue)) return nothing;
  const why = because(`#${prNumber} is held since ${since} (${hold}): ${reason}. ${holds[hold].todo}`);
  return { ...nothing, facts: [needsHuman(on, why)] };
}
