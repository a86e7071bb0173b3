import type { Priority } from "./work.ts";

/** A person sets this label on an issue to approve it: the rig then works on the issue. */
export const readyLabel = "agent-ready";
/** The gate does not merge a pull request with this label: a person does. */
export const manualMergeLabel = "manual-merge";

/** Whether GitHub takes two labels for one: it does not tell them apart by case. No other letter passes for one of A to Z, as it does in `toLowerCase`. */
export function isSameLabel(one: string, other: string): boolean {
  const plain = (label: string) => label.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return plain(one) === plain(other);
}

/** Whether this is the label that leaves the merge to a person. A letter that passes for one of these counts too: it only holds. */
export function isManualMerge(label: string): boolean {
  return label.toLowerCase() === manualMergeLabel;
}

/** Whether this is the label that approves an issue. */
export function isReadyLabel(label: string): boolean {
  return isSameLabel(label, readyLabel);
}

/** A person sets this label on a large pull request to let the gate merge it. */
export const largeOkLabel = "large-pr-ok";

/** Whether this is the label that lets the gate merge a large change. */
export function isLargeOk(label: string): boolean {
  return isSameLabel(label, largeOkLabel);
}

/** A person sets this label on a pull request that mends the base branch: it is merged although required checks fail there. */
export const fixesBaseLabel = "fixes-main";

/** Whether this is that label. */
export function isFixesBase(label: string): boolean {
  return isSameLabel(label, fixesBaseLabel);
}

/** The priority of an issue from its labels: `priority:high` wins over `priority:low`; without either it is normal. */
export function priorityOf(labels: readonly string[]): Priority {
  const isOn = (priority: RegExp) => labels.some((label) => priority.test(label));
  if (isOn(/^priority:high$/i)) return "high";
  return isOn(/^priority:low$/i) ? "low" : "normal";
}
