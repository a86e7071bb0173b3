/** When each thing was compared last, and when it is to be compared again. `updatedAt` is GitHub's; null where the list does not have it. */
export interface LastCompared {
  /** `due`: compare it now. `settled`: nothing is expected of it. `failing`: its last comparison failed, and the next try is later. */
  standing(key: string, updatedAt: string | null, instant: string): "due" | "settled" | "failing";
  /** Notes that it was compared. `isSettled`: nothing is expected soon. `askedAtMs`: when GitHub was asked for `updatedAt`. */
  compared(key: string, of: Outcome, instant: string): void;
  /** Notes that its comparison failed; returns how often in a row. */
  failed(key: string, updatedAt: string | null, instant: string): number;
  /** Since which tick each of these was missing, by each comparison since. */
  missingSince(key: string): ReadonlyMap<string, string>;
  /** Notes what is missing now. What is not named is missing no more. */
  missing(key: string, what: readonly string[], instant: string): void;
  /** Forgets what is due in any case, and what failed or was missing and is not there any more. */
  forget(instant: string): void;
}

interface Outcome {
  readonly updatedAt: string | null;
  readonly isSettled: boolean;
  readonly askedAtMs: number;
}

const minuteMs = 60_000;

/**
 * 10 minutes: GitHub does not move `updated_at` for everything, for example not when checks run again. A comparison of what did not change is
 * answered with "not modified", which GitHub does not count. What fails is tried after 1, 2, 4 and 8 minutes, and then as often as this.
 */
const againMs = 10 * minuteMs;

/**
 * 60 s: GitHub's times have seconds, so what changes twice in one second has one `updated_at`; an answer may come from a copy that is behind,
 * and clocks differ. What changed less than a minute before it was asked for is compared again at the next tick.
 */
const youngMs = minuteMs;

/** Nothing was compared yet: after a restart everything is compared once. */
export function makeLastCompared(): LastCompared {
  const last = new Map<string, { updatedAt: string | null; againAtMs: number; failures: number }>();
  const missing = new Map<string, { since: ReadonlyMap<string, string>; atMs: number }>();
  return {
    standing: (key, updatedAt, instant) => {
      const before = last.get(key);
      if (before === undefined || before.updatedAt !== updatedAt || before.againAtMs <= Date.parse(instant)) {
        return "due";
      }
      return before.failures > 0 ? "failing" : "settled";
    },
    compared: (key, { updatedAt, isSettled, askedAtMs }, instant) => {
      const isYoung = updatedAt !== null && Date.parse(updatedAt) + youngMs > askedAtMs;
      if (isYoung || !isSettled) last.delete(key);
      else last.set(key, { updatedAt, againAtMs: Date.parse(instant) + againMs, failures: 0 });
    },
    failed: (key, updatedAt, instant) => {
      const failures = (last.get(key)?.failures ?? 0) + 1;
      const waitMs = Math.min(minuteMs * 2 ** (failures - 1), againMs);
      last.set(key, { updatedAt, againAtMs: Date.parse(instant) + waitMs, failures });
      return failures;
    },
    missingSince: (key) => missing.get(key)?.since ?? new Map(),
    missing: (key, what, instant) => {
      const before = missing.get(key)?.since;
      const since = new Map(what.map((each) => [each, before?.get(each) ?? instant]));
      if (since.size === 0) missing.delete(key);
      else missing.set(key, { since, atMs: Date.parse(instant) });
    },
    forget: (instant) => {
      for (const [key, { atMs }] of missing) if (atMs + againMs <= Date.parse(instant)) missing.delete(key);
      for (const [key, { againAtMs, failures }] of last) {
        const keptMs = failures > 0 ? againMs : 0;
        if (againAtMs + keptMs <= Date.parse(instant)) last.delete(key);
      }
    },
  };
}
