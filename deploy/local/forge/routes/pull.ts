import { commitAnswer, fileAnswer } from "../answers/commit.ts";
import { baseSha, pullAnswer, simplePullAnswer } from "../answers/pull.ts";
import { type ForgeContext, gitDirectory } from "../context.ts";
import { tellIssue } from "../events.ts";
import { invalid } from "../failure.ts";
import { parseDiff } from "../git/diff.ts";
import { countCommits, diffText, listCommits } from "../git/git.ts";
import { mergeTree } from "../git/merge-commit.ts";
import { editIssue } from "../issue-changes.ts";
import { type MergeStanding, mergeStanding } from "../merge-standing.ts";
import { isPull, type PullIssue, type RepositoryRecord } from "../records.ts";
import { openPulls, pullOf } from "../store.ts";
import { issueRecord, sceneOf, setState } from "./issue.ts";
import { ok, repositoryIn } from "./repository.ts";
import { type Answer, type Call, numberIn, pageOf, type Route, requiredTextIn, sortedAs, textIn } from "./route.ts";

/** Pull requests, their commits, files and diff. */
export function pullRoutes(context: ForgeContext): Route[] {
  const at = "/repos/:owner/:repo/pulls";
  return [
    { method: "GET", path: at, handle: async (call) => listPulls(context, call) },
    { method: "POST", path: at, handle: (call) => postPull(context, call) },
    { method: "GET", path: `${at}/:number`, handle: (call) => getPull(context, call) },
    { method: "PATCH", path: `${at}/:number`, handle: (call) => patchPull(context, call) },
    { method: "GET", path: `${at}/:number/files`, handle: (call) => listFiles(context, call) },
    { method: "GET", path: `${at}/:number/commits`, handle: (call) => listPullCommits(context, call) },
  ];
}

/** Whether a pull request merges now. GitHub answers null until it has computed this; the forge computes it at once. */
export async function standingOf(
  context: ForgeContext,
  repository: RepositoryRecord,
  issue: PullIssue,
): Promise<MergeStanding> {
  if (issue.state === "closed") return mergeStanding(context, repository, issue, { conflicts: false });
  const tree = await mergeTree(gitDirectory(context, repository), baseSha(repository, issue), issue.pull.headSha);
  return mergeStanding(context, repository, issue, { conflicts: tree === null });
}

function listPulls(context: ForgeContext, call: Call): Answer {
  const repository = repositoryIn(context, call);
  const state = call.query.get("state") ?? "open";
  const head = call.query.get("head");
  const base = call.query.get("base");
  const found = repository.issues
    .filter(isPull)
    .filter((each) => state === "all" || each.state === state)
    .filter((each) => head === null || head === `${repository.owner}:${each.pull.headRef}`)
    .filter((each) => base === null || base === each.pull.baseRef);
  const page = pageOf(call, sortedAs(call, found));
  const body = page.items.map((each) => simplePullAnswer(context, repository, each));
  return { status: 200, body, headers: page.headers };
}

async function postPull(context: ForgeContext, call: Call): Promise<Answer> {
  const scene = sceneOf(context, call);
  const { repository } = scene;
  const title = requiredTextIn(call, "PullRequest", "title");
  const head = requiredTextIn(call, "PullRequest", "head").replace(`${repository.owner}:`, "");
  const base = requiredTextIn(call, "PullRequest", "base");
  const ends = await pullEnds(context, repository, head, base);
  const issue = issueRecord(scene, {
    title,
    body: textIn(call, "body") ?? null,
    pull: {
      id: context.store.takeId(),
      headRef: head,
      baseRef: base,
      ...ends,
      draft: call.body.draft === true,
      mergedAt: null,
      mergedBy: null,
      mergeCommitSha: null,
    },
  });
  repository.issues.push(issue);
  await tellIssue(scene, "opened", issue);
  const pull = pullOf(repository, issue.number);
  const standing = await standingOf(context, repository, pull);
  return { status: 201, body: await pullAnswer(context, repository, pull, standing) };
}

