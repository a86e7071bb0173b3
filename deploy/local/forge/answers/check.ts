import { appOf } from "../access.ts";
import { apiUrl, type ForgeContext, gitDirectory, webUrl } from "../context.ts";
import { readCommit } from "../git/git.ts";
import type { CheckConclusion, CheckRunRecord, RepositoryRecord, SuiteOutcome, SuiteRecord } from "../records.ts";
import { openPulls } from "../store.ts";
import { simpleCommitAnswer } from "./commit.ts";
import { minimalPullAnswer } from "./pull.ts";
import { repositoryAnswer, userAnswer } from "./repository.ts";
import type { Schemas } from "./schemas.ts";

/** A check run (https://docs.github.com/rest/checks/runs#get-a-check-run). */
export function checkRunAnswer(
  context: ForgeContext,
  repository: RepositoryRecord,
  suite: SuiteRecord,
  run: CheckRunRecord,
) {
  const url = `${apiUrl(context, repository)}/check-runs/${run.id}`;
  const html = `${webUrl(context, repository)}/runs/${run.id}`;
  return {
    id: run.id,
    node_id: `CR_${run.id}`,
    name: run.name,
    head_sha: suite.headSha,
    external_id: run.externalId,
    url,
    html_url: html,
    details_url: run.detailsUrl ?? html,
    status: run.status,
    conclusion: run.conclusion,
    started_at: run.startedAt,
    completed_at: run.completedAt,
    output: {
      title: run.title,
      summary: run.summary,
      text: run.text,
      annotations_count: 0,
      annotations_url: `${url}/annotations`,
    },
    check_suite: { id: suite.id },
    app: appAnswer(context, suite.app),
    pull_requests: suitePulls(context, repository, suite),
  } satisfies Schemas["check-run"];
}

/** The check run as webhooks carry it, with its suite written out. */
export function checkRunPayload(
  context: ForgeContext,
  repository: RepositoryRecord,
  suite: SuiteRecord,
  run: CheckRunRecord,
) {
  return {
    ...checkRunAnswer(context, repository, suite, run),
    check_suite: suiteCore(context, repository, suite),
  };
}

/** The check suite as webhooks carry it. */
export async function checkSuitePayload(context: ForgeContext, repository: RepositoryRecord, suite: SuiteRecord) {
  return {
    ...suiteCore(context, repository, suite),
    latest_check_runs_count: suite.runs.length,
    check_runs_url: `${apiUrl(context, repository)}/check-suites/${suite.id}/check-runs`,
    head_commit: simpleCommitAnswer(await readCommit(gitDirectory(context, repository), suite.headSha)),
  };
}

/** A check suite (https://docs.github.com/rest/checks/suites#get-a-check-suite). */
export async function checkSuiteAnswer(
  context: ForgeContext,
  repository: RepositoryRecord,
  suite: SuiteRecord,
): Promise<Schemas["check-suite"]> {
  return {
    ...(await checkSuitePayload(context, repository, suite)),
    repository: repositoryAnswer(context, repository),
  };
}

/** The runs of a suite that count: the latest of each name. */
export function latestRuns(suite: SuiteRecord): CheckRunRecord[] {
  return suite.runs.filter((run) => suite.runs.findLast((each) => each.name === run.name) === run);
}

// The worst conclusion of its runs is the suite's.
const worstFirst: readonly CheckConclusion[] = [
  "action_required",
  "timed_out",
  "cancelled",
  "failure",
  "success",
  "neutral",
  "skipped",
];

/** What a suite comes to; without a run and an outcome of its own it stays queued for ever. */
export function suiteOutcome(suite: SuiteRecord): SuiteOutcome {
  if (suite.outcome !== undefined) return suite.outcome;
  const runs = latestRuns(suite);
  const conclusions = runs.map((each) => each.conclusion);
  const conclusion = worstFirst.find((each) => conclusions.includes(each)) ?? null;
  if (runs.length > 0 && runs.every((each) => each.status === "completed")) {
    return { status: "completed", conclusion };
  }
  const isBegun = runs.some((each) => each.status === "in_progress" || each.status === "completed");
  return { status: isBegun ? "in_progress" : "queued", conclusion: null };
}

function suiteCore(context: ForgeContext, repository: RepositoryRecord, suite: SuiteRecord) {
  return {
    id: suite.id,
    node_id: `CS_${suite.id}`,
    head_branch: suite.headBranch,
    head_sha: suite.headSha,
    ...suiteOutcome(suite),
    url: `${apiUrl(context, repository)}/check-suites/${suite.id}`,
    before: suite.before,
    after: suite.headSha,
    pull_requests: suitePulls(context, repository, suite),
    app: appAnswer(context, suite.app),
    created_at: suite.createdAt,
    updated_at: suite.updatedAt,
  };
}

/** The pull requests of a fork are not named, as on GitHub. */
function suitePulls(context: ForgeContext, repository: RepositoryRecord, suite: SuiteRecord) {
  return openPulls(repository)
    .filter((each) => each.pull.headRef === suite.headBranch && each.pull.headRepositoryId === repository.id)
    .map((each) => minimalPullAnswer(context, repository, each));
}

function appAnswer(context: ForgeContext, login: string) {
  const { id, slug } = appOf(login);
  return {
    id,
    slug,
    node_id: `A_${id}`,
    owner: userAnswer(context, "local-forge"),
    name: slug,
    description: null,
    external_url: context.url,
    html_url: `${context.url}/apps/${slug}`,
    created_at: "2024-01-01T00:00:00Z",
    updated_at: "2024-01-01T00:00:00Z",
    permissions: { checks: "write", contents: "read" },
    events: ["push"],
  } satisfies Schemas["nullable-integration"];
}
