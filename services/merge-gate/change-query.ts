import type { RepositoryRef } from "#contracts/aggregates.ts";
import type { ActorNode } from "#kit/github/actors.ts";
import type { Octokit } from "#kit/github/github.ts";
import type { RepositoryNode as HeadRepository } from "#kit/github/head-query.ts";
import type { ThreadNode } from "#kit/github/review-threads.ts";

// What the gate asks GitHub's GraphQL API about a pull request, and the shape of the answer. About 36,000 nodes at most, and GitHub allows
// 500,000 in a request (https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api#node-limit).

// Of the head, what reported on it is asked of its last commit, as GitHub's own command line does it (`gh pr view --json statusCheckRollup`).
const query = `query ($owner: String!, $repo: String!, $number: Int!, $issue: Int!, $branch: String!,
  $reviewThreadsAfter: String, $reviewsAfter: String, $commitsAfter: String, $timelineItemsAfter: String) {
  repository(owner: $owner, name: $repo) { owner { login } defaultBranchRef { name }
    databaseId mergeCommitAllowed squashMergeAllowed rebaseMergeAllowed
    issue(number: $issue) { state title body labels(first: 100) { nodes { name } } repository { nameWithOwner } }
    pullRequests(headRefName: $branch, first: 100, orderBy: { field: CREATED_AT, direction: DESC }) { pageInfo { hasNextPage }
      nodes { number title state isDraft mergedAt headRefOid baseRefName isCrossRepository updatedAt author { __typename login } labels(first: 100) { nodes { name } } } }
    above: pullRequests(baseRefName: $branch, states: OPEN, first: 20) { nodes { number } }
    pullRequest(number: $number) {
    id number state isDraft title body headRefName headRefOid baseRefName isCrossRepository mergeable mergeStateStatus changedFiles updatedAt
    merged mergedAt mergedBy { __typename login } mergeCommit { oid } author { __typename login }
    labels(first: 100) { nodes { name } } reviewDecision mergeQueue { configuration { mergeMethod } }
    isInMergeQueue mergeQueueEntry { state position enqueuer { __typename login } }
    baseRef { below: associatedPullRequests(states: OPEN, first: 1) { nodes { number } } target { oid ... on Commit { baseRollup: statusCheckRollup { state } rules: file(path: ".rig-agent.yaml") { mode object { ... on Blob { text isTruncated } } } } }
      refUpdateRule { requiredApprovingReviewCount requiredStatusCheckContexts requiresCodeOwnerReviews
        requiresConversationResolution requiresLinearHistory requiresSignatures } }
    lastCommit: commits(last: 1) { nodes { commit { oid
      twins: associatedPullRequests(first: 20) { nodes { number state headRefOid isCrossRepository } }
      statusCheckRollup { contexts(first: 100) { pageInfo { hasNextPage endCursor } nodes { __typename
        ... on CheckRun { databaseId name status conclusion startedAt externalId isRequired(pullRequestNumber: $number) checkSuite { databaseId app { databaseId slug } } }
        ... on StatusContext { context state description createdAt isRequired(pullRequestNumber: $number) creator { __typename login avatarUrl } } } } }
      checkSuites(first: 100) { pageInfo { hasNextPage endCursor } nodes { databaseId status conclusion
        app { databaseId slug } checkRuns(first: 1) { totalCount } workflowRun { file { path repositoryName } } } } } } }
    closingIssuesReferences(first: 100) { totalCount nodes { number repository { name owner { login } } } }
    reviewThreads(first: 100, after: $reviewThreadsAfter) { totalCount pageInfo { hasNextPage endCursor }
      nodes { id isResolved resolvedBy { login } path line
        comments(first: 100) { nodes { id fullDatabaseId body updatedAt author { __typename login } } } } }
    reviews(first: 100, after: $reviewsAfter) { totalCount pageInfo { hasNextPage endCursor }
      nodes { fullDatabaseId state body submittedAt commit { oid } author { __typename login } } }
    commits(first: 100, after: $commitsAfter) { totalCount pageInfo { hasNextPage endCursor }
      nodes { commit { oid message signature { isValid } parents(first: 3) { nodes { oid } }
        authors(first: 20) { nodes { email user { login } } } committer { email user { login } } } } }
    reviewRequests(first: 100) { nodes { requestedReviewer { __typename ... on User { login } } } }
    timelineItems(first: 100, after: $timelineItemsAfter, itemTypes: [LABELED_EVENT, UNLABELED_EVENT, CONVERT_TO_DRAFT_EVENT,
      READY_FOR_REVIEW_EVENT, CLOSED_EVENT, REOPENED_EVENT, REVIEW_DISMISSED_EVENT, RENAMED_TITLE_EVENT, BASE_REF_CHANGED_EVENT, AUTOMATIC_BASE_CHANGE_SUCCEEDED_EVENT,
      REVIEW_REQUESTED_EVENT, REVIEW_REQUEST_REMOVED_EVENT, HEAD_REF_FORCE_PUSHED_EVENT, HEAD_REF_RESTORED_EVENT,
      ADDED_TO_MERGE_QUEUE_EVENT, REMOVED_FROM_MERGE_QUEUE_EVENT]) {
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
        ... on AutomaticBaseChangeSucceededEvent { createdAt actor { __typename login } }
        ... on ReviewRequestedEvent { createdAt actor { __typename login } requestedReviewer { __typename ... on User { login } } }
        ... on ReviewRequestRemovedEvent { createdAt actor { __typename login } requestedReviewer { __typename ... on User { login } } }
        ... on HeadRefForcePushedEvent { createdAt actor { __typename login } }
        ... on HeadRefRestoredEvent { createdAt actor { __typename login } }
        ... on AddedToMergeQueueEvent { createdAt actor { __typename login } }
        ... on RemovedFromMergeQueueEvent { createdAt actor { __typename login } reason } } } } } }`;

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
    readonly parents: { readonly nodes: readonly ({ readonly oid: string } | null)[] };
    readonly authors: { readonly nodes: readonly (GitActorNode | null)[] };
    readonly committer: GitActorNode | null;
  };
}

