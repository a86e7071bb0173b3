import type { Priority } from "./work.ts";

/** A person sets this label on an issue to approve it: the rig then works on the issue. */
export const readyLabel = "agent-ready";
/** The gate does not merge a pull request with this label: a person does. */
export const manualMergeLabel = "manual-merge";

/** Whether this is the label that leaves the merge to a person. GitHub does not tell labels apart by case. */
export function isManualMerge(label: string): boolean {
  return label.toLowerCase() === manualMergeLabel;
}

/** Whether this is the label that approves an issue. No other letter passes for one of these, as it does in `toLowerCase`. */
export function isReadyLabel(label: string): boolean {
  return /^agent-ready$/i.test(label);
}

/** A person sets this label on a large pull request to let the gate merge it. */
export const largeOkLabel = "large-pr-ok";

/** Whether this is the label that lets the gate merge a large change. No other letter passes for one of these, as it does in `toLowerCase`. */
export function isLargeOk(label: string): boolean {
  return /^large-pr-ok$/i.test(label);
}

/** A person sets this label on a pull request that mends the base branch: it is merged although required checks fail there. */
export const fixesBaseLabel = "fixes-main";

/** Whether this is that label. No other letter passes for one of these. */
export function isFixesBase(label: string): boolean {
  return /^fixes-main$/i.test(label);
}

/** The priority of an issue from its labels: `priority:high` wins over `priority:low`; without either it is normal. */
export function priorityOf(labels: readonly string[]): Priority {
  const isOn = (priority: RegExp) => labels.some((label) => priority.test(label));
  if (isOn(/^priority:high$/i)) return "high";
  return isOn(/^priority:low$/i) ? "low" : "normal";
}
