import { appOf } from "../access.ts";
import { checkRunAnswer, checkSuiteAnswer, latestRuns, suiteOutcome } from "../answers/check.ts";
import { tellCheckRun, tellCheckSuite } from "../check-events.ts";
import { testerLogin } from "../checks.ts";
import { type ForgeContext, timeNow } from "../context.ts";
import type { Scene } from "../events.ts";
import { forbidden, invalid, notFound } from "../failure.ts";
import type { CheckConclusion, CheckRunRecord, RepositoryRecord, SuiteRecord } from "../records.ts";
import { sceneOf } from "./issue.ts";
import { commitShaOf, repositoryIn } from "./repository.ts";
import {
  type Answer,
  type Call,
  created,
  ok,
  oneOfIn,
  pageOf,
  type Route,
  requiredTextIn,
  textIn,
  writerOf,
} from "./route.ts";

/** Check runs and suites of Apps (https://docs.github.com/rest/checks). What they say about a commit is listed with the commit. */
export function checkRoutes(context: ForgeContext): Route[] {
  const at = "/repos/:owner/:repo";
  const run = `${at}/check-runs/:id`;
  const suite = `${at}/check-suites/:id`;
  return [
    {
      method: "POST",
      path: `${at}/check-runs`,
      operations: ["checks/create"],
      needs: "write",
      handle: (call) => postRun(context, call),
    },
    { method: "GET", path: run, operations: ["checks/get"], handle: async (call) => getRun(context, call) },
    {
      method: "PATCH",
      path: run,
      operations: ["checks/update"],
      needs: "write",
      handle: (call) => patchRun(context, call),
    },
    {
      method: "POST",
      path: `${run}/rerequest`,
      operations: ["checks/rerequest-run"],
      needs: "write",
      handle: async (call) => rerequestRun(context, call),
    },
    {
      method: "POST",
      path: `${at}/check-suites`,
      operations: ["checks/create-suite"],
      needs: "write",
      handle: (call) => postSuite(context, call),
    },
    { method: "GET", path: suite, operations: ["checks/get-suite"], handle: (call) => getSuite(context, call) },
    {
      method: "GET",
      path: `${suite}/check-runs`,
      operations: ["checks/list-for-suite"],
      handle: async (call) => runsAnswer(context, call),
    },
    {
      method: "POST",
      path: `${suite}/rerequest`,
      operations: ["checks/rerequest-suite"],
      needs: "write",
      handle: (call) => rerequestSuite(context, call),
    },
  ];
}

const statuses = ["queued", "in_progress", "completed", "waiting", "requested", "pending"] as const;
const conclusions: readonly CheckConclusion[] = [
  ...(["success", "failure", "neutral", "cancelled", "skipped", "timed_out", "action_required"] as const),
];

async function postRun(context: ForgeContext, call: Call): Promise<Answer> {
  const scene = sceneOf(context, call);
  const name = requiredTextIn(call, "CheckRun", "name");
  const suite = await suiteOf(scene, call);
  const run: CheckRunRecord = {
    id: context.store.takeId(),
    name,
    externalId: "",
    detailsUrl: null,
    startedAt: null,
    status: "queued",
    conclusion: null,
    completedAt: null,
    title: null,
    summary: null,
    text: null,
  };
  fill(call, run);
  suite.runs.push(run);
  await tellOutcome(scene, suite, run, "created");
  return created(checkRunAnswer(context, scene.repository, suite, run));
}

/** Only the App that made a run changes it. */
async function patchRun(context: ForgeContext, call: Call): Promise<Answer> {
  const scene = sceneOf(context, call);
  const { suite, run } = runIn(scene.repository, call);
  if (suite.app !== scene.sender) {
    throw forbidden(
      `Invalid app_id \`${appOf(scene.sender).id}\` - check run can only be modified by the GitHub App that created it.`,
    );
  }
  run.name = textIn(call, "name") ?? run.name;
  const before = run.status;
  fill(call, run);
  await tellOutcome(scene, suite, run, before === "completed" ? "changed" : "running");
  return ok(checkRunAnswer(context, scene.repository, suite, run));
}

/** Sets what the body gives. A conclusion completes a run, and a completed run needs one. */
function fill(call: Call, run: CheckRunRecord): void {
  const conclusion = oneOfIn(call, "CheckRun", "conclusion", conclusions);
  const status = oneOfIn(call, "CheckRun", "status", statuses) ?? (conclusion === undefined ? run.status : "completed");
  if (status === "completed" && conclusion === undefined && run.conclusion === null) {
    throw invalid({ resource: "CheckRun", field: "conclusion", code: "missing_field" });
  }
  run.status = status;
  run.conclusion = status === "completed" ? (conclusion ?? run.conclusion) : null;
  run.startedAt = textIn(call, "started_at") ?? run.startedAt ?? timeNow();
  run.completedAt = status === "completed" ? (textIn(call, "completed_at") ?? run.completedAt ?? timeNow()) : null;
  run.externalId = textIn(call, "external_id") ?? run.externalId;
  run.detailsUrl = textIn(call, "details_url") ?? run.detailsUrl;
  const output = call.body.output;
  if (typeof output !== "object" || output === null) return;
  const { title, summary, text } = output as Readonly<Record<string, unknown>>;
  if (typeof title !== "string" || typeof summary !== "string") {
    throw invalid({ resource: "CheckRun", field: "output", code: "missing_field" });
  }
  Object.assign(run, { title, summary, text: typeof text === "string" ? text : run.text });
}

