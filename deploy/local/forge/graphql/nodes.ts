import { issueWebUrl } from "../answers/issue.ts";
import { associationOf, avatarUrl } from "../answers/repository.ts";
import { type ForgeContext, type ForgeUser, userId } from "../context.ts";
import type { GitCommit } from "../git/git.ts";
import { type CommentRecord, type IssueRecord, isPull, type LabelRecord, type RepositoryRecord } from "../records.ts";
import { connection } from "./connection.ts";
import type { Fields } from "./engine.ts";

/** Where a query looks: the forge and who asks. */
export interface View {
  readonly context: ForgeContext;
  readonly viewer: ForgeUser;
  /** Leads back from what is in a repository to the repository. */
  readonly repositoryNode: (repository: RepositoryRecord) => Fields;
}

/** Somebody. GraphQL names a bot without the `[bot]` that the REST API puts after its login. */
export function actorNode({ context }: View, login: string | null): Fields | null {
  if (login === null) return null;
  const type = context.users.find((each) => each.login === login)?.type ?? "Organization";
  const id = userId(login);
  return {
    __typename: type,
    id: `U_${id}`,
    databaseId: id,
    login: login.replace(/\[bot\]$/, ""),
    avatarUrl: avatarUrl(context, login),
    url: `${context.url}/${encodeURIComponent(login)}`,
  };
}

export function issueNode(view: View, repository: RepositoryRecord, issue: IssueRecord): Fields {
  return {
    ...topicFields(view, repository, issue),
    __typename: "Issue",
    id: `I_${issue.id}`,
    databaseId: issue.id,
    stateReason: issue.stateReason?.toUpperCase() ?? null,
  };
}

/** What an issue and a pull request have in common. */
export function topicFields(view: View, repository: RepositoryRecord, issue: IssueRecord): Fields {
  const { context } = view;
  return {
    number: issue.number,
    title: issue.title,
    body: issue.body ?? "",
    state: stateOf(issue),
    closed: issue.state === "closed",
    url: issueWebUrl(context, repository, issue),
    author: () => actorNode(view, issue.author),
    authorAssociation: associationName(view, repository, issue.author),
    createdAt: issue.createdAt,
    updatedAt: issue.updatedAt,
    closedAt: issue.closedAt,
    lastEditedAt: issue.bodyEdited?.at ?? null,
    editor: () => actorNode(view, issue.bodyEdited?.by ?? null),
    repository: () => view.repositoryNode(repository),
    labels: connection("labels", () => repository.labels.filter((each) => issue.labels.includes(each.name)), labelNode),
    comments: connection(
      "comments",
      () => repository.comments.filter((each) => each.number === issue.number),
      (each) => commentNode(view, repository, each),
    ),
  };
}

/** A commit, as much of it as stands in other answers. */
export function commitNode(commit: GitCommit): Fields {
  return {
    __typename: "Commit",
    oid: commit.sha,
    id: `C_${commit.sha}`,
    message: commit.message,
    messageHeadline: commit.message.split("\n")[0] ?? "",
    committedDate: commit.committer.date,
    authoredDate: commit.author.date,
    // Nothing is signed here.
    signature: null,
    author: { name: commit.author.name, email: commit.author.email, date: commit.author.date },
  };
}

/** How somebody relates to the repository, by the name of GitHub's enumeration. */
export function associationName({ context }: View, repository: RepositoryRecord, login: string): string {
  return associationOf(context, repository, login);
}

function commentNode(view: View, repository: RepositoryRecord, comment: CommentRecord): Fields {
  return {
    __typename: "IssueComment",
    id: `IC_${comment.id}`,
    databaseId: comment.id,
    body: comment.body,
    author: () => actorNode(view, comment.author),
    authorAssociation: associationName(view, repository, comment.author),
    createdAt: comment.createdAt,
    updatedAt: comment.updatedAt ?? comment.createdAt,
    lastEditedAt: comment.updatedAt ?? null,
  };
}

function labelNode({ id, name, color, description }: LabelRecord): Fields {
  return { __typename: "Label", id: `LA_${id}`, name, color, description };
}

/** OPEN, CLOSED or, of a pull request, MERGED. */
export function stateOf(issue: IssueRecord): string {
  return isPull(issue) && issue.pull.mergedAt !== null ? "MERGED" : issue.state.toUpperCase();
}
