import { baseSha, headRepository, pullAnswer } from "../answers/pull.ts";
import { currentLine } from "../answers/review.ts";
import { closedIssues, spokenText } from "../closing.ts";
import { gitDirectory } from "../context.ts";
import { listCommits } from "../git/git.ts";
import { reviewDecision } from "../merge-standing.ts";
import type { PullIssue, RepositoryRecord, ReviewCommentRecord, ReviewRecord, ThreadRecord } from "../records.ts";
import { standingOf } from "../routes/pull.ts";
import { mergeQueueNode, refNode } from "./branch-nodes.ts";
import { checkedCommitNode } from "./check-nodes.ts";
import { connection } from "./connection.ts";
import type { Fields } from "./engine.ts";
import { actorNode, associationName, issueNode, topicFields, type View } from "./nodes.ts";
import { timelineField } from "./timeline-nodes.ts";

export function pullNode(view: View, repository: RepositoryRecord, issue: PullIssue): Fields {
  const { context } = view;
  const { pull } = issue;
  const head = headRepository(context, issue);
  const standing = async () => standingOf(context, repository, issue);
  const inFull = () => pullAnswer(context, repository, issue, { mergeable: null, state: "unknown" });
  const own = <Item extends { readonly number: number }>(items: readonly Item[]) =>
    items.filter((each) => each.number === issue.number);
  return {
    ...topicFields(view, repository, issue),
    __typename: "PullRequest",
    id: `PR_${pull.id}`,
    databaseId: pull.id,
    isDraft: pull.draft,
    merged: pull.mergedAt !== null,
    mergedAt: pull.mergedAt,
    mergedBy: () => actorNode(view, pull.mergedBy),
    mergeCommit: pull.mergeCommitSha === null ? null : { __typename: "Commit", oid: pull.mergeCommitSha },
    headRefName: pull.headRef,
    headRefOid: pull.headSha,
    headRepository: () => view.repositoryNode(head),
    headRepositoryOwner: () => actorNode(view, head.owner),
    isCrossRepository: head.id !== repository.id,
    baseRefName: pull.baseRef,
    baseRef: () => refNode(view, repository, pull.baseRef),
    mergeQueue: () => mergeQueueNode(repository, pull.baseRef),
    baseRefOid: baseSha(repository, issue),
    mergeable: async () => mergeableName((await standing()).mergeable),
    mergeStateStatus: async () => (await standing()).state.toUpperCase(),
    additions: async () => (await inFull()).additions,
    deletions: async () => (await inFull()).deletions,
    changedFiles: async () => (await inFull()).changed_files,
    reviewDecision: () => reviewDecision(context, repository, issue),
    reviewThreads: connection(
      "reviewThreads",
      () => own(repository.threads),
      (each) => threadNode(view, repository, issue, each),
    ),
    reviews: connection(
      "reviews",
      ({ states }) => own(repository.reviews).filter((each) => states == null || isIn(states, each.state)),
      (each) => reviewNode(view, repository, each),
      ["states"],
    ),
    reviewRequests: connection(
      "reviewRequests",
      () => pull.requestedReviewers,
      (login) => ({ requestedReviewer: () => actorNode(view, login) }),
    ),
    commits: connection(
      "commits",
      async () => {
        const range = `${baseSha(repository, issue)}..${pull.headSha}`;
        return (await listCommits(gitDirectory(context, repository), [range], 250)).reverse();
      },
      (each) => ({ commit: checkedCommitNode(view, repository, each) }),
    ),
    timelineItems: timelineField(view, repository, issue.number),
    closingIssuesReferences: connection(
      "closingIssuesReferences",
      () => closedIssues(context, repository, spokenText(issue.body)),
      ({ home, issue: closed }) => issueNode(view, home, closed),
    ),
  };
}

/** A review thread; where its line is by now is computed when it is asked for. */
export async function threadNode(
  view: View,
  repository: RepositoryRecord,
  issue: PullIssue,
  thread: ThreadRecord,
): Promise<Fields> {
  const comments = repository.reviewComments.filter((each) => each.threadId === thread.id);
  const [first] = comments;
  if (first === undefined) throw new Error(`the thread ${thread.id} has no comment`);
  const line = await currentLine(view.context, repository, issue, first);
  return {
    __typename: "PullRequestReviewThread",
    id: thread.id,
    isResolved: thread.resolvedBy !== null,
    isOutdated: line === null,
    isCollapsed: thread.resolvedBy !== null,
    resolvedBy: () => actorNode(view, thread.resolvedBy),
    path: first.path,
    line,
    startLine: null,
    originalLine: first.line,
    diffSide: first.side,
    subjectType: "LINE",
    pullRequest: () => pullNode(view, repository, issue),
    repository: () => view.repositoryNode(repository),
    comments: connection(
      "comments",
      () => comments,
      (each) => reviewCommentNode(view, repository, each, line),
    ),
  };
}

function reviewNode(view: View, repository: RepositoryRecord, review: ReviewRecord): Fields {
  return {
    __typename: "PullRequestReview",
    id: `PRR_${review.id}`,
    databaseId: review.id,
    fullDatabaseId: String(review.id),
    body: review.body,
    state: review.state,
    author: () => actorNode(view, review.author),
    authorAssociation: associationName(view, repository, review.author),
    submittedAt: review.submittedAt,
    createdAt: review.submittedAt,
    commit: { __typename: "Commit", oid: review.commitId },
  };
}

function reviewCommentNode(
  view: View,
  repository: RepositoryRecord,
  comment: ReviewCommentRecord,
  line: number | null,
): Fields {
  return {
    __typename: "PullRequestReviewComment",
    id: `PRRC_${comment.id}`,
    databaseId: comment.id,
    fullDatabaseId: String(comment.id),
    body: comment.body,
    path: comment.path,
    line,
    originalLine: comment.line,
    outdated: line === null,
    diffHunk: comment.diffHunk,
    author: () => actorNode(view, comment.author),
    authorAssociation: associationName(view, repository, comment.author),
    createdAt: comment.createdAt,
    updatedAt: comment.updatedAt ?? comment.createdAt,
    lastEditedAt: comment.updatedAt ?? null,
    originalCommit: { __typename: "Commit", oid: comment.commitId },
  };
}

function mergeableName(mergeable: boolean | null): string {
  if (mergeable === null) return "UNKNOWN";
  return mergeable ? "MERGEABLE" : "CONFLICTING";
}

function isIn(values: unknown, value: string): boolean {
  return Array.isArray(values) && values.includes(value);
}
