import type { Answer, Asked } from "#kit/test/test-answers.ts";

// GitHub's answers about the requirements of a branch and the checks of a head, for tests that play them.

const notProtected = { protected: false };

/** Each part of what GitHub answers: a body, or an answer of its own. GraphQL is answered with `repository`, and with errors where there are some. */
export interface Parts {
  readonly rules: readonly object[] | Answer;
  readonly branch: object | Answer;
  readonly protection: object | Answer;
  readonly repository: object | null;
  readonly checks: readonly (object | null)[];
  readonly suites: readonly (object | null)[];
  readonly errors: readonly object[];
}

const nothing: Parts = {
  rules: [],
  branch: notProtected,
  protection: { status: 404, body: { message: "Branch not protected" } },
  repository: {},
  checks: [],
  suites: [],
  errors: [],
};

/** How GitHub answers where only these parts differ from a public repository in which nothing is required and nothing ran. */
export function answering(parts: Partial<Parts>): (asked: Asked) => Answer {
  const all = { ...nothing, ...parts };
  return ({ path, body }) => {
    if (path.includes("/graphql")) return { body: graphqlOf(all, body.variables as Cursors) };
    if (path.includes("/rules/branches/")) return answerOf(all.rules);
    if (path.endsWith("/protection")) return answerOf(all.protection);
    return answerOf(all.branch);
  };
}

interface Cursors {
  readonly checksAfter: string | null;
  readonly suitesAfter: string | null;
}

function answerOf(part: object | Answer): Answer {
  return "status" in part ? part : { body: part };
}

function graphqlOf({ repository, checks, suites, errors }: Parts, { checksAfter, suitesAfter }: Cursors): object {
  const object = {
    statusCheckRollup: checks.length === 0 ? null : { contexts: pageOf(checks, checksAfter) },
    checkSuites: pageOf(suites, suitesAfter),
  };
  const settings = { databaseId: 1, mergeQueue: null, ref: { refUpdateRule: null } };
  const methods = { mergeCommitAllowed: true, squashMergeAllowed: true, rebaseMergeAllowed: true };
  const data = { repository: repository === null ? null : { ...settings, ...methods, object, ...repository } };
  return { data, ...(errors.length === 0 ? {} : { errors }) };
}

function pageOf(nodes: readonly unknown[], after: string | null) {
  const begin = after === null ? 0 : Number(after);
  const end = Math.min(nodes.length, begin + 100);
  const endCursor = end === begin ? null : String(end);
  return { nodes: nodes.slice(begin, end), pageInfo: { hasNextPage: end < nodes.length, endCursor } };
}

/** A check run of GitHub Actions as GraphQL shows it. */
export function runNode(name: string, more: object = {}): object {
  return {
    __typename: "CheckRun",
    ...{
      databaseId: 23_799_347_220,
      name,
      status: "COMPLETED",
      conclusion: "SUCCESS",
      startedAt: "2026-01-01T10:00:00Z",
    },
    ...{ isRequired: false, checkSuite: { app: actionsNode } },
    ...more,
  };
}

/** A commit status as GraphQL shows it. */
export function statusNode(context: string, more: object = {}): object {
  const creator = { __typename: "User", login: "ada", avatarUrl: "https://avatars.githubusercontent.com/u/1?v=4" };
  const made = { createdAt: "2026-01-01T10:00:00Z", isRequired: false, creator };
  return { __typename: "StatusContext", context, state: "SUCCESS", ...made, ...more };
}

/** A suite without a run as GraphQL shows it. */
export function suiteNode(more: object = {}): object {
  const ended = { status: "COMPLETED", conclusion: "STARTUP_FAILURE" };
  return { databaseId: 5, ...ended, app: actionsNode, checkRuns: { totalCount: 0 }, workflowRun: null, ...more };
}

const actionsNode = { databaseId: 15_368, slug: "github-actions" };
