import { appOf } from "../access.ts";
import { latestRuns, suiteOutcome } from "../answers/check.ts";
import { latestStatuses } from "../answers/status.ts";
import { emailOf } from "../context.ts";
import type { GitCommit } from "../git/git.ts";
import {
  type CheckRunRecord,
  isPull,
  type PullIssue,
  type RepositoryRecord,
  type StatusRecord,
  type SuiteRecord,
} from "../records.ts";
import { demandsOn } from "../rules.ts";
import { associatedField } from "./associated-nodes.ts";
import { connection } from "./connection.ts";
import { Field, FieldError, type Fields } from "./engine.ts";
import { actorNode, commitNode, type View } from "./nodes.ts";

/** A commit with everything that reported on it. */
export function checkedCommitNode(view: View, repository: RepositoryRecord, commit: GitCommit): Fields {
  const suites = repository.suites.filter((each) => each.headSha === commit.sha);
  const runs = suites.flatMap((suite) => latestRuns(suite).map((run) => runNode(repository, suite, run)));
  const statuses = latestStatuses(repository, commit.sha).map((each) => statusNode(view, repository, each));
  const contexts = [...runs, ...statuses];
  return {
    ...commitNode(commit),
    authors: connection(
      "authors",
      () => authorsOf(commit),
      (person) => gitActorNode(view, person),
    ),
    committer: gitActorNode(view, commit.committer),
    parents: connection(
      "parents",
      () => commit.parents,
      (oid) => ({ __typename: "Commit", oid }),
    ),
    associatedPullRequests: associatedField(view, repository, ({ pull }) => pull.headSha === commit.sha),
    checkSuites: connection(
      "checkSuites",
      () => suites,
      (suite) => suiteNode(suite),
    ),
    statusCheckRollup:
      contexts.length === 0
        ? null
        : {
            __typename: "StatusCheckRollup",
            id: `SCR_${commit.sha}`,
            state: rollupOf(runs, statuses),
            contexts: connection(
              "contexts",
              () => contexts,
              (each) => each,
            ),
          },
  };
}

/** What failed counts before what goes on (https://docs.github.com/graphql/reference/enums#statusstate). */
function rollupOf(runs: readonly Fields[], statuses: readonly Fields[]): string {
  const states = statuses.map(({ state }) => String(state));
  const ends = runs.map(({ conclusion }) => String(conclusion));
  const passed = ["SUCCESS", "NEUTRAL", "SKIPPED"];
  if (states.includes("ERROR") || states.includes("FAILURE")) return "FAILURE";
  if (ends.some((end) => end !== "null" && !passed.includes(end))) return "FAILURE";
  return [...states, ...ends].every((end) => passed.includes(end)) ? "SUCCESS" : "PENDING";
}

/** The author, then those whom the message names as co-authors. */
function authorsOf({ author, message }: GitCommit) {
  const named = [...message.matchAll(/^co-authored-by:\s*(.*?)\s*<([^<>]+)>\s*$/gim)];
  return [author, ...named.map(([, name = "", email = ""]) => ({ name, email }))];
}

function gitActorNode(view: View, { name, email }: Pick<GitCommit["author"], "name" | "email">): Fields {
  return { __typename: "GitActor", name, email, user: () => userOf(view, email) };
}

/** The user with this address; an App is none. */
function userOf(view: View, email: string): Fields | null {
  const found = view.context.users.find(({ login }) => emailOf(login) === email);
  return found?.type === "User" ? actorNode(view, found.login) : null;
}

function runNode(repository: RepositoryRecord, suite: SuiteRecord, run: CheckRunRecord): Fields {
  const appId = appOf(suite.app).id;
  return {
    __typename: "CheckRun",
    id: `CR_${run.id}`,
    databaseId: run.id,
    name: run.name,
    status: run.status.toUpperCase(),
    conclusion: run.conclusion?.toUpperCase() ?? null,
    startedAt: run.startedAt,
    externalId: run.externalId,
    completedAt: run.completedAt,
    checkSuite: () => suiteNode(suite),
    isRequired: requirable(repository, { name: run.name, appId }),
  };
}

function statusNode(view: View, repository: RepositoryRecord, status: StatusRecord): Fields {
  return {
    __typename: "StatusContext",
    id: `SC_${status.id}`,
    context: status.context,
    state: status.state.toUpperCase(),
    description: status.description,
    createdAt: status.createdAt,
    creator: () => actorNode(view, status.creator),
    isRequired: requirable(repository, { name: status.context, appId: appOf(status.creator).id }),
  };
}

/** A suite. One of GitHub Actions says which workflow it runs. */
function suiteNode(suite: SuiteRecord): Fields {
  const { status, conclusion } = suiteOutcome(suite);
  const { id, slug } = appOf(suite.app);
  return {
    __typename: "CheckSuite",
    id: `CS_${suite.id}`,
    databaseId: suite.id,
    status: status.toUpperCase(),
    conclusion: conclusion?.toUpperCase() ?? null,
    createdAt: suite.createdAt,
    updatedAt: suite.updatedAt,
    app: { __typename: "App", id: `A_${id}`, databaseId: id, slug, name: slug },
    checkRuns: connection(
      "checkRuns",
      () => latestRuns(suite),
      (run) => ({ __typename: "CheckRun", id: `CR_${run.id}`, databaseId: run.id, name: run.name }),
    ),
    workflowRun: suite.workflow === undefined ? null : { id: `WFR_${suite.id}`, file: { ...suite.workflow } },
  };
}

/** Whether the base of a pull request requires it (https://docs.github.com/graphql/reference/interfaces#requirablebypullrequest). */
function requirable(
  repository: RepositoryRecord,
  { name, appId }: { readonly name: string; readonly appId: number },
): Field {
  return new Field(["pullRequestNumber"], ({ pullRequestNumber: number }) => {
    const pull = repository.issues.filter(isPull).find((each: PullIssue) => each.number === number);
    if (pull === undefined)
      throw new FieldError("NOT_FOUND", "Could not resolve to a PullRequest with the given number.");
    const required = demandsOn(repository, pull.pull.baseRef).flatMap(({ checks }) => checks);
    return required.some((one) => one.context === name && (one.appId === null || one.appId === appId));
  });
}
