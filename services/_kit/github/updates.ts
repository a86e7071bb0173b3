import { Effect } from "effect";
import type { RepositoryRef } from "#contracts/aggregates.ts";
import type { Update } from "#contracts/gate/updates.ts";
import { changedOnBoth, isCleanText, type Merge, type Tree } from "./clean-merge.ts";
import { compare, isShared } from "./fork.ts";
import { GitHub, type GitHubRefused } from "./github.ts";

// Which commits of a branch only bring it up to date. GitHub's signature proves nothing of it: GitHub signs the merges of its editor for conflicts, and
// the commits of Apps, whatever they hold. So the tree is compared, file by file.

/** A commit of a pull request, as GitHub lists it. */
export interface ListedCommit {
  readonly sha: string;
  readonly parents: readonly string[];
}

/** The head of a pull request, its base branch and its commits, and the heads that are approved. */
interface Asked {
  readonly headSha: string;
  readonly baseBranch: string;
  readonly commits: readonly ListedCommit[];
  readonly approved: readonly string[];
}

/** 10 updates of one approved head: after more somebody looks at it again. */
const updatesMax = 10;

/**
 * The updates that lead from an approved head to this one, newest first; none where the head is approved itself, or where anything else is between
 * the two. Each costs seven requests, and four for each file that both sides changed.
 */
export const readUpdates = Effect.fn("readUpdates")(function* (
  at: RepositoryRef,
  { headSha, baseBranch, commits, approved }: Asked,
) {
  const updates: Update[] = [];
  let sha = headSha;
  while (!approved.includes(sha)) {
    const commit = commits.find((each) => each.sha === sha);
    if (commit === undefined || updates.length === updatesMax) return [];
    const update = yield* readUpdate(at, commit, baseBranch);
    if (update === null) return [];
    updates.push(update);
    sha = update.from;
  }
  return updates;
});

/** The commit as an update; null for every other one. */
const readUpdate = Effect.fn("readUpdate")(function* (
  at: RepositoryRef,
  { sha: headSha, parents }: ListedCommit,
  baseBranch: string,
) {
  const [from, base] = parents;
  if (parents.length !== 2 || from === undefined || base === undefined) return null;
  const mergeBase = yield* Effect.catchTag(forkBetween(at, { from, base, baseBranch }), "GitHubRefused", whenUnrelated);
  if (mergeBase === null) return null;
  const isClean = yield* isCleanMerge(at, { base: mergeBase, ours: from, theirs: base, merged: headSha });
  const update: Update = { headSha, from, base, mergeBase };
  return isClean ? update : null;
});

/** GitHub compares no commits without a common ancestor. The commits are there: another one has them as parents. */
function whenUnrelated(refused: GitHubRefused): Effect.Effect<null, GitHubRefused> {
  return refused.status === 404 ? Effect.succeed(null) : Effect.fail(refused);
}

interface Ends {
  readonly from: string;
  readonly base: string;
  readonly baseBranch: string;
}

/** The one merge base of a head and a commit of the base branch that it lacks; null where there is none, or the base has got commits of the head. */
const forkBetween = Effect.fn("forkBetween")(function* (at: RepositoryRef, { from, base, baseBranch }: Ends) {
  const { behind_by: beyond } = yield* compare(at, { from: base, to: baseBranch });
  if (beyond > 0) return null;
  const lacked = yield* compare(at, { from, to: base });
  if (lacked.ahead_by === 0 || (yield* isShared(at, from, lacked))) return null;
  return lacked.merge_base_commit.sha;
});

/** 20: each costs four requests. */
const bothMax = 20;

/** Whether the tree of a commit is nothing but the clean merge of two others. */
const isCleanMerge = Effect.fn("isCleanMerge")(function* (at: RepositoryRef, commits: Merge<string>) {
  const trees = yield* ofEach(commits, (sha) => readTree(at, sha));
  if (trees === null) return false;
  const both = changedOnBoth(trees);
  if (both === null || both.length > bothMax) return false;
  for (const file of both) {
    const texts = yield* ofEach(file, (sha) => readText(at, sha));
    if (texts === null || !isCleanText(texts)) return false;
  }
  return true;
});

/** Reads something of each of the four; null where one of them cannot be read. */
const ofEach = Effect.fnUntraced(function* <Of, Error, Needs>(
  { base, ours, theirs, merged }: Merge<string>,
  read: (sha: string) => Effect.Effect<Of | null, Error, Needs>,
) {
  const found = yield* Effect.all(
    { base: read(base), ours: read(ours), theirs: read(theirs), merged: read(merged) },
    { concurrency: 4 },
  );
  return Object.values(found).some((each) => each === null) ? null : (found as Merge<Of>);
});

/** All files of a commit; null where GitHub does not list all of them. */
const readTree = Effect.fn("readTree")(function* (at: RepositoryRef, sha: string) {
  const github = yield* GitHub;
  const { tree, truncated } = yield* github.call("read the tree of a commit", at, async (octokit, repository) => {
    return (await octokit.rest.git.getTree({ ...repository, tree_sha: sha, recursive: "1" })).data;
  });
  const files = tree.filter(({ type }) => type !== "tree");
  const found: Tree = new Map(files.map(({ path, mode, sha: object }) => [path, { mode, sha: object }]));
  return truncated ? null : found;
});

/** 400,000 bytes, as much as a model is asked about. */
const bytesMax = 400_000;

/** The bytes of a file, each as one character; null for one that is no text, or too long. */
const readText = Effect.fn("readText")(function* (at: RepositoryRef, sha: string) {
  const github = yield* GitHub;
  const bytes = yield* github.call("read a merged file", at, async (octokit, repository) => {
    const { data } = await octokit.rest.git.getBlob({ ...repository, file_sha: sha });
    return Buffer.from(data.content, "base64");
  });
  return bytes.length > bytesMax || bytes.includes(0) ? null : bytes.toString("latin1");
});