async function pullEnds(context: ForgeContext, repository: RepositoryRecord, head: string, base: string) {
  const headSha = repository.heads[head];
  const baseTip = repository.heads[base];
  if (headSha === undefined) throw invalid({ resource: "PullRequest", field: "head", code: "invalid" });
  if (baseTip === undefined) throw invalid({ resource: "PullRequest", field: "base", code: "invalid" });
  if (openPulls(repository).some((each) => each.pull.headRef === head && each.pull.baseRef === base)) {
    const message = `A pull request already exists for ${repository.owner}:${head}.`;
    throw invalid({ resource: "PullRequest", code: "custom", message });
  }
  if ((await countCommits(gitDirectory(context, repository), [`${baseTip}..${headSha}`])) === 0) {
    const message = `No commits between ${base} and ${head}`;
    throw invalid({ resource: "PullRequest", code: "custom", message });
  }
  return { headSha, baseSha: baseTip };
}

async function getPull(context: ForgeContext, call: Call): Promise<Answer> {
  const repository = repositoryIn(context, call);
  const issue = pullOf(repository, numberIn(call));
  if (/application\/vnd\.github(\.v3)?\.diff/.test(call.accept)) {
    return ok(await diffText(gitDirectory(context, repository), baseSha(repository, issue), issue.pull.headSha));
  }
  return ok(await pullAnswer(context, repository, issue, await standingOf(context, repository, issue)));
}

async function patchPull(context: ForgeContext, call: Call): Promise<Answer> {
  const scene = sceneOf(context, call);
  const issue = pullOf(scene.repository, numberIn(call));
  const base = textIn(call, "base");
  if (base !== undefined && scene.repository.heads[base] === undefined) {
    throw invalid({ resource: "PullRequest", field: "base", code: "invalid" });
  }
  if (textIn(call, "state") === "open") refuseReopening(scene.repository, issue);
  await editIssue(scene, issue, { title: textIn(call, "title"), body: textIn(call, "body"), base });
  if (textIn(call, "state") === "open") issue.pull.headSha = scene.repository.heads[issue.pull.headRef] ?? "";
  await setState(scene, call, issue);
  const standing = await standingOf(context, scene.repository, issue);
  return ok(await pullAnswer(context, scene.repository, issue, standing));
}

/** A merged pull request stays closed, and one whose branch is gone has nothing to show. */
function refuseReopening(repository: RepositoryRecord, issue: PullIssue): void {
  if (issue.state === "open") return;
  if (issue.pull.mergedAt !== null || repository.heads[issue.pull.headRef] === undefined) {
    const message = "state cannot be changed. The pull request cannot be reopened.";
    throw invalid({ resource: "PullRequest", field: "state", code: "invalid", message });
  }
}

async function listFiles(context: ForgeContext, call: Call): Promise<Answer> {
  const repository = repositoryIn(context, call);
  const issue = pullOf(repository, numberIn(call));
  const head = issue.pull.headSha;
  const files = parseDiff(await diffText(gitDirectory(context, repository), baseSha(repository, issue), head));
  const page = pageOf(call, files);
  const body = page.items.map((file) => fileAnswer(context, repository, head, file));
  return { status: 200, body, headers: page.headers };
}

/** GitHub lists at most 250 commits of a pull request, oldest first. */
async function listPullCommits(context: ForgeContext, call: Call): Promise<Answer> {
  const repository = repositoryIn(context, call);
  const issue = pullOf(repository, numberIn(call));
  const range = `${baseSha(repository, issue)}..${issue.pull.headSha}`;
  const commits = await listCommits(gitDirectory(context, repository), [range], 250);
  const page = pageOf(call, commits.reverse());
  const body = page.items.map((commit) => commitAnswer(context, repository, commit));
  return { status: 200, body, headers: page.headers };
}
