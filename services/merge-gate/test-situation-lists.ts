import { accountOf, type Standing } from "./test-situation.ts";

// The lists of a situation's pull request, as GitHub's REST interface has them. GraphQL's nodes are made of these.

/** A review as REST lists it; without `commit` it is of the head. */
export function reviewAnswer(
  { by, state, commit, at, body = "" }: Standing["reviews"][number],
  index: number,
  headSha: string,
) {
  const submitted_at = at ?? new Date().toISOString();
  return { id: index + 1, state, body, commit_id: commit ?? headSha, submitted_at, user: accountOf(by) };
}

/** A commit as REST lists it. */
export function commitAnswer({
  sha,
  message = "",
  verified = false,
  author = "dev-e",
  committer = author,
}: Standing["commits"][number]) {
  const commit = { message, verification: { verified } };
  return { sha, commit, author: accountOf(author), committer: accountOf(committer), parents: [] };
}

/** An event as REST lists it. */
export function eventAnswer({ actor, created_at = "2026-01-02T03:04:05Z", ...event }: Standing["events"][number]) {
  return { ...event, created_at, actor: typeof actor === "string" ? accountOf(actor) : (actor ?? null) };
}
