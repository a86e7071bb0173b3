import { loginOf } from "./answers/commit.ts";
import { commentAnswer, issuePayload } from "./answers/issue.ts";
import { pullAnswer } from "./answers/pull.ts";
import { labelAnswer, repositoryAnswer, userAnswer } from "./answers/repository.ts";
import { emailOf, type ForgeContext, webUrl } from "./context.ts";
import { type GitCommit, type GitPerson, zeroSha } from "./git/git.ts";
import {
  type CommentRecord,
  type IssueRecord,
  isPull,
  type LabelRecord,
  type PullIssue,
  type RepositoryRecord,
} from "./records.ts";

/** Where an event happened and who caused it. */
export interface Scene {
  readonly context: ForgeContext;
  readonly repository: RepositoryRecord;
  readonly sender: string;
}

/** What was before an edit, in the form of the webhook's `changes`. */
export interface EditChanges {
  readonly title?: { readonly from: string };
  readonly body?: { readonly from: string };
  readonly base?: { readonly ref: { readonly from: string }; readonly sha: { readonly from: string } };
}

/** The head and commits of a pushed branch. */
export interface PushFacts {
  readonly ref: string;
  readonly before: string;
  readonly after: string;
  readonly forced: boolean;
  readonly commits: readonly GitCommit[];
  readonly head: GitCommit | null;
}

// GitHub computes mergeability in the background, so its webhooks say that it is not known yet.
const mergingUnknown = { mergeable: null, state: "unknown" };

/** `issues.<action>`, or `pull_request.<action>` when the issue is a pull request (https://docs.github.com/webhooks/webhook-events-and-payloads). */
export async function tellIssue(
  scene: Scene,
  action: "opened" | "edited" | "closed" | "reopened",
  issue: IssueRecord,
  changes: EditChanges = {},
): Promise<void> {
  const more = action === "edited" ? { changes } : {};
  if (isPull(issue)) await tellPull(scene, action, issue, more);
  else send(scene, "issues", action, { issue: issuePayload(scene.context, scene.repository, issue), ...more });
}

/** `issues.labeled` or `unlabeled`, or the same of `pull_request`. */
export async function tellLabel(
  scene: Scene,
  action: "labeled" | "unlabeled",
  issue: IssueRecord,
  label: LabelRecord,
): Promise<void> {
  const more = { label: labelAnswer(scene.context, scene.repository, label) };
  if (isPull(issue)) await tellPull(scene, action, issue, more);
  else send(scene, "issues", action, { issue: issuePayload(scene.context, scene.repository, issue), ...more });
}

/** `pull_request.synchronize`: the head branch was pushed. */
export async function tellSynchronize(
  scene: Scene,
  issue: PullIssue,
  move: { readonly before: string; readonly after: string },
): Promise<void> {
  await tellPull(scene, "synchronize", issue, move);
}

/** `issue_comment.created`, for a comment in the conversation of an issue or a pull request. */
export function tellComment(scene: Scene, issue: IssueRecord, comment: CommentRecord): void {
  send(scene, "issue_comment", "created", {
    issue: issuePayload(scene.context, scene.repository, issue),
    comment: commentAnswer(scene.context, scene.repository, comment),
  });
}

/** `issue_comment.edited`, with the text that the comment had before. */
export function tellCommentEdited(scene: Scene, issue: IssueRecord, comment: CommentRecord, before: string): void {
  send(scene, "issue_comment", "edited", {
    changes: { body: { from: before } },
    issue: issuePayload(scene.context, scene.repository, issue),
    comment: commentAnswer(scene.context, scene.repository, comment),
  });
}

/** `issue_comment.deleted`, with the comment as it was. */
export function tellCommentDeleted(scene: Scene, issue: IssueRecord, comment: CommentRecord): void {
  send(scene, "issue_comment", "deleted", {
    issue: issuePayload(scene.context, scene.repository, issue),
    comment: commentAnswer(scene.context, scene.repository, comment),
  });
}

/** `push` (https://docs.github.com/webhooks/webhook-events-and-payloads#push). */
export function tellPush(scene: Scene, push: PushFacts): void {
  const { context, repository, sender } = scene;
  const web = webUrl(context, repository);
  const range =
    push.before === zeroSha ? push.after.slice(0, 12) : `${push.before.slice(0, 12)}...${push.after.slice(0, 12)}`;
  send(scene, "push", null, {
    ref: push.ref,
    before: push.before,
    after: push.after,
    created: push.before === zeroSha,
    deleted: push.after === zeroSha,
    forced: push.forced,
    base_ref: null,
    compare: `${web}/compare/${range}`,
    commits: push.commits.map((each) => pushedCommit(scene, each)),
    head_commit: push.head === null ? null : pushedCommit(scene, push.head),
    pusher: { name: sender, email: emailOf(sender) },
  });
}

/** `pull_request.<action>` with what belongs to the action, such as the requested reviewer. */
export async function tellPull(scene: Scene, action: string, issue: PullIssue, more: object = {}): Promise<void> {
  const pull = await pullAnswer(scene.context, scene.repository, issue, mergingUnknown);
  send(scene, "pull_request", action, { number: issue.number, pull_request: pull, ...more });
}

/** Puts an event in the line of deliveries, with the repository and the sender that each has. */
export function send(scene: Scene, event: string, action: string | null, payload: object): void {
  scene.context.deliveries.enqueue(event, action, {
    ...(action === null ? {} : { action }),
    ...payload,
    repository: repositoryAnswer(scene.context, scene.repository),
    sender: userAnswer(scene.context, scene.sender),
  });
}

function pushedCommit(scene: Scene, commit: GitCommit) {
  return {
    id: commit.sha,
    tree_id: commit.treeSha,
    distinct: true,
    message: commit.message,
    timestamp: commit.committer.date,
    url: `${webUrl(scene.context, scene.repository)}/commit/${commit.sha}`,
    author: pushedPerson(scene.context, commit.author),
    committer: pushedPerson(scene.context, commit.committer),
    added: commit.added,
    modified: commit.modified,
    removed: commit.removed,
  };
}

function pushedPerson(context: ForgeContext, person: GitPerson) {
  const login = loginOf(context, person);
  return { name: person.name, email: person.email, ...(login === null ? {} : { username: login }) };
}
