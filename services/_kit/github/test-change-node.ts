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
  readonly requested_reviewers?: readonly RestAccount[];
}

/** A pull request and its lists, as REST answers; the threads as GraphQL does. */
export interface RestChange {
  readonly pull: object;
  readonly reviews: readonly object[];
  readonly commits: readonly object[];
  readonly events: readonly object[];
  readonly threads: readonly object[];
}

/** What GraphQL says besides of a change on which nothing reported, into a base that requires nothing. */
export interface MoreOfChange {
  readonly links?: readonly number[];
  readonly listOf?: MakeList;
  /** What reported on the head. */
  readonly head?: object;
  /** What the base shows of its protection, and the queue of it. */
  readonly refUpdateRule?: unknown;
  readonly mergeQueue?: object | null;
  /** Its entry in that queue: who put it there, by REST's name. */
  readonly entry?: { readonly by: RestAccount; readonly state: string; readonly position: number } | null;
  /** The text of the file with the repository's rules; null where the base has none. */
  readonly rules?: string | null;
}

/** Makes a list of a field: its first page, or what an engine pages. */
type MakeList = (field: string, nodes: readonly unknown[]) => unknown;

/** The node `pullRequest` of GraphQL. */
export function changeNode(
  { pull, reviews, commits, events, threads }: RestChange,
  { links = [], listOf = pageOf, rules = null, ...more }: MoreOfChange = {},
) {
  const { head, base, user, commits: count, ...of } = pull as RestPull;
  const reported = more.head ?? unreported(listOf);
  const listed = commits.map((each) => commitNode(each, { reported, listOf }));
  // A list of commits may be shorter than their number.
  const cut = Math.max(0, (count ?? 0) - listed.length);
  const closed = links.map((number) => ({
    number,
    repository: { name: "shop", owner: { __typename: "User", login: "acme" } },
  }));
  return {
    ...{
      id: `PR_${of.number}`,
      number: of.number,
      state: of.merged ? "MERGED" : of.state.toUpperCase(),
      isDraft: of.draft,
    },
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
    reviewRequests: listOf("reviewRequests", (of.requested_reviewers ?? []).map(requestNode)),
    mergeQueue: more.mergeQueue ?? null,
    isInMergeQueue: more.entry != null,
    mergeQueueEntry: more.entry == null ? null : entryNode(more.entry),
    baseRef: { target: baseNode(rules), refUpdateRule: more.refUpdateRule ?? null },
    lastCommit: listOf("commits", [{ commit: { oid: head.sha, ...reported } }]),
    closingIssuesReferences: listOf("closingIssuesReferences", closed),
    reviewThreads: listOf("reviewThreads", threads),
    reviews: listOf("reviews", reviews.map(reviewNode)),
    commits: listOf("commits", [...listed, ...Array.from({ length: cut }, () => null)]),
    timelineItems: listOf("timelineItems", events.flatMap(eventNode)),
  };
}

function entryNode({ by, state, position }: NonNullable<MoreOfChange["entry"]>) {
  return { state, position, enqueuer: actorOf(by) };
}

function baseNode(rules: string | null) {
  return { __typename: "Commit", oid: "b1", baseRollup: null, rules: rulesEntry(rules) };
}

/** The entry of the file with the repository's rules; null where the base has none. */
export function rulesEntry(text: string | null): object | null {
  return text === null ? null : { mode: 0o100644, object: { __typename: "Blob", text, isTruncated: false } };
}

function unreported(listOf: MakeList) {
  return { statusCheckRollup: null, checkSuites: listOf("checkSuites", []) };
}

/** An issue as GraphQL shows it, made of what REST answers. */
export function issueNode(issue: object, listOf: MakeList = pageOf): object {
  const { state, title, body, labels } = issue as Readonly<Record<string, unknown>>;
  const { repository_url: url } = issue as { readonly repository_url: string };
  const nameWithOwner = url.split("/").slice(-2).join("/");
  const shown = { state: String(state).toUpperCase(), title, body: body ?? "", repository: { nameWithOwner } };
  return { ...shown, labels: listOf("labels", labels as readonly unknown[]) };
}

