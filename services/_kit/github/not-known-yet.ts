import { Effect } from "effect";
import { Retryable } from "#kit/errors.ts";
import type { GitHubRefused } from "./github.ts";

/**
 * Tries again what GitHub's API does not know: it answers 404 or 422 also for what a delivery named a moment ago. A message that is retried
 * for good becomes a dead letter after about an hour, which is then the answer. Any other refusal stays one.
 */
export function retryUnknown(refused: GitHubRefused): Effect.Effect<never, Retryable | GitHubRefused> {
  const isUnknown = refused.status === 404 || refused.status === 422;
  return Effect.fail(isUnknown ? new Retryable({ what: refused.message }) : refused);
}
