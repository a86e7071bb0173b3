import { apiUrl, type ForgeContext, gitDirectory } from "../context.ts";
import { lineAfter, parseDiff } from "../git/diff.ts";
import { tryGit } from "../git/git.ts";
import type { PullIssue, RepositoryRecord, ReviewCommentRecord, ReviewRecord } from "../records.ts";
import { issueWebUrl } from "./issue.ts";
import { associationOf, reactionsAnswer, userAnswer } from "./repository.ts";
import type { Schemas } from "./schemas.ts";

/** A review (https://docs.github.com/rest/pulls/reviews). Webhooks write `state` in lower case, the API in upper case. */
export function reviewAnswer(
  context: ForgeContext,
  repository: RepositoryRecord,
  issue: PullIssue,
  review: ReviewRecord,
) {
  const html = `${issueWebUrl(context, repository, issue)}#pullrequestreview-${review.id}`;
  const pull = `${apiUrl(context, repository)}/pulls/${issue.number}`;
  return {
    id: review.id,
    node_id: `PRR_${review.id}`,
    user: userAnswer(context, review.author),
    body: review.body,
    state: review.state,
    html_url: html,
    pull_request_url: pull,
    _links: { html: { href: html }, pull_request: { href: pull } },
    submitted_at: review.submittedAt,
    commit_id: review.commitId,
    author_association: associationOf(context, repository, review.author),
  } satisfies Schemas["pull-request-review"];
}

/** A line comment as webhooks carry it, where an outdated one has `line` and `position` null. */
export function reviewCommentPayload(
  context: ForgeContext,
  repository: RepositoryRecord,
  issue: PullIssue,
  comment: ReviewCommentRecord,
  line: number | null,
) {
  const url = `${apiUrl(context, repository)}/pulls/comments/${comment.id}`;
  const html = `${issueWebUrl(context, repository, issue)}#discussion_r${comment.id}`;
  const pull = `${apiUrl(context, repository)}/pulls/${issue.number}`;
  return {
    url,
    html_url: html,
    pull_request_url: pull,
    pull_request_review_id: comment.reviewId,
    id: comment.id,
    node_id: `PRRC_${comment.id}`,
    diff_hunk: comment.diffHunk,
    path: comment.path,
    position: line === null ? null : comment.position,
    original_position: comment.position,
    commit_id: line === null ? comment.commitId : issue.pull.headSha,
    original_commit_id: comment.commitId,
    user: userAnswer(context, comment.author),
    body: comment.body,
    created_at: comment.createdAt,
    updated_at: comment.updatedAt ?? comment.createdAt,
    author_association: associationOf(context, repository, comment.author),
    ...(comment.inReplyTo === null ? {} : { in_reply_to_id: comment.inReplyTo }),
    _links: { self: { href: url }, html: { href: html }, pull_request: { href: pull } },
    reactions: reactionsAnswer(url),
    start_line: null,
    original_start_line: null,
    start_side: null,
    line,
    original_line: comment.line,
    side: comment.side,
    subject_type: "line" as const,
  };
}

/**
 * A line comment as the API answers it (https://docs.github.com/rest/pulls/comments). GitHub's description has no null
 * for `line` and `position`, so an outdated comment has neither field here.
 */
export function reviewCommentAnswer(
  context: ForgeContext,
  repository: RepositoryRecord,
  issue: PullIssue,
  comment: ReviewCommentRecord,
  line: number | null,
): Schemas["pull-request-review-comment"] {
  const { line: _line, position, ...rest } = reviewCommentPayload(context, repository, issue, comment, line);
  return line === null || position === null ? rest : { ...rest, line, position };
}

/** Where the commented line is in the pull request's head by now; null when a later push changed it, or lost the commit. */
export async function currentLine(
  context: ForgeContext,
  repository: RepositoryRecord,
  issue: PullIssue,
  comment: ReviewCommentRecord,
): Promise<number | null> {
  if (comment.commitId === issue.pull.headSha || comment.side === "LEFT") return comment.line;
  const range = [comment.commitId, issue.pull.headSha];
  const diff = await tryGit(gitDirectory(context, repository), ["diff", "-U0", "--no-color", ...range, "--"]);
  if (diff.exitCode !== 0) return null;
  const file = parseDiff(diff.stdout).find((each) => each.filename === comment.path);
  if (file === undefined) return comment.line;
  return file.status === "removed" ? null : lineAfter(file.patch, comment.line);
}
