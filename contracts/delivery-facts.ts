import { changeAt, issueAt, type Place, type RepositoryRef } from "./aggregates.ts";
import { baseTopic } from "./base-line.ts";
import { isPassing } from "./checks.ts";
import type { Publishes } from "./choreography.ts";
import type { KnownDelivery } from "./delivery.ts";
import { gitHubTopic } from "./events/fleet.ts";
import { issueOfBranch } from "./issue-branch.ts";
import { isReadyLabel, readyLabel } from "./labels.ts";
import { epochIn } from "./pull-request-body.ts";

type Of<Event extends KnownDelivery["event"]> = Extract<KnownDelivery, { event: Event }>["payload"];
/** The draft of a fact that follows from a delivery. */
export type DeliveryDraft = Publishes<"webhook">;
type Draft = DeliveryDraft;

/** Reads the numbers of a repository's issues that a pull request's body closes. */
type ReadClosed = (body: string | null, at: RepositoryRef) => readonly number[];

/**
 * What a delivery means: the drafts of its facts, or none when it is about nothing that the rig acts on. The webhook asks it about what
 * GitHub delivered, the reconciler about what GitHub would have delivered. One about a pull request needs `closedIssues`, which reads
 * Markdown: contracts have no parser for it.
 */
export function factsOf(delivery: Exclude<KnownDelivery, { event: "pull_request" }>): readonly Draft[];
export function factsOf(delivery: KnownDelivery, closedIssues: ReadClosed): readonly Draft[];
export function factsOf(delivery: KnownDelivery, closedIssues: ReadClosed = () => []): readonly Draft[] {
  switch (delivery.event) {
    case "issues":
      return aboutIssue(delivery.payload);
    case "issue_comment":
      return aboutComment(delivery.payload);
    case "pull_request":
      return aboutChange(delivery.payload, closedIssues);
    case "pull_request_review":
      return aboutReview(delivery.payload);
    case "pull_request_review_comment":
      return aboutLine(delivery.payload);
    case "pull_request_review_thread":
      return aboutThread(delivery.payload);
    case "check_suite":
      return aboutChecks(delivery.payload);
    case "status":
      return aboutStatus(delivery.payload);
    case "repository":
      return aboutRepository(delivery.payload);
    case "installation":
      return aboutInstallation(delivery.payload);
    case "push":
    case "check_run":
    case "merge_group":
    case "deployment_status":
      return [];
  }
}

function aboutIssue({ action, issue, label, repository, sender }: Of<"issues">): readonly Draft[] {
  const on = issueAt(at(repository, issue.number));
  if (action === "closed") {
    const data = { sender: sender.login, stateReason: issue.state_reason ?? null, ...asOf(issue) };
    return [{ type: "ISSUE_CLOSED", on, data }];
  }
  // An issue that was moved to another repository or deleted is gone from here, and GitHub sends no `closed` for it.
  if (action === "transferred" || action === "deleted") {
    return [{ type: "ISSUE_CLOSED", on, data: { sender: sender.login, stateReason: action, ...asOf(issue) } }];
  }
  if ((action !== "labeled" && action !== "unlabeled") || !isReadyLabel(label?.name ?? "")) return [];
  if (action === "unlabeled") {
    return [{ type: "ISSUE_UNLABELED", on, data: { label: readyLabel, sender: sender.login, ...asOf(issue) } }];
  }
  const data = {
    label: readyLabel,
    labels: namesOf(issue.labels ?? []),
    title: issue.title,
    body: { text: issue.body ?? "" },
    sender: sender.login,
    senderType: accountType(sender.type),
    defaultBranch: repository.default_branch,
    ...asOf(issue),
  };
  return [{ type: "ISSUE_LABELED", on, data }];
}

