import { includesRole, notAccessible, roleOf } from "../access.ts";
import { issueAnswer, issueLabels } from "../answers/issue.ts";
import { type ForgeContext, type Role, timeNow } from "../context.ts";
import { type Scene, tellIssue } from "../events.ts";
import { forbidden, invalid, notFound } from "../failure.ts";
import { addLabels, closeIssue, editIssue, removeLabel, reopenIssue } from "../issue-changes.ts";
import type { IssueRecord } from "../records.ts";
import { issueOf } from "../store.ts";
import { repositoryIn } from "./repository.ts";
import {
  type Answer,
  type Call,
  created,
  numberIn,
  ok,
  pageAnswer,
  type Route,
  requiredTextIn,
  sortedAs,
  textIn,
  writerOf,
} from "./route.ts";

/** Issues and their labels; pull requests answer here too, in their form as issues. */
export function issueRoutes(context: ForgeContext): Route[] {
  const at = "/repos/:owner/:repo/issues";
  const one = `${at}/:number`;
  return [
    {
      method: "GET",
      path: at,
      operations: ["issues/list-for-repo"],
      handle: async (call) => listIssues(context, call),
    },
    { method: "POST", path: at, operations: ["issues/create"], handle: (call) => postIssue(context, call) },
    { method: "GET", path: one, operations: ["issues/get"], handle: async (call) => ok(answerOf(context, call)) },
    { method: "PATCH", path: one, operations: ["issues/update"], handle: (call) => patchIssue(context, call) },
    {
      method: "GET",
      path: `${one}/labels`,
      operations: ["issues/list-labels-on-issue"],
      handle: async (call) => ok(labelsOf(context, call)),
    },
    {
      method: "POST",
      path: `${one}/labels`,
      operations: ["issues/add-labels"],
      needs: "triage",
      handle: (call) => postLabels(context, call),
    },
    {
      method: "DELETE",
      path: `${one}/labels/:name`,
      operations: ["issues/remove-label"],
      needs: "triage",
      handle: (call) => deleteLabel(context, call),
    },
  ];
}

/** Who does what the call asks, and where. */
export function sceneOf(context: ForgeContext, call: Call): Scene {
  return { context, repository: repositoryIn(context, call), sender: writerOf(call).login };
}

/** Throws a 403 `ForgeFailure` unless the caller is the author or has the role. */
export function refuseOthers(scene: Scene, call: Call, author: string, wanted: Role): void {
  if (author === scene.sender || includesRole(roleOf(scene.context, scene.repository, scene.sender), wanted)) return;
  throw forbidden(notAccessible(writerOf(call)));
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
    bodyEdited: null,
  };
}

/** Throws a 403 `ForgeFailure` unless the caller may make the edit that the PATCH asks for. */
export function refuseEdit(scene: Scene, call: Call, issue: IssueRecord): void {
  const { title, body, base, state } = call.body;
  if (title !== undefined || body !== undefined || base !== undefined) refuseOthers(scene, call, issue.author, "write");
  if (state !== undefined) refuseOthers(scene, call, issue.author, "triage");
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

/** Newest first, unless `sort` and `direction` say something else; `since` leaves out what was not updated since. */
function listIssues(context: ForgeContext, call: Call): Answer {
  const repository = repositoryIn(context, call);
  const state = call.query.get("state") ?? "open";
  const since = Date.parse(call.query.get("since") ?? "1970-01-01");
  const labels = (call.query.get("labels") ?? "").split(",").filter((name) => name !== "");
  const found = repository.issues
    .filter((each) => state === "all" || each.state === state)
    .filter((each) => Date.parse(each.updatedAt) >= since)
    .filter((each) => labels.every((name) => each.labels.includes(name)));
  return pageAnswer(call, sortedAs(call, found), (each) => issueAnswer(context, repository, each));
}

/** Whoever may read may file an issue; the labels of somebody who may not set them are dropped in silence, as on GitHub. */
async function postIssue(context: ForgeContext, call: Call): Promise<Answer> {
  const scene = sceneOf(context, call);
  const title = requiredTextIn(call, "Issue", "title");
  const labels = labelNames(call);
  const issue = issueRecord(scene, { title, body: textIn(call, "body") ?? null, pull: null });
  scene.repository.issues.push(issue);
  await tellIssue(scene, "opened", issue);
  if (maySetLabels(scene)) await addLabels(scene, issue, labels);
  return created(issueAnswer(context, scene.repository, issue));
}

async function patchIssue(context: ForgeContext, call: Call): Promise<Answer> {
  const scene = sceneOf(context, call);
  const issue = issueOf(scene.repository, numberIn(call));
  refuseEdit(scene, call, issue);
  if (issue.pull !== null && issue.pull.mergedAt !== null && textIn(call, "state") === "open") {
    throw invalid({ resource: "Issue", field: "state", code: "invalid" });
  }
  await editIssue(scene, issue, { title: textIn(call, "title"), body: textIn(call, "body") });
  await setState(scene, call, issue);
  if (call.body.labels !== undefined && maySetLabels(scene)) {
    const wanted = labelNames(call);
    const unwanted = issue.labels.filter((name) => !wanted.includes(name));
    for (const name of unwanted) await removeLabel(scene, issue, name);
    await addLabels(scene, issue, wanted);
  }
  return ok(issueAnswer(context, scene.repository, issue));
}

function maySetLabels({ context, repository, sender }: Scene): boolean {
  return includesRole(roleOf(context, repository, sender), "triage");
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

function labelNames(call: Call): string[] {
  const given = call.body.labels ?? [];
  if (!Array.isArray(given)) throw invalid({ resource: "Label", field: "labels", code: "invalid" });
  return given.map((each: unknown) => {
    const name = typeof each === "object" && each !== null && "name" in each ? each.name : each;
    if (typeof name !== "string" || name === "") throw invalid({ resource: "Label", field: "name", code: "invalid" });
    return name;
  });
}
