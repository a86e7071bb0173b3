import type { MergeMethod, ProtectionRecord, RulesetRecord } from "./rule-records.ts";

/** What the forge remembers, as it stands in `state.json`. No record holds a URL: the port may differ after a restart. */
export interface ForgeState {
  /** The layout of this file; a forge refuses to read a version that it does not know. */
  readonly version: 2;
  nextId: number;
  /** A webhook was set at some time, so events are kept for it even while no target is known. */
  webhookWasSet: boolean;
  readonly repositories: RepositoryRecord[];
  readonly pendingDeliveries: PendingDelivery[];
  readonly deliveries: DeliveryRecord[];
}

/** One repository and everything that hangs on it. Times are ISO 8601 in UTC. */
export interface RepositoryRecord {
  readonly id: number;
  owner: string;
  name: string;
  /** The names `owner/name` that it had before: GitHub leads them to it. */
  readonly formerNames: string[];
  /** The bare repository below `repos/`. It stays where it is when the repository gets another name. */
  readonly directory: string;
  /** The id of the repository that it was forked from. */
  readonly forkOf: number | null;
  mergeMethods: readonly MergeMethod[];
  readonly protections: ProtectionRecord[];
  readonly rulesets: RulesetRecord[];
  readonly createdAt: string;
  updatedAt: string;
  pushedAt: string;
  /** Issues and pull requests share one sequence, as on GitHub. */
  nextNumber: number;
  /** Branch name to commit SHA as last announced; what differs in the bare repository is a push not yet announced. */
  heads: Record<string, string>;
  readonly labels: LabelRecord[];
  readonly issues: IssueRecord[];
  readonly comments: CommentRecord[];
  readonly reviews: ReviewRecord[];
  readonly reviewComments: ReviewCommentRecord[];
  readonly threads: ThreadRecord[];
  readonly suites: SuiteRecord[];
  readonly statuses: StatusRecord[];
  readonly events: EventRecord[];
  /** The pull requests in merge queues, in their order. Absent in the state of a forge that had none. */
  queue?: QueueEntryRecord[];
  /** The pushes, oldest first. Absent in the state of a forge that had none. */
  pushes?: PushRecord[];
}

/** A pull request in the merge queue of its base. `group`: the commit that is tested, on which base, and the branch that it is on. */
export interface QueueEntryRecord {
  readonly id: number;
  readonly number: number;
  readonly enqueuer: string;
  readonly enqueuedAt: string;
  readonly headSha: string;
  group: { readonly sha: string; readonly baseSha: string; readonly branch: string } | null;
}

/** A change of a branch. `before` and `after` are the commits, zeros where there is none. */
export interface PushRecord {
  readonly id: number;
  readonly branch: string;
  readonly before: string;
  readonly after: string;
  readonly forced: boolean;
  readonly actor: string;
  readonly createdAt: string;
}

/** A label of a repository. `description` is empty when there is none. */
export interface LabelRecord {
  readonly id: number;
  readonly name: string;
  readonly color: string;
  readonly description: string;
}

/** An issue, or a pull request when `pull` is set: every pull request is an issue (https://docs.github.com/rest/issues/issues). */
export interface IssueRecord {
  readonly id: number;
  readonly number: number;
  readonly author: string;
  readonly createdAt: string;
  readonly pull: PullRecord | null;
  title: string;
  body: string | null;
  state: "open" | "closed";
  stateReason: "completed" | "reopened" | "not_planned" | "duplicate" | null;
  labels: string[];
  updatedAt: string;
  closedAt: string | null;
  closedBy: string | null;
  /** The last edit of the body; an edit of the title is an event. */
  bodyEdited: { readonly at: string; readonly by: string } | null;
}

/** The part of an issue that makes it a pull request. `baseSha` is the base's tip, frozen when the pull request closes. */
export interface PullRecord {
  readonly id: number;
  /** The repository of the head: a fork has another id than the repository of the pull request. */
  readonly headRepositoryId: number;
  readonly headRef: string;
  draft: boolean;
  requestedReviewers: string[];
  baseRef: string;
  headSha: string;
  baseSha: string;
  mergedAt: string | null;
  mergedBy: string | null;
  mergeCommitSha: string | null;
}

/** An issue record that is known to be a pull request. */
export interface PullIssue extends IssueRecord {
  readonly pull: PullRecord;
}

/** A comment in the conversation of an issue or pull request. */
export interface CommentRecord {
  readonly id: number;
  readonly number: number;
  readonly author: string;
  body: string;
  readonly createdAt: string;
  /** Absent until the comment is edited. */
  updatedAt?: string;
}

/** A submitted review. `commitId` is the head that the reviewer looked at. */
export interface ReviewRecord {
  readonly id: number;
  readonly number: number;
  readonly author: string;
  readonly body: string;
  state: "APPROVED" | "CHANGES_REQUESTED" | "COMMENTED" | "DISMISSED";
  readonly commitId: string;
  readonly submittedAt: string;
}