/** Whom a commit names. The account is one of a user: an App has none here, only its address. */
export interface GitActorNode {
  readonly email: string | null;
  readonly user: { readonly login: string } | null;
}

/** Whose review is asked for. Only a user has a login here; null for whom GitHub does not show. */
export interface ReviewerNode {
  readonly __typename: string;
  readonly login?: string;
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
  readonly requestedReviewer?: ReviewerNode | null;
  readonly reason?: string | null;
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
  readonly id: string;
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
  readonly labels: Labels;
  readonly reviewDecision: string | null;
  readonly reviewRequests: {
    readonly nodes: readonly ({ readonly requestedReviewer: ReviewerNode | null } | null)[];
  };
  readonly mergeQueue: HeadRepository["mergeQueue"];
  readonly isInMergeQueue: boolean;
  readonly mergeQueueEntry: {
    readonly state: string;
    readonly position: number;
    readonly enqueuer: ActorNode;
  } | null;
  readonly baseRef: BaseNode | null;
  readonly lastCommit: { readonly nodes: readonly ({ readonly commit: LastCommitNode } | null)[] };
  readonly closingIssuesReferences: {
    readonly totalCount: number;
    readonly nodes: readonly ({
      readonly number: number;
      readonly repository: { readonly name: string; readonly owner: { readonly login: string } };
    } | null)[];
  };
}

/** The issue itself. */
export interface IssueNode {
  readonly state: string;
  readonly title: string;
  readonly body: string;
  /** null, or one of them, where GitHub does not tell it. */
  readonly labels: { readonly nodes: readonly ({ readonly name: string } | null)[] | null } | null;
  readonly repository: { readonly nameWithOwner: string };
}

/** A pull request in the list of those of a branch. */
export interface ListedNode {
  readonly number: number;
  readonly title: string;
  readonly state: string;
  readonly isDraft: boolean;
  readonly headRefOid: string;
  readonly mergedAt: string | null;
  readonly baseRefName: string;
  readonly isCrossRepository: boolean;
  readonly updatedAt: string;
  readonly author: ActorNode;
  readonly labels: Labels;
}

interface Labels {
  readonly nodes: readonly { readonly name: string }[];
}

