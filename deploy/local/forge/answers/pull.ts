import { apiUrl, type ForgeContext, gitDirectory } from "../context.ts";
import { parseDiff } from "../git/diff.ts";
import { countCommits, diffText } from "../git/git.ts";
import type { PullIssue, RepositoryRecord } from "../records.ts";
import { commentCount, issueLabels, issueWebUrl } from "./issue.ts";
import { associationOf, repositoryAnswer, userAnswer } from "./repository.ts";
import type { Schemas } from "./schemas.ts";

/** A pull request as lists and review webhooks carry it (https://docs.github.com/rest/pulls/pulls#list-pull-requests). */
export function simplePullAnswer(context: ForgeContext, repository: RepositoryRecord, issue: PullIssue) {
  const api = `${apiUrl(context, repository)}/pulls/${issue.number}`;
  const issueApi = `${apiUrl(context, repository)}/issues/${issue.number}`;
  const html = issueWebUrl(context, repository, issue);
  const statuses = `${apiUrl(context, repository)}/statuses/${issue.pull.headSha}`;
  const reviewComment = `${apiUrl(context, repository)}/pulls/comments{/number}`;
  return {
    url: api,
    id: issue.pull.id,
    node_id: `PR_${issue.pull.id}`,
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: issueApi,
    commits_url: `${api}/commits`,
    review_comments_url: `${api}/comments`,
    review_comment_url: reviewComment,
    comments_url: `${issueApi}/comments`,
    statuses_url: statuses,
    number: issue.number,
    state: issue.state,
    locked: false,
    active_lock_reason: null,
    title: issue.title,
    body: issue.body,
    user: userAnswer(context, issue.author),
    labels: issueLabels(context, repository, issue),
    milestone: null,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt,
    merged_at: issue.pull.mergedAt,
    merge_commit_sha: issue.pull.mergeCommitSha,
    assignee: null,
    assignees: [] satisfies Schemas["simple-user"][],
    requested_reviewers: issue.pull.requestedReviewers.map((login) => userAnswer(context, login)),
    requested_teams: [] satisfies Schemas["team"][],
    head: branchAnswer(context, headRepository(context, issue), issue.pull.headRef, issue.pull.headSha),
    base: branchAnswer(context, repository, issue.pull.baseRef, baseSha(repository, issue)),
    _links: {
      self: { href: api },
      html: { href: html },
      issue: { href: issueApi },
      comments: { href: `${issueApi}/comments` },
      review_comments: { href: `${api}/comments` },
      review_comment: { href: reviewComment },
      commits: { href: `${api}/commits` },
      statuses: { href: statuses },
    },
    author_association: associationOf(context, repository, issue.author),
    auto_merge: null,
    draft: issue.pull.draft,
  } satisfies Schemas["pull-request-simple"];
}

/**
 * A pull request in full (https://docs.github.com/rest/pulls/pulls#get-a-pull-request). Whether it merges is the caller's
 * to say: GitHub computes it in the background, so webhooks carry null and "unknown".
 */
export async function pullAnswer(
  context: ForgeContext,
  repository: RepositoryRecord,
  issue: PullIssue,
  merging: { readonly mergeable: boolean | null; readonly state: string },
) {
  const directory = gitDirectory(context, repository);
  const base = baseSha(repository, issue);
  const files = parseDiff(await diffText(directory, base, issue.pull.headSha));
  return {
    ...simplePullAnswer(context, repository, issue),
    merged: issue.pull.mergedAt !== null,
    mergeable: merging.mergeable,
    rebaseable: merging.mergeable,
    mergeable_state: merging.state,
    merged_by: issue.pull.mergedBy === null ? null : userAnswer(context, issue.pull.mergedBy),
    comments: commentCount(repository, issue),
    review_comments: repository.reviewComments.filter((each) => each.number === issue.number).length,
    maintainer_can_modify: false,
    commits: await countCommits(directory, [`${base}..${issue.pull.headSha}`]),
    additions: files.reduce((sum, file) => sum + file.additions, 0),
    deletions: files.reduce((sum, file) => sum + file.deletions, 0),
    changed_files: files.length,
  } satisfies Schemas["pull-request"];
}

/** A pull request as check runs name it. */
export function minimalPullAnswer(
  context: ForgeContext,
  repository: RepositoryRecord,
  issue: PullIssue,
): Schemas["pull-request-minimal"] {
  const of = (each: RepositoryRecord) => ({ id: each.id, url: apiUrl(context, each), name: each.name });
  const repo = of(repository);
  return {
    id: issue.pull.id,
    number: issue.number,
    url: `${repo.url}/pulls/${issue.number}`,
    head: { ref: issue.pull.headRef, sha: issue.pull.headSha, repo: of(headRepository(context, issue)) },
    base: { ref: issue.pull.baseRef, sha: baseSha(repository, issue), repo },
  };
}

/** The commit that a pull request is compared with: the base's tip while it is open, the tip at its end afterwards. */
export function baseSha(repository: RepositoryRecord, issue: PullIssue): string {
  if (issue.state === "closed") return issue.pull.baseSha;
  return repository.heads[issue.pull.baseRef] ?? issue.pull.baseSha;
}

/** The repository of the head: the pull request's own one, or a fork. */
export function headRepository(context: ForgeContext, issue: PullIssue): RepositoryRecord {
  return context.store.repositoryById(issue.pull.headRepositoryId);
}

function branchAnswer(context: ForgeContext, repository: RepositoryRecord, ref: string, sha: string) {
  return {
    label: `${repository.owner}:${ref}`,
    ref,
    sha,
    user: userAnswer(context, repository.owner),
    repo: repositoryAnswer(context, repository),
  };
}