/** A comment on one line of the diff, as it was written; where the line is by now is computed. */
export interface ReviewCommentRecord {
  readonly id: number;
  readonly number: number;
  readonly reviewId: number;
  readonly threadId: string;
  readonly author: string;
  body: string;
  readonly path: string;
  readonly line: number;
  readonly side: "LEFT" | "RIGHT";
  readonly position: number;
  readonly diffHunk: string;
  readonly commitId: string;
  readonly createdAt: string;
  /** The first comment of the thread, which this one answers. */
  readonly inReplyTo: number | null;
  /** Absent until the comment is edited. */
  updatedAt?: string;
}

/** A review thread; its GraphQL node id is `id`. */
export interface ThreadRecord {
  readonly id: string;
  readonly number: number;
  resolvedBy: string | null;
}

/** What one App says about one commit. A suite has no run until the App makes one. */
export interface SuiteRecord {
  readonly id: number;
  /** The login of the App's bot. */
  readonly app: string;
  readonly headBranch: string | null;
  readonly headSha: string;
  readonly before: string | null;
  readonly pusher: string;
  readonly createdAt: string;
  updatedAt: string;
  readonly runs: CheckRunRecord[];
  /** What it came to without a run: GitHub Actions ends, or holds, a suite whose workflow never gets as far. */
  readonly outcome?: SuiteOutcome;
  /** The file that a suite of GitHub Actions runs, and the repository `owner/name` in which it stands. */
  readonly workflow?: { readonly path: string; readonly repositoryName: string };
}

/** How a suite stands. */
export interface SuiteOutcome {
  readonly status: CheckRunRecord["status"];
  readonly conclusion: CheckConclusion | "startup_failure" | "stale" | null;
}

/** One check run. A test run that a stop interrupted is "queued" again and runs after the restart. */
export interface CheckRunRecord {
  readonly id: number;
  name: string;
  externalId: string;
  detailsUrl: string | null;
  startedAt: string | null;
  status: "queued" | "in_progress" | "completed" | "waiting" | "requested" | "pending";
  conclusion: CheckConclusion | null;
  completedAt: string | null;
  title: string | null;
  summary: string | null;
  /** The last 4 KiB that the test command printed, or what the App gave. */
  text: string | null;
}

/** How a check run ended. Green are success, neutral and skipped. */
export type CheckConclusion =
  | "success"
  | "failure"
  | "neutral"
  | "cancelled"
  | "skipped"
  | "timed_out"
  | "action_required";

/** A commit status: the older way to say something about a commit, by anybody who may write. The latest of a context counts. */
export interface StatusRecord {
  readonly id: number;
  readonly sha: string;
  readonly creator: string;
  readonly context: string;
  readonly state: "error" | "failure" | "pending" | "success";
  readonly description: string | null;
  readonly targetUrl: string | null;
  readonly createdAt: string;
}

/** What happened to an issue or pull request, for its events and its timeline. Comments, reviews and commits are not repeated here. */
export interface EventRecord {
  readonly id: number;
  readonly number: number;
  readonly actor: string;
  readonly createdAt: string;
  readonly event: EventName;
  readonly commitId?: string;
  readonly label?: { readonly name: string; readonly color: string };
  readonly rename?: { readonly from: string; readonly to: string };
  readonly reviewer?: string;
  /** Why a merge queue removed it. */
  readonly reason?: string;
  readonly dismissed?: { readonly state: string; readonly reviewId: number; readonly message: string | null };
}

/** GitHub's names of what happened (https://docs.github.com/rest/using-the-rest-api/issue-event-types). */
export type EventName =
  | "labeled"
  | "unlabeled"
  | "renamed"
  | "closed"
  | "reopened"
  | "merged"
  | "base_ref_changed"
  | "head_ref_force_pushed"
  | "head_ref_deleted"
  | "review_requested"
  | "review_request_removed"
  | "review_dismissed"
  | "convert_to_draft"
  | "added_to_merge_queue"
  | "removed_from_merge_queue"
  | "ready_for_review";

/** A webhook delivery that the receiver has not accepted yet. The body is kept as sent, because the signature is over it. */
export interface PendingDelivery {
  readonly guid: string;
  readonly event: string;
  readonly action: string | null;
  readonly body: string;
  attempts: number;
}

/** A delivery that is over. `statusCode` is 0 when the receiver never answered. */
export interface DeliveryRecord {
  readonly guid: string;
  readonly event: string;
  readonly action: string | null;
  readonly attempts: number;
  readonly statusCode: number;
  readonly delivered: boolean;
  readonly finishedAt: string;
}

/** True when the issue is a pull request. */
export function isPull(issue: IssueRecord): issue is PullIssue {
  return issue.pull !== null;
}
