import { refuseBelow } from "../access.ts";
import { commitAnswer, fileAnswer } from "../answers/commit.ts";
import { baseSha, headRepository, pullAnswer, simplePullAnswer } from "../answers/pull.ts";
import { type ForgeContext, gitDirectory } from "../context.ts";
import { tellIssue } from "../events.ts";
import { invalid } from "../failure.ts";
import { parseDiff } from "../git/diff.ts";
import { countCommits, diffText, fetchBranch, isAncestor, listCommits } from "../git/git.ts";
import { mergeTree } from "../git/merge-commit.ts";
import { showHead } from "../git/push.ts";
import { editIssue } from "../issue-changes.ts";
import { type MergeStanding, mergeStanding } from "../merge-standing.ts";
import { isPull, type PullIssue, type RepositoryRecord } from "../records.ts";
import { demandsOn } from "../rules.ts";
import { openPulls, pullOf } from "../store.ts";
import { shownDiff } from "./compare.ts";
import { issueRecord, refuseEdit, sceneOf, setState } from "./issue.ts";
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

// https://docs.github.com/rest/pulls/pulls#list-pull-requests-files
const filesMax = 3_000;

/** Pull requests, their commits, files and diff. */
export function pullRoutes(context: ForgeContext): Route[] {
  const at = "/repos/:owner/:repo/pulls";
  const one = `${at}/:number`;
  return [
    { method: "GET", path: at, operations: ["pulls/list"], handle: async (call) => listPulls(context, call) },
    { method: "POST", path: at, operations: ["pulls/create"], handle: (call) => postPull(context, call) },
    { method: "GET", path: one, operations: ["pulls/get"], handle: (call) => getPull(context, call) },
    { method: "PATCH", path: one, operations: ["pulls/update"], handle: (call) => patchPull(context, call) },
    {
      method: "GET",
      path: `${one}/files`,
      operations: ["pulls/list-files"],
      handle: (call) => listFiles(context, call),
    },
    {
      method: "GET",
      path: `${one}/commits`,
      operations: ["pulls/list-commits"],
      handle: (call) => listPullCommits(context, call),
    },
  ];
}

/** Whether a pull request merges now: by this login, or by somebody whom no rule lets pass. GitHub answers null until it has computed this; the forge computes it at once. */
export async function standingOf(
  context: ForgeContext,
  repository: RepositoryRecord,
  issue: PullIssue,
  login: string | null = null,
): Promise<MergeStanding> {
  if (issue.state === "closed") {
    return mergeStanding(context, repository, issue, { conflicts: false, upToDate: true });
  }
  const directory = gitDirectory(context, repository);
  const base = baseSha(repository, issue);
  const conflicts = (await mergeTree(directory, base, issue.pull.headSha)) === null;
  const isStrict = demandsOn(repository, issue.pull.baseRef).some((each) => each.strict);
  const upToDate = !isStrict || (await isAncestor(directory, base, issue.pull.headSha));
  return mergeStanding(context, repository, issue, { conflicts, upToDate }, login);
}

function listPulls(context: ForgeContext, call: Call): Answer {
  const repository = repositoryIn(context, call);
  const state = call.query.get("state") ?? "open";
  const head = call.query.get("head");
  const base = call.query.get("base");
  const found = repository.issues
    .filter(isPull)
    .filter((each) => state === "all" || each.state === state)
    .filter((each) => head === null || head === `${headRepository(context, each).owner}:${each.pull.headRef}`)
    .filter((each) => base === null || base === each.pull.baseRef);
  return pageAnswer(call, sortedAs(call, found), (each) => simplePullAnswer(context, repository, each));
}

async function postPull(context: ForgeContext, call: Call): Promise<Answer> {
  const scene = sceneOf(context, call);
  const { repository } = scene;
  const title = requiredTextIn(call, "PullRequest", "title");
  const base = requiredTextIn(call, "PullRequest", "base");
  const from = headIn(context, repository, requiredTextIn(call, "PullRequest", "head"));
  // Whoever may write to the head may ask for its merge: with a fork, that is everybody.
  refuseBelow(context, from.repository, writerOf(call), "write");
  const ends = await pullEnds(context, repository, from, base);
  const issue = issueRecord(scene, {
    title,
    body: textIn(call, "body") ?? null,
    pull: {
      id: context.store.takeId(),
      headRepositoryId: from.repository.id,
      headRef: from.branch,
      baseRef: base,
      ...ends,
      draft: call.body.draft === true,
      requestedReviewers: [],
      mergedAt: null,
      mergedBy: null,
      mergeCommitSha: null,
    },
  });
  repository.issues.push(issue);
  const pull = pullOf(repository, issue.number);
  await showHead(scene, from.repository, pull, ends.headSha);
  await tellIssue(scene, "opened", issue);
  return created(await pullAnswer(context, repository, pull, await standingOf(context, repository, pull)));
}

