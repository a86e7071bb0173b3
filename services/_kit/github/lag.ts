import { Clock, Effect } from "effect";
import type { Fact } from "#contracts/envelope.ts";
import { clocksMs, lagMs } from "#contracts/waits.ts";
import { Retryable } from "#kit/errors.ts";

/** 15 s: what GitHub does not show yet is asked for again after so long. Mostly it shows it within seconds. */
export const askAgainMs = 15_000;

/**
 * How long ago a fact happened, in milliseconds. Its publisher chose the time, so one in the future, by more than clocks differ, is as good as
 * long over: else it would be waited for until then.
 */
export function ageMsOf({ occurredAt }: Pick<Fact, "occurredAt">, nowMs: number): number {
  const ageMs = nowMs - Date.parse(occurredAt);
  return ageMs >= -clocksMs ? ageMs : Number.POSITIVE_INFINITY;
}

/** Fails with `Retryable` as long as GitHub's answer may be from before the fact: `what` says what it does not show. */
export const waitForGitHub = Effect.fn("waitForGitHub")(function* (fact: Pick<Fact, "occurredAt">, what: string) {
  if (ageMsOf(fact, yield* Clock.currentTimeMillis) > lagMs) return;
  return yield* new Retryable({ what, delayMs: askAgainMs });
});
