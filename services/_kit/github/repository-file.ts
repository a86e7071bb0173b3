import { Effect } from "effect";
import type { RepositoryRef } from "#contracts/aggregates.ts";
import { GitHub, type GitHubRefused } from "./github.ts";

/**
 * Reads one text file of a repository at a branch or commit, or on the default branch when `ref` is absent. Fails with `GitHubRefused` and
 * the status 404 when there is no such file.
 */
export const readRepositoryFile = Effect.fn("readRepositoryFile")(function* (
  at: RepositoryRef,
  file: { readonly path: string; readonly ref?: string },
) {
  const github = yield* GitHub;
  return yield* github.call(`read ${file.path}`, at, async (octokit, repository) => {
    const request = { ...repository, ...file, mediaType: { format: "raw" } };
    const { data } = await octokit.rest.repos.getContent(request);
    return typeof data === "string" ? data : decodeContent(data);
  });
});

/** Decodes base64, the answer of a forge without GitHub's raw media type. */
function decodeContent(data: unknown): string {
  const { content } = data as { content?: string };
  return Buffer.from(content ?? "", "base64").toString("utf8");
}

/** Turns a 404 (no such file, branch or branch protection) into the value `absent`; any other refusal stays an error. */
export function orWhenAbsent<Value>(absent: Value) {
  return (refused: GitHubRefused): Effect.Effect<Value, GitHubRefused> =>
    refused.status === 404 ? Effect.succeed(absent) : Effect.fail(refused);
}
