import { refuseBelow } from "../access.ts";
import { baseSha, headRepository } from "../answers/pull.ts";
import type { Schemas } from "../answers/schemas.ts";
import { spokenText } from "../closing.ts";
import { apiUrl, type ForgeContext, gitDirectory, timeNow } from "../context.ts";
import type { Scene } from "../events.ts";
import { ForgeFailure, notFound } from "../failure.ts";
import { fetchBranch, GitFailure, isAncestor } from "../git/git.ts";
import { commitMerge, type MergeOrder, proposedMessage } from "../git/merge-commit.ts";
import { announcePushes } from "../git/push.ts";
import { closeIssue, closeNamed } from "../issue-changes.ts";
import type { PullIssue } from "../records.ts";
import type { MergeMethod } from "../rule-records.ts";
import { demandsOn, passes } from "../rules.ts";
import { pullOf } from "../store.ts";
import { noteEvent } from "../timeline.ts";
import { sceneOf } from "./issue.ts";
import { standingOf } from "./pull.ts";
import { repositoryIn } from "./repository.ts";
import { type Answer, type Call, noContent, numberIn, oneOfIn, type Route, textIn, writerOf } from "./route.ts";

/** Merging (https://docs.github.com/rest/pulls/pulls#merge-a-pull-request) and whether it happened. */
export function mergeRoutes(context: ForgeContext): Route[] {
  const path = "/repos/:owner/:repo/pulls/:number/merge";
  const updated = "/repos/:owner/:repo/pulls/:number/update-branch";
  return [
    { method: "PUT", path, operations: ["pulls/merge"], needs: "write", handle: (call) => putMerge(context, call) },
    { method: "GET", path, operations: ["pulls/check-if-merged"], handle: async (call) => getMerged(context, call) },
    { method: "PUT", path: updated, operations: ["pulls/update-branch"], handle: (call) => putUpdate(context, call) },
  ];
}

async function putMerge(context: ForgeContext, call: Call): Promise<Answer> {
  const scene = sceneOf(context, call);
  const issue = pullOf(scene.repository, numberIn(call));
  const method = methodIn(scene, call, issue);
  await refuseMerge(scene, call, issue);
  const directory = gitDirectory(context, scene.repository);
  const base = baseSha(scene.repository, issue);
  const proposed = await proposedMessage(directory, issue, {
    owner: headRepository(context, issue).owner,
    method,
    baseSha: base,
  });
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
  noteEvent(scene, issue, { event: "merged", commitId: sha });
  await closeIssue(scene, issue, "completed", sha);
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
  const standing = await standingOf(context, repository, issue, scene.sender);
  if (standing.mergeable !== true) throw new ForgeFailure(405, "Pull Request is not mergeable");
  if (standing.state === "draft") throw new ForgeFailure(405, "Pull Request is still a draft");
  const isForQueue = demandsOn(repository, issue.pull.baseRef).some(
    (each) =>
      each.mergeQueue !== null && !passes(context, repository, each, { login: scene.sender, way: "pull_request" }),
  );
  const refusals = [...standing.refusals, ...(isForQueue ? ["Changes must be made through the merge queue."] : [])];
  if (refusals.length > 0) throw new ForgeFailure(405, refusals.join(" "));
}

/** Only a merge into the default branch closes what the body names, as on GitHub; what commit messages name, the push closes. */
async function closeLinkedIssues(scene: Scene, issue: PullIssue): Promise<void> {
  if (issue.pull.baseRef !== "main") return;
  await closeNamed(scene, spokenText(issue.body), issue.pull.mergeCommitSha ?? undefined);
}

const methodNames: Readonly<Record<MergeMethod, string>> = {
  merge: "Merge commits",
  squash: "Squash merges",
  rebase: "Rebase merges",
};

/** The repository, a ruleset and a linear history each may leave a method out. */
function methodIn({ repository }: Scene, call: Call, issue: PullIssue): MergeMethod {
  const method = oneOfIn(call, "PullRequest", "merge_method", ["merge", "squash", "rebase"] as const) ?? "merge";
  const demands = demandsOn(repository, issue.pull.baseRef);
  const isLinear = demands.some((each) => each.linearHistory) && method === "merge";
  const isLeftOut = demands.some((each) => each.mergeMethods?.includes(method) === false);
  if (repository.mergeMethods.includes(method) && !isLinear && !isLeftOut) return method;
  throw new ForgeFailure(405, `${methodNames[method]} are not allowed on this repository.`);
}

/** Merges the base into the head (https://docs.github.com/rest/pulls/pulls#update-a-pull-request-branch). */
async function putUpdate(context: ForgeContext, call: Call): Promise<Answer> {
  const scene = sceneOf(context, call);
  const issue = pullOf(scene.repository, numberIn(call));
  const head = headRepository(context, issue);
  refuseBelow(context, head, writerOf(call), "write");
  const expected = textIn(call, "expected_head_sha");
  if (expected !== undefined && expected !== issue.pull.headSha) {
    throw new ForgeFailure(422, `expected head sha didn’t match current head ref.`);
  }
  const base = baseSha(scene.repository, issue);
  const directory = gitDirectory(context, head);
  if (head.id !== scene.repository.id)
    await fetchBranch(directory, gitDirectory(context, scene.repository), issue.pull.baseRef);
  if (await isAncestor(directory, base, issue.pull.headSha))
    throw new ForgeFailure(422, "There are no new commits on the base branch.");
  const message = `Merge branch '${issue.pull.baseRef}' into ${issue.pull.headRef}`;
  const order = { baseRef: issue.pull.headRef, baseSha: issue.pull.headSha, headSha: base, method: "merge" as const };
  const sha = await mergeOrRefuse(directory, { ...order, message, merger: scene.sender });
  if (sha === null) throw new ForgeFailure(422, "merge conflict between base and head");
  await announcePushes(context, head, scene.sender);
  return {
    status: 202,
    body: {
      message: "Updating pull request branch.",
      url: `${apiUrl(context, scene.repository)}/pulls/${issue.number}`,
    },
  };
}

function getMerged(context: ForgeContext, call: Call): Answer {
  const issue = pullOf(repositoryIn(context, call), numberIn(call));
  if (issue.pull.mergedAt === null) throw notFound();
  return noContent;
}
