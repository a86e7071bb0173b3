/** GitHub counts REST and GraphQL apart (https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api). */
export type Resource = "core" | "graphql";

/** What one login has used in the hour that its first request began. */
interface Window {
  used: number;
  limit: number;
  resetAtMs: number;
}

/** What a client reads in `x-ratelimit-*` and in `GET /rate_limit`. `reset` is in seconds since 1970. */
export interface Standing {
  readonly limit: number;
  readonly used: number;
  readonly remaining: number;
  readonly reset: number;
}

/** A secondary limit as a test plays it: it refuses the next requests, with `retry-after` or without any header that says why. */
export interface SecondaryLimit {
  /** How many requests it refuses. */
  readonly times: number;
  readonly status: 403 | 429;
  /** Absent: the answer has no header, only the message. */
  readonly retryAfterSeconds?: number;
  /** Absent: it refuses both. */
  readonly resource?: Resource;
}

// What an App has in an organization of GitHub Enterprise Cloud.
const hourlyMax = 15_000;
const windowMs = 3_600_000;

/** Counts the requests of each login, and refuses when a limit is reached. A test may lower a limit, and play a secondary one. */
export class RateLimits {
  readonly #windows = new Map<string, Window>();
  #secondary: { readonly limit: SecondaryLimit; left: number } | null = null;

  /** Leaves a login this many requests until the reset. */
  lower(of: {
    readonly login: string;
    readonly resource: Resource;
    readonly remaining: number;
    readonly resetInMs?: number;
  }): void {
    const { login, resource, remaining, resetInMs = windowMs } = of;
    this.#windows.set(`${resource} ${login}`, {
      used: hourlyMax - remaining,
      limit: hourlyMax,
      resetAtMs: Date.now() + resetInMs,
    });
  }

  /** Refuses the next requests of everybody by a secondary limit. */
  playSecondary(limit: SecondaryLimit): void {
    this.#secondary = { limit, left: limit.times };
  }

  /** The secondary limit that refuses this request, if one does; each call counts as one request. */
  secondaryFor(resource: Resource): SecondaryLimit | null {
    const playing = this.#secondary;
    if (playing === null || playing.left === 0) return null;
    if (playing.limit.resource !== undefined && playing.limit.resource !== resource) return null;
    playing.left -= 1;
    return playing.limit;
  }

  /** Counts one request. False when nothing was left for it. */
  take(login: string, resource: Resource): boolean {
    const window = this.#windowOf(login, resource);
    if (window.used >= window.limit) return false;
    window.used += 1;
    return true;
  }

  /** Takes one request out of the count: an answer 304 is not counted. */
  uncount(login: string, resource: Resource): void {
    this.#windowOf(login, resource).used -= 1;
  }

  standing(login: string, resource: Resource): Standing {
    const { used, limit, resetAtMs } = this.#windowOf(login, resource);
    return { limit, used, remaining: limit - used, reset: Math.ceil(resetAtMs / 1_000) };
  }

  #windowOf(login: string, resource: Resource): Window {
    const key = `${resource} ${login}`;
    const found = this.#windows.get(key);
    if (found !== undefined && found.resetAtMs > Date.now()) return found;
    const begun: Window = { used: 0, limit: hourlyMax, resetAtMs: Date.now() + windowMs };
    this.#windows.set(key, begun);
    return begun;
  }
}
