import { Effect, Result } from "effect";
import { agentConfigPath } from "#contracts/agent-config.ts";
import type { RepositoryStack } from "#contracts/work.ts";
import { parseAgentConfig } from "#kit/agent-config.ts";
import type { Retryable } from "#kit/errors.ts";
import type { GitHub, RepositoryRef } from "#kit/github.ts";
import { readRepositoryFile } from "#kit/repository-file.ts";

/**
 * Reads `.rig-agent.yaml` of the default branch. A file that is missing or wrong is an answer for the person who set the
 * label, not an error of ours.
 */
export const readRepositoryConfig = Effect.fn("readRepositoryConfig")(function* (
  at: RepositoryRef,
): Effect.fn.Return<{ readonly stack: RepositoryStack } | { readonly wrong: string }, Retryable, GitHub> {
  const text = yield* readRepositoryFile(at, { path: agentConfigPath }).pipe(
    Effect.catchTag("GitHubRefused", (refused) => Effect.succeed(refused)),
  );
  if (typeof text !== "string") {
    const what = text.status === 404 ? "there is none on the default branch" : text.message;
    return { wrong: `${agentConfigPath}: ${what}. Add it with at least "stack: node", then set the label again.` };
  }
  const config = parseAgentConfig(text);
  if (Result.isFailure(config))
    return { wrong: `${agentConfigPath}: ${config.failure}. Correct it, then set the label again.` };
  return { stack: config.success.stack };
});
