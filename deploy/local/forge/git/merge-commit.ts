import { emailOf } from "../context.ts";
import type { PullIssue } from "../records.ts";
import { git, listCommits, tryGit } from "./git.ts";

/** A merge to be made in a bare repository. */
export interface MergeOrder {
  readonly baseRef: string;
  readonly baseSha: string;
  readonly headSha: string;
  readonly method: "merge" | "squash";
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
 * Makes the merge commit and moves the base to it, only from `baseSha`: git itself refuses when somebody moved it meanwhile.
 * Returns the new commit's SHA, or null on a conflict. Throws `GitFailure` when the base moved.
 */
export async function commitMerge(directory: string, order: MergeOrder): Promise<string | null> {
  const tree = await mergeTree(directory, order.baseSha, order.headSha);
  if (tree === null) return null;
  const parents = order.method === "squash" ? [order.baseSha] : [order.baseSha, order.headSha];
  const args = ["commit-tree", tree, ...parents.flatMap((sha) => ["-p", sha]), "-F", "-"];
  const sha = await git(directory, args, {
    input: order.message,
    env: {
      GIT_AUTHOR_NAME: order.merger,
      GIT_AUTHOR_EMAIL: emailOf(order.merger),
      GIT_COMMITTER_NAME: "GitHub",
      GIT_COMMITTER_EMAIL: "noreply@github.com",
    },
  });
  await git(directory, ["update-ref", `refs/heads/${order.baseRef}`, sha, order.baseSha]);
  return sha;
}

/** The message that GitHub proposes for a merge (https://docs.github.com/pull-requests/collaborating-with-pull-requests/incorporating-changes-from-a-pull-request/about-pull-request-merges). */
export async function proposedMessage(
  directory: string,
  issue: PullIssue,
  order: { readonly owner: string; readonly method: "merge" | "squash"; readonly baseSha: string },
): Promise<{ readonly title: string; readonly body: string }> {
  if (order.method === "merge") {
    const title = `Merge pull request #${issue.number} from ${order.owner}/${issue.pull.headRef}`;
    return { title, body: issue.title };
  }
  const commits = await listCommits(directory, [`${order.baseSha}..${issue.pull.headSha}`], 250);
  const body = commits.reverse().map((each) => `* ${each.message}`);
  return { title: `${issue.title} (#${issue.number})`, body: body.join("\n\n") };
}
