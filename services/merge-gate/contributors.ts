import type { Octokit } from "#kit/github/github.ts";

// Who has a part in a commit: its author, its committer, and those whom its message names as co-authors.

type Commit = Awaited<ReturnType<Octokit["rest"]["pulls"]["listCommits"]>>["data"][number];

/** An account; `{}` and null where GitHub knows none with the address of the commit. */
interface Login {
  readonly login: string;
}

/** GitHub's address for an account that hides its own one, also for an App. */
const coAuthor = /^co-authored-by:.*<(?:\d+\+)?(?<login>[^<>@\s]+)@users\.noreply\.github\.com>\s*$/gim;

/** The logins of those who have a part in a commit, as far as REST tells them. Of co-authors with another address only GraphQL does. */
export function contributorsIn({ author, committer, commit }: Commit): readonly string[] {
  const accounts = [author, committer].flatMap((account) => (account as Partial<Login> | null)?.login ?? []);
  const named = [...commit.message.matchAll(coAuthor)].flatMap(({ groups }) => groups?.login ?? []);
  return [...new Set([...accounts, ...named])];
}

/** A commit as GraphQL has it. It names only users: an App has no account here. */
interface CommitNode {
  readonly commit: {
    readonly oid: string;
    readonly authors: { readonly nodes: readonly { readonly user: { readonly login: string } | null }[] };
  };
}

/** The logins of the authors and co-authors of each commit, by its SHA. */
export function authorsIn(nodes: readonly CommitNode[]): ReadonlyMap<string, readonly string[]> {
  return new Map(
    nodes.map(({ commit }) => [commit.oid, commit.authors.nodes.flatMap(({ user }) => user?.login ?? [])]),
  );
}

/** The commits with all who have a part in each. */
export function withAuthors<Listed extends { readonly sha: string; readonly by: readonly string[] }>(
  commits: readonly Listed[],
  authors: ReadonlyMap<string, readonly string[]> | undefined,
): readonly Listed[] {
  return commits.map((each) => ({ ...each, by: [...new Set([...each.by, ...(authors?.get(each.sha) ?? [])])] }));
}
