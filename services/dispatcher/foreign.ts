import { Effect } from "effect";
import type { Fact } from "#contracts/envelope.ts";
import { isChangeOf } from "#contracts/issue-branch.ts";
import { loadIssue } from "#kit/facts/aggregate.ts";
import { waitForGitHub } from "#kit/github/lag.ts";
import { retryUnknown } from "#kit/github/not-known-yet.ts";
import type { Trust } from "#kit/github/trust.ts";
import { canBeFixed, type Seen } from "./decide.ts";
import { originOf, readPull } from "./forge.ts";

/**
 * Whose the pull request is that a run named, where no delivery told of it and GitHub does not show it as the issue's own: it may be older
 * than the rig, or have a number that GitHub has not given yet. null where it is the issue's own, and where that is not asked.
 */
export const readForeign = Effect.fn("readForeign")(function* (
  fact: Fact<"RUN_SUCCEEDED">,
  { on, change, prNumber }: Pick<Seen, "on" | "change"> & { readonly prNumber: number },
  trust: Trust,
) {
  const issue = yield* loadIssue(on);
  if (change.known || !canBeFixed(issue, prNumber)) return null;
  const pull = yield* Effect.catchTag(readPull(on, prNumber), "GitHubRefused", (refused) =>
    refused.status === 404 || refused.status === 410 ? Effect.succeed(null) : retryUnknown(refused),
  );
  if (pull === null) {
    yield* waitForGitHub(fact, `GitHub does not show #${prNumber} yet`);
    return "which GitHub does not show";
  }
  const origin = originOf(pull, trust);
  return isChangeOf(on.number, origin) ? null : `from ${origin.branch} by ${pull.user?.login ?? "nobody"}`;
});
