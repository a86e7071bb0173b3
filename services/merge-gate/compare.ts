import { Effect } from "effect";
import type { Retryable } from "#kit/errors.ts";
import type { GitHub, GitHubRefused, Octokit } from "#kit/github/github.ts";

type Compared = Awaited<ReturnType<Octokit["rest"]["repos"]["compareCommitsWithBasehead"]>>["data"];

/** The comparison of the base with the head, which is asked for once however many need it. */
export type Comparing = Effect.Effect<Compared, Retryable | GitHubRefused, GitHub>;

/** Makes a refusal a value, but for what GitHub may not know yet, which the gate asks for again at once. */
export function heldAs<Value>(refusedAs: (refused: GitHubRefused) => Value) {
  return (refused: GitHubRefused): Effect.Effect<Value, GitHubRefused> =>
    refused.status === 404 || refused.status === 422 ? Effect.fail(refused) : Effect.succeed(refusedAs(refused));
}