function aboutChange(payload: Of<"pull_request">, closedIssues: ReadClosed): readonly Draft[] {
  const { action, pull_request: pr, before, repository, sender } = payload;
  const on = changeAt(at(repository, pr.number));
  // The rig works on branches of the repository itself: neither the text nor a branch of a fork leads to an issue of ours.
  const own = pr.head.repo?.full_name === `${repository.owner.login}/${repository.name}`;
  const data = {
    title: pr.title,
    author: pr.user?.login ?? "",
    branch: own ? pr.head.ref : `${pr.head.repo?.full_name ?? "unknown"}:${pr.head.ref}`,
    baseBranch: pr.base.ref,
    headSha: pr.head.sha,
    closes: own ? closedIssues(pr.body, { owner: repository.owner.login, repo: repository.name }) : [],
    epoch: epochIn(pr.body),
    ...(pr.draft === undefined ? {} : { draft: pr.draft }),
    ...(pr.labels === undefined ? {} : { labels: namesOf(pr.labels) }),
    ...asOf(pr),
  };
  switch (action) {
    case "opened":
      return [{ type: "PR_OPENED", on, data }];
    case "synchronize":
      return [{ type: "PR_SYNCHRONIZED", on, data: { ...data, prevSha: before ?? "" } }];
    case "edited":
    case "labeled":
    case "unlabeled":
    case "ready_for_review":
    case "converted_to_draft":
    case "review_request_removed":
    case "enqueued":
    case "dequeued":
      return [{ type: "PR_EDITED", on, data }];
    case "reopened":
      return [{ type: "PR_REOPENED", on, data }];
    case "closed": {
      const merged = pr.merged === true;
      const mergeSha = merged ? (pr.merge_commit_sha ?? null) : null;
      return [{ type: "PR_CLOSED", on, data: { ...data, merged, mergeSha, sender: sender?.login ?? "" } }];
    }
    default:
      return [];
  }
}

function aboutComment({ action, issue, comment, repository }: Of<"issue_comment">): readonly Draft[] {
  if (!isOfPerson(comment) || !isCommentAction(action)) return [];
  const data = commentIn(action, comment);
  const place = at(repository, issue.number);
  return issue.pull_request === undefined || issue.pull_request === null
    ? [{ type: "ISSUE_COMMENTED", on: issueAt(place), data }]
    : [{ type: "PR_COMMENTED", on: changeAt(place), data: { ...data, where: "conversation" } }];
}

function aboutLine({ action, comment, pull_request: pr, repository, sender }: Of<"pull_request_review_comment">) {
  if (!isCommentAction(action)) return [];
  // Whoever wrote the only comment of a thread: with it the thread is gone, and with the thread what held a merge.
  if (!isOfPerson(comment) && action !== "deleted") return [];
  const data = commentIn(action, comment);
  const on = changeAt(at(repository, pr.number));
  const by =
    action === "deleted" && sender !== undefined
      ? { deletedBy: { login: sender.login, type: accountType(sender.type) } }
      : {};
  return [{ type: "PR_COMMENTED", on, data: { ...data, where: "diff", ...by } } as const];
}

type Comment = Of<"issue_comment">["comment"];
type CommentAction = "created" | "edited" | "deleted";

/** Whether a person wrote the comment. Agents edit theirs at each step of a run. */
function isOfPerson({ user }: Comment): boolean {
  return user?.type === "User";
}

function isCommentAction(action: string): action is CommentAction {
  return action === "created" || action === "edited" || action === "deleted";
}

/** What a fact says of a comment. */
function commentIn(action: CommentAction, comment: Comment) {
  const { id, body, user } = comment;
  return {
    commentId: id,
    author: user?.login ?? "",
    action,
    body: action === "deleted" ? null : { text: body ?? "" },
    ...asOf(comment),
  } as const;
}

function aboutReview({ action, review, pull_request: pr, repository }: Of<"pull_request_review">): readonly Draft[] {
  const state = action === "dismissed" ? "dismissed" : reviewState(review.state);
  if ((action !== "submitted" && action !== "dismissed") || state === null) return [];
  return [
    {
      type: "REVIEW_SUBMITTED",
      on: changeAt(at(repository, pr.number)),
      data: {
        reviewId: review.id,
        reviewer: review.user?.login ?? "",
        reviewerType: accountType(review.user?.type),
        state,
        headSha: review.commit_id ?? "",
      },
    },
  ];
}

/** GitHub has more types of accounts, such as `Organization` and `Mannequin`. */
function accountType(type: string | undefined): "User" | "Bot" | "Other" {
  return type === "User" || type === "Bot" ? type : "Other";
}

function reviewState(state: string): "approved" | "changes_requested" | "commented" | null {
  const lower = state.toLowerCase();
  return lower === "approved" || lower === "changes_requested" || lower === "commented" ? lower : null;
}

