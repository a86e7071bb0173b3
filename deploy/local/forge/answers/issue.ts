import { apiUrl, type ForgeContext, webUrl } from "../context.ts";
import type { CommentRecord, IssueRecord, RepositoryRecord } from "../records.ts";
import { associationOf, labelAnswer, reactionsAnswer, userAnswer } from "./repository.ts";
import type { Schemas } from "./schemas.ts";

/** An issue as webhooks carry it; a pull request too, in its form as an issue. */
export function issuePayload(context: ForgeContext, repository: RepositoryRecord, issue: IssueRecord) {
  const api = `${apiUrl(context, repository)}/issues/${issue.number}`;
  return {
    url: api,
    repository_url: apiUrl(context, repository),
    labels_url: `${api}/labels{/name}`,
    comments_url: `${api}/comments`,
    events_url: `${api}/events`,
    html_url: issueWebUrl(context, repository, issue),
    timeline_url: `${api}/timeline`,
    id: issue.id,
    node_id: `${issue.pull === null ? "I" : "PR"}_${issue.id}`,
    number: issue.number,
    title: issue.title,
    body: issue.body,
    user: userAnswer(context, issue.author),
    labels: issueLabels(context, repository, issue),
    state: issue.state,
    state_reason: issue.stateReason,
    locked: false,
    active_lock_reason: null,
    assignee: null,
    assignees: [] satisfies Schemas["simple-user"][],
    milestone: null,
    comments: commentCount(repository, issue),
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt,
    author_association: associationOf(context, repository, issue.author),
    performed_via_github_app: null,
    reactions: reactionsAnswer(api),
    ...(issue.pull === null ? {} : { draft: issue.pull.draft, pull_request: pullLinks(context, repository, issue) }),
  } satisfies Schemas["issue"];
}

/** What the issues endpoints answer (https://docs.github.com/rest/issues/issues#get-an-issue). */
export function issueAnswer(context: ForgeContext, repository: RepositoryRecord, issue: IssueRecord): Schemas["issue"] {
  const closedBy = issue.closedBy === null ? null : userAnswer(context, issue.closedBy);
  return { ...issuePayload(context, repository, issue), closed_by: closedBy };
}

/** A comment in a conversation (https://docs.github.com/rest/issues/comments). */
export function commentAnswer(context: ForgeContext, repository: RepositoryRecord, comment: CommentRecord) {
  const url = `${apiUrl(context, repository)}/issues/comments/${comment.id}`;
  const issue = repository.issues.find((each) => each.number === comment.number);
  const kind = issue?.pull == null ? "issues" : "pull";
  return {
    url,
    html_url: `${webUrl(context, repository)}/${kind}/${comment.number}#issuecomment-${comment.id}`,
    issue_url: `${apiUrl(context, repository)}/issues/${comment.number}`,
    id: comment.id,
    node_id: `IC_${comment.id}`,
    user: userAnswer(context, comment.author),
    body: comment.body,
    created_at: comment.createdAt,
    updated_at: comment.updatedAt ?? comment.createdAt,
    author_association: associationOf(context, repository, comment.author),
    performed_via_github_app: null,
    reactions: reactionsAnswer(url),
  } satisfies Schemas["issue-comment"];
}

/** The labels of an issue in full. */
export function issueLabels(context: ForgeContext, repository: RepositoryRecord, issue: IssueRecord) {
  const records = repository.labels.filter((each) => issue.labels.includes(each.name));
  return records.map((label) => labelAnswer(context, repository, label));
}

/** How many comments a conversation has. */
export function commentCount(repository: RepositoryRecord, issue: IssueRecord): number {
  return repository.comments.filter((each) => each.number === issue.number).length;
}

/** The web page of an issue or pull request: the address that people pass around. */
export function issueWebUrl(context: ForgeContext, repository: RepositoryRecord, issue: IssueRecord): string {
  return `${webUrl(context, repository)}/${issue.pull === null ? "issues" : "pull"}/${issue.number}`;
}

function pullLinks(context: ForgeContext, repository: RepositoryRecord, issue: IssueRecord) {
  const web = issueWebUrl(context, repository, issue);
  return {
    url: `${apiUrl(context, repository)}/pulls/${issue.number}`,
    html_url: web,
    diff_url: `${web}.diff`,
    patch_url: `${web}.patch`,
    merged_at: issue.pull?.mergedAt ?? null,
  };
}
