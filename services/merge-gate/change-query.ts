import type { RepositoryRef } from "#contracts/aggregates.ts";
import type { ActorNode } from "#kit/github/actors.ts";
import type { Octokit } from "#kit/github/github.ts";
import type { ThreadNode } from "#kit/github/review-threads.ts";

// What the gate asks GitHub's GraphQL API about a pull request, and the shape of the answer. About 23,000 nodes at most, and GitHub allows
// 500,000 in a request (https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api#node-limit).

const query = `query ($owner: String!, $repo: String!, $number: Int!,
  $reviewThreadsAfter: String, $reviewsAfter: String, $commitsAfter: String, $timelineItemsAfter: String) {
  repository(owner: $owner, name: $repo) { owner { login } defaultBranchRef { name } pullRequest(number: $number) {
    number state isDraft title body headRefName headRefOid baseRefName isCrossRepository mergeable mergeStateStatus changedFiles updatedAt
    merged mergedAt mergedBy { __typename login } mergeCommit { oid } author { __typename login }
    labels(first: 100) { nodes { name } } reviewDecision
    closingIssuesReferences(first: 100) { totalCount nodes { number repository { name owner { login } } } }
    reviewThreads(first: 100, after: $reviewThreadsAfter) { totalCount pageInfo { hasNextPage endCursor }
      nodes { id isResolved resolvedBy { login } path line
        comments(first: 100) { nodes { id fullDatabaseId body updatedAt author { __typename login } } } } }
    reviews(first: 100, after: $reviewsAfter) { totalCount pageInfo { hasNextPage endCursor }
      nodes { fullDatabaseId state body submittedAt commit { oid } author { __typename login } } }
    commits(first: 100, after: $commitsAfter) { totalCount pageInfo { hasNextPage endCursor }
      nodes { commit { oid message signature { isValid } } } }
    timelineItems(first: 100, after: $timelineItemsAfter, itemTypes: [LABELED_EVENT, UNLABELED_EVENT, CONVERT_TO_DRAFT_EVENT,
      READY_FOR_REVIEW_EVENT, CLOSED_EVENT, REOPENED_EVENT, REVIEW_DISMISSED_EVENT, RENAMED_TITLE_EVENT, BASE_REF_CHANGED_EVENT, AUTOMATIC_BASE_CHANGE_SUCCEEDED_EVENT]) {
      totalCount pageInfo { hasNextPage endCursor } nodes { __typename
        ... on LabeledEvent { createdAt actor { __typename login } label { name } }
        ... on UnlabeledEvent { createdAt actor { __typename login } label { name } }
        ... on ConvertToDraftEvent { createdAt actor { __typename login } }
        ... on ReadyForReviewEvent { createdAt actor { __typename login } }
        ... on ClosedEvent { createdAt actor { __typename login } }
        ... on ReopenedEvent { createdAt actor { __typename login } }
        ... on ReviewDismissedEvent { createdAt actor { __typename login } previousReviewState review { fullDatabaseId } }
        ... on RenamedTitleEvent { createdAt actor { __typename login } previousTitle currentTitle }
        ... on BaseRefChangedEvent { createdAt actor { __typename login } }
        ... on AutomaticBaseChangeSucceededEvent { createdAt actor { __typename login } } } } } } }`;

export interface ReviewNode {
  readonly fullDatabaseId: string | null;
  readonly state: string;
  readonly body: string;
  readonly submittedAt: string | null;
  readonly commit: { readonly oid: string } | null;
  readonly author: ActorNode;
}

export interface CommitNode {
  readonly commit: {
    readonly oid: string;
    readonly message: string;
    readonly signature: { readonly isValid: boolean } | null;
  };
}

export interface EventNode {
  readonly __typename: string;
  readonly createdAt: string;
  readonly actor: ActorNode;
  readonly label?: { readonly name: string };
  readonly previousTitle?: string;
  readonly currentTitle?: string;
  readonly previousReviewState?: string;
  readonly review?: { readonly fullDatabaseId: string | null } | null;
}

/** A page of a list. A node is null where GitHub shows that there is something, and not what. */
interface Page<Node> {
  readonly totalCount: number;
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  readonly nodes: readonly (Node | null)[];
}

/** The lists that may have more than one page. */
export interface Lists {
  readonly reviewThreads: ThreadNode;
  readonly reviews: ReviewNode;
  readonly commits: CommitNode;
  readonly timelineItems: EventNode;
}
export type ListName = keyof Lists;
export const listNames = ["reviewThreads", "reviews", "commits", "timelineItems"] as const;

/** The pull request itself, whatever page of its lists is asked for. */
export interface PullNode {
  readonly number: number;
  readonly state: string;
  readonly isDraft: boolean;
  readonly title: string;
  readonly body: string;
  readonly headRefName: string;
  readonly headRefOid: string;
  readonly baseRefName: string;
  readonly isCrossRepository: boolean;
  readonly mergeable: string;
  readonly mergeStateStatus: string;
  readonly changedFiles: number;
  readonly updatedAt: string;
  readonly merged: boolean;
  readonly mergedAt: string | null;
  readonly mergedBy: ActorNode;
  readonly mergeCommit: { readonly oid: string } | null;
  readonly author: ActorNode;
  readonly labels: { readonly nodes: readonly { readonly name: string }[] };
  readonly reviewDecision: string | null;
  readonly closingIssuesReferences: {
    readonly totalCount: number;
    readonly nodes: readonly {
      readonly number: number;
      readonly repository: { readonly name: string; readonly owner: { readonly login: string } };
    }[];
  };
}

/** One page of each list. */
export type Pages = { readonly [Name in ListName]: Page<Lists[Name]> };

/** The repository, and the pull request with one page of each list. */
export interface RepositoryNode {
  readonly owner: { readonly login: string };
  readonly defaultBranchRef: { readonly name: string } | null;
  readonly pullRequest: PullNode & Pages;
}

/** The cursors after which the pages begin; null for the first one. */
export type Cursors = Readonly<Record<ListName, string | null>>;

/** Asks for the pull request and one page of each of its lists. */
export async function askChange(
  octokit: Octokit,
  { owner, repo, number }: RepositoryRef & { readonly number: number },
  after: Cursors,
): Promise<RepositoryNode> {
  const cursors = Object.fromEntries(listNames.map((name) => [`${name}After`, after[name]]));
  const variables = { owner, repo, number, ...cursors };
  return (await octokit.graphql<{ readonly repository: RepositoryNode }>(query, variables)).repository;
}
