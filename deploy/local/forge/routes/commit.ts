import { appOf } from "../access.ts";
import { checkSuiteAnswer } from "../answers/check.ts";
import { baseSha, simplePullAnswer } from "../answers/pull.ts";
import { combinedAnswer, statusAnswer } from "../answers/status.ts";
import { tellStatus } from "../check-events.ts";
import { type ForgeContext, gitDirectory, timeNow } from "../context.ts";
import { invalid } from "../failure.ts";
import { listCommits } from "../git/git.ts";
import { isPull, type RepositoryRecord, type StatusRecord } from "../records.ts";
import { runListAnswer } from "./check.ts";
import { sceneOf } from "./issue.ts";
import { commitShaOf, getCommit, repositoryIn } from "./repository.ts";
import { type Answer, type Call, created, oneOfIn, pageAnswer, pageOf, type Route, textIn } from "./route.ts";

/** Commits, and what checks and statuses say about them. */
export function commitRoutes(context: ForgeContext): Route[] {
  const at = "/repos/:owner/:repo";
  const operations = [
    "repos/get-commit",
    "checks/list-for-ref",
    "checks/list-suites-for-ref",
    "repos/get-combined-status-for-ref",
    "repos/list-commit-statuses-for-ref",
    "repos/list-pull-requests-associated-with-commit",
  ];
  return [
    { method: "GET", path: `${at}/commits/*`, operations, handle: (call) => getOfCommit(context, call) },
    {
      method: "POST",
      path: `${at}/statuses/:sha`,
      operations: ["repos/create-commit-status"],
      needs: "write",
      handle: (call) => postStatus(context, call),
    },
  ];
}

async function getOfCommit(context: ForgeContext, call: Call): Promise<Answer> {
  const repository = repositoryIn(context, call);
  const parts = /^(.+?)(?:\/(check-runs|check-suites|status|statuses|pulls))?$/.exec(call.params["*"] ?? "") ?? [];
  const [, ref = "", part] = parts;
  if (part === undefined) return getCommit(context, repository, ref);
  const sha = await commitShaOf(context, repository, ref);
  const suites = repository.suites.filter((each) => each.headSha === sha);
  if (part === "status") {
    const combined = combinedAnswer(context, repository, sha);
    const page = pageOf(call, combined.statuses);
    return { status: 200, body: { ...combined, statuses: page.items }, headers: page.headers };
  }
  if (part === "statuses") {
    const newestFirst = repository.statuses.filter((each) => each.sha === sha).toReversed();
    return pageAnswer(call, newestFirst, (each) => statusAnswer(context, repository, each));
  }
  if (part === "pulls") return pullsOf(context, call, repository, sha);
  if (part === "check-runs") return runListAnswer(context, call, repository, suites);
  const appId = call.query.get("app_id");
  const name = call.query.get("check_name");
  const found = suites
    .filter((each) => appId === null || String(appOf(each.app).id) === appId)
    .filter((each) => name === null || each.runs.some((run) => run.name === name));
  const page = pageOf(call, found);
  const answers = await Promise.all(page.items.map((each) => checkSuiteAnswer(context, repository, each)));
  return { status: 200, body: { total_count: found.length, check_suites: answers }, headers: page.headers };
}

/** The pull requests that brought a commit, or would bring it. */
async function pullsOf(context: ForgeContext, call: Call, repository: RepositoryRecord, sha: string): Promise<Answer> {
  const pulls = repository.issues.filter(isPull);
  const has = await Promise.all(
    pulls.map(async (each) => {
      if (each.pull.mergeCommitSha === sha) return true;
      const range = `${baseSha(repository, each)}..${each.pull.headSha}`;
      const commits = await listCommits(gitDirectory(context, repository), [range], 250);
      return commits.some((commit) => commit.sha === sha);
    }),
  );
  const found = pulls.filter((_each, at) => has[at]);
  return pageAnswer(call, found, (each) => simplePullAnswer(context, repository, each));
}

async function postStatus(context: ForgeContext, call: Call): Promise<Answer> {
  const scene = sceneOf(context, call);
  const sha = call.params.sha ?? "";
  if ((await commitShaOf(context, scene.repository, sha)) !== sha) throw invalid(`No commit found for SHA: ${sha}`);
  const state = oneOfIn(call, "Status", "state", ["error", "failure", "pending", "success"] as const);
  if (state === undefined) throw invalid({ resource: "Status", field: "state", code: "missing_field" });
  const status: StatusRecord = {
    id: context.store.takeId(),
    sha,
    creator: scene.sender,
    context: textIn(call, "context") ?? "default",
    state,
    description: textIn(call, "description") ?? null,
    targetUrl: textIn(call, "target_url") ?? null,
    createdAt: timeNow(),
  };
  scene.repository.statuses.push(status);
  await tellStatus(scene, status);
  return created(statusAnswer(context, scene.repository, status));
}
