import { expect, test } from "vitest";
import { headOnPage } from "#kit/github/head-checks.ts";
import type { RepositoryNode, StatusNode } from "#kit/github/head-query.ts";
import { statusNode } from "#kit/github/test-requirements.ts";
import { verdictIn } from "./shown-verdict.ts";
import { playGate, told } from "./test-played.ts";
import { answering } from "./test-situation-github.ts";

const { lookAt } = playGate();

/** What GitHub shows of the gate's verdict where somebody set it as a commit status. */
function shownBy(creator: { readonly __typename: string; readonly login: string }, gateLogin: string) {
  const pageInfo = { hasNextPage: false, endCursor: null };
  const said = { state: "PENDING", description: "Held: draft", creator: { avatarUrl: "", ...creator } };
  const nodes = [statusNode("rig/gate", said) as StatusNode];
  const object = { statusCheckRollup: { contexts: { nodes, pageInfo } }, checkSuites: { nodes: [], pageInfo } };
  const settings = { mergeCommitAllowed: true, squashMergeAllowed: true, rebaseMergeAllowed: true };
  const repository: RepositoryNode = { databaseId: 1, ...settings, mergeQueue: null, ref: null, object };
  const head = headOnPage(repository, { own: "acme/shop", lacking: [] });
  return head && verdictIn(head, gateLogin);
}

test("a commit status of the gate is its verdict, whether the gate is a user or an App, and none of somebody with its name", () => {
  const verdict = { kind: "status", mark: "pending Held: draft" };
  expect(shownBy({ __typename: "User", login: "gate" }, "gate")).toMatchObject(verdict);
  // GraphQL names the bot of an App without its `[bot]`.
  expect(shownBy({ __typename: "Bot", login: "gate" }, "gate[bot]")).toMatchObject(verdict);
  expect(shownBy({ __typename: "User", login: "gate" }, "gate[bot]")).toBeNull();
  expect(shownBy({ __typename: "Bot", login: "gate" }, "gate")).toBeNull();
});

test("a verdict that could not be posted is posted with the next look, also on a head of more checks than a page has", async () => {
  const answers = [{ path: "commits/h1/check-runs", body: { total_count: 0, check_runs: [] } }];
  const answer = answering({ manyChecks: 120, pull: { labels: ["manual-merge"] }, answers });
  const isPost = ({ method, path }: Parameters<typeof answer>[0]) => method === "POST" && path.endsWith("/check-runs");
  let posts = 0;
  const { verdict } = await lookAt((asked) => (isPost(asked) ? { status: 502, body: "" } : answer(asked)));
  const before = told("GATE_EVALUATED", { ...verdict, snapshot: null } as NonNullable<typeof verdict>);
  await lookAt(
    (asked) => {
      posts += isPost(asked) ? 1 : 0;
      return answer(asked);
    },
    { facts: [before] },
  );
  expect([verdict?.passed, posts]).toEqual([false, 1]);
});

test("a verdict is not posted over a later one", async () => {
  const answers = [{ path: "commits/h1/check-runs", body: { total_count: 0, check_runs: [] } }];
  const answer = answering({ answers });
  const posted: string[] = [];
  const play = (asked: Parameters<typeof answer>[0]) => {
    if (asked.method === "POST" && asked.path.endsWith("/check-runs")) posted.push(asked.path);
    return answer(asked);
  };
  const check = { name: "open", hold: "draft", passed: false, why: "the pull request is a draft" } as const;
  const later = told("GATE_EVALUATED", { headSha: "h1", passed: false, checks: [check], threads: [] });
  // Another gate tells it while this one merges.
  await lookAt(play, { after: [later] });
  expect(posted).toEqual([]);
  await lookAt(play);
  expect(posted).toHaveLength(1);
});