interface Head {
  readonly repository: RepositoryRecord;
  readonly branch: string;
}

/** `branch`, or `owner:branch` for the owner's fork. */
function headIn(context: ForgeContext, repository: RepositoryRecord, head: string): Head {
  const [first = "", branch] = head.split(":");
  if (branch === undefined || first === repository.owner) return { repository, branch: branch ?? first };
  const fork = context.store.state.repositories.find((each) => each.owner === first && each.forkOf === repository.id);
  if (fork === undefined) throw invalid({ resource: "PullRequest", field: "head", code: "invalid" });
  return { repository: fork, branch };
}

async function pullEnds(context: ForgeContext, repository: RepositoryRecord, from: Head, base: string) {
  const headSha = from.repository.heads[from.branch];
  const baseTip = repository.heads[base];
  if (headSha === undefined) throw invalid({ resource: "PullRequest", field: "head", code: "invalid" });
  if (baseTip === undefined) throw invalid({ resource: "PullRequest", field: "base", code: "invalid" });
  const isSame = ({ pull }: PullIssue): boolean =>
    pull.headRepositoryId === from.repository.id && pull.headRef === from.branch && pull.baseRef === base;
  if (openPulls(repository).some(isSame)) {
    const message = `A pull request already exists for ${from.repository.owner}:${from.branch}.`;
    throw invalid({ resource: "PullRequest", code: "custom", message });
  }
  const directory = gitDirectory(context, repository);
  if (from.repository.id !== repository.id) {
    await fetchBranch(directory, gitDirectory(context, from.repository), from.branch);
  }
  if ((await countCommits(directory, [`${baseTip}..${headSha}`])) === 0) {
    const message = `No commits between ${base} and ${from.branch}`;
    throw invalid({ resource: "PullRequest", code: "custom", message });
  }
  return { headSha, baseSha: baseTip };
}

async function getPull(context: ForgeContext, call: Call): Promise<Answer> {
  const repository = repositoryIn(context, call);
  const issue = pullOf(repository, numberIn(call));
  if (/application\/vnd\.github(\.v3)?\.diff/.test(call.accept)) {
    return ok(await shownDiff(context, repository, { base: baseSha(repository, issue), head: issue.pull.headSha }));
  }
  return ok(await pullAnswer(context, repository, issue, await standingOf(context, repository, issue)));
}

async function patchPull(context: ForgeContext, call: Call): Promise<Answer> {
  const scene = sceneOf(context, call);
  const issue = pullOf(scene.repository, numberIn(call));
  refuseEdit(scene, call, issue);
  const base = textIn(call, "base");
  if (base !== undefined && scene.repository.heads[base] === undefined) {
    throw invalid({ resource: "PullRequest", field: "base", code: "invalid" });
  }
  if (textIn(call, "state") === "open") refuseReopening(context, issue);
  await editIssue(scene, issue, { title: textIn(call, "title"), body: textIn(call, "body"), base });
  if (textIn(call, "state") === "open") issue.pull.headSha = headTip(context, issue) ?? issue.pull.headSha;
  await setState(scene, call, issue);
  const standing = await standingOf(context, scene.repository, issue);
  return ok(await pullAnswer(context, scene.repository, issue, standing));
}

function headTip(context: ForgeContext, issue: PullIssue): string | undefined {
  return headRepository(context, issue).heads[issue.pull.headRef];
}

/** A merged pull request stays closed, and one whose branch is gone has nothing to show. */
function refuseReopening(context: ForgeContext, issue: PullIssue): void {
  if (issue.state === "open") return;
  if (issue.pull.mergedAt !== null || headTip(context, issue) === undefined) {
    const message = "state cannot be changed. The pull request cannot be reopened.";
    throw invalid({ resource: "PullRequest", field: "state", code: "invalid", message });
  }
}

async function listFiles(context: ForgeContext, call: Call): Promise<Answer> {
  const repository = repositoryIn(context, call);
  const issue = pullOf(repository, numberIn(call));
  const head = issue.pull.headSha;
  const files = parseDiff(await diffText(gitDirectory(context, repository), baseSha(repository, issue), head));
  return pageAnswer(call, files.slice(0, filesMax), (file) => fileAnswer(context, repository, head, file));
}

/** GitHub lists at most 250 commits of a pull request, oldest first. */
async function listPullCommits(context: ForgeContext, call: Call): Promise<Answer> {
  const repository = repositoryIn(context, call);
  const issue = pullOf(repository, numberIn(call));
  const range = `${baseSha(repository, issue)}..${issue.pull.headSha}`;
  const commits = await listCommits(gitDirectory(context, repository), [range], 250);
  return pageAnswer(call, commits.reverse(), (commit) => commitAnswer(context, repository, commit));
}
