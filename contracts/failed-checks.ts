import { gateCheck, type RequiredCheck } from "./checks.ts";
import { type HeadCheck, weighRequired } from "./required-checks.ts";

/** What the checks of a head mean for a fix. */
interface WeighedFailed<Check extends HeadCheck> {
  /** Those that lead to a fix. */
  readonly failed: readonly Check[];
  /** Whether each check that the merge depends on has ended. */
  readonly isWhole: boolean;
}

/**
 * Tells which checks of a head lead to a fix, as `weighRequired` weighs them for the gate too. Left out is what only the gate asks GitHub for:
 * suites, required workflows, and checks required by a rule that is not shown. Nothing that has the name of the gate's own check counts.
 */
export function weighFailed<Check extends HeadCheck>(
  checks: readonly Check[],
  required: readonly RequiredCheck[],
): WeighedFailed<Check> {
  const others = ({ name }: { readonly name: string }) => name !== gateCheck;
  const demand = { checks: required.filter(others), workflows: [] };
  const { failed, lines } = weighRequired(demand, { checks: checks.filter(others), suites: [] }, { ownAppId: null });
  return { failed, isWhole: lines.every(({ state }) => state === "passed" || state === "blocked") };
}
