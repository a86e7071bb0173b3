import { connection } from "../../deploy/local/forge/graphql/connection.ts";
import { Field, type Fields } from "../../deploy/local/forge/graphql/engine.ts";
import { type Account, accountOf, type Pull, type Standing } from "./test-situation.ts";

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

function listOf(name: string, nodes: readonly unknown[], filters: readonly string[] = []) {
  return connection(
    name,
    () => nodes,
    (each) => each,
    filters,
  );
}

/** The repository of a situation, with its one pull request. */
export function repositoryNode(standing: Standing): Field {
  const { repository, rules, branch } = standing;
  const node: Fields = {
    ...{ databaseId: 1, owner: shop.owner, defaultBranchRef: { name: "main" } },
    mergeCommitAllowed: repository.allow_merge_commit,
    squashMergeAllowed: repository.allow_squash_merge,
    rebaseMergeAllowed: repository.allow_rebase_merge,
    mergeQueue: new Field(["branch"], () => queueOf(rules)),
    ref: new Field(["qualifiedName"], () => ({ refUpdateRule: branch.refUpdateRule ?? null })),
    object: new Field(["oid"], () => headNode(standing)),
    pullRequest: new Field(["number"], () => pullNode(standing)),
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

function pullNode(standing: Standing): Fields {
  const { threads, links, pull, reviews, commits, events } = standing;
  const { head, base, mergeable } = pull;
  return {
    ...{ number: 9, title: pull.title, body: pull.body, isDraft: pull.draft, changedFiles: pull.changed_files },
    state: pull.merged ? "MERGED" : upper(pull.state),
    ...{ headRefName: head.ref, headRefOid: head.sha, baseRefName: base.ref, updatedAt: pull.updated_at },
    isCrossRepository: head.repo?.id !== base.repo?.id,
    mergeable: mergeable === null ? "UNKNOWN" : mergeable ? "MERGEABLE" : "CONFLICTING",
    mergeStateStatus: upper(pull.mergeable_state),
    ...{ merged: pull.merged, mergedAt: pull.merged_at, mergedBy: nodeOf(pull.merged_by), author: nodeOf(pull.user) },
    mergeCommit: pull.merge_commit_sha === null ? null : { oid: pull.merge_commit_sha },
    labels: listOf("labels", pull.labels),
    reviewDecision: pull.reviewDecision ?? null,
    reviewThreads: listOf("reviewThreads", threads.map(threadNode)),
    reviews: listOf(
      "reviews",
      reviews.map((review, index) => reviewNode(review, index, pull)),
    ),
    commits: counted("commits", commits.map(commitNode), pull.commits),
    timelineItems: listOf("timelineItems", events.flatMap(eventNode), ["itemTypes"]),
    closingIssuesReferences: listOf(
      "closingIssuesReferences",
      links.map((number) => ({ number, repository: shop })),
    ),
  };
}

/** A list of which GitHub shows fewer than it counts. */
function counted(name: string, nodes: readonly unknown[], totalCount: number): Field {
  const list = listOf(name, nodes);
  return new Field(list.takes, async (args) => ({ ...((await list.run(args)) as object), totalCount }));
}

function nodeOf(account: Account | null) {
  return account === null ? null : actorNode(account.login);
}

function reviewNode({ by, state, commit, at, body = "" }: Standing["reviews"][number], index: number, { head }: Pull) {
  const submittedAt = at ?? new Date().toISOString();
  const of = { fullDatabaseId: String(index + 1), state, body, submittedAt };
  return { ...of, commit: { oid: commit ?? head.sha }, author: actorNode(by) };
}

function commitNode({ sha: oid, message = "", verified = false }: Standing["commits"][number]) {
  const signature = verified ? { __typename: "GpgSignature", isValid: true } : null;
  return { commit: { oid, message, signature } };
}

/** GraphQL's names of those events that the gate asks for; the others are left out of its answer. */
const eventKinds: Readonly<Record<string, string>> = {
  labeled: "LabeledEvent",
  unlabeled: "UnlabeledEvent",
  convert_to_draft: "ConvertToDraftEvent",
  ready_for_review: "ReadyForReviewEvent",
  closed: "ClosedEvent",
  reopened: "ReopenedEvent",
  review_dismissed: "ReviewDismissedEvent",
  base_ref_changed: "BaseRefChangedEvent",
  renamed: "RenamedTitleEvent",
};

function eventNode({ event, created_at, actor, label, rename, dismissed_review }: Standing["events"][number]) {
  const __typename = eventKinds[String(event)];
  if (__typename === undefined) return [];
  const dismissed = dismissed_review as { readonly review_id: number; readonly state: string } | undefined;
  const review = dismissed && {
    review: { fullDatabaseId: String(dismissed.review_id) },
    previousReviewState: upper(dismissed.state),
  };
  const createdAt = created_at ?? "2026-01-02T03:04:05Z";
  const titles = rename as { readonly from: string; readonly to: string } | undefined;
  const renamed = titles && { previousTitle: titles.from, currentTitle: titles.to };
  return [
    { __typename, createdAt, actor: typeof actor === "string" ? actorNode(actor) : null, label, ...review, ...renamed },
  ];
}

const shop = { name: "shop", owner: { __typename: "Organization", login: "acme" } };

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
