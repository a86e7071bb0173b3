import { Effect } from "effect";
import type { RepositoryRef } from "#contracts/aggregates.ts";
import { readDiff } from "./diff.ts";
import { GitHub } from "./github.ts";
import type { ListedFile, Moved } from "./unreadable-files.ts";

// What says of a change's files that they can be read, besides GitHub's list of them: their diff, and the content of those that only moved.

/** Reads what a head (a SHA) adds to a base (a SHA or a branch), as a diff; null where GitHub makes none, because it is too large. */
export const readDiffBetween = Effect.fn("readDiffBetween")(function* (at: RepositoryRef, base: string, head: string) {
  const github = yield* GitHub;
  const asDiff = github.call("read the diff", at, async (octokit, repository) => {
    const request = { ...repository, basehead: `${base}...${head}`, mediaType: { format: "diff" } };
    return String((await octokit.rest.repos.compareCommitsWithBasehead(request)).data);
  });
  // 406 and 422: the diff is too large for GitHub to make it.
  const text = yield* Effect.catchTag(asDiff, "GitHubRefused", (refused) =>
    refused.status === 406 || refused.status === 422 ? Effect.succeed(null) : Effect.fail(refused),
  );
  return text === null ? null : readDiff(text);
});

/** 50: each is one request. More moved files than that are a change for a person. */
const movedMax = 50;
/** 400 000 bytes: more than a model is asked about. */
const movedBytesMax = 400_000;

/** Reads the files that were only renamed, by their new paths. What cannot be read is left out. */
export const readMoved = Effect.fn("readMoved")(function* (
  at: RepositoryRef,
  headSha: string,
  files: readonly ListedFile[],
) {
  const found = new Map<string, Moved>();
  if (files.length === 0 || files.length > movedMax) return found;
  const github = yield* GitHub;
  const tree = yield* github.call("read the tree of the head", at, async (octokit, repository) => {
    return (await octokit.rest.git.getTree({ ...repository, tree_sha: headSha, recursive: "1" })).data;
  });
  const entries = new Map(tree.tree.map((entry) => [entry.path, entry]));
  for (const { filename } of files) {
    const { mode, type, sha, size = 0 } = entries.get(filename) ?? {};
    if (mode === undefined || sha === undefined) continue;
    const readable = type === "blob" && size <= movedBytesMax;
    found.set(filename, { mode, text: readable ? yield* readText(at, sha) : null });
  }
  return found;
});

/** The text of a blob; null when it is no text: it has a NUL byte, or bytes that are no UTF-8. */
const readText = Effect.fn("readText")(function* (at: RepositoryRef, sha: string) {
  const github = yield* GitHub;
  const bytes = yield* github.call("read a moved file", at, async (octokit, repository) => {
    const { data } = await octokit.rest.git.getBlob({ ...repository, file_sha: sha });
    return Buffer.from(data.content, "base64");
  });
  if (bytes.includes(0)) return null;
  const text = bytes.toString("utf8");
  return Buffer.from(text).equals(bytes) ? text : null;
});
