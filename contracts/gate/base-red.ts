import { fixesBaseLabel, isFixesBase } from "#contracts/labels.ts";
import { type HeadChecks, weighRequired } from "#contracts/required-checks.ts";
import { type Check, no } from "./condition.ts";
import type { Required, Snapshot } from "./snapshot.ts";

/**
 * The names of the required checks that failed on the newest commit of the base. One that was cancelled there, that runs or never ran, holds
 * nothing: the next push often ends the run of the one before.
 */
export function redChecksOf({ requirements, gate }: Required, onBase: HeadChecks): readonly string[] {
  const { failed, required } = weighRequired(requirements, onBase, { ownAppId: gate.appId });
  return required === "nothing" ? [] : [...new Set(failed.map(({ name }) => name))];
}

/** Whether a change mends the base: by a person's label on it, or because the issue that a person approved proposes the revert of what broke it. */
export function isMending(
  { mendsBase }: { readonly mendsBase: boolean },
  { peopleLabels }: Pick<Snapshot["forge"], "peopleLabels">,
): boolean {
  return mendsBase || peopleLabels.some(isFixesBase);
}

/** Why a base whose required checks failed holds a change; null where they did not, or where the change mends them. */
export function baseRedCheck({ baseRed, issue, forge }: Snapshot): Check | null {
  const { baseBranch, baseSha } = forge;
  if (baseRed.length === 0 || isMending(issue, forge)) return null;
  const at = baseSha === null ? "" : ` at ${baseSha.slice(0, 7)}`;
  const why = `failed on ${baseBranch}${at}: ${baseRed.join(", ")}; only a revert that the rig proposed, or a change with the label ${fixesBaseLabel}, goes first`;
  return no("ci", "base-red", why);
}
