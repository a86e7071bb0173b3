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

/** Whether a check or status ended so that GitHub lets a merge pass that requires it (the page that `weighRequired` names). */
export function isPassing(conclusion: string | null): boolean {
  return conclusion === "success" || conclusion === "neutral" || conclusion === "skipped";
}
