import { changeNode, issueNode, listedNodes, rulesEntry } from "#kit/github/test-change-node.ts";
import { connection } from "../../deploy/local/forge/graphql/connection.ts";
import { Field, FieldError, type Fields } from "../../deploy/local/forge/graphql/engine.ts";
import { accountOf, type Standing } from "./test-situation.ts";
import { commitAnswer, eventAnswer, otherAnswer, reviewAnswer } from "./test-situation-lists.ts";

// What GraphQL shows of a situation. A field that a query asks and that is not here is an error that names it.

const appIds: Readonly<Record<string, number>> = { "github-actions": 15_368, "merge-gate": 99 };

function appNode(slug: string) {
  return { databaseId: appIds[slug] ?? 1_000 + slug.length, slug };
}

function actorNode(name: string) {
  const { login, type } = accountOf(name);
  const avatarUrl = "https://avatars.githubusercontent.com/u/1?v=4";
  return { __typename: type, login: login.replace(/\[bot\]$/, ""), avatarUrl };
}

/** A list; what a query leaves of it by these arguments is what a row may have. */
function listOf(name: string, nodes: readonly unknown[]) {
  return connection(
    name,
    () => nodes,
    (each) => each,
    ["itemTypes", "headRefName", "orderBy"],
  );
}

/** The repository of a situation, with its one pull request. */
export function repositoryNode(standing: Standing, { isGone }: { readonly isGone: boolean }): Field {
  const { repository, rules, branch } = standing;
  const node: Fields = {
    databaseId: 1,
    owner: actorNode("acme"),
    defaultBranchRef: { name: "main" },
    mergeCommitAllowed: repository.allow_merge_commit,
    squashMergeAllowed: repository.allow_squash_merge,
    rebaseMergeAllowed: repository.allow_rebase_merge,
    mergeQueue: new Field(["branch"], () => queueOf(rules)),
    ref: new Field(["qualifiedName"], () => ({ refUpdateRule: branch.refUpdateRule ?? null })),
    object: new Field(["oid"], ({ oid }) => headNode(oid === "b1" ? onBase(standing) : standing)),
    issue: new Field(["number"], () => {
      if (isGone) throw new FieldError("NOT_FOUND", "Could not resolve to an Issue with the number of 7.");
      return issueNode(standing.issue, listOf);
    }),
    pullRequests: listedNodes(standing.others.map(otherAnswer), listOf),
    pullRequest: new Field(["number"], ({ number }) =>
      number === 9 ? pullNode(standing) : otherNode(standing, number),
    ),
  };
  return new Field(["owner", "name"], () => node);
}

function queueOf(rules: Standing["rules"]) {
  const rule = rules.find(({ type }) => type === "merge_queue");
  return rule === undefined ? null : { configuration: { mergeMethod: "MERGE" } };
}

function headNode({ checks, suites, statuses, rules }: Standing) {
  const required = new Set(requiredIn(rules));
  const isRequired = (name: string) => new Field(["pullRequestNumber"], () => required.has(name));
  const runs = checks.map((check, index) => {
    const { name, conclusion = null, app = "github-actions", startedAt = "2026-01-01T10:00:00Z" } = check;
    const status = check.status ?? (conclusion === null ? "in_progress" : "completed");
    const ends = { status: upper(status), conclusion: conclusion === null ? null : upper(conclusion) };
    const checkSuite = { app: appNode(app) };
    return {
      __typename: "CheckRun",
      databaseId: index + 1,
      name,
      ...ends,
      startedAt,
      isRequired: isRequired(name),
      checkSuite,
    };
  });
  const reported = statuses.map(({ context, state, by = "ada" }) => {
    const made = { createdAt: "2026-01-01T10:00:00Z", creator: actorNode(by), isRequired: isRequired(context) };
    return { __typename: "StatusContext", context, state: upper(state), ...made };
  });
  const contexts = [...runs, ...reported];
  return {
    __typename: "Commit",
    statusCheckRollup: contexts.length === 0 ? null : { contexts: listOf("contexts", contexts) },
    checkSuites: listOf("checkSuites", [...suitesOf(checks), ...suites.map(suiteNode)]),
  };
}

