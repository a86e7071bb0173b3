import { roleOf } from "../access.ts";
import { gitDirectory, webUrl } from "../context.ts";
import { readCommit, resolveCommit } from "../git/git.ts";
import { type IssueRecord, isPull, type RepositoryRecord } from "../records.ts";
import { mergeQueueField, refField, refId } from "./branch-nodes.ts";
import { checkedCommitNode } from "./check-nodes.ts";
import { connection } from "./connection.ts";
import { Field, FieldError, type Fields } from "./engine.ts";
import { actorNode, issueNode, stateOf, type View } from "./nodes.ts";
import { pullNode } from "./pull-nodes.ts";

/** A repository, and the way to its issues and pull requests. */
export function repositoryNode(view: View, repository: RepositoryRecord): Fields {
  const { context, viewer } = view;
  const tip = repository.heads.main ?? "";
  const found = (number: unknown, kind: "Issue" | "PullRequest" | null) => {
    const issue = repository.issues.find((each) => each.number === number);
    const isThat = issue !== undefined && (kind === null || isPull(issue) === (kind === "PullRequest"));
    if (isThat) return issueOrPullNode(view, repository, issue);
    const name = kind === null ? "an issue or pull request" : kind === "Issue" ? "an Issue" : "a PullRequest";
    throw new FieldError("NOT_FOUND", `Could not resolve to ${name} with the number of ${String(number)}.`);
  };
  const byState = (states: unknown) => (issue: IssueRecord) =>
    states == null || (states as readonly string[]).includes(stateOf(issue));
  return {
    __typename: "Repository",
    id: `R_${repository.id}`,
    databaseId: repository.id,
    name: repository.name,
    nameWithOwner: `${repository.owner}/${repository.name}`,
    owner: () => actorNode(view, repository.owner),
    url: webUrl(context, repository),
    isFork: repository.forkOf !== null,
    isPrivate: false,
    isArchived: false,
    mergeCommitAllowed: repository.mergeMethods.includes("merge"),
    squashMergeAllowed: repository.mergeMethods.includes("squash"),
    rebaseMergeAllowed: repository.mergeMethods.includes("rebase"),
    mergeQueue: mergeQueueField(repository),
    ref: refField(view, repository),
    object: objectField(view, repository),
    viewerPermission: roleOf(context, repository, viewer.login).toUpperCase(),
    defaultBranchRef: { id: refId(repository, "main"), name: "main", target: { __typename: "Commit", oid: tip } },
    issue: new Field(["number"], ({ number }) => found(number, "Issue")),
    pullRequest: new Field(["number"], ({ number }) => found(number, "PullRequest")),
    issueOrPullRequest: new Field(["number"], ({ number }) => found(number, null)),
    issues: connection(
      "issues",
      ({ states, labels }) =>
        repository.issues
          .filter((each) => !isPull(each))
          .filter(byState(states))
          .filter((each) => labels == null || (labels as string[]).some((name) => each.labels.includes(name))),
      (each) => issueNode(view, repository, each),
      ["states", "labels"],
    ),
    pullRequests: connection(
      "pullRequests",
      ({ states, headRefName, baseRefName, orderBy }) =>
        inOrder(repository.issues.filter(isPull), orderBy)
          .filter(byState(states))
          .filter((each) => headRefName == null || each.pull.headRef === headRefName)
          .filter((each) => baseRefName == null || each.pull.baseRef === baseRefName),
      (each) => pullNode(view, repository, each),
      ["states", "headRefName", "baseRefName", "orderBy"],
    ),
  };
}

/** The forge keeps them in the order in which they were created, and knows no other. */
function inOrder<Item>(items: readonly Item[], orderBy: unknown): readonly Item[] {
  const { field, direction } = (orderBy ?? { field: "CREATED_AT", direction: "ASC" }) as Record<string, string>;
  if (field !== "CREATED_AT") throw new FieldError("NOT_IN_LOCAL_FORGE", `The local forge does not sort by ${field}.`);
  return direction === "DESC" ? items.toReversed() : items;
}

/** A commit by its SHA, with what reported on it; null where the repository does not have it. */
function objectField(view: View, repository: RepositoryRecord): Field {
  return new Field(["oid"], async ({ oid }) => {
    const directory = gitDirectory(view.context, repository);
    const sha = await resolveCommit(directory, String(oid));
    return sha === null ? null : checkedCommitNode(view, repository, await readCommit(directory, sha));
  });
}

function issueOrPullNode(view: View, repository: RepositoryRecord, issue: IssueRecord): Fields {
  return isPull(issue) ? pullNode(view, repository, issue) : issueNode(view, repository, issue);
}
