import { reviewMarker } from "#contracts/review-marker.ts";
import { emptyText } from "#contracts/test-facts.ts";
import { approvedTextHash } from "#kit/facts/text.ts";
import { accountOf, type Standing } from "./test-situation.ts";

// The lists of a situation's pull request, as GitHub's REST interface has them. GraphQL's nodes are made of these.

/** A review as REST lists it; without `commit` it is of the head. */
export function reviewAnswer(review: Standing["reviews"][number], index: number, headSha: string) {
  const { by, state, commit = headSha, at: submitted_at = new Date().toISOString() } = review;
  return { id: index + 1, state, body: bodyOf(review, commit), commit_id: commit, submitted_at, user: accountOf(by) };
}

/** What a review says: its body, or what Review-E writes into it. */
function bodyOf({ body = "", mergeBase, title }: Standing["reviews"][number], headSha: string): string {
  if (mergeBase === undefined && title === undefined) return body;
  const textSha256 = approvedTextHash({ title: title ?? "Sell more", body: emptyText });
  return `${body}\n\n${reviewMarker({ headSha, textSha256, mergeBase: mergeBase ?? "b1" })}`;
}

/** Another pull request of the issue as REST lists it. */
export function otherAnswer(other: Standing["others"][number]) {
  const { number, state = "closed", draft = false, merged = false, base: ref = "main", labels = [] } = other;
  const { head: sha = `h${number}`, branch = "feature/issue-7" } = other;
  const repo = { id: 1, owner: { login: "acme" } };
  const of = { number, state, draft, title: "Sell more (#7)", user: accountOf("dev-e"), updated_at: time };
  const ends = { base: { ref, repo }, head: { ref: branch, sha, repo } };
  return { ...of, ...ends, labels: labels.map((name) => ({ name })), merged_at: merged ? time : null };
}

const time = "2026-01-02T03:04:05Z";

/** A commit as REST lists it. Whom GitHub alone knows as co-authors stands beside it. */
export function commitAnswer({
  sha,
  message = "",
  verified = false,
  author = "dev-e",
  committer = author,
  coAuthors = [],
  parents = [],
}: Standing["commits"][number]) {
  const commit = { message, verification: { verified } };
  return {
    sha,
    commit,
    author: accountOf(author),
    committer: accountOf(committer),
    parents: parents.map((each) => ({ sha: each })),
    coAuthors: coAuthors.map(accountOf),
  };
}

/** An event as REST lists it; a row names the account whose review is asked for. */
export function eventAnswer({
  actor,
  requested_reviewer: asked,
  created_at = time,
  ...event
}: Standing["events"][number]) {
  const requested = typeof asked === "string" ? { requested_reviewer: accountOf(asked) } : {};
  return { ...event, ...requested, created_at, actor: typeof actor === "string" ? accountOf(actor) : (actor ?? null) };
}
