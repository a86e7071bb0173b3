/** GitHub counts requests to its GraphQL API apart from all others. */
export type Resource = "graphql" | "rest";

/** What an answer of GitHub says that matters here. GraphQL answers 200 with errors, which have types. */
export interface Answered {
  readonly resource: Resource;
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | number | undefined>>;
  readonly message: string;
  readonly errorTypes: readonly string[];
}

/**
 * GitHub limits the rate of this identity. Nothing is asked for `waitMs`; the call fails with `Retryable`, and its message is redelivered then.
 * Kind: retryable.
 * What to do: nothing if it is rare. If it is not, look which identity it is: services that share one share its limit, so give each its own.
 */
export class RateLimited extends Error {
  override readonly name = "RateLimited";
  readonly waitMs: number;

  constructor(waitMs: number, cause?: unknown) {
    super("rate limited by GitHub", { cause });
    this.waitMs = waitMs;
  }
}

const minuteMs = 60_000;
const hourMs = 3_600_000;

/**
 * The rate limits of one identity. All its calls in this process share them, so that after the first refusal the others wait too: GitHub may
 * ban an identity that goes on while it is limited (https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api).
 * A primary limit stops one resource until its reset, a secondary limit everything.
 */
export class RateLimits {
  readonly #until = { graphql: 0, rest: 0 };
  /** Secondary limits without a named wait since the last success: each doubles the next wait, as GitHub asks. */
  #strikes = 0;
  #limitedAtMs = 0;

  /** How long a request to this resource has to wait, ms; 0 when it may be sent. */
  waitMs(resource: Resource, nowMs: number): number {
    return Math.max(0, this.#until[resource] - nowMs);
  }

  /** Notes what GitHub answered to a request that was sent at `sentAtMs`. Returns the wait when it was refused by a limit, otherwise null. */
  note(answered: Answered, sentAtMs: number, nowMs: number): number | null {
    const kind = limitOf(answered);
    if (kind === null) {
      const isSuccess = answered.status !== undefined && answered.status < 400;
      if (isSuccess && sentAtMs > this.#limitedAtMs) this.#strikes = 0;
      return null;
    }
    const named = retryAfterMs(answered.headers["retry-after"]);
    if (kind === "primary") return this.#block([answered.resource], untilReset(answered, nowMs), nowMs);
    const waitMs = named ?? minuteMs * 2 ** this.#strikes;
    // Requests that were under way when the limit began are refused too, and say nothing about how long it lasts.
    if (named === undefined && sentAtMs >= this.#limitedAtMs) this.#strikes += 1;
    this.#limitedAtMs = nowMs;
    return this.#block(["graphql", "rest"], waitMs, nowMs);
  }

  #block(resources: readonly Resource[], waitMs: number, nowMs: number): number {
    const bounded = Math.ceil(Math.min(waitMs, hourMs));
    for (const resource of resources) this.#until[resource] = Math.max(this.#until[resource], nowMs + bounded);
    return bounded;
  }
}

/** Which limit refused a request, if one did. A secondary one may be named only in the message, or not at all. */
function limitOf({ status, headers, message, errorTypes }: Answered): "primary" | "secondary" | null {
  const isRefused = status === 403 || status === 429;
  const isGraphqlLimit = errorTypes.some((type) => type === "RATE_LIMITED" || type === "RATE_LIMIT");
  if ((isRefused || errorTypes.length > 0) && /secondary rate limit/i.test(message)) return "secondary";
  if (!isRefused && !isGraphqlLimit) return null;
  if (headers["retry-after"] !== undefined) return "secondary";
  if (isGraphqlLimit || String(headers["x-ratelimit-remaining"]) === "0") return "primary";
  return status === 429 ? "secondary" : null;
}

/** At least a minute: the reset may lie in the past by GitHub's clock or ours. */
function untilReset({ headers }: Answered, nowMs: number): number {
  const resetMs = Number(headers["x-ratelimit-reset"] ?? "0") * 1_000;
  return Math.max(minuteMs, resetMs - nowMs);
}

/** The wait of a `Retry-After` header in ms; undefined when it is absent or a date, which GitHub does not send. */
function retryAfterMs(retryAfter: string | number | undefined): number | undefined {
  const seconds = Number(retryAfter || "NaN");
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : undefined;
}
