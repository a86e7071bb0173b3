import { Effect, Result } from "effect";
import { agentConfigPath } from "#contracts/agent-config.ts";
import type { Stack } from "#contracts/work.ts";
import { parseAgentConfig } from "#kit/agent-config.ts";
import type { Retryable } from "#kit/errors.ts";
import { GitHub, type RepositoryRef } from "#kit/github.ts";

/**
 * Reads `.rig-agent.yaml` of the default branch. A file that is missing or wrong is an answer for the person who set the
 * label, not an error of ours.
 */
export const readRepositoryConfig = Effect.fn("readRepositoryConfig")(function* (
  at: RepositoryRef,
): Effect.fn.Return<{ readonly stack: Stack } | { readonly wrong: string }, Retryable, GitHub> {
  const github = yield* GitHub;
  const read = github.call(`read ${agentConfigPath}`, at, async (octokit) => {
    const { data } = await octokit.rest.repos.getContent({
      ...at,
      path: agentConfigPath,
      mediaType: { format: "raw" },
    });
    return typeof data === "string" ? data : decodeContent(data);
  });
  const text = yield* read.pipe(Effect.catchTag("GitHubRefused", (refused) => Effect.succeed(refused)));
  if (typeof text !== "string") {
    const what = text.status === 404 ? "there is none on the default branch" : text.message;
    return { wrong: `${agentConfigPath}: ${what}. Add it with at least "stack: node", then set the label again.` };
  }
  const config = parseAgentConfig(text);
  if (Result.isFailure(config))
    return { wrong: `${agentConfigPath}: ${config.failure}. Correct it, then set the label again.` };
  return { stack: config.success.stack };
});

/** A forge that does not know the raw media type answers with base64. */
function decodeContent(data: unknown): string {
  const { content } = data as { content?: string };
  return Buffer.from(content ?? "", "base64").toString("utf8");
}
