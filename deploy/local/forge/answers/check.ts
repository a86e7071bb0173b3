import { apiUrl, type ForgeContext, gitDirectory, webUrl } from "../context.ts";
import { readCommit } from "../git/git.ts";
import type { RepositoryRecord, SuiteRecord } from "../records.ts";
import { openPulls } from "../store.ts";
import { simpleCommitAnswer } from "./commit.ts";
import { minimalPullAnswer } from "./pull.ts";
import { repositoryAnswer, userAnswer } from "./repository.ts";
import type { Schemas } from "./schemas.ts";

/** A check run (https://docs.github.com/rest/checks/runs#get-a-check-run). */
export function checkRunAnswer(context: ForgeContext, repository: RepositoryRecord, suite: SuiteRecord) {
  const run = suite.run;
  const url = `${apiUrl(context, repository)}/check-runs/${run.id}`;
  const html = `${webUrl(context, repository)}/runs/${run.id}`;
  return {
    id: run.id,
    node_id: `CR_${run.id}`,
    name: run.name,
    head_sha: suite.headSha,
    external_id: "",
    url,
    html_url: html,
    details_url: html,
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
    app: checksApp(context),
    pull_requests: suitePulls(context, repository, suite),
  } satisfies Schemas["check-run"];
}

/** The check run as webhooks carry it, with its suite written out. */
export function checkRunPayload(context: ForgeContext, repository: RepositoryRecord, suite: SuiteRecord) {
  return {
    ...checkRunAnswer(context, repository, suite),
    check_suite: suiteCore(context, repository, suite),
  };
}

/** The check suite as webhooks carry it. */
export async function checkSuitePayload(context: ForgeContext, repository: RepositoryRecord, suite: SuiteRecord) {
  return {
    ...suiteCore(context, repository, suite),
    latest_check_runs_count: 1,
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

function suiteCore(context: ForgeContext, repository: RepositoryRecord, suite: SuiteRecord) {
  return {
    id: suite.id,
    node_id: `CS_${suite.id}`,
    head_branch: suite.headBranch,
    head_sha: suite.headSha,
    status: suite.run.status,
    conclusion: suite.run.conclusion,
    url: `${apiUrl(context, repository)}/check-suites/${suite.id}`,
    before: suite.before,
    after: suite.headSha,
    pull_requests: suitePulls(context, repository, suite),
    app: checksApp(context),
    created_at: suite.createdAt,
    updated_at: suite.updatedAt,
  };
}

function suitePulls(context: ForgeContext, repository: RepositoryRecord, suite: SuiteRecord) {
  return openPulls(repository)
    .filter((each) => each.pull.headRef === suite.headBranch)
    .map((each) => minimalPullAnswer(context, repository, each));
}

function checksApp(context: ForgeContext) {
  return {
    id: 1,
    slug: "local-checks",
    node_id: "A_1",
    owner: userAnswer(context, "local-forge"),
    name: "Local checks",
    description: "Runs the repository's own test command for every push.",
    external_url: context.url,
    html_url: `${context.url}/apps/local-checks`,
    created_at: "2024-01-01T00:00:00Z",
    updated_at: "2024-01-01T00:00:00Z",
    permissions: { checks: "write", contents: "read" },
    events: ["push"],
  } satisfies Schemas["nullable-integration"];
}
