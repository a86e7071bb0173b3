import type { Priority } from "./work.ts";

/** The label with which a person hands an issue to the rig. */
export const readyLabel = "agent-ready";
/** With this label on a pull request the gate leaves the merge to a person. */
export const manualMergeLabel = "manual-merge";

/** `priority:high` and `priority:low` are labels of an issue; without one of them its priority is normal. */
export function priorityOf(labels: readonly string[]): Priority {
  if (labels.includes("priority:high")) return "high";
  return labels.includes("priority:low") ? "low" : "normal";
}
