import type { Check } from "./condition.ts";
import { hoursOf, isSetByPerson } from "./hold-waits.ts";
import { type HoldName, holds } from "./reasons.ts";

// How long the gate waits for what holds a change, before a person is asked or reminded.

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

/**
 * The first condition whose deadline has passed at an instant; null when there is none. While a person holds the change himself, nobody is asked
 * for what a person has to do besides.
 */
export function overdueAt(
  checks: readonly Check[],
  { at, from }: { readonly at: string; readonly from: string },
): Overdue | null {
  const isHeldByPerson = checks.some(({ hold }) => hold !== undefined && isSetByPerson(hold));
  for (const check of checks) {
    const { hold, since, why } = check;
    const deadline = deadlineOf(check, from);
    if (hold === undefined || since === undefined || deadline === null || deadline > at) continue;
    if (!(isHeldByPerson && holds[hold].who === "person")) return { hold, since, why };
  }
  return null;
}

/** The first condition that a person holds himself and has held for so many days; null when there is none. */
export function remindedAt(
  checks: readonly Check[],
  { at, days }: { readonly at: string; readonly days: number },
): Overdue | null {
  for (const { hold, since, why } of checks) {
    if (hold === undefined || since === undefined || !isSetByPerson(hold)) continue;
    if (Date.parse(since) + days * 86_400_000 <= Date.parse(at)) return { hold, since, why };
  }
  return null;
}
