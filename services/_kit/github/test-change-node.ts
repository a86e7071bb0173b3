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
  readonly base: { readonly ref: string; readonly repo?: { readonly id: number } };
  readonly head: { readonly sha: string; readonly ref: string; readonly repo?: { readonly id: number } | null };
  readonly body: string | null;
  readonly title?: string;
  readonly commits?: number;
  readonly updated_at?: string;
  readonly user: RestAccount;
  readonly labels: readonly { readonly name: string }[];
  readonly mergeable: boolean | null;
  readonly mergeable_state: string;
  readonly merged: boolean;
  readonly merged_at?: string | null;
  readonly merge_commit_sha?: string | null;
  readonly merged_by?: RestAccount | null;
  readonly reviewDecision?: string;
}

/** A pull request and its lists, as REST answers; the threads as GraphQL does. */
export interface RestChange {
  readonly pull: object;
  readonly reviews: readonly object[];
  readonly commits: readonly object[];
  readonly events: readonly object[];
  readonly threads: readonly object[];
}

/** Makes a list of a field: its first page, or what an engine pages. */
type MakeList = (field: string, nodes: readonly unknown[]) => unknown;

/** The node `pullRequest` of GraphQL. */
export function changeNode(
  { pull, reviews, commits, events, threads }: RestChange,
  { links = [], listOf = pageOf }: { readonly links?: readonly number[]; readonly listOf?: MakeList } = {},
) {
  const { head, base, user, commits: count, ...of } = pull as RestPull;
  const listed = commits.map(commitNode);
  // A list of commits may be shorter than their number.
  const cut = Math.max(0, (count ?? 0) - listed.length);
  const closed = links.map((number) => ({
    number,
    repository: { name: "shop", owner: { __typename: "User", login: "acme" } },
  }));
  return {
    ...{ number: of.number, state: of.merged ? "MERGED" : of.state.toUpperCase(), isDraft: of.draft },
    ...{
      title: of.title ?? "",
      body: of.body ?? "",
      headRefName: head.ref,
      headRefOid: head.sha,
      baseRefName: base.ref,
    },
    ...{ isCrossRepository: head.repo?.id !== base.repo?.id, changedFiles: of.changed_files },
    updatedAt: of.updated_at ?? "",
    mergeable: of.mergeable === null ? "UNKNOWN" : of.mergeable ? "MERGEABLE" : "CONFLICTING",
    mergeStateStatus: of.mergeable_state.toUpperCase(),
    ...{ merged: of.merged, mergedAt: of.merged_at ?? null, mergedBy: actorOf(of.merged_by), author: actorOf(user) },
    mergeCommit: of.merge_commit_sha == null ? null : { oid: of.merge_commit_sha },
    labels: listOf("labels", of.labels),
    reviewDecision: of.reviewDecision ?? null,
    closingIssuesReferences: listOf("closingIssuesReferences", closed),
    reviewThreads: listOf("reviewThreads", threads),
    reviews: listOf("reviews", reviews.map(reviewNode)),
    commits: listOf("commits", [...listed, ...Array.from({ length: cut }, () => null)]),
    timelineItems: listOf("timelineItems", events.flatMap(eventNode)),
  };
}

function pageOf(_field: string, nodes: readonly unknown[]) {
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

interface RestCommit {
  readonly sha: string;
  readonly commit: { readonly message: string; readonly verification?: { readonly verified: boolean } };
}

function commitNode(listed: object) {
  const { sha: oid, commit } = listed as RestCommit;
  const signature = commit.verification?.verified === true ? { __typename: "SshSignature", isValid: true } : null;
  return { commit: { oid, message: commit.message, signature } };
}

interface RestEvent {
  readonly event: string;
  readonly created_at?: string;
  readonly actor?: RestAccount | null;
  readonly label?: { readonly name: string };
  readonly rename?: { readonly from: string; readonly to: string };
  readonly dismissed_review?: { readonly state: string; readonly review_id: number };
}

/** Of what happens to a pull request, what the gate asks for. */
const kinds: Readonly<Record<string, string>> = {
  labeled: "LabeledEvent",
  unlabeled: "UnlabeledEvent",
  review_dismissed: "ReviewDismissedEvent",
  renamed: "RenamedTitleEvent",
  base_ref_changed: "BaseRefChangedEvent",
  closed: "ClosedEvent",
  reopened: "ReopenedEvent",
  convert_to_draft: "ConvertToDraftEvent",
  ready_for_review: "ReadyForReviewEvent",
  automatic_base_change_succeeded: "AutomaticBaseChangeSucceededEvent",
};

function eventNode(listed: object) {
  const { event, created_at: createdAt = "", actor, label, rename, dismissed_review: dismissed } = listed as RestEvent;
  const __typename = kinds[event];
  if (__typename === undefined) return [];
  const renamed = rename && { previousTitle: rename.from, currentTitle: rename.to };
  const review = dismissed && {
    previousReviewState: dismissed.state.toUpperCase(),
    review: { fullDatabaseId: String(dismissed.review_id) },
  };
  return [{ __typename, createdAt, actor: actorOf(actor), ...(label && { label }), ...renamed, ...review }];
}
