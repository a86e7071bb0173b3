import type { Octokit } from "#kit/github/github.ts";
import type { CommitNode, GitActorNode } from "./change-query.ts";

// Who has a part in a commit: its author, its committer, and those whom its message names as co-authors.

type Commit = Awaited<ReturnType<Octokit["rest"]["pulls"]["listCommits"]>>["data"][number];

/** An account; `{}` and null where GitHub knows none with the address of the commit. */
interface Login {
  readonly login: string;
}

/** GitHub's address for an account that hides its own one, also for an App. */
const hidden = /^(?:\d+\+)?(?<login>[^<>@\s]+)@users\.noreply\.github\.com$/i;

const coAuthor = /^co-authored-by:.*<(?<email>[^<>]+)>\s*$/gim;

/** The accounts with GitHub's own addresses that a message names as co-authors. */
function coAuthorsIn(message: string): readonly string[] {
  const emails = [...message.matchAll(coAuthor)].map(({ groups }) => groups?.email ?? "");
  return emails.flatMap((email) => hidden.exec(email)?.groups?.login ?? []);
}

/** The logins of those who have a part in a commit, as far as REST tells them. Of co-authors with another address only GraphQL does. */
export function contributorsIn({ author, committer, commit }: Commit): readonly string[] {
  const accounts = [author, committer].flatMap((account) => (account as Partial<Login> | null)?.login ?? []);
  return [...new Set([...accounts, ...coAuthorsIn(commit.message)])];
}

/** The logins of those who have a part in a commit, as GraphQL tells them: a user by whichever of his addresses, an App by GitHub's own one. */
export function contributorsOf({ message, authors, committer }: CommitNode["commit"]): readonly string[] {
  const actors = [...authors.nodes, committer].flatMap((actor) => actor ?? []);
  return [...new Set([...actors.flatMap(loginIn), ...coAuthorsIn(message)])];
}

function loginIn({ email, user }: GitActorNode): readonly string[] {
  const login = user?.login ?? hidden.exec(email ?? "")?.groups?.login;
  return login === undefined ? [] : [login];
}
