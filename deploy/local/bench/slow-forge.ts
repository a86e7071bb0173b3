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
  close(): Promise<void>;
}

/**
 * Starts a forge whose every issue is open and labelled, and whose every pull request is open, of `feature/issue-<number>`, mergeable and
 * without a check. `answerMs` may change while it runs: it is read for each request.
 */
export async function startSlowForge(pace: { answerMs: number }): Promise<SlowForge> {
  const server = createRawHttpServer({ bodyBytesMax: 1024 * 1024 });
  let answered = 0;
  server.all("/*", async (request, reply) => {
    await wait(pace.answerMs);
    answered += 1;
    const path = request.url.split("?")[0] ?? "";
    const answer = path.endsWith("/graphql") ? answerToQuery(String(request.body)) : answerTo(path);
    if (answer === undefined)
      console.error(`The forge of the bench has no answer to ${request.method} ${request.url}: give it one.`);
    return answer === undefined ? reply.code(404).send({ message: "Not Found" }) : reply.send(answer);
  });
  return { url: await listen(server, { port: 0 }), answered: () => answered, close: () => server.close() };
}

function answerTo(path: string): unknown {
  if (path === "/user") return { login: "rig-bench" };
  const place = /^\/repos\/[^/]+\/[^/]+\/(.*)$/.exec(path)?.[1] ?? "";
  if (place === "contents/.rig-agent.yaml") return "stack: node\n";
  if (/^collaborators\/[^/]+\/permission$/.test(place)) return { permission: "write", user: { type: "User" } };
  if (/^issues\/\d+$/.test(place)) return labelledIssue(path);
  if (/^commits\/[^/]+\/check-runs$/.test(place)) return { total_count: 0, check_runs: [] };
  if (/^commits\/[^/]+\/status$/.test(place)) return { state: "pending", total_count: 0, statuses: [] };
  if (/^rules\/branches\/[^/]+$/.test(place)) return [];
  if (/^compare\//.test(place)) return comparison;
  if (/^branches\/[^/]+$/.test(place)) return { name: "main", protected: false };
  return /^pulls(?:\/\d+\/files)?$/.test(place) ? [] : undefined;
}

const emptyList = { nodes: [], totalCount: 0, pageInfo: { hasNextPage: false, endCursor: null } };

/** What GraphQL answers: nothing is required, and nothing reported. The query names its pull request. */
function answerToQuery(body: string) {
  const { variables } = JSON.parse(body) as { readonly variables: { readonly number: number } };
  return { data: { repository: { ...repositoryNode, pullRequest: pullNode(variables.number) } } };
}

const repositoryNode = {
  ...{ owner: { login: "acme" }, defaultBranchRef: { name: "main" }, mergeQueue: null, ref: { refUpdateRule: null } },
  ...{ databaseId: 1, mergeCommitAllowed: true, squashMergeAllowed: true, rebaseMergeAllowed: true },
  object: { statusCheckRollup: null, checkSuites: emptyList },
};

function pullNode(number: number) {
  return {
    ...{ number, state: "OPEN", isDraft: false, title: "Bench", baseRefName: "main", isCrossRepository: false },
    body: pullRequestBody("", { issueNumber: number, epoch: 1 }),
    ...{ headRefName: `feature/issue-${number}`, headRefOid: `head-of-${number}`, changedFiles: 0, updatedAt: "" },
    ...{ mergeable: "MERGEABLE", mergeStateStatus: "CLEAN", reviewDecision: null, labels: { nodes: [] } },
    ...{ merged: false, mergedAt: null, mergedBy: null, mergeCommit: null },
    author: { __typename: "Bot", login: "dev-e" },
    ...{ closingIssuesReferences: emptyList, reviewThreads: emptyList, reviews: emptyList },
    ...{ commits: emptyList, timelineItems: emptyList },
  };
}

/** The head has all that its base has. */
const comparison = { ahead_by: 0, behind_by: 1, total_commits: 0, commits: [], merge_base_commit: { sha: "base" } };

/** An open issue with the label, as `labelOf` of the contracts has it. */
function labelledIssue(path: string) {
  const repository_url = path.replace(/\/issues\/\d+$/, "");
  return { state: "open", title: "Sell more", body: null, labels: [{ name: readyLabel }], repository_url };
}
