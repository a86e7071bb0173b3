/** What the forge remembers, as it stands in `state.json`. No record holds a URL: the port may differ after a restart. */
export interface ForgeState {
  /** The layout of this file; a forge refuses to read a version that it does not know. */
  readonly version: 1;
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
  readonly owner: string;
  readonly name: string;
  readonly protectMain: boolean;
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
  readonly events: IssueEventRecord[];
  readonly reviews: ReviewRecord[];
  readonly reviewComments: ReviewCommentRecord[];
  readonly threads: ThreadRecord[];
  readonly suites: SuiteRecord[];
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
  /** Absent until the body is edited. */
  lastEditedAt?: string;
}

/** The part of an issue that makes it a pull request. `baseSha` is the base's tip, frozen when the pull request closes. */
export interface PullRecord {
  readonly id: number;
  readonly headRef: string;
  readonly draft: boolean;
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

/** What happened to an issue or pull request, as its events list it. */
export interface IssueEventRecord {
  readonly id: number;
  readonly number: number;
  readonly event: "labeled" | "unlabeled" | "renamed";
  readonly actor: string;
  readonly createdAt: string;
  /** The name of the label, or the titles before and after. */
  readonly what: string | { readonly from: string; readonly to: string };
}

/** A submitted review. `commitId` is the head that the reviewer looked at. */
export interface ReviewRecord {
  readonly id: number;
  readonly number: number;
  readonly author: string;
  readonly body: string;
  readonly state: "APPROVED" | "CHANGES_REQUESTED" | "COMMENTED";
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
  readonly body: string;
  readonly path: string;
  readonly line: number;
  readonly side: "LEFT" | "RIGHT";
  readonly position: number;
  readonly diffHunk: string;
  readonly commitId: string;
  readonly createdAt: string;
}

/** A review thread; its GraphQL node id is `id`. */
export interface ThreadRecord {
  readonly id: string;
  readonly number: number;
  resolvedBy: string | null;
}

/** A check suite with its one check run, made for the head commit of a push. */
export interface SuiteRecord {
  readonly id: number;
  readonly headBranch: string;
  readonly headSha: string;
  readonly before: string | null;
  readonly pusher: string;
  readonly createdAt: string;
  updatedAt: string;
  readonly run: CheckRunRecord;
}

/** What a check run did. A run that a stop interrupted is "queued" again and runs after the restart. */
export interface CheckRunRecord {
  readonly id: number;
  readonly name: string;
  readonly startedAt: string;
  status: "queued" | "in_progress" | "completed";
  conclusion: "success" | "failure" | "timed_out" | null;
  completedAt: string | null;
  title: string | null;
  summary: string | null;
  /** The last 4 KiB that the test command printed. */
  text: string | null;
}

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
