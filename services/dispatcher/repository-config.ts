import { Effect, Result } from "effect";
import { agentConfigPath } from "#contracts/agent-config.ts";
import { because, type Why } from "#contracts/text.ts";
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
): Effect.fn.Return<{ readonly stack: RepositoryStack } | { readonly wrong: Why }, Retryable, GitHub> {
  const text = yield* readRepositoryFile(at, { path: agentConfigPath }).pipe(
    Effect.catchTag("GitHubRefused", (refused) => Effect.succeed(refused)),
  );
  if (typeof text !== "string") {
    const absent = text.status === 404;
    const what = absent ? "there is none on the default branch" : `GitHub answered ${text.status}`;
    const mend = `Add it with at least "stack: node", then set the label again.`;
    return { wrong: because(`${agentConfigPath}: ${what}. ${mend}`, absent ? null : text.reason) };
  }
  const config = parseAgentConfig(text);
  if (Result.isFailure(config))
    return { wrong: because(`${agentConfigPath} is wrong. Correct it, then set the label again.`, config.failure) };
  return { stack: config.success.stack };
});
