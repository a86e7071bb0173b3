import { commentAnswer, issueAnswer, issueEventAnswer, issueLabels } from "../answers/issue.ts";
import { type ForgeContext, timeNow } from "../context.ts";
import { type Scene, tellComment, tellCommentEdited, tellIssue } from "../events.ts";
import { forbidden, invalid, notFound } from "../failure.ts";
import { addLabels, closeIssue, editIssue, removeLabel, reopenIssue } from "../issue-changes.ts";
import type { CommentRecord, IssueRecord, RepositoryRecord } from "../records.ts";
import { issueOf } from "../store.ts";
import { ok, repositoryIn } from "./repository.ts";
import {
  type Answer,
  type Call,
  numberIn,
  pageOf,
  type Route,
  requiredTextIn,
  sortedAs,
  textIn,
  writerOf,
} from "./route.ts";

/** Issues, their labels and their conversation; pull requests answer here too, in their form as issues. */
export function issueRoutes(context: ForgeContext): Route[] {
  const at = "/repos/:owner/:repo/issues";
  return [
    { method: "GET", path: at, handle: async (call) => listIssues(context, call) },
    { method: "POST", path: at, handle: (call) => postIssue(context, call) },
    { method: "GET", path: `${at}/:number`, handle: async (call) => ok(answerOf(context, call)) },
    { method: "PATCH", path: `${at}/:number`, handle: (call) => patchIssue(context, call) },
    { method: "GET", path: `${at}/:number/labels`, handle: async (call) => ok(labelsOf(context, call)) },
    { method: "POST", path: `${at}/:number/labels`, handle: (call) => postLabels(context, call) },
    { method: "DELETE", path: `${at}/:number/labels/:name`, handle: (call) => deleteLabel(context, call) },
    { method: "GET", path: `${at}/:number/events`, handle: async (call) => listEvents(context, call) },
    { method: "GET", path: `${at}/:number/comments`, handle: async (call) => listComments(context, call) },
    { method: "DELETE", path: `${at}/comments/:id`, handle: async (call) => deleteComment(context, call) },
    { method: "PATCH", path: `${at}/comments/:id`, handle: async (call) => patchComment(context, call) },
    { method: "POST", path: `${at}/:number/comments`, handle: async (call) => postComment(context, call) },
  ];
}

/** Who does what the call asks, and where. */
export function sceneOf(context: ForgeContext, call: Call): Scene {
  return { context, repository: repositoryIn(context, call), sender: writerOf(call).login };
}

/** A record for an issue or pull request with the next number. The caller adds it to the repository. */
export function issueRecord(
  scene: Scene,
  content: { readonly title: string; readonly body: string | null; readonly pull: IssueRecord["pull"] },
): IssueRecord {
  const number = scene.repository.nextNumber;
  scene.repository.nextNumber += 1;
  const now = timeNow();
  return {
    ...content,
    id: scene.context.store.takeId(),
    number,
    author: scene.sender,
    state: "open",
    stateReason: null,
    labels: [],
    createdAt: now,
    updatedAt: now,
    closedAt: null,
    closedBy: null,
  };
}

/** Sets the state that a PATCH asks for. Throws a 422 `ForgeFailure` for a state that GitHub does not know. */
export async function setState(scene: Scene, call: Call, issue: IssueRecord): Promise<void> {
  const state = textIn(call, "state");
  const reason = textIn(call, "state_reason") ?? "completed";
  if (state === undefined) return;
  if (state === "open") await reopenIssue(scene, issue);
  else if (state !== "closed") throw invalid({ resource: "Issue", field: "state", code: "invalid" });
  else if (reason === "completed" || reason === "not_planned" || reason === "duplicate") {
    await closeIssue(scene, issue, reason);
  } else throw invalid({ resource: "Issue", field: "state_reason", code: "invalid" });
}

function listIssues(context: ForgeContext, call: Call): Answer {
  const repository = repositoryIn(context, call);
  const state = call.query.get("state") ?? "open";
  const labels = (call.query.get("labels") ?? "").split(",").filter((name) => name !== "");
  const found = repository.issues
    .filter((each) => state === "all" || each.state === state)
    .filter((each) => labels.every((name) => each.labels.includes(name)));
  const page = pageOf(call, sortedAs(call, found));
  const body = page.items.map((each) => issueAnswer(context, repository, each));
  return { status: 200, body, headers: page.headers };
}

async function postIssue(context: ForgeContext, call: Call): Promise<Answer> {
  const scene = sceneOf(context, call);
  const title = requiredTextIn(call, "Issue", "title");
  const labels = labelNames(call);
  const issue = issueRecord(scene, { title, body: textIn(call, "body") ?? null, pull: null });
  scene.repository.issues.push(issue);
  await tellIssue(scene, "opened", issue);
  await addLabels(scene, issue, labels);
  return { status: 201, body: issueAnswer(context, scene.repository, issue) };
}

