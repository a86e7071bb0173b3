import { Clock, Effect } from "effect";
import type { Fact } from "#contracts/envelope.ts";
import { lagMs } from "#contracts/waits.ts";
import { Retryable } from "#kit/errors.ts";

/** 15 s: what GitHub does not show yet is asked for again after so long. Mostly it shows it within seconds. */
export const askAgainMs = 15_000;

/** Fails with `Retryable` as long as GitHub's answer may be from before the fact: `what` says what it does not show. */
export const waitForGitHub = Effect.fn("waitForGitHub")(function* (
  { occurredAt }: Pick<Fact, "occurredAt">,
  what: string,
) {
  if ((yield* Clock.currentTimeMillis) - Date.parse(occurredAt) > lagMs) return;
  return yield* new Retryable({ what, delayMs: askAgainMs });
});
