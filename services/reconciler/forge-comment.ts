import type { Page, Question } from "./asking.ts";
import type { CommentSeen } from "./decide-comment.ts";
import { perPage } from "./forge.ts";

/** Those that changed last stand at the end, so that a list that is cut off goes on from there. */
const byChange = { sort: "updated", direction: "asc", per_page: perPage } as const;

/** One page of the comments on issues and pull requests of a repository that changed since a time. */
export function commentsQuestion(since: string, page: number): Question<Page<CommentSeen>> {
  return {
    what: "list the comments",
    key: `comments ${since} ${page}`,
    read: async (octokit, at, headers) => {
      const wanted = { ...byChange, since, page, headers };
      const { data, headers: answered } = await octokit.rest.issues.listCommentsForRepo({ ...at, ...wanted });
      const items = data.map((each): CommentSeen => {
        const where = /\/pull\/\d+#/.test(each.html_url) ? "conversation" : "issue";
        return commentIn({ ...each, body: each.body ?? null }, where, each.issue_url);
      });
      return { value: { items, full: data.length === perPage }, headers: answered };
    },
  };
}

/** The same of the comments on lines of a diff. */
export function lineCommentsQuestion(since: string, page: number): Question<Page<CommentSeen>> {
  return {
    what: "list the comments on lines",
    key: `line comments ${since} ${page}`,
    read: async (octokit, at, headers) => {
      const wanted = { ...byChange, since, page, headers };
      const { data, headers: answered } = await octokit.rest.pulls.listReviewCommentsForRepo({ ...at, ...wanted });
      const items = data.map((each) => commentIn(each, "diff", each.pull_request_url));
      return { value: { items, full: data.length === perPage }, headers: answered };
    },
  };
}

/** A comment, and the number at the end of the address of what it is about. */
function commentIn(
  {
    id,
    body,
    user,
    created_at: createdAt,
    updated_at: updatedAt,
  }: {
    readonly id: number;
    readonly body: string | null;
    readonly user: { readonly login: string; readonly type: string } | null;
    readonly created_at: string;
    readonly updated_at: string;
  },
  where: CommentSeen["where"],
  address: string,
): CommentSeen {
  const by = user === null ? null : { login: user.login, type: user.type };
  const comment = { id, body, user: by, updated_at: updatedAt };
  return { number: Number(/\/(\d+)$/.exec(address)?.[1] ?? 0), where, comment, createdAt, updatedAt };
}