/** The pull requests of a branch as GraphQL lists them, made of what REST answers. */
export function listedNodes(pulls: readonly object[], listOf: MakeList = pageOf): unknown {
  const nodes = pulls.map((each) => {
    const { number, title, state, merged_at: mergedAt, draft, labels, user, updated_at, base, head } = each as RestPull;
    return {
      ...{
        number,
        title: title ?? "",
        state: mergedAt ? "MERGED" : state.toUpperCase(),
        isDraft: draft === true,
        mergedAt: mergedAt ?? null,
      },
      ...{ baseRefName: base.ref, headRefOid: head.sha ?? "", isCrossRepository: head.repo?.id !== base.repo?.id },
      updatedAt: updated_at ?? "",
      ...{ author: actorOf(user), labels: listOf("labels", labels) },
    };
  });
  return listOf("pullRequests", nodes);
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
  readonly author?: RestAccount | null;
  readonly committer?: RestAccount | null;
  readonly parents?: readonly { readonly sha: string }[];
  /** Whom GitHub knows as co-authors by addresses of their own: only GraphQL tells them. */
  readonly coAuthors?: readonly RestAccount[];
}

function commitNode(listed: object, { reported, listOf }: { readonly reported: object; readonly listOf: MakeList }) {
  const { sha: oid, commit, author, committer, parents = [], coAuthors = [] } = listed as RestCommit;
  const signature = commit.verification?.verified === true ? { __typename: "SshSignature", isValid: true } : null;
  const by = {
    authors: listOf("authors", [author, ...coAuthors].map(gitActorNode)),
    committer: gitActorNode(committer),
    parents: listOf(
      "parents",
      parents.map(({ sha }) => ({ oid: sha })),
    ),
  };
  return { commit: { __typename: "Commit", oid, message: commit.message, signature, ...by, ...reported } };
}

/** Whom a commit names. GraphQL has no account of an App here, and its address tells it. */
function gitActorNode(account: RestAccount | null | undefined) {
  if (account == null) return { email: "nobody@example.com", user: null };
  const user = account.type === "User" ? { __typename: "User", login: account.login } : null;
  return { email: `1+${account.login}@users.noreply.github.com`, user };
}

/** A request for the review of an account. */
function requestNode(account: RestAccount) {
  return { requestedReviewer: actorOf(account) };
}

interface RestEvent {
  readonly event: string;
  readonly created_at?: string;
  readonly actor?: RestAccount | null;
  readonly label?: { readonly name: string };
  readonly requested_reviewer?: RestAccount;
  /** Only GraphQL says why a merge queue let go of it. */
  readonly reason?: string;
  readonly rename?: { readonly from: string; readonly to: string };
  readonly dismissed_review?: { readonly state: string; readonly review_id: number };
}

/** Of what happens to a pull request, what the gate asks for. */
const kinds: Readonly<Record<string, string>> = {
  labeled: "LabeledEvent",
  unlabeled: "UnlabeledEvent",
  review_dismissed: "ReviewDismissedEvent",
  base_ref_changed: "BaseRefChangedEvent",
  closed: "ClosedEvent",
  reopened: "ReopenedEvent",
  renamed: "RenamedTitleEvent",
  convert_to_draft: "ConvertToDraftEvent",
  ready_for_review: "ReadyForReviewEvent",
  automatic_base_change_succeeded: "AutomaticBaseChangeSucceededEvent",
  review_requested: "ReviewRequestedEvent",
  review_request_removed: "ReviewRequestRemovedEvent",
  head_ref_force_pushed: "HeadRefForcePushedEvent",
  head_ref_restored: "HeadRefRestoredEvent",
  added_to_merge_queue: "AddedToMergeQueueEvent",
  removed_from_merge_queue: "RemovedFromMergeQueueEvent",
};

function eventNode(listed: object) {
  const { event, created_at: createdAt = "", actor, label, rename, ...of } = listed as RestEvent;
  const { dismissed_review: dismissed } = of;
  const __typename = kinds[event];
  if (__typename === undefined) return [];
  const review = dismissed && {
    previousReviewState: dismissed.state.toUpperCase(),
    review: { fullDatabaseId: String(dismissed.review_id) },
  };
  const titles = rename && { previousTitle: rename.from, currentTitle: rename.to };
  const reviewer = of.requested_reviewer && { requestedReviewer: actorOf(of.requested_reviewer) };
  const why = event === "removed_from_merge_queue" ? { reason: of.reason ?? null } : {};
  const shown = { ...(label && { label }), ...titles, ...review, ...reviewer, ...why };
  return [{ __typename, createdAt, actor: actorOf(actor), ...shown }];
}
