/** When each issue and pull request was compared last, and what GitHub's `updated_at` of it was. */
export interface Looks {
  /** Whether it has to be compared at this instant. `updatedAt` is null where the list does not have it. */
  isDue(key: string, updatedAt: string | null, instant: string): boolean;
  /** Notes that it was compared and that nothing is expected soon. */
  done(key: string, updatedAt: string | null, instant: string): void;
  /** Forgets what is due in any case. */
  forget(instant: string): void;
}

/**
 * 10 minutes: GitHub does not move `updated_at` for everything, for example not when checks run again. A comparison of what did not change is
 * answered with "not modified", which GitHub does not count.
 */
const againMs = 600_000;

/** Nothing was compared yet: after a restart everything is compared once. */
export function makeLooks(): Looks {
  const last = new Map<string, { readonly updatedAt: string | null; readonly atMs: number }>();
  return {
    isDue: (key, updatedAt, instant) => {
      const before = last.get(key);
      if (before === undefined || before.updatedAt !== updatedAt) return true;
      return Date.parse(instant) - before.atMs >= againMs;
    },
    done: (key, updatedAt, instant) => {
      last.set(key, { updatedAt, atMs: Date.parse(instant) });
    },
    forget: (instant) => {
      for (const [key, { atMs }] of last) if (Date.parse(instant) - atMs >= againMs) last.delete(key);
    },
  };
}
