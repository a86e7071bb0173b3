import { describe, expect, test } from "vitest";
import type { DataOf, FactType } from "#contracts/catalogue.ts";
import { emptyText } from "#contracts/test-facts.ts";
import { outsider, type Person, reviewBy, type Standing, threadBy, writer } from "#kit/github/test-people.ts";
import { approval, change, green, type More, merges, playGate, told } from "./test-played.ts";

// What the gate does while GitHub does not show yet, or not any more, what it told of. GitHub is played, the bus is in memory.

const { appendedAfter } = playGate();

/** One fact, told at any time. */
type Telling = (ageMs: number) => ReturnType<typeof told>;
const tell =
  <Type extends FactType>(type: Type, data: DataOf<Type>) =>
  (ageMs: number) =>
    told(type, data, ageMs);

const updatedAt = "2026-01-02T03:04:05Z";
const review = { reviewId: 2, headSha: "h1", state: "changes_requested" } as const;
const reviewOf = ({ account }: Person, more: Partial<DataOf<"REVIEW_SUBMITTED">> = {}) =>
  tell("REVIEW_SUBMITTED", { ...review, reviewer: account?.login ?? "", reviewerType: "User", ...more });
const comment = { commentId: 3, action: "created", where: "diff", body: null } as const;
const commentOf = ({ account }: Person, more: Partial<DataOf<"PR_COMMENTED">> = {}) =>
  tell("PR_COMMENTED", { ...comment, author: account?.login ?? "", ...more });
const suite = { headSha: "h1", suiteId: 4 };
const status = { headSha: "h1", context: "ci" };
const edited = (more: Partial<DataOf<"PR_EDITED">>) => tell("PR_EDITED", { ...change, updatedAt, ...more });
const closed = tell("PR_CLOSED", { ...change, updatedAt, merged: false, mergeSha: null, sender: "ada" });
const verdict = tell("REVIEW_PASSED", { claimId: "r1", headSha: "h1", reviewId: 2, summary: emptyText });
const thread = threadBy([writer]);
const [node] = thread.comments.nodes;
const threads = [{ ...thread, comments: { nodes: [{ ...node, fullDatabaseId: "3" }] } }];

describe("what GitHub told of and does not show yet is asked for again for a minute, and nothing is merged before:", () => {
  test.each<[string, Telling, (Standing & More)?]>([
    ["the dismissal of the approval by a person", reviewOf(writer, { reviewId: 1, state: "dismissed" })],
    ["a person's objection", reviewOf(writer)],
    ["a person's thread", commentOf(writer)],
    ["the label manual-merge", edited({ labels: ["manual-merge"] })],
    ["the label manual-merge, set in the second that is shown", edited({ labels: ["Manual-Merge"], draft: false })],
    ["a draft", edited({ draft: true })],
    ["another title", edited({ updatedAt: "2026-01-02T03:04:06Z" })],
    ["a closing", closed],
    ["the failure of a suite whose checks are shown as green", tell("CI_FAILED", { ...suite, conclusion: "failure" })],
    [
      "the failure of a suite of which no check is shown",
      tell("CI_FAILED", { ...suite, suiteId: 6, conclusion: "failure" }),
    ],
    [
      "a failed commit status",
      tell("STATUS_REPORTED", { ...status, state: "failure" }),
      { statuses: [{ context: "ci", state: "success" }] },
    ],
  ])("%s", async (_, telling, shown = {}) => {
    const looked = appendedAfter([telling(50_000)], shown);
    await expect(looked).rejects.toMatchObject({ _tag: "Retryable", delayMs: 15_000 });
    expect(await appendedAfter([telling(60_001)], shown)).toEqual(merges);
  });

  test.each<[string, Telling, Standing & More]>([
    ["the end of a thread", tell("THREAD_RESOLVED", { threadId: "T1", sender: "ada" }), { threads }],
    ["the deletion of a comment", commentOf(writer, { action: "deleted" }), { threads }],
    ["that a suite passed", tell("CI_PASSED", suite), { checks: [{ ...green, conclusion: null }] }],
    [
      "that a commit status passed",
      tell("STATUS_REPORTED", { ...status, state: "success" }),
      { statuses: [{ context: "ci", state: "pending" }] },
    ],
    ["that it is no draft any more", edited({ draft: false }), { pull: { draft: true } }],
    ["that it is open again", tell("PR_REOPENED", { ...change, updatedAt }), { pull: { state: "closed" } }],
  ])("%s, for which a merge would wait", async (_, telling, shown) => {
    const looked = appendedAfter([telling(50_000)], shown);
    await expect(looked).rejects.toMatchObject({ _tag: "Retryable", delayMs: 15_000 });
    expect(await appendedAfter([telling(60_001)], shown)).toEqual([]);
  });
});

test("a person's objection to an earlier pull request of the issue, which GitHub does not show yet, is waited for too", async () => {
  const repo = { id: 1, owner: { login: "acme" } };
  const place = { head: { ref: "feature/issue-7", repo }, base: { ref: "main", repo }, merged_at: null };
  const others = [{ number: 8, state: "closed", labels: [], updated_at: updatedAt, ...place }];
  const objection = (ageMs: number) => {
    const fact = reviewOf(writer)(ageMs);
    return { ...fact, on: { ...fact.on, number: 8 } };
  };
  await expect(appendedAfter([objection(0)], { others })).rejects.toMatchObject({ _tag: "Retryable" });
  expect(await appendedAfter([objection(60_001)], { others })).toEqual(merges);
});

test("the review of a verdict is waited for where the verdict ended a review, and no other one's", async () => {
  const claim = { claimId: "r1", agentId: "review-e", instanceId: "i", epoch: 1, attempt: 1, headSha: "h1" };
  const claimed = tell("REVIEW_ASSIGNED", claim);
  await expect(appendedAfter([claimed(50_000), verdict(50_000)])).rejects.toMatchObject({ _tag: "Retryable" });
  expect(await appendedAfter([claimed(60_001), verdict(60_001)])).toEqual(merges);
  expect(await appendedAfter([verdict(0)])).toEqual(merges);
});

test("a list of commits from before the head holds the merge, and is asked for again", async () => {
  const commits = [{ sha: "h0", commit: { message: "Sell more" } }];
  const what = "GitHub does not list the commit h1 yet";
  await expect(appendedAfter([], { commits })).rejects.toMatchObject({ _tag: "Retryable", delayMs: 60_000, what });
});

test("what a stranger wrote, and GitHub does not show, keeps no merge waiting", async () => {
  expect(await appendedAfter([reviewOf(outsider)(0), commentOf(outsider)(0)])).toEqual(merges);
});

test("what GitHub shows as it was told is judged at once", async () => {
  const shown = { reviews: [approval, reviewBy(writer, { id: 2, state: "COMMENTED" })] };
  const facts = [
    reviewOf(writer, { state: "commented" }),
    tell("CI_PASSED", suite),
    edited({ draft: false, labels: [] }),
  ];
  expect(
    await appendedAfter(
      facts.map((telling) => telling(0)),
      shown,
    ),
  ).toEqual(merges);
  expect(await appendedAfter([commentOf(writer)(0)], { threads })).toEqual([]);
});