/** A list of pull requests of which only the numbers are asked for. */
interface Numbered {
  readonly nodes: readonly ({ readonly number: number } | null)[];
}

/** Another pull request of which GitHub says that it has a commit. */
type TwinNode = Pick<ListedNode, "number" | "state" | "headRefOid" | "isCrossRepository">;

/** The base branch by now; null where it is gone. `below`: the open pull request from it; `baseRollup`: GitHub's word on all that reported there; `rules`: the file with the repository's rules. */
interface BaseNode {
  readonly below?: Numbered;
  readonly target: {
    readonly oid: string;
    readonly baseRollup?: { readonly state: string } | null;
    readonly rules?: {
      readonly mode: number;
      readonly object: { readonly text?: string | null; readonly isTruncated?: boolean } | null;
    } | null;
  } | null;
  readonly refUpdateRule: NonNullable<HeadRepository["ref"]>["refUpdateRule"];
}

/** The newest commit of the pull request with everything that reported on it. */
type LastCommitNode = {
  readonly oid: string;
  readonly twins?: { readonly nodes: readonly (TwinNode | null)[] } | null;
} & NonNullable<HeadRepository["object"]>;

/** One page of each list. */
export type Pages = { readonly [Name in ListName]: Page<Lists[Name]> };

/** The repository, the issue, and the pull request with one page of each list. null: GitHub does not tell it here. */
export interface RepositoryNode
  extends Pick<HeadRepository, "databaseId" | "mergeCommitAllowed" | "squashMergeAllowed" | "rebaseMergeAllowed"> {
  readonly owner: { readonly login: string };
  readonly defaultBranchRef: { readonly name: string } | null;
  readonly issue: IssueNode | null;
  readonly pullRequests: {
    readonly pageInfo: { readonly hasNextPage: boolean };
    readonly nodes: readonly (ListedNode | null)[];
  } | null;
  /** The open pull requests into the branch; null where GitHub does not tell it. */
  readonly above?: Numbered | null;
  readonly pullRequest: PullNode & Pages;
}

/** The cursors after which the pages begin; null for the first one. */
export type Cursors = Readonly<Record<ListName, string | null>>;

/** Which pull request and issue are asked for; `branch`: a branch of which the pull requests are listed. */
export interface Wanted extends RepositoryRef {
  readonly number: number;
  readonly issue: number;
  readonly branch: string;
}

/** What may be refused: another request tells it, or the gate holds without it. The innermost names come first. */
const separate = [
  "mergeQueue",
  "mergeQueueEntry",
  "refUpdateRule",
  "workflowRun",
  "lastCommit",
  "baseRollup",
  "rules",
  "issue",
  "pullRequests",
  "above",
] as const;
export type Separate = (typeof separate)[number];

interface Refusal {
  readonly errors: readonly { readonly type?: string; readonly path?: readonly unknown[] }[];
  readonly data: {
    readonly repository: (Omit<RepositoryNode, "pullRequest"> & { pullRequest: unknown }) | null;
  } | null;
}

/** Asks for the pull request, its issue and one page of each of its lists; with the parts that GitHub refused. */
export async function askChange(
  octokit: Octokit,
  wanted: Wanted,
  after: Cursors,
): Promise<{ readonly repository: RepositoryNode; readonly refused: readonly Separate[] }> {
  const cursors = Object.fromEntries(listNames.map((name) => [`${name}After`, after[name]]));
  try {
    const answer = await octokit.graphql<{ readonly repository: RepositoryNode }>(query, { ...wanted, ...cursors });
    return { repository: answer.repository, refused: [] };
  } catch (cause) {
    const { errors = [], data = null } = cause as Partial<Refusal>;
    const parts = errors.map(({ type, path }) =>
      type === "FORBIDDEN" || type === "NOT_FOUND" ? separate.find((part) => path?.includes(part)) : undefined,
    );
    const refused = parts.flatMap((part) => part ?? []);
    if (refused.length === 0 || refused.length < errors.length || !data?.repository?.pullRequest) throw cause;
    return { repository: data.repository as RepositoryNode, refused: [...new Set(refused)] };
  }
}