function aboutThread({ action, thread, pull_request: pr, repository, sender }: Of<"pull_request_review_thread">) {
  if (action !== "resolved") return [];
  const on = changeAt(at(repository, pr.number));
  return [{ type: "THREAD_RESOLVED", on, data: { threadId: thread.node_id, sender: sender?.login ?? "" } } as const];
}

function aboutChecks({ action, check_suite: suite, repository }: Of<"check_suite">): readonly Draft[] {
  if (action !== "completed") return [];
  const { id: suiteId, head_sha: headSha, conclusion } = suite;
  const ofChanges = suite.pull_requests.map(({ number }): Draft => {
    const on = changeAt(at(repository, number));
    const app = suite.app?.slug;
    const data = { headSha, suiteId, ...(app === undefined ? {} : { app }), ...asOf(suite) };
    return isPassing(conclusion)
      ? { type: "CI_PASSED", on, data }
      : { type: "CI_FAILED", on, data: { ...data, conclusion: conclusion ?? "none" } };
  });
  if (suite.head_branch !== repository.default_branch) return ofChanges;
  const ended = { headSha, name: suite.app?.slug ?? "", passed: isPassing(conclusion), ...asOf(suite) };
  return [...ofChanges, onBase(repository, ended)];
}

/** A check that ended on the default branch: onto that the rig merges. */
function onBase(
  { owner, name: repo, default_branch: branch }: Of<"status">["repository"],
  { headSha: baseSha, ...data }: { readonly headSha: string; readonly name: string; readonly passed: boolean },
): Draft {
  const commit = { owner: owner.login, repo, branch, baseSha };
  return { type: "BASE_CHECKED", on: baseTopic(commit), data: { ...commit, ...data } };
}

/** Statuses bear no number, so the branch leads to the issue: only a branch of the repository itself is named here, never one of a fork. */
function aboutStatus(status: Of<"status">): readonly Draft[] {
  const { sha: headSha, context, state, branches, repository } = status;
  if (state !== "success" && state !== "failure" && state !== "error") return [];
  const numbers = new Set(branches.flatMap(({ name }) => issueOfBranch(name) ?? []));
  const ofIssues = [...numbers].map((number): Draft => {
    const on = issueAt(at(repository, number));
    return { type: "STATUS_REPORTED", on, data: { headSha, context, state, ...asOf(status) } };
  });
  if (!branches.some(({ name }) => name === repository.default_branch)) return ofIssues;
  const ended = { headSha, name: context, passed: state === "success", ...asOf(status) };
  return [...ofIssues, onBase(repository, ended)];
}

function aboutRepository({ action, changes, repository }: Of<"repository">): readonly Draft[] {
  const { owner, name: repo } = repository;
  const from = changes?.owner?.from;
  const fromOwner = from?.organization?.login ?? from?.user?.login ?? owner.login;
  const fromRepo = changes?.repository?.name.from ?? repo;
  const isMoved = changes?.owner !== undefined || changes?.repository !== undefined;
  if ((action !== "renamed" && action !== "transferred") || !isMoved) return [];
  return [{ type: "REPOSITORY_MOVED", on: gitHubTopic, data: { fromOwner, fromRepo, owner: owner.login, repo } }];
}

function aboutInstallation({ action, installation }: Of<"installation">): readonly Draft[] {
  if (action !== "created" && action !== "deleted" && action !== "suspend" && action !== "unsuspend") return [];
  const { id: installationId, app_id: appId, account } = installation;
  const name = account === null ? "" : "login" in account ? account.login : account.slug;
  return [{ type: "INSTALLATION_CHANGED", on: gitHubTopic, data: { action, installationId, appId, account: name } }];
}

/** GitHub describes a label in a payload as null where it was deleted meanwhile. */
function namesOf(labels: readonly ({ readonly name: string } | null)[]): readonly string[] {
  return labels.flatMap((label) => (label === null ? [] : [label.name]));
}

function at(repository: Of<"issues">["repository"], number: number): Place {
  return { owner: repository.owner.login, repo: repository.name, number };
}

function asOf({ updated_at: updatedAt }: { readonly updated_at?: string }): { readonly updatedAt?: string } {
  return updatedAt === undefined ? {} : { updatedAt };
}