/** The base's newest commit, on which only check runs reported. */
function onBase(standing: Standing): Standing {
  return { ...standing, checks: standing.onBase, suites: [], statuses: [] };
}

function rollupOf(checks: Standing["checks"]) {
  const isRed = checks.some(({ conclusion }) => conclusion === "failure");
  return checks.length === 0 ? null : { state: isRed ? "FAILURE" : "SUCCESS" };
}

function upper(word: string): string {
  return word.toUpperCase();
}

/** The names of the checks that rules of the row require. */
function requiredIn(rules: Standing["rules"]): readonly string[] {
  return rules.flatMap(({ parameters }) => {
    const { required_status_checks: checks = [] } = (parameters ?? {}) as {
      required_status_checks?: { context: string }[];
    };
    return checks.map(({ context }) => context);
  });
}

/** The suites of the checks: one for each app and suite that they name, ended as GitHub ends one, by the worst of its runs. */
function suitesOf(checks: Standing["checks"]) {
  const bySuite = Map.groupBy(checks, ({ app = "github-actions", suite }) => `${suite ?? 4} ${app}`);
  return [...bySuite.entries()].map(([key, runs]) => {
    const [id, app = ""] = key.split(" ");
    const open = runs.find(({ conclusion = null }) => conclusion === null);
    const bad = runs.find(({ conclusion }) => !["success", "neutral", "skipped"].includes(conclusion ?? ""));
    const conclusion = open === undefined ? (bad?.conclusion ?? "success") : null;
    const status = open === undefined ? "completed" : (open.status ?? "in_progress");
    return suiteNode({ id: Number(id), status, conclusion, app }, runs.length);
  });
}

function suiteNode(
  { id, status, conclusion = null, app = "github-actions", workflow }: Standing["suites"][number],
  runs = 0,
) {
  const ends = { status: upper(status), conclusion: conclusion === null ? null : upper(conclusion) };
  const file = workflow === undefined ? null : { file: { path: workflow, repositoryName: "acme/shop" } };
  return {
    databaseId: id,
    ...ends,
    app: appNode(app),
    checkRuns: listOf("checkRuns", Array(runs).fill({})),
    workflowRun: file,
  };
}

function pullNode(standing: Standing): object {
  const { threads, links, pull, branch, agentConfig } = standing;
  const lists = {
    reviews: standing.reviews.map((review, index) => reviewAnswer(review, index, pull.head.sha)),
    commits: standing.commits.map(commitAnswer),
    events: standing.events.map(eventAnswer),
  };
  const more = { links, listOf, head: headNode(standing), mergeQueue: queueOf(standing.rules) };
  const node = changeNode({ pull, ...lists, threads: threads.map(threadNode) }, more);
  const file = new Field(["path"], () => rulesEntry(agentConfig));
  const target = { __typename: "Commit", oid: "b1", file, statusCheckRollup: rollupOf(standing.onBase) };
  return { ...node, baseRef: { target, refUpdateRule: branch.refUpdateRule ?? null } };
}

/** Another pull request of the issue, of which only the threads are asked for. */
function otherNode({ others }: Standing, number: unknown): object {
  const threads = others.find((each) => each.number === number)?.threads ?? [];
  return { number, reviewThreads: listOf("reviewThreads", threads.map(threadNode)) };
}

function threadNode({ by, resolvedBy, outdated = false }: Standing["threads"][number], index: number): Fields {
  const comments = by.map((name, at) => {
    const id = 100 * (index + 1) + at;
    const updatedAt = "2026-01-02T03:04:05Z";
    return {
      id: `C${id}`,
      databaseId: id,
      fullDatabaseId: String(id),
      body: `Words of ${name}.`,
      updatedAt,
      author: actorNode(name),
    };
  });
  const isResolved = resolvedBy !== undefined;
  return {
    ...{ id: `T${index + 1}`, isResolved, isOutdated: outdated, path: "src/shop.js", line: outdated ? null : 1 },
    resolvedBy: isResolved ? actorNode(resolvedBy) : null,
    comments: listOf("comments", comments),
  };
}
