import { includesRole, roleOf } from "./access.ts";
import { baseSha } from "./answers/pull.ts";
import { closedIssues } from "./closing.ts";
import { timeNow } from "./context.ts";
import { type EditChanges, type Scene, tellIssue, tellLabel } from "./events.ts";
import { type IssueRecord, isPull, type LabelRecord, type RepositoryRecord } from "./records.ts";
import type { ForgeStore } from "./store.ts";
import { noteEvent } from "./timeline.ts";

/** The label of that name; made when the repository has none, as GitHub does when an issue gets an unknown label. */
export function labelNamed(
  context: { readonly store: ForgeStore },
  repository: RepositoryRecord,
  label: { readonly name: string; readonly color?: string; readonly description?: string },
): LabelRecord {
  const known = repository.labels.find((each) => each.name.toLowerCase() === label.name.toLowerCase());
  if (known !== undefined) return known;
  const { name, color = "ededed", description = "" } = label;
  const made: LabelRecord = { id: context.store.takeId(), name, color, description };
  repository.labels.push(made);
  return made;
}

/** Puts labels on an issue or pull request and tells each that it did not have. */
export async function addLabels(scene: Scene, issue: IssueRecord, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const label = labelNamed(scene.context, scene.repository, { name });
    if (issue.labels.includes(label.name)) continue;
    issue.labels.push(label.name);
    issue.updatedAt = timeNow();
    noteEvent(scene, issue, { event: "labeled", label: { name: label.name, color: label.color } });
    await tellLabel(scene, "labeled", issue, label);
  }
}

/** Takes a label off and tells it. Returns "absent" when the issue has no such label. */
export async function removeLabel(scene: Scene, issue: IssueRecord, name: string): Promise<"removed" | "absent"> {
  const label = scene.repository.labels.find((each) => each.name.toLowerCase() === name.toLowerCase());
  if (label === undefined || !issue.labels.includes(label.name)) return "absent";
  issue.labels = issue.labels.filter((each) => each !== label.name);
  issue.updatedAt = timeNow();
  noteEvent(scene, issue, { event: "unlabeled", label: { name: label.name, color: label.color } });
  await tellLabel(scene, "unlabeled", issue, label);
  return "removed";
}

/** Changes title, body or base and tells `edited` when anything is different. */
export async function editIssue(
  scene: Scene,
  issue: IssueRecord,
  edit: { readonly title?: string | undefined; readonly body?: string | undefined; readonly base?: string | undefined },
): Promise<void> {
  const { title = issue.title, body = issue.body, base = issue.pull?.baseRef } = edit;
  const changes: EditChanges = {
    ...(title === issue.title ? {} : { title: { from: issue.title } }),
    ...(body === issue.body ? {} : { body: { from: issue.body ?? "" } }),
    ...(isPull(issue) && base !== issue.pull.baseRef
      ? { base: { ref: { from: issue.pull.baseRef }, sha: { from: baseSha(scene.repository, issue) } } }
      : {}),
  };
  if (Object.keys(changes).length === 0) return;
  if (changes.title !== undefined)
    noteEvent(scene, issue, { event: "renamed", rename: { from: issue.title, to: title } });
  if (changes.base !== undefined) noteEvent(scene, issue, { event: "base_ref_changed" });
  Object.assign(issue, { title, body, updatedAt: timeNow() });
  if (changes.body !== undefined) issue.bodyEdited = { at: issue.updatedAt, by: scene.sender };
  if (isPull(issue) && base !== undefined) issue.pull.baseRef = base;
  await tellIssue(scene, "edited", issue, changes);
}

/** Closes an open issue or pull request and tells it; `commitId` is the commit that closed it. Does nothing when it is closed. */
export async function closeIssue(
  scene: Scene,
  issue: IssueRecord,
  reason: "completed" | "not_planned" | "duplicate",
  commitId?: string,
): Promise<void> {
  if (issue.state === "closed") return;
  if (isPull(issue)) issue.pull.baseSha = baseSha(scene.repository, issue);
  issue.state = "closed";
  issue.stateReason = isPull(issue) ? null : reason;
  issue.closedAt = timeNow();
  issue.closedBy = scene.sender;
  issue.updatedAt = issue.closedAt;
  noteEvent(scene, issue, { event: "closed", ...(commitId === undefined ? {} : { commitId }) });
  await tellIssue(scene, "closed", issue);
}

/** Closes the issues that a text names after a closing word, where the sender may close issues. */
export async function closeNamed(scene: Scene, text: string, commitId?: string): Promise<void> {
  const { context, sender } = scene;
  for (const { home, issue } of closedIssues(context, scene.repository, text)) {
    if (!includesRole(roleOf(context, home, sender), "triage")) continue;
    await closeIssue({ context, repository: home, sender }, issue, "completed", commitId);
  }
}

/** Opens a closed issue or pull request again and tells it. Does nothing when it is open. */
export async function reopenIssue(scene: Scene, issue: IssueRecord): Promise<void> {
  if (issue.state === "open") return;
  issue.state = "open";
  issue.stateReason = isPull(issue) ? null : "reopened";
  issue.closedAt = null;
  issue.closedBy = null;
  issue.updatedAt = timeNow();
  noteEvent(scene, issue, { event: "reopened" });
  await tellIssue(scene, "reopened", issue);
}
