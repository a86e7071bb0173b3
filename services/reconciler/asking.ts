import { Clock, Effect, Schema } from "effect";
import type { RepositoryRef } from "#contracts/aggregates.ts";
import type { Retryable } from "#kit/errors.ts";
import { GitHub, type GitHubRefused, type Octokit } from "#kit/github/github.ts";

type Headers = Readonly<Record<string, string | number | undefined>>;

/** A question to GitHub's REST API. `key` names it among all questions; `read` asks it with the headers that make it conditional. */
export interface Question<Value> {
  readonly what: string;
  readonly key: string;
  read(
    octokit: Octokit,
    at: RepositoryRef,
    headers: Readonly<Record<string, string>>,
  ): Promise<{ readonly value: Value; readonly headers: Headers }>;
}

/**
 * GitHub limits the rate, or so few of the hour's requests are left that they belong to the other services. The comparison stops.
 * `work.ts` catches it and the tick is acked: a later tick tries again.
 * Kind: retryable.
 * What to do: nothing: the comparison goes on at a later tick, with the repository that it did not reach. When it never gets through, compare
 * the number of `RECONCILED`'s requests with the limit of the reconciler's identity.
 */
export class LimitReached extends Schema.TaggedError<LimitReached>()("LimitReached", { what: Schema.String }) {
  override get message(): string {
    return `${this.what}. The comparison goes on later.`;
  }
}

/** One page of a list. GitHub says in `Link` whether another follows, but not in an answer "not modified": a full page asks for the next. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly full: boolean;
}

/** Asks GitHub, and keeps the answers, so that what did not change costs nothing. */
export interface Asking {
  /** Asks a question about a repository. */
  ask<Value>(
    at: RepositoryRef,
    question: Question<Value>,
  ): Effect.Effect<Value, Retryable | GitHubRefused | LimitReached, GitHub>;
  /** Counts one request that did not go through `ask`. */
  count(): void;
  /** The requests since the last `restart`, and how many of them GitHub answered with "not modified" (304), which it does not count. */
  readonly sent: { readonly requests: number; readonly unchanged: number };
  /** Counts from 0 again, and forgets answers that nobody asked for within the last hour. */
  readonly restart: Effect.Effect<void>;
}

/**
 * Half of the hour's requests: a comparison is the second way to learn of a thing. With one GitHub App for all services they share one
 * limit, and the first way, a delivery and what follows from it, must not wait for the second.
 */
const reserve = 0.5;
/** 1 h: a change is compared at least every 10 minutes, so an older answer belongs to one that is over. */
const keptMs = 3_600_000;

/** 50 pages of 100: more open issues with the label, or open pull requests, than a repository has that agents work on. */
const pagesMax = 50;

/** Reads a list to its end, or to the first page that is enough. */
export const allPages = Effect.fn("allPages")(function* <Item>(
  asking: Asking,
  at: RepositoryRef,
  question: (page: number) => Question<Page<Item>>,
  isEnough: (items: readonly Item[]) => boolean = () => false,
) {
  const all: Item[] = [];
  for (let page = 1; page <= pagesMax; page += 1) {
    const { items, full } = yield* asking.ask(at, question(page));
    all.push(...items);
    if (!full || isEnough(items)) return all;
  }
  yield* Effect.logWarning("list cut off", `${question(1).what}: more than ${pagesMax} pages`);
  return all;
});

interface Kept {
  readonly etag: string;
  readonly value: unknown;
  usedAtMs: number;
}

/**
 * The answers and their ETags stand in memory
 * (https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api#use-conditional-requests). A restart costs one
 * comparison at the full price; a table would hold copies of GitHub's answers that have to fit the code that reads them.
 */
export function makeAsking(): Asking {
  const kept = new Map<string, Kept>();
  const sent = { requests: 0, unchanged: 0 };
  let quota: Quota | null = null;
  const note = (headers: Headers) => {
    quota = quotaIn(headers) ?? quota;
  };
  return {
    sent,
    count: () => {
      sent.requests += 1;
    },
    restart: Effect.gen(function* () {
      const nowMs = yield* Clock.currentTimeMillis;
      for (const [key, { usedAtMs }] of kept) if (usedAtMs + keptMs < nowMs) kept.delete(key);
      Object.assign(sent, { requests: 0, unchanged: 0 });
    }),
    ask: <Value>(at: RepositoryRef, question: Question<Value>) =>
      Effect.gen(function* () {
        const nowMs = yield* Clock.currentTimeMillis;
        if (quota !== null && isLeftToOthers(quota, nowMs)) return yield* leftToOthers(quota);
        const key = `${at.owner}/${at.repo} ${question.key}`;
        const before = kept.get(key);
        const github = yield* GitHub;
        const asking = github.call(question.what, at, async (octokit, repository) => {
          sent.requests += 1;
          try {
            const conditional = before === undefined ? {} : { "if-none-match": before.etag };
            const { value, headers } = await question.read(octokit, repository, conditional);
            note(headers);
            if (typeof headers.etag === "string") kept.set(key, { etag: headers.etag, value, usedAtMs: nowMs });
            return value;
          } catch (cause) {
            const { status, response } = cause as { status?: number; response?: { headers?: Headers } };
            note(response?.headers ?? {});
            if (status !== 304 || before === undefined) throw cause;
            sent.unchanged += 1;
            before.usedAtMs = nowMs;
            return before.value as Value;
          }
        });
        return yield* Effect.catchTag(asking, "Retryable", (error) =>
          Effect.fail(error.delayMs === undefined ? error : new LimitReached({ what: error.what })),
        );
      }),
  };
}

interface Quota {
  readonly remaining: number;
  readonly limit: number;
  readonly resetMs: number;
}

/** https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#checking-the-status-of-your-rate-limit */
function quotaIn(headers: Headers): Quota | undefined {
  const [remaining, limit, reset] = ["remaining", "limit", "reset"].map((name) =>
    Number(headers[`x-ratelimit-${name}`]),
  );
  const known = [remaining, limit, reset].every((value) => Number.isFinite(value));
  return known ? { remaining: remaining ?? 0, limit: limit ?? 0, resetMs: (reset ?? 0) * 1_000 } : undefined;
}

function isLeftToOthers({ remaining, limit, resetMs }: Quota, nowMs: number): boolean {
  return nowMs < resetMs && remaining < limit * reserve;
}

function leftToOthers({ remaining, limit }: Quota): LimitReached {
  return new LimitReached({ what: `${remaining} of ${limit} requests of this hour are left, for the other services` });
}