async function tellOutcome(
  scene: Scene,
  suite: SuiteRecord,
  run: CheckRunRecord,
  was: "created" | "running" | "changed",
): Promise<void> {
  suite.updatedAt = timeNow();
  if (was === "created") tellCheckRun(scene, "created", suite, run);
  if (run.status !== "completed" || was === "changed") return;
  tellCheckRun(scene, "completed", suite, run);
  if (suiteOutcome(suite).status === "completed") await tellCheckSuite(scene, "completed", suite);
}

async function postSuite(context: ForgeContext, call: Call): Promise<Answer> {
  const scene = sceneOf(context, call);
  const suitesBefore = scene.repository.suites.length;
  const suite = await suiteOf(scene, call);
  const isMade = scene.repository.suites.length > suitesBefore;
  return { status: isMade ? 201 : 200, body: await checkSuiteAnswer(context, scene.repository, suite) };
}

/** The suite of the caller's App for the commit that the body names; made when there is none. */
async function suiteOf(scene: Scene, call: Call): Promise<SuiteRecord> {
  const { context, repository, sender } = scene;
  if (writerOf(call).type !== "Bot") throw forbidden("You must authenticate via a GitHub App.");
  const headSha = requiredTextIn(call, "CheckSuite", "head_sha");
  if ((await commitShaOf(context, repository, headSha)) !== headSha)
    throw invalid(`No commit found for SHA: ${headSha}`);
  const found = repository.suites.find((each) => each.app === sender && each.headSha === headSha);
  if (found !== undefined) return found;
  const [branch] = Object.entries(repository.heads).find(([, sha]) => sha === headSha) ?? [];
  const now = timeNow();
  const made: SuiteRecord = {
    id: context.store.takeId(),
    app: sender,
    headBranch: branch ?? null,
    headSha,
    before: null,
    pusher: sender,
    createdAt: now,
    updatedAt: now,
    runs: [],
  };
  repository.suites.push(made);
  return made;
}

function getRun(context: ForgeContext, call: Call): Answer {
  const repository = repositoryIn(context, call);
  const { suite, run } = runIn(repository, call);
  return ok(checkRunAnswer(context, repository, suite, run));
}

async function getSuite(context: ForgeContext, call: Call): Promise<Answer> {
  const repository = repositoryIn(context, call);
  return ok(await checkSuiteAnswer(context, repository, suiteIn(repository, call)));
}

function runsAnswer(context: ForgeContext, call: Call): Answer {
  const repository = repositoryIn(context, call);
  const suite = suiteIn(repository, call);
  return runListAnswer(context, call, repository, [suite]);
}

/** The runs of some suites as GitHub lists them: the latest of each name, unless `filter=all`. */
export function runListAnswer(
  context: ForgeContext,
  call: Call,
  repository: RepositoryRecord,
  suites: readonly SuiteRecord[],
): Answer {
  const wanted = (name: string, value: string): boolean => (call.query.get(name) ?? value) === value;
  const found = suites
    .filter((suite) => wanted("app_id", String(appOf(suite.app).id)))
    .flatMap((suite) =>
      (call.query.get("filter") === "all" ? suite.runs : latestRuns(suite)).map((run) => ({ suite, run })),
    )
    .filter(({ run }) => wanted("check_name", run.name) && wanted("status", run.status));
  const page = pageOf(call, found);
  const runs = page.items.map(({ suite, run }) => checkRunAnswer(context, repository, suite, run));
  return { status: 200, body: { total_count: found.length, check_runs: runs }, headers: page.headers };
}

/** Asks the App to run again. The forge's own tests run again at once; another App reads the delivery. */
async function rerequestSuite(context: ForgeContext, call: Call): Promise<Answer> {
  const scene = sceneOf(context, call);
  const suite = suiteIn(scene.repository, call);
  await tellCheckSuite(scene, "rerequested", suite);
  if (suite.app === testerLogin) runAgain(scene, suite);
  return created({});
}

function rerequestRun(context: ForgeContext, call: Call): Answer {
  const scene = sceneOf(context, call);
  const { suite, run } = runIn(scene.repository, call);
  tellCheckRun(scene, "rerequested", suite, run);
  if (suite.app === testerLogin) runAgain(scene, suite);
  return created({});
}

function runAgain(scene: Scene, suite: SuiteRecord): void {
  const last = suite.runs.at(-1);
  if (last === undefined || last.status !== "completed") return;
  const again: CheckRunRecord = {
    ...last,
    id: scene.context.store.takeId(),
    status: "queued",
    startedAt: timeNow(),
    ...{ conclusion: null, completedAt: null, title: null, summary: null, text: null },
  };
  suite.runs.push(again);
  tellCheckRun(scene, "created", suite, again);
}

function suiteIn(repository: RepositoryRecord, call: Call): SuiteRecord {
  const suite = repository.suites.find((each) => String(each.id) === call.params.id);
  if (suite === undefined) throw notFound();
  return suite;
}

function runIn(repository: RepositoryRecord, call: Call) {
  for (const suite of repository.suites) {
    const run = suite.runs.find((each) => String(each.id) === call.params.id);
    if (run !== undefined) return { suite, run };
  }
  throw notFound();
}
