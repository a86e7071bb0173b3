import type { Check } from "./condition.ts";
import { type HoldName, hoursOf } from "./reasons.ts";

// How long the gate waits for what no person of the repository ends, before a person is asked.

/** What has held a change for longer than its deadline. `since`: ISO 8601 in UTC. */
export interface Overdue {
  readonly hold: HoldName;
  readonly since: string;
  readonly why: string;
}

/** When a person has to be asked because of a condition: ISO 8601 in UTC; null where it has no deadline. `from`: no wait begins before it. */
export function deadlineOf({ hold, since }: Check, from = since): string | null {
  const hours = hold === undefined ? undefined : hoursOf(hold);
  if (since === undefined || from === undefined || hours === undefined) return null;
  const beganMs = Math.max(Date.parse(since), Date.parse(from));
  return new Date(beganMs + hours * 3_600_000).toISOString();
}

/** The first condition whose deadline has passed at an instant; null when there is none. */
export function overdueAt(
  checks: readonly Check[],
  { at, from }: { readonly at: string; readonly from: string },
): Overdue | null {
  for (const check of checks) {
    const { hold, since, why } = check;
    const deadline = deadlineOf(check, from);
    if (hold !== undefined && since !== undefined && deadline !== null && deadline <= at) return { hold, since, why };
  }
  return null;
}
