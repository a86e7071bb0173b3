import { expect, test } from "vitest";
import { playGate, told } from "./test-played.ts";
import { answering, type Sent } from "./test-situation-github.ts";

// A base with a merge queue, where GitHub does not tell all, or does not answer or do what the gate asks.

const { lookAt } = playGate();
type Answering = ReturnType<typeof answering>;
type Shown = Parameters<typeof answering>[0];

const rules = [{ type: "merge_queue", parameters: { merge_method: "MERGE" } }];
const of = { prNumber: 9, headSha: "h1" };
const inQueue = [told("MERGE_REQUESTED", of, 300_000), told("MERGE_QUEUED", of, 240_000)];
const frozen = told("MERGES_FROZEN", { owner: "acme", repo: "shop", branch: "main", reason: "", person: "ada" });

/** GitHub of a base with a merge queue, and what the gate asked of that. */
function withQueue(shown: Shown) {
  const sent: Sent[] = [];
  return { sent, answer: answering({ rules, ...shown }, {}, sent) };
}

interface WithPull {
  readonly data?: { readonly repository: { readonly pullRequest?: object } };
}

/** The same GitHub, which counts a review thread and does not show it. */
function withThreadUnseen(answer: Answering): Answering {
  const reviewThreads = { nodes: [null], totalCount: 1, pageInfo: { hasNextPage: false, endCursor: null } };
  return async (asked) => {
    const given = await answer(asked);
    const { repository } = (given.body as WithPull).data ?? {};
    if (repository?.pullRequest === undefined) return given;
    const pullRequest = { ...repository.pullRequest, reviewThreads };
    return { ...given, body: { data: { repository: { ...repository, pullRequest } } } };
  };
}

test("a freeze takes a change out of the queue, also while GitHub does not show all of its threads", async () => {
  const { sent, answer } = withQueue({ queued: { by: "gate" } });
  const { appended, error } = await lookAt(withThreadUnseen(answer), { facts: [...inQueue, frozen] });
  expect([sent, appended, error?._tag]).toEqual([
    ["dequeue"],
    ["MERGE_REQUESTED", "MERGE_QUEUED", "MERGE_FAILED"],
    "Retryable",
  ]);
});

test("what GitHub has still to tell takes no change out of the queue", async () => {
  const { sent, answer } = withQueue({ queued: { by: "gate" } });
  const { appended, error } = await lookAt(withThreadUnseen(answer), { facts: inQueue });
  expect([sent, appended, error?._tag]).toEqual([[], ["MERGE_REQUESTED", "MERGE_QUEUED"], "Retryable"]);
});

test("a person is asked of what is held for too long, also where GitHub does not take it out of the queue", async () => {
  const hours9 = 9 * 3_600_000;
  const since = new Date(Date.now() - hours9).toISOString();
  const checks = [{ name: "review", hold: "not-approved", passed: false, why: "told before", since } as const];
  const before = told("GATE_EVALUATED", { headSha: "h1", passed: false, checks, threads: [] }, hours9);
  const { sent, answer } = withQueue({ queued: { by: "gate" }, reviews: [], queueRefuses: "no" });
  const { appended, error } = await lookAt(answer, { facts: [before] });
  expect([sent, appended, error?._tag]).toEqual([["dequeue"], ["GATE_OVERDUE"], "Retryable"]);
});

test("a change is put into the queue once, and looked at again before it is asked for a second time", async () => {
  const { sent, answer } = withQueue({});
  const { appended, error } = await lookAt(async (asked) => {
    const given = await answer(asked);
    return JSON.stringify(asked.body ?? "").includes("enqueuePullRequest") ? { status: 502, body: "" } : given;
  });
  expect([sent, appended, error?._tag]).toEqual([["enqueue"], ["MERGE_REQUESTED"], "Retryable"]);
});
