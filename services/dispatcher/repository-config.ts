import { Effect } from "effect";
import type { RepositoryRef } from "#contracts/aggregates.ts";
import { agentConfigPath } from "#contracts/policy.ts";
import { because } from "#contracts/reason.ts";
import type { Retryable } from "#kit/errors.ts";
import { GitHub, type GitHubRefused } from "#kit/github/github.ts";
import { retryUnknown } from "#kit/github/not-known-yet.ts";
import { readRepositoryFile } from "#kit/github/repository-file.ts";
import { narrowByText, OperatorPolicy } from "#kit/policy/policy.ts";
import type { RepositoryConfig } from "./decide-label.ts";

/**
 * What holds for a repository: the operator's policy, narrowed by `.rig-agent.yaml` of the default branch. A file that is missing or
 * wrong is an answer for the person who set the label, not an error of ours.
 */
export const readRepositoryConfig = Effect.fn("readRepositoryConfig")(function* (
  at: RepositoryRef,
): Effect.fn.Return<RepositoryConfig, Retryable, GitHub | OperatorPolicy> {
  const text = yield* readRepositoryFile(at, { path: agentConfigPath }).pipe(
    Effect.catchTag("GitHubRefused", (refused) =>
      refused.status === 404 ? absentIn(at, refused) : Effect.succeed(refused),
    ),
  );
  if (typeof text !== "string") {
    const absent = text.status === 404;
    const what = absent ? "there is none on the default branch" : `GitHub answered ${text.status}`;
    const mend = `Add it with at least "stack: node", then take the label off and set it again.`;
    return { wrong: because(`${agentConfigPath}: ${what}. ${mend}`, absent ? null : text.reason) };
  }
  const narrowed = narrowByText(yield* OperatorPolicy, text);
  if ("effective" in narrowed) return narrowed;
  return {
    wrong: because(
      `${agentConfigPath} is wrong. Correct it, then take the label off and set it again.`,
      narrowed.wrong,
    ),
  };
});

/**
 * GitHub answers 404 for a file also when it does not know the repository: right after somebody made it, or while the App is not installed on
 * it. Then nothing is known about the file, and the label is tried again.
 */
const absentIn = Effect.fn("absentIn")(function* (at: RepositoryRef, absent: GitHubRefused) {
  const github = yield* GitHub;
  const known = github.call("read the repository", at, (octokit, repository) =>
    octokit.rest.repos.get({ ...repository }),
  );
  return yield* known.pipe(
    Effect.as(absent),
    Effect.catchTag("GitHubRefused", retryUnknown),
    Effect.catchTag("GitHubRefused", (refused) => Effect.succeed(refused)),
  );
});
