import { pullRequestBody } from "#contracts/pull-request-body.ts";
import { openIssue, people, untold } from "#kit/github/test-people.ts";
import type { Answer, Asked } from "#kit/test/test-answers.ts";
import { answerGraphql, Field, FieldError, type GraphqlRequest } from "../../deploy/local/forge/graphql/engine.ts";
import { accountOf, type Pull, type Shown, type Standing } from "./test-situation.ts";
import { commitAnswer, eventAnswer, otherAnswer, reviewAnswer } from "./test-situation-lists.ts";
import { repositoryNode } from "./test-situation-nodes.ts";

// A GitHub on which a situation stands. REST is answered by path, GraphQL by GitHub's own schema over the same values.

const time = "2026-01-02T03:04:05Z";
const repository = { id: 1, name: "shop", owner: { login: "acme" }, default_branch: "main" };

const earnedPull: Pull = {
  ...{ number: 9, state: "open", draft: false, title: "Sell more (#7)", user: accountOf("dev-e"), labels: [] },
  body: pullRequestBody("", { issueNumber: 7, epoch: 1 }),
  base: { ref: "main", sha: "b1", repo: repository },
  head: { ref: "feature/issue-7", sha: "h1", repo: repository },
  ...{ mergeable: true, mergeable_state: "clean", merged: false, merged_at: null, merge_commit_sha: null },
  ...{ merged_by: null, updated_at: time, changed_files: 1, commits: 1, additions: 1, deletions: 0 },
};

const earned: Standing = {
  pull: earnedPull,
  issue: openIssue,
  repository: { allow_merge_commit: true, allow_squash_merge: true, allow_rebase_merge: true },
  reviews: [{ by: "review-e", state: "APPROVED" }],
  threads: [],
  checks: [{ name: "test", conclusion: "success" as const }],
  ...{ suites: [], statuses: [], events: [], links: [], rules: [], others: [], onBase: [] },
  commits: [{ sha: "h1", message: "Sell more" }],
  pushes: [{ head: "h1", by: "dev-e" }],
  files: [{ filename: "src/shop.js" }],
  branch: { name: "main", protected: false },
  protection: {},
  agentConfig: null,
  queued: null,
  compare: {
    status: "ahead",
    ahead_by: 0,
    behind_by: 1,
    total_commits: 0,
    commits: [],
    base_commit: { sha: "b1" },
    merge_base_commit: { sha: "b1" },
  },
  permissions: {},
};

/** What stands on GitHub in a situation: the earned change with what the row says, and with so many more of what it counts. */
function standingIn(shown: Shown): Standing {
  const {
    pull = {},
    issue = {},
    repository: settings = {},
    agentConfig,
    manyFiles,
    manyChecks,
    manyEvents,
    manyLinks,
    ...lists
  } = shown;
  const named = { ...earned, ...lists, compare: { ...earned.compare, ...lists.compare } };
  const files = [
    ...many(manyFiles, (index) => ({ filename: `src/more-${index}.js` })),
    ...(manyFiles ? [] : named.files),
  ];
  const checks = [
    ...many(manyChecks, (index) => ({ name: `more ${index}`, conclusion: "success" as const })),
    ...named.checks,
  ];
  const events = [
    ...many(manyEvents, () => ({ event: "labeled", label: { name: "noise" }, actor: "tria" })),
    ...named.events,
  ];
  const links = [...many(manyLinks, () => 7), ...named.links];
  const counted = { changed_files: files.length, commits: named.commits.length };
  return {
    ...{ ...named, files, checks, events, links },
    pull: withLabels(merged({ ...earnedPull, ...counted }, pull)) as Pull,
    issue: withLabels(merged(earned.issue, issue)),
    repository: merged(earned.repository, settings),
    agentConfig: agentConfig ?? null,
  };
}

function many<Item>(count: number | undefined, item: (index: number) => Item): readonly Item[] {
  return Array.from({ length: count ?? 0 }, (_, index) => item(index));
}

type Values = Readonly<Record<string, unknown>>;

