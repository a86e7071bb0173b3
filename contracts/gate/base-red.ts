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

/** Why a base whose required checks failed holds a change; null where they did not, or where a person says that the change mends them. */
export function baseRedCheck({ baseRed, forge: { baseBranch, baseSha, peopleLabels } }: Snapshot): Check | null {
  if (baseRed.length === 0 || peopleLabels.some(isFixesBase)) return null;
  const at = baseSha === null ? "" : ` at ${baseSha.slice(0, 7)}`;
  const why = `failed on ${baseBranch}${at}: ${baseRed.join(", ")}; only a change with the label ${fixesBaseLabel} goes first`;
  return no("ci", "base-red", why);
}
