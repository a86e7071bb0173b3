import { Effect } from "effect";
import type { RepositoryRef } from "#contracts/aggregates.ts";
import { readDiff } from "#kit/github/diff.ts";
import { GitHub } from "#kit/github/github.ts";
import { type CommitHistory, type Comparison, isMoved, type ListedFile, type Moved } from "./unreadable.ts";

/**
 * Compares two commits by their SHAs, so that what is read is what those commits have, whatever the pull request shows by now. GitHub lists
 * at most 300 files, all of them on the first page (https://docs.github.com/rest/commits/commits#compare-two-commits). `text` is its diff.
 */
export const compareCommits = Effect.fn("compareCommits")(function* (
  at: RepositoryRef,
  { baseSha, headSha, filesCount }: { readonly baseSha: string; readonly headSha: string; readonly filesCount: number },
) {
  const github = yield* GitHub;
  const range = { basehead: `${baseSha}...${headSha}`, per_page: commitsMax };
  const listed = yield* github.call("read the changed files", at, async (octokit, repository) => {
    return (await octokit.rest.repos.compareCommitsWithBasehead({ ...repository, ...range })).data;
  });
  const files = (listed.files ?? []) as readonly ListedFile[];
  const asDiff = github.call("read the diff", at, async (octokit, repository) => {
    const request = { ...repository, ...range, mediaType: { format: "diff" } };
    return String((await octokit.rest.repos.compareCommitsWithBasehead(request)).data);
  });
  // 406 and 422: the diff is too large for GitHub to make it.
  const text = yield* Effect.catchTag(asDiff, "GitHubRefused", (refused) =>
    refused.status === 406 || refused.status === 422 ? Effect.succeed(null) : Effect.fail(refused),
  );
  const moved = yield* readMoved(at, headSha, files.filter(isMoved));
  const commits = listed.commits.map(({ sha, parents }) => ({ sha, parents: parents.map((parent) => parent.sha) }));
  const commitsCount = listed.total_commits;
  const mergeBase = listed.merge_base_commit.sha;
  // A head without a merge commit has one merge base.
  const isMerge = commits.some(({ parents }) => parents.length > 1);
  const count = isMerge ? yield* countCommits(at, mergeBase, headSha) : commitsCount;
  const history: CommitHistory = { commits, commitsCount, sinceMergeBase: count };
  const diff = text === null ? null : readDiff(text);
  const comparison: Comparison = { files, filesCount, diff, moved, history, mergeBase };
  return comparison;
});

/** 100, one page: more commits than an agent makes. */
const commitsMax = 100;

/** How many commits the head has that another commit does not have. */
const countCommits = Effect.fn("countCommits")(function* (at: RepositoryRef, fromSha: string, headSha: string) {
  const github = yield* GitHub;
  return yield* github.call("count the commits since the merge base", at, async (octokit, repository) => {
    const range = { basehead: `${fromSha}...${headSha}`, per_page: 1 };
    return (await octokit.rest.repos.compareCommitsWithBasehead({ ...repository, ...range })).data.total_commits;
  });
});

/** 50: each is one request. More moved files than that are a change for a person. */
const movedMax = 50;
/** 400 000 bytes: more than a model is asked about. */
const movedBytesMax = 400_000;

/** Reads the files that were only renamed, by their new paths. What cannot be read is left out. */
const readMoved = Effect.fn("readMoved")(function* (at: RepositoryRef, headSha: string, files: readonly ListedFile[]) {
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