async function patchIssue(context: ForgeContext, call: Call): Promise<Answer> {
  const scene = sceneOf(context, call);
  const issue = issueOf(scene.repository, numberIn(call));
  if (issue.pull !== null && issue.pull.mergedAt !== null && textIn(call, "state") === "open") {
    throw invalid({ resource: "Issue", field: "state", code: "invalid" });
  }
  await editIssue(scene, issue, { title: textIn(call, "title"), body: textIn(call, "body") });
  await setState(scene, call, issue);
  if (call.body.labels !== undefined) {
    const wanted = labelNames(call);
    const unwanted = issue.labels.filter((name) => !wanted.includes(name));
    for (const name of unwanted) await removeLabel(scene, issue, name);
    await addLabels(scene, issue, wanted);
  }
  return ok(issueAnswer(context, scene.repository, issue));
}

function answerOf(context: ForgeContext, call: Call) {
  const repository = repositoryIn(context, call);
  return issueAnswer(context, repository, issueOf(repository, numberIn(call)));
}

function labelsOf(context: ForgeContext, call: Call) {
  const repository = repositoryIn(context, call);
  return issueLabels(context, repository, issueOf(repository, numberIn(call)));
}

async function postLabels(context: ForgeContext, call: Call): Promise<Answer> {
  const scene = sceneOf(context, call);
  await addLabels(scene, issueOf(scene.repository, numberIn(call)), labelNames(call));
  return ok(labelsOf(context, call));
}

async function deleteLabel(context: ForgeContext, call: Call): Promise<Answer> {
  const scene = sceneOf(context, call);
  const outcome = await removeLabel(scene, issueOf(scene.repository, numberIn(call)), call.params.name ?? "");
  if (outcome === "absent") throw notFound("Label does not exist");
  return ok(labelsOf(context, call));
}

function listEvents(context: ForgeContext, call: Call): Answer {
  const repository = repositoryIn(context, call);
  const { number } = issueOf(repository, numberIn(call));
  const page = pageOf(
    call,
    repository.events.filter((each) => each.number === number),
  );
  const body = page.items.map((each) => issueEventAnswer(context, repository, each));
  return { status: 200, body, headers: page.headers };
}

function listComments(context: ForgeContext, call: Call): Answer {
  const repository = repositoryIn(context, call);
  const { number } = issueOf(repository, numberIn(call));
  const since = call.query.get("since") ?? "";
  const found = commentsOf(repository, number).filter(
    ({ createdAt, updatedAt = createdAt }) => since === "" || Date.parse(updatedAt) >= Date.parse(since),
  );
  const page = pageOf(call, found);
  const body = page.items.map((each) => commentAnswer(context, repository, each));
  return { status: 200, body, headers: page.headers };
}

function postComment(context: ForgeContext, call: Call): Answer {
  const scene = sceneOf(context, call);
  const issue = issueOf(scene.repository, numberIn(call));
  const comment: CommentRecord = {
    number: issue.number,
    body: requiredTextIn(call, "IssueComment", "body"),
    id: context.store.takeId(),
    author: scene.sender,
    createdAt: timeNow(),
  };
  scene.repository.comments.push(comment);
  issue.updatedAt = comment.createdAt;
  tellComment(scene, "created", issue, comment);
  return { status: 201, body: commentAnswer(context, scene.repository, comment) };
}

/** Only the author edits a comment here; GitHub also lets those who may write to the repository. */
function patchComment(context: ForgeContext, call: Call): Answer {
  const scene = sceneOf(context, call);
  const comment = scene.repository.comments.find((each) => String(each.id) === call.params.id);
  if (comment === undefined) throw notFound("Not Found");
  if (comment.author !== scene.sender) throw forbidden("Must have admin rights to Repository.");
  const before = comment.body;
  comment.body = requiredTextIn(call, "IssueComment", "body");
  comment.updatedAt = timeNow();
  tellCommentEdited(scene, issueOf(scene.repository, comment.number), comment, before);
  return ok(commentAnswer(context, scene.repository, comment));
}

/** Only the author deletes a comment here; GitHub also lets those who may write to the repository. */
function deleteComment(context: ForgeContext, call: Call): Answer {
  const scene = sceneOf(context, call);
  const { comments } = scene.repository;
  const index = comments.findIndex((each) => String(each.id) === call.params.id);
  const comment = comments[index];
  if (comment === undefined) throw notFound("Not Found");
  if (comment.author !== scene.sender) throw forbidden("Must have admin rights to Repository.");
  comments.splice(index, 1);
  tellComment(scene, "deleted", issueOf(scene.repository, comment.number), comment);
  return { status: 204, body: null };
}

function commentsOf(repository: RepositoryRecord, number: number): CommentRecord[] {
  return repository.comments.filter((each) => each.number === number);
}

function labelNames(call: Call): string[] {
  const given = call.body.labels ?? [];
  if (!Array.isArray(given)) throw invalid({ resource: "Label", field: "labels", code: "invalid" });
  return given.map((each: unknown) => {
    const name = typeof each === "object" && each !== null && "name" in each ? each.name : each;
    if (typeof name !== "string" || name === "") throw invalid({ resource: "Label", field: "name", code: "invalid" });
    return name;
  });
}
