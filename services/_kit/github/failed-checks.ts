import { Effect } from "effect";
import type { RepositoryRef } from "#contracts/aggregates.ts";
import { failedOf, isWhole } from "#contracts/checks.ts";
import { readChecks } from "./checks.ts";
import { retryUnknown } from "./not-known-yet.ts";
import { readRequiredChecks } from "./required-checks.ts";

/**
 * Reads which required checks of a head failed, as `failedOf` counts them, and whether all of them have ended. Fails with `Retryable` while GitHub does not know the commit, and
 * with `GitHubRefused` or `NotTold` where it may not be read what the base branch requires: then nobody knows which checks count.
 */
export const readFailedChecks = Effect.fn("readFailedChecks")(function* (
  at: RepositoryRef,
  { headSha, baseBranch }: { readonly headSha: string; readonly baseBranch: string },
) {
  const reading = Effect.catchTag(readChecks(at, headSha), "GitHubRefused", retryUnknown);
  const asked = [reading, readRequiredChecks(at, baseBranch)] as const;
  const [checks, required] = yield* Effect.all(asked, { concurrency: "unbounded" });
  return { failed: failedOf(checks, required.checks), isWhole: isWhole(checks, required.checks) };
});
