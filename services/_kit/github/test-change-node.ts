// What GraphQL answers about a pull request, made of what REST answers, so that a test says each thing once.

interface RestAccount {
  readonly login: string;
  readonly type: string;
}

/** What REST has of a pull request, as far as the tests give it. */
interface RestPull {
  readonly number: number;
  readonly changed_files: number;
  readonly state: string;
  readonly draft: boolean;
  readonly base: { readonly ref: string };
  readonly head: { readonly sha: string; readonly ref: string };
  readonly body: string;
  readonly title?: string;
  readonly commits?: number;
  readonly updated_at?: string;
  readonly user: RestAccount;
  readonly labels: readonly { readonly name: string }[];
  readonly mergeable: boolean | null;
  readonly mergeable_state: string;
  readonly merged: boolean;
}

/** A pull request and its lists, as REST answers; the threads as GraphQL does. */
export interface RestChange {
  readonly pull: object;
  readonly reviews: readonly object[];
  readonly commits: readonly object[];
  readonly events: readonly object[];
  readonly threads: readonly object[];
}

/** The node `pullRequest` of GraphQL. */
export function changeNode({ pull, reviews, commits, events, threads }: RestChange): object {
  const { head, base, user, commits: count, ...of } = pull as RestPull;
  return {
    ...{ number: of.number, state: of.merged ? "MERGED" : of.state.toUpperCase(), isDraft: of.draft },
    ...{ title: of.title ?? "", body: of.body, headRefName: head.ref, headRefOid: head.sha, baseRefName: base.ref },
    ...{ isCrossRepository: false, changedFiles: of.changed_files, updatedAt: of.updated_at ?? "" },
    mergeable: of.mergeable === null ? "UNKNOWN" : of.mergeable ? "MERGEABLE" : "CONFLICTING",
    mergeStateStatus: of.mergeable_state.toUpperCase(),
    ...{ merged: of.merged, mergedAt: null, mergedBy: null, mergeCommit: null, author: actorOf(user) },
    ...{ labels: { nodes: of.labels }, reviewDecision: null },
    closingIssuesReferences: { nodes: [], totalCount: 0 },
    reviewThreads: listOf(threads),
    reviews: listOf(reviews.map(reviewNode)),
    commits: { ...listOf(commits.map(commitNode)), totalCount: count ?? commits.length },
    timelineItems: listOf(events.map(eventNode)),
  };
}

/** A list of one page. */
function listOf(nodes: readonly object[]) {
  return { nodes, totalCount: nodes.length, pageInfo: { hasNextPage: false, endCursor: null } };
}

function actorOf(account: RestAccount | null | undefined) {
  if (account == null) return null;
  return { __typename: account.type, login: account.login.replace(/\[bot\]$/, "") };
}

interface RestReview {
  readonly id: number;
  readonly state: string;
  readonly body: string;
  readonly commit_id: string;
  readonly submitted_at: string;
  readonly user: RestAccount | null;
}

function reviewNode(review: object) {
  const { id, state, body, commit_id: oid, submitted_at: submittedAt, user } = review as RestReview;
  return { fullDatabaseId: String(id), state, body, submittedAt, commit: { oid }, author: actorOf(user) };
}

function commitNode(listed: object) {
  const { sha: oid, commit } = listed as { readonly sha: string; readonly commit: { readonly message: string } };
  return { commit: { oid, message: commit.message, signature: null } };
}

interface RestEvent {
  readonly event: string;
  readonly created_at?: string;
  readonly actor?: RestAccount | null;
  readonly label?: { readonly name: string };
  readonly dismissed_review?: { readonly state: string; readonly review_id: number };
}

const kinds: Readonly<Record<string, string>> = {
  labeled: "LabeledEvent",
  unlabeled: "UnlabeledEvent",
  review_dismissed: "ReviewDismissedEvent",
  base_ref_changed: "BaseRefChangedEvent",
  closed: "ClosedEvent",
  reopened: "ReopenedEvent",
};

function eventNode(listed: object) {
  const { event, created_at: createdAt = "", actor, label, dismissed_review: dismissed } = listed as RestEvent;
  const __typename = kinds[event];
  if (__typename === undefined) throw new Error(`say how GraphQL names the event ${event}`);
  const review = dismissed && {
    previousReviewState: dismissed.state.toUpperCase(),
    review: { fullDatabaseId: String(dismissed.review_id) },
  };
  return { __typename, createdAt, actor: actorOf(actor), ...(label && { label }), ...review };
}
