import { baseSha } from "../answers/pull.ts";
import type { Schemas } from "../answers/schemas.ts";
import { type ForgeContext, gitDirectory, timeNow } from "../context.ts";
import type { Scene } from "../events.ts";
import { ForgeFailure, notFound } from "../failure.ts";
import { GitFailure } from "../git/git.ts";
import { commitMerge, type MergeOrder, proposedMessage } from "../git/merge-commit.ts";
import { announcePushes } from "../git/push.ts";
import { closeIssue } from "../issue-changes.ts";
import { closingNumbers } from "../merge-standing.ts";
import type { PullIssue } from "../records.ts";
import { pullOf } from "../store.ts";
import { sceneOf } from "./issue.ts";
import { standingOf } from "./pull.ts";
import { repositoryIn } from "./repository.ts";
import { type Answer, type Call, numberIn, type Route, textIn } from "./route.ts";

/** Merging (https://docs.github.com/rest/pulls/pulls#merge-a-pull-request) and whether it happened. */
export function mergeRoutes(context: ForgeContext): Route[] {
  const path = "/repos/:owner/:repo/pulls/:number/merge";
  return [
    { method: "PUT", path, handle: (call) => putMerge(context, call) },
    { method: "GET", path, handle: async (call) => getMerged(context, call) },
  ];
}

async function putMerge(context: ForgeContext, call: Call): Promise<Answer> {
  const scene = sceneOf(context, call);
  const issue = pullOf(scene.repository, numberIn(call));
  const method = methodIn(call);
  await refuseMerge(scene, call, issue);
  const directory = gitDirectory(context, scene.repository);
  const base = baseSha(scene.repository, issue);
  const proposed = await proposedMessage(directory, issue, { owner: scene.repository.owner, method, baseSha: base });
  const title = textIn(call, "commit_title") ?? proposed.title;
  const sha = await mergeOrRefuse(directory, {
    baseRef: issue.pull.baseRef,
    baseSha: base,
    headSha: issue.pull.headSha,
    method,
    message: `${title}\n\n${textIn(call, "commit_message") ?? proposed.body}`,
    merger: scene.sender,
  });
  if (sha === null) throw new ForgeFailure(405, "Pull Request is not mergeable");
  Object.assign(issue.pull, { mergedAt: timeNow(), mergedBy: scene.sender, mergeCommitSha: sha });
  await closeIssue(scene, issue, "completed");
  await announcePushes(context, scene.repository, scene.sender);
  await closeLinkedIssues(scene, issue);
  const body: Schemas["pull-request-merge-result"] = {
    sha,
    merged: true,
    message: "Pull Request successfully merged",
  };
  return { status: 200, body };
}

async function mergeOrRefuse(directory: string, order: MergeOrder): Promise<string | null> {
  try {
    return await commitMerge(directory, order);
  } catch (error) {
    if (!(error instanceof GitFailure)) throw error;
    throw new ForgeFailure(405, "Base branch was modified. Review and try the merge again.");
  }
}

async function refuseMerge(scene: Scene, call: Call, issue: PullIssue): Promise<void> {
  const { context, repository } = scene;
  if (issue.state === "closed") throw new ForgeFailure(405, "Pull Request is not mergeable");
  const expected = textIn(call, "sha");
  if (expected !== undefined && expected !== issue.pull.headSha) {
    throw new ForgeFailure(409, "Head branch was modified. Review and try the merge again.");
  }
  const standing = await standingOf(context, repository, issue);
  if (standing.mergeable !== true) throw new ForgeFailure(405, "Pull Request is not mergeable");
  if (standing.state === "draft") throw new ForgeFailure(405, "Pull Request is still a draft");
  if (standing.refusals.length > 0) throw new ForgeFailure(405, standing.refusals.join(" "));
}

/** Only a merge into the default branch closes what the body names, as on GitHub. */
async function closeLinkedIssues(scene: Scene, issue: PullIssue): Promise<void> {
  if (issue.pull.baseRef !== "main") return;
  for (const number of closingNumbers(issue.body)) {
    const linked = scene.repository.issues.find((each) => each.number === number && each.pull === null);
    if (linked !== undefined) await closeIssue(scene, linked, "completed");
  }
}

function methodIn(call: Call): "merge" | "squash" {
  const method = textIn(call, "merge_method") ?? "merge";
  if (method === "merge" || method === "squash") return method;
  if (method === "rebase") throw new ForgeFailure(405, "Rebase merges are not allowed on this repository.");
  throw new ForgeFailure(422, "Validation Failed", [
    { resource: "PullRequest", field: "merge_method", code: "invalid" },
  ]);
}

function getMerged(context: ForgeContext, call: Call): Answer {
  const issue = pullOf(repositoryIn(context, call), numberIn(call));
  if (issue.pull.mergedAt === null) throw notFound();
  return { status: 204, body: null };
}
