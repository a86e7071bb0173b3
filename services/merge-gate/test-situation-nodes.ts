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
    pullRequests: pullsField(standing),
    pullRequest: new Field(["number"], ({ number }) =>
      number === 9 ? pullNode(standing) : otherNode(standing, number),
    ),
  };
  return new Field(["owner", "name"], () => node);
}

/** The other pull requests: those from a branch, or the open ones into a branch. */
function pullsField({ others }: Standing): Field {
  return connection(
    "pullRequests",
    ({ headRefName, baseRefName }) => {
      const isWanted = ({ head, base, state }: ReturnType<typeof otherAnswer>) =>
        headRefName == null ? state === "open" && base.ref === baseRefName : head.ref === headRefName;
      const ofBranch = others.map(otherAnswer).filter(isWanted);
      return listedNodes(ofBranch, (name, nodes) =>
        name === "pullRequests" ? nodes : listOf(name, nodes),
      ) as readonly object[];
    },
    (each) => each,
    ["headRefName", "baseRefName", "states", "orderBy"],
  );
}

/** The open ones of the other pull requests that are so. */
function associated({ others }: Standing, isSo: (other: ReturnType<typeof otherAnswer>) => boolean): Field {
  const open = others.map(otherAnswer).filter((each) => each.state === "open" && isSo(each));
  return new Field(["first", "states"], () => {
    return {
      nodes: open.map(({ number, head }) => {
        return { number, state: "OPEN", headRefOid: head.sha, isCrossRepository: head.repo.id !== 1 };
      }),
    };
  });
}

function queueOf(rules: Standing["rules"]) {
  const rule = rules.find(({ type }) => type === "merge_queue");
  return rule === undefined ? null : { configuration: { mergeMethod: "MERGE" } };
}

function headNode(standing: Standing) {
  const { checks, suites, statuses, rules } = standing;
  const required = requiredIn(rules);
  const isRequired = (name: string, appId: number | null) =>
    new Field(["pullRequestNumber"], () =>
      required.some(({ context, integration_id: of = null }) => context === name && (of === null || of === appId)),
    );
  const runs = checks.map((check, index) => {
    const { name, conclusion = null, app = "github-actions", startedAt = "2026-01-01T10:00:00Z" } = check;
    const status = check.status ?? (conclusion === null ? "in_progress" : "completed");
    const ends = { status: upper(status), conclusion: conclusion === null ? null : upper(conclusion) };
    const checkSuite = { databaseId: check.suite ?? ownSuite, app: appNode(app) };
    return {
      __typename: "CheckRun",
      databaseId: index + 1,
      name,
      ...ends,
      startedAt,
      externalId: "",
      isRequired: isRequired(name, appNode(app).databaseId),
      checkSuite,
    };
  });
  const reported = statuses.map(({ context, state, by = "ada" }) => {
    const made = {
      description: null,
      createdAt: "2026-01-01T10:00:00Z",
      creator: actorNode(by),
      isRequired: isRequired(context, null),
    };
    return { __typename: "StatusContext", context, state: upper(state), ...made };
  });
  const contexts = [...runs, ...reported];
  return {
    __typename: "Commit",
    associatedPullRequests: associated(standing, ({ head }) => head.sha === standing.pull.head.sha),
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

interface RequiredInRule {
  readonly context: string;
  readonly integration_id?: number;
}

/** The checks that rules of the row require, of any App or of one. */
function requiredIn(rules: Standing["rules"]): readonly RequiredInRule[] {
  return rules.flatMap(({ parameters }) => {
    const { required_status_checks: checks = [] } = (parameters ?? {}) as {
      readonly required_status_checks?: readonly RequiredInRule[];
    };
    return checks;
  });
}

/** The suite of a check that names none. */
const ownSuite = 4;

/** The suites of the checks: one for each app and suite that they name, ended as GitHub ends one, by the worst of its runs. */
function suitesOf(checks: Standing["checks"]) {
  const bySuite = Map.groupBy(checks, ({ app = "github-actions", suite }) => `${suite ?? ownSuite} ${app}`);
  return [...bySuite.entries()].map(([key, runs]) => {
    const [id, app = ""] = key.split(" ");
    const open = runs.find(({ conclusion = null }) => conclusion === null);
    const bad = runs.find(({ conclusion }) => !["success", "neutral", "skipped"].includes(conclusion ?? ""));
    const conclusion = open === undefined ? (bad?.conclusion ?? "success") : null;
    const status = open === undefined ? "completed" : (open.status ?? "in_progress");
    const [{ workflow } = {}] = runs;
    return suiteNode({ id: Number(id), status, conclusion, app, ...(workflow && { workflow }) }, runs.length);
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
  const { queued } = standing;
  const entry =
    queued == null
      ? null
      : { by: accountOf(queued.by), state: queued.state ?? "QUEUED", position: queued.position ?? 1 };
  const more = { links, listOf, head: headNode(standing), mergeQueue: queueOf(standing.rules), entry };
  const node = changeNode({ pull, ...lists, threads: threads.map(threadNode) }, more);
  const file = new Field(["path"], () => rulesEntry(agentConfig));
  const target = { __typename: "Commit", oid: "b1", file, statusCheckRollup: rollupOf(standing.onBase) };
  const associatedPullRequests = associated(standing, ({ head }) => head.ref === pull.base.ref);
  return { ...node, baseRef: { target, associatedPullRequests, refUpdateRule: branch.refUpdateRule ?? null } };
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
