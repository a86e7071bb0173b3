import { setTimeout as wait } from "node:timers/promises";
import { readyLabel } from "#contracts/labels.ts";
import { pullRequestBody } from "#contracts/pull-request-body.ts";
import { createRawHttpServer, listen } from "#kit/process/http.ts";

/** A forge that answers what the dispatcher and the merge gate ask, each answer after the same time. It keeps nothing. */
export interface SlowForge {
  /** The base URL of its REST API. */
  readonly url: string;
  /** Requests that it answered. */
  readonly answered: () => number;
  /** Of them, those that show the gate's verdict. */
  readonly answeredOfVerdicts: () => number;
  close(): Promise<void>;
}

/**
 * Starts a forge whose every issue is open and labelled, and whose every pull request is open, of `feature/issue-<number>`, mergeable,
 * green and not approved yet. `answerMs` may change while it runs: it is read for each request.
 */
export async function startSlowForge(pace: { answerMs: number }): Promise<SlowForge> {
  const server = createRawHttpServer({ bodyBytesMax: 1024 * 1024 });
  let [answered, ofVerdicts] = [0, 0];
  server.all("/*", async (request, reply) => {
    await wait(pace.answerMs);
    answered += 1;
    const path = request.url.split("?")[0] ?? "";
    if (path.endsWith("/check-runs")) ofVerdicts += 1;
    const answer = path.endsWith("/graphql")
      ? answerToQuery(String(request.body))
      : answerTo(path, String(request.headers.accept));
    if (answer === undefined)
      console.error(`The forge of the bench has no answer to ${request.method} ${request.url}: give it one.`);
    return answer === undefined ? reply.code(404).send({ message: "Not Found" }) : reply.send(answer);
  });
  const url = await listen(server, { port: 0 });
  return { url, answered: () => answered, answeredOfVerdicts: () => ofVerdicts, close: () => server.close() };
}

function answerTo(path: string, accept: string): unknown {
  if (path === "/user") return { login: "rig-bench" };
  const place = /^\/repos\/[^/]+\/[^/]+\/(.*)$/.exec(path)?.[1] ?? "";
  if (place === "contents/.rig-agent.yaml") return "stack: node\n";
  if (/^collaborators\/[^/]+\/permission$/.test(place)) return { permission: "write", user: { type: "User" } };
  if (/^issues\/\d+$/.test(place)) return labelledIssue(path);
  if (/^commits\/[^/]+\/check-runs$/.test(place)) return { total_count: 0, check_runs: [] };
  if (/^commits\/[^/]+\/status$/.test(place)) return { state: "pending", total_count: 0, statuses: [] };
  if (place === "check-runs") return { id: 1 };
  if (/^rules\/branches\/[^/]+$/.test(place)) return [];
  if (/^compare\//.test(place)) return accept.includes("diff") ? diff : comparison;
  if (/^branches\/[^/]+$/.test(place)) return { name: "main", protected: false };
  return undefined;
}

const emptyList = { nodes: [] as readonly object[], totalCount: 0, pageInfo: { hasNextPage: false, endCursor: null } };

/** What GraphQL answers. The query names its pull request, which has the number of its issue. */
function answerToQuery(body: string) {
  const { variables } = JSON.parse(body) as { readonly variables: { readonly number: number } };
  const pullRequests = { ...emptyList, nodes: [] };
  const issue = { state: "OPEN", title: "Sell more", body: "", labels: { nodes: [{ name: readyLabel }] } };
  const repository = { nameWithOwner: "acme/shop" };
  const node = {
    ...repositoryNode,
    pullRequests,
    above: emptyList,
    issue: { ...issue, repository },
    pullRequest: pullNode(variables.number),
  };
  return { data: { repository: node } };
}

const repositoryNode = {
  ...{ owner: { login: "acme" }, defaultBranchRef: { name: "main" } },
  ...{ databaseId: 1, mergeCommitAllowed: true, squashMergeAllowed: true, rebaseMergeAllowed: true },
};

/** A head with one green check, one commit and one review, whose base requires nothing. It waits for its approval. */
function pullNode(number: number) {
  const oid = `head-of-${number}`;
  const rules = { mode: 0o100644, object: { text: "stack: node\n", isTruncated: false } };
  const review = { fullDatabaseId: String(number), state: "COMMENTED", body: "", submittedAt: "2026-01-02T03:04:05Z" };
  return {
    ...{
      id: `PR_${number}`,
      number,
      state: "OPEN",
      isDraft: false,
      title: "Bench",
      baseRefName: "main",
      isCrossRepository: false,
    },
    body: pullRequestBody("", { issueNumber: number, epoch: 1 }),
    ...{ headRefName: `feature/issue-${number}`, headRefOid: oid, changedFiles: 1, updatedAt: "" },
    ...{ mergeable: "MERGEABLE", mergeStateStatus: "CLEAN", reviewDecision: null, labels: { nodes: [] } },
    ...{ merged: false, mergedAt: null, mergedBy: null, mergeCommit: null },
    ...{ mergeQueue: null, isInMergeQueue: false, mergeQueueEntry: null },
    author: { __typename: "Bot", login: "dev-e" },
    baseRef: {
      ...{ below: emptyList, refUpdateRule: null },
      target: { oid: "base", baseRollup: { state: "SUCCESS" }, rules },
    },
    lastCommit: { nodes: [{ commit: { oid, twins: emptyList, ...reported } }] },
    commits: listOf({ commit: { oid, message: "Sell more", signature: null, ...byAgent } }),
    reviewRequests: emptyList,
    reviews: listOf({ ...review, commit: { oid }, author: { __typename: "Bot", login: "rig-review-e" } }),
    ...{ closingIssuesReferences: emptyList, reviewThreads: emptyList, timelineItems: emptyList },
  };
}

/** Whom GitHub shows with a commit of an App: it has no account there. */
const agent = { email: "1+dev-e[bot]@users.noreply.github.com", user: null };
const byAgent = { parents: listOf({ oid: "base" }), authors: listOf(agent), committer: agent };

function listOf(node: object) {
  return { ...emptyList, nodes: [node], totalCount: 1 };
}

const app = { databaseId: 1, slug: "github-actions" };
const ended = { status: "COMPLETED", conclusion: "SUCCESS" };
const run = {
  __typename: "CheckRun",
  databaseId: 1,
  name: "test",
  ...ended,
  startedAt: null,
  externalId: "",
  isRequired: false,
};
const suite = { databaseId: 1, ...ended, app, checkRuns: { totalCount: 1 }, workflowRun: null };
const reported = {
  statusCheckRollup: { contexts: listOf({ ...run, checkSuite: { app } }) },
  checkSuites: listOf(suite),
};

/** The head has all that its base has, and one line more. */
const file = {
  filename: "shop.js",
  status: "modified",
  additions: 1,
  deletions: 0,
  patch: "@@ -0,0 +1 @@\n+1;",
  sha: "b",
};
const base = { sha: "base" };
const comparison = { ahead_by: 1, behind_by: 0, merge_base_commit: base, base_commit: base, files: [file] };
const diff = `diff --git a/shop.js b/shop.js
index 1111111..2222222 100644
--- a/shop.js
+++ b/shop.js
@@ -0,0 +1 @@
+1;
`;

/** An open issue with the label, as `labelOf` of the contracts has it. */
function labelledIssue(path: string) {
  const repository_url = path.replace(/\/issues\/\d+$/, "");
  return { state: "open", title: "Sell more", body: null, labels: [{ name: readyLabel }], repository_url };
}