function isValues(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function merged(values: Values, more: Values): Values {
  const changed = Object.entries(more).map(([key, value]) => {
    const before = values[key];
    return [key, isValues(before) && isValues(value) ? merged(before, value) : value] as const;
  });
  return { ...values, ...Object.fromEntries(changed) };
}

/** Rows have labels by their names, and GitHub as objects. */
function withLabels(values: Values): Values {
  const { labels } = values;
  if (!Array.isArray(labels)) return values;
  return { ...values, labels: labels.map((each) => (typeof each === "string" ? { name: each } : each)) };
}

/** What the gate asks of a merge queue. */
export type Sent = "enqueue" | "dequeue";

/**
 * Answers as a GitHub on which this stands, and `later` once it was asked to merge. What it does not know is 404. What it is asked for of a merge
 * queue is added to `sent`.
 */
export function answering(
  shown: Shown,
  later: Shown = {},
  sent: Sent[] = [],
): (asked: Asked) => Answer | Promise<Answer> {
  let now = shown;
  let standing = standingIn(now);
  const becomeLater = (): void => {
    now = merged(shown as Values, later as Values) as Shown;
    standing = standingIn(now);
  };
  const change = (what: Sent): void => {
    sent.push(what);
    becomeLater();
    if (shown.queueRefuses !== undefined) throw new FieldError("UNPROCESSABLE", shown.queueRefuses);
  };
  return (asked) => {
    const full = decodeURIComponent(asked.path);
    const path = full.split("?")[0] ?? "";
    const at = path.replace("/repos/acme/shop/", "");
    const own = now.answers?.find((each) => path.endsWith(each.path) || full.endsWith(each.path));
    if (asked.method === "PUT") becomeLater();
    if (own !== undefined) return ownAnswer(own);
    if (at.endsWith("/graphql"))
      return now.graphQlUsedUp ? usedUp : byGraphQl(asked, standing, { isGone: isIssueGone(now), change });
    return byRest(asked, at, standing) ?? { status: 404, body: { message: "Not Found" } };
  };
}

function ownAnswer({ status = 200, body = {}, times }: NonNullable<Shown["answers"]>[number]): Answer {
  return { status, body: times === undefined ? (body as object) : String(body).repeat(times) };
}

/** Until its reset in the year 2286. */
const usedUp: Answer = {
  status: 403,
  headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "9999999999" },
  body: { message: "API rate limit exceeded" },
};

/** GraphQL has no issue that REST answers otherwise. */
function isIssueGone({ answers = [] }: Shown): boolean {
  return answers.some(({ path, status = 200 }) => "issues/7".endsWith(path) && status >= 300);
}

async function byGraphQl(
  { body }: Asked,
  standing: Standing,
  { isGone, change }: { readonly isGone: boolean; readonly change: (what: Sent) => void },
): Promise<Answer> {
  const { query, variables = {}, operationName } = body as unknown as GraphqlRequest;
  const toQueue = (what: Sent) =>
    new Field(["input"], () => {
      change(what);
      return { mergeQueueEntry: { id: "MQE_1" } };
    });
  const mutation = { enqueuePullRequest: toQueue("enqueue"), dequeuePullRequest: toQueue("dequeue") };
  const roots = { query: { repository: repositoryNode(standing, { isGone }) }, mutation };
  return { body: (await answerGraphql({ query, variables, operationName }, roots)) as object };
}

function byRest(asked: Asked, at: string, standing: Standing): Answer | undefined {
  const { pull, issue, rules, branch, protection, events, files, commits, others, compare, agentConfig } = standing;
  if (asked.method === "PUT" && at === "pulls/9/merge") return { body: { sha: "m1", merged: true, message: "" } };
  if (asked.method === "POST" || asked.method === "PATCH") return { status: 201, body: { id: 1 } };
  const bodies: Readonly<Record<string, unknown>> = {
    "/user": { login: "merge-gate[bot]" },
    "/repos/acme/shop": { ...repository, ...standing.repository },
    "issues/7": issue,
    pulls: others.map(otherAnswer),
    ...Object.fromEntries(others.flatMap(listsOfOther)),
    "pulls/9": pull,
    "pulls/9/reviews": standing.reviews.map((review, index) => reviewAnswer(review, index, pull.head.sha)),
    "pulls/9/commits": commits.map(commitAnswer),
    "pulls/9/files": files.map(fileAnswer),
    "issues/9/events": events.map(eventAnswer),
    activity: standing.pushes.map(pushAnswer),
    "rules/branches/main": rules,
    "branches/main": branch,
    ...(Object.keys(protection).length === 0 ? {} : { "branches/main/protection": protection }),
    ...(agentConfig === null ? {} : { "contents/.rig-agent.yaml": agentConfig }),
  };
  if (at in bodies) return paged(asked, bodies[at] as object);
  if (at.startsWith("rules/branches/")) return { body: [] };
  if (/^branches\/.+\/protection$/.test(at)) return { status: 404, body: { message: "Branch not protected" } };
  if (at.startsWith("branches/")) return { body: { protected: false } };
  if (at.startsWith("compare/")) {
    // Rows have the comparison of the head with its base; from the base to the head each lacks what the other has more.
    const { ahead_by: behind_by, behind_by: ahead_by } = compare;
    const isToHead = at.startsWith("compare/b1...");
    return compared(asked, isToHead ? { ...compare, ahead_by, behind_by } : compare, files);
  }
  if (/^issues\/\d+\/events$|^pulls\/\d+\/reviews$/.test(at)) return { body: [] };
  const login = /^collaborators\/(.*)\/permission$/.exec(at)?.[1] ?? /^\/users\/(.*)$/.exec(at)?.[1];
  return login === undefined ? undefined : personAnswer(login, at, standing);
}

