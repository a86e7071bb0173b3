import { Effect } from "effect";
import { agentConfigPath, type Narrowed } from "#contracts/policy.ts";
import type { Retryable } from "#kit/errors.ts";
import type { GitHub, RepositoryRef } from "#kit/github.ts";
import { narrowByText, OperatorPolicy } from "#kit/policy.ts";
import { readRepositoryFile } from "#kit/repository-file.ts";

/**
 * What holds for a repository: the operator's policy, narrowed by `.rig-agent.yaml` of the default branch. A file that is missing or
 * wrong is an answer for the person who set the label, not an error of ours.
 */
export const readRepositoryConfig = Effect.fn("readRepositoryConfig")(function* (
  at: RepositoryRef,
): Effect.fn.Return<Narrowed, Retryable, GitHub | OperatorPolicy> {
  const text = yield* readRepositoryFile(at, { path: agentConfigPath }).pipe(
    Effect.catchTag("GitHubRefused", (refused) => Effect.succeed(refused)),
  );
  if (typeof text !== "string") {
    const what = text.status === 404 ? "there is none on the default branch" : text.message;
    return { wrong: `${agentConfigPath}: ${what}. Add it with at least "stack: node", then set the label again.` };
  }
  const narrowed = narrowByText(yield* OperatorPolicy, text);
  if ("effective" in narrowed) return narrowed;
  return { wrong: `${agentConfigPath}: ${narrowed.wrong}. Correct it, then set the label again.` };
});
