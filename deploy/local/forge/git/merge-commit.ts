import { emailOf } from "../context.ts";
import type { PullIssue } from "../records.ts";
import type { MergeMethod } from "../rule-records.ts";
import { type GitCommit, git, listCommits, tryGit } from "./git.ts";

/** A merge to be made in a bare repository. */
export interface MergeOrder {
  readonly baseRef: string;
  readonly baseSha: string;
  readonly headSha: string;
  readonly method: MergeMethod;
  readonly message: string;
  /** The login that becomes the author of the merge commit. */
  readonly merger: string;
}

/** Merges two commits without a work tree and returns the tree, or null on a conflict. */
export async function mergeTree(directory: string, baseSha: string, headSha: string): Promise<string | null> {
  const result = await tryGit(directory, ["merge-tree", "--write-tree", baseSha, headSha]);
  return result.exitCode === 0 ? result.stdout.trim() : null;
}

/**
 * Makes the merge commit (or, for a rebase, the commits of the head on top of the base) and moves the base to it, only from `baseSha`: git itself refuses when somebody moved it meanwhile.
 * Returns the new commit's SHA, or null on a conflict. Throws `GitFailure` when the base moved.
 */
export async function commitMerge(directory: string, order: MergeOrder): Promise<string | null> {
  const sha = order.method === "rebase" ? await rebased(directory, order) : await merged(directory, order);
  if (sha === null) return null;
  await git(directory, ["update-ref", `refs/heads/${order.baseRef}`, sha, order.baseSha]);
  return sha;
}

async function merged(directory: string, order: MergeOrder): Promise<string | null> {
  const tree = await mergeTree(directory, order.baseSha, order.headSha);
  if (tree === null) return null;
  const parents = order.method === "squash" ? [order.baseSha] : [order.baseSha, order.headSha];
  return commitTree(
    directory,
    { tree, parents, message: order.message },
    { name: order.merger, email: emailOf(order.merger) },
  );
}

/** Puts each commit of the head on top of the last one, as `git rebase` does, without a work tree. */
async function rebased(directory: string, order: MergeOrder): Promise<string | null> {
  const commits = await listCommits(directory, ["--no-merges", `${order.baseSha}..${order.headSha}`], 1_000);
  let tip = order.baseSha;
  for (const commit of commits.reverse()) {
    const next = await picked(directory, tip, commit);
    if (next === null) return null;
    tip = next;
  }
  return tip;
}

/** A commit with the tip's tree and the picked commit's parent makes that parent the base of the merge: then the merge is a cherry-pick. */
async function picked(directory: string, tip: string, commit: GitCommit): Promise<string | null> {
  const { name, email } = commit.author;
  const stand = await commitTree(
    directory,
    { tree: `${tip}^{tree}`, parents: commit.parents, message: "" },
    { name, email },
  );
  const tree = await mergeTree(directory, stand, commit.sha);
  if (tree === null) return null;
  return commitTree(directory, { tree, parents: [tip], message: commit.message }, { name, email });
}

async function commitTree(
  directory: string,
  of: { readonly tree: string; readonly parents: readonly string[]; readonly message: string },
  author: { readonly name: string; readonly email: string },
): Promise<string> {
  const tree = (await git(directory, ["rev-parse", "--verify", of.tree])).trim();
  return git(directory, ["commit-tree", tree, ...of.parents.flatMap((sha) => ["-p", sha]), "-F", "-"], {
    input: of.message,
    env: {
      GIT_AUTHOR_NAME: author.name,
      GIT_AUTHOR_EMAIL: author.email,
      GIT_COMMITTER_NAME: "GitHub",
      GIT_COMMITTER_EMAIL: "noreply@github.com",
    },
  });
}

/** The message that GitHub proposes for a merge (https://docs.github.com/pull-requests/collaborating-with-pull-requests/incorporating-changes-from-a-pull-request/about-pull-request-merges). */
export async function proposedMessage(
  directory: string,
  issue: PullIssue,
  order: { readonly owner: string; readonly method: MergeMethod; readonly baseSha: string },
): Promise<{ readonly title: string; readonly body: string }> {
  if (order.method !== "squash") {
    const title = `Merge pull request #${issue.number} from ${order.owner}/${issue.pull.headRef}`;
    return { title, body: issue.title };
  }
  const commits = await listCommits(directory, [`${order.baseSha}..${issue.pull.headSha}`], 250);
  const body = commits.reverse().map((each) => `* ${each.message}`);
  return { title: `${issue.title} (#${issue.number})`, body: body.join("\n\n") };
}