/** One page of a list, with the address of the next one, as GitHub pages it. */
function paged({ path, headers: { host } }: Asked, body: object): Answer {
  if (!Array.isArray(body)) return { body };
  const asked = new URL(path, "http://127.0.0.1").searchParams;
  const [size, page] = [Number(asked.get("per_page") ?? 30), Number(asked.get("page") ?? 1)];
  const next = `<http://${host}${path.split("?")[0]}?per_page=${size}&page=${page + 1}>; rel="next"`;
  const headers = page * size < body.length ? { link: next } : {};
  return { body: body.slice((page - 1) * size, page * size), headers };
}

function personAnswer(login: string, at: string, { permissions }: Standing): Answer | undefined {
  const known = [...people, untold].find(({ account }) => account?.login === login);
  if (at.startsWith("/users/")) return known?.account == null ? undefined : { body: known.account };
  const permission = permissions[login] ?? known?.permission ?? null;
  return permission === null ? undefined : { body: { permission, user: accountOf(login) } };
}

function pushAnswer({ head: after, by, at: timestamp = time }: Standing["pushes"][number]) {
  return { after, timestamp, activity_type: "push", ref: "refs/heads/feature/issue-7", actor: accountOf(by) };
}

function listsOfOther({ number, events = [], reviews = [] }: Other): readonly [string, readonly object[]][] {
  const given = reviews.map((review, index) => reviewAnswer(review, 1_000 * number + index, `h${number}`));
  return [
    [`issues/${number}/events`, events.map(eventAnswer)],
    [`pulls/${number}/reviews`, given],
  ];
}

type Other = Standing["others"][number];

type File = Standing["files"][number];

function linesOf({ additions = 1, lines }: File): readonly string[] {
  return lines ?? Array.from({ length: additions }, (_, line) => `line ${line}`);
}

function fileAnswer(file: File) {
  const { filename, from, deletions = 0, patch = true } = file;
  const status = file.status ?? (from === undefined ? "modified" : "renamed");
  const added = linesOf(file);
  const counts = { additions: added.length, deletions, changes: added.length + deletions, sha: "f1" };
  return {
    filename,
    status,
    ...counts,
    ...(from && { previous_filename: from }),
    ...(patch && { patch: hunkOf(file) }),
  };
}

function hunkOf(file: File): string {
  const added = linesOf(file);
  const removed = Array.from({ length: file.deletions ?? 0 }, (_, line) => `-old ${line}`);
  const range = `@@ -1,${removed.length} +1,${added.length} @@`;
  return [range, ...removed, ...added.map((line) => `+${line}`)].join("\n");
}

/** The comparison as JSON, or as the diff of the files where a diff is asked for. */
function compared({ headers }: Asked, compare: Values, files: readonly File[]): Answer {
  if (headers.accept?.includes("diff") !== true) return { body: { ...compare, files: files.map(fileAnswer) } };
  return { body: files.map(diffOf).join("") };
}

/** The lines of a diff that name the modes of a file. */
function modesOf({ status, mode = "100644", oldMode = mode }: File): string {
  if (status === "added") return `new file mode ${mode}\n`;
  if (status === "removed") return `deleted file mode ${mode}\n`;
  return oldMode === mode ? "" : `old mode ${oldMode}\nnew mode ${mode}\n`;
}

function diffOf(file: File): string {
  const { filename, from = filename, patch = true, status, mode = "100644", oldMode = mode } = file;
  const moved = from === filename ? "" : `rename from ${from}\nrename to ${filename}\n`;
  const begin = `diff --git a/${from} b/${filename}\n${modesOf(file)}${moved}index 1111111..2222222${oldMode === mode ? ` ${mode}` : ""}\n`;
  if (!patch) return `${begin}Binary files a/${from} and b/${filename} differ\n`;
  const [before, after] = [
    status === "added" ? "/dev/null" : `a/${from}`,
    status === "removed" ? "/dev/null" : `b/${filename}`,
  ];
  return `${begin}--- ${before}\n+++ ${after}\n${hunkOf(file)}\n`;
}
