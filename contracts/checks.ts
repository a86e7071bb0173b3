/** A check or commit status that GitHub requires before a merge. `appId`: only this App's counts; null where any App's does. */
export interface RequiredCheck {
  readonly name: string;
  readonly appId: number | null;
}

/** How a check, or a commit status, of one commit ended. `appId` is null for a status, `conclusion` while a check runs. */
export interface CheckEnd {
  readonly name: string;
  readonly appId: number | null;
  readonly conclusion: string | null;
}

/** The name of the check run by which the gate shows its verdict. It counts for nothing, because it waits for the others. */
export const gateCheck = "rig/gate";

/**
 * The ends that say that something is wrong with the commit: `failure` and `timed_out` of a check, `failure` and `error` of a status.
 * A cancelled, stale or skipped check has no result, and one that needs an action needs a person
 * (https://docs.github.com/rest/checks/runs).
 */
const red = ["failure", "timed_out", "error"];

/** Whether a check or status ended with something wrong. */
export function isRed({ conclusion }: CheckEnd): boolean {
  return red.includes(conclusion ?? "");
}

/** The checks of a head by whether the merge depends on them, and the required ones that did not begin. */
interface WeighedChecks<Check extends CheckEnd> {
  readonly demanded: readonly Check[];
  readonly others: readonly Check[];
  readonly missing: readonly RequiredCheck[];
}

/** Tells apart the checks that the merge depends on: the required ones, and all that ran where nothing is required. */
function weighChecks<Check extends CheckEnd>(
  checks: readonly Check[],
  required: readonly RequiredCheck[],
): WeighedChecks<Check> {
  const ran = checks.filter(({ name }) => name !== gateCheck);
  const wanted = required.filter(({ name }) => name !== gateCheck);
  if (wanted.length === 0) return { demanded: ran, others: [], missing: [] };
  // A status does not say which App set it. It counts by its name, but shows nothing of what an App has to show.
  const isDemanded = (check: Check) =>
    wanted.some((one) => isOf(one, check) || (names(one, check) && check.appId === null));
  return {
    demanded: ran.filter(isDemanded),
    others: ran.filter((check) => !isDemanded(check)),
    missing: wanted.filter((one) => !ran.some((check) => isOf(one, check))),
  };
}

function names(required: RequiredCheck, { name }: CheckEnd): boolean {
  return required.name === name;
}

function isOf(required: RequiredCheck, check: CheckEnd): boolean {
  return names(required, check) && (required.appId === null || required.appId === check.appId);
}

/** The checks that lead to a fix: those that the merge depends on and that ended with something wrong. */
export function failedOf<Check extends CheckEnd>(
  checks: readonly Check[],
  required: readonly RequiredCheck[],
): readonly Check[] {
  return weighChecks(checks, required).demanded.filter(isRed);
}

/** Whether each check that the merge depends on has ended. */
export function isWhole(checks: readonly CheckEnd[], required: readonly RequiredCheck[]): boolean {
  const { demanded, missing } = weighChecks(checks, required);
  return missing.length === 0 && demanded.every(({ conclusion }) => conclusion !== null);
}
