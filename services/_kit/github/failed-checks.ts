import { Effect } from "effect";
import type { RepositoryRef } from "#contracts/aggregates.ts";
import { weighFailed } from "#contracts/failed-checks.ts";
import { readChecks } from "./checks.ts";
import { retryUnknown } from "./not-known-yet.ts";
import { readRequiredChecks } from "./required-checks.ts";

/**
 * Reads which checks of a head lead to a fix, as `weighFailed` counts them, and whether all that the merge depends on have ended: two
 * requests for what reported and two for what is required. REST, because GraphQL that is used up would keep a red head from its fix. Fails
 * with `Retryable` while GitHub does not know the commit, and with `GitHubRefused` or `NotTold` where it may not be read what the base branch requires: then nobody knows which checks count.
 */
export const readFailedChecks = Effect.fn("readFailedChecks")(function* (
  at: RepositoryRef,
  { headSha, baseBranch }: { readonly headSha: string; readonly baseBranch: string },
) {
  const reading = Effect.catchTag(readChecks(at, headSha), "GitHubRefused", retryUnknown);
  const asked = [reading, readRequiredChecks(at, baseBranch)] as const;
  const [checks, required] = yield* Effect.all(asked, { concurrency: "unbounded" });
  return weighFailed(checks, required.checks);
});
