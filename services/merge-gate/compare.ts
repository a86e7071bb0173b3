import { Effect } from "effect";
import type { Place } from "#contracts/aggregates.ts";
import type { Retryable } from "#kit/errors.ts";
import { GitHub, type GitHubRefused, type Octokit } from "#kit/github/github.ts";

type Compared = Awaited<ReturnType<Octokit["rest"]["repos"]["compareCommitsWithBasehead"]>>["data"];

/** The comparison of the base with the head, which is asked for once however many need it. */
export type Comparing = Effect.Effect<Compared, Retryable | GitHubRefused, GitHub>;

/**
 * Compares two commits: how many each has and the other lacks, the files that differ, 300 at most
 * (https://docs.github.com/rest/commits/commits#compare-two-commits), and of the commits that the second has and the first lacks one page.
 */
export const compare = Effect.fn("compare")(function* (
  change: Place,
  { from, to }: { readonly from: string; readonly to: string },
) {
  const github = yield* GitHub;
  return yield* github.call("compare with the base", change, async (octokit, at) => {
    const range = { basehead: `${from}...${to}`, per_page: 100 };
    return (await octokit.rest.repos.compareCommitsWithBasehead({ ...at, ...range })).data;
  });
});

/** Makes a refusal a value, but for what GitHub may not know yet, which the gate asks for again at once. */
export function heldAs<Value>(refusedAs: (refused: GitHubRefused) => Value) {
  return (refused: GitHubRefused): Effect.Effect<Value, GitHubRefused> =>
    refused.status === 404 || refused.status === 422 ? Effect.fail(refused) : Effect.succeed(refusedAs(refused));
}
