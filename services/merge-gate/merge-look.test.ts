import { expect, test } from "vitest";
import type { Fact } from "#contracts/envelope.ts";
import { gitHubTopic } from "#contracts/events/fleet.ts";
import { labelOf } from "#contracts/test-facts.ts";
import { reviewBy, writer } from "#kit/github/test-people.ts";
import { approval, change, gitHubWith, playGate, told } from "./test-played.ts";

const { lookAt, asked, appendedUntil, tell } = playGate();

const plain = gitHubWith({});
const later: readonly (readonly [string, ReturnType<typeof gitHubWith>])[] = [
  ["a person's objection", gitHubWith({ reviews: [approval, reviewBy(writer, { id: 2 })] })],
  ["the label manual-merge", gitHubWith({ pull: { labels: [{ name: "manual-merge" }] } })],
  ["the closing of the issue", gitHubWith({ issue: { state: "closed" } })],
  ["another head", gitHubWith({ pull: { head: { sha: "h2", ref: "feature/issue-7", repo: { id: 1 } } } })],
];

test.each(later)("%s that GitHub shows only after the evaluation holds the merge", async (_, answer) => {
  const asking = () => asked().filter((path) => path?.endsWith("/graphql") === true).length;
  await lookAt(plain);
  const ofOneLook = asking() / 2;
  const { appended } = await lookAt((request) => (asking() > ofOneLook ? answer : plain)(request));
  expect(appended).toEqual(["MERGE_REQUESTED", "MERGE_FAILED"]);
});

const now = new Date().toISOString();

const ofIssue = [
  ["the closing of the issue", told("ISSUE_CLOSED", { sender: "ada", stateReason: null, updatedAt: now })],
  ["the label set again", told("ISSUE_LABELED", { ...labelOf(), updatedAt: now })],
] as const;

/** The gate's look, where these facts are told before GitHub's last answer of GraphQL, and these before its answer about a stranger. */
async function tellingAtLast(facts: readonly Fact[], ofStranger: readonly Fact[] = []) {
  const asking = () => asked().filter((path) => path?.endsWith("/graphql") === true).length;
  await lookAt(plain);
  const all = asking();
  let left = facts;
  const { appended, error } = await lookAt(async (request) => {
    const told = request.path.includes("/mallory/") ? ofStranger : asking() === all ? left : [];
    if (told === left) left = [];
    for (const fact of told) await tell(fact);
    return plain(request);
  });
  expect([all > 0, left]).toEqual([true, []]);
  return [appended, error?._tag];
}

test.each(ofIssue)("%s that is told while the last look asks GitHub holds the merge", async (_, fact) => {
  expect(await tellingAtLast([fact])).toEqual([["MERGE_REQUESTED", "MERGE_FAILED"], "Retryable"]);
});

test("a request that another gate withdraws while the last look asks GitHub is not merged, and is looked at again", async () => {
  const withdrawn = told("MERGE_FAILED", {
    prNumber: 9,
    headSha: "h1",
    reason: "the gate closed again",
    details: null,
  });
  // Of the two facts the second one is the other gate's.
  expect(await tellingAtLast([withdrawn])).toEqual([["MERGE_REQUESTED", "MERGE_FAILED"], "Retryable"]);
});

const comment = { commentId: 3, where: "diff", body: null, author: "wendy" } as const;
const deletedBy = { login: "rig-dev-e[bot]", type: "Bot" } as const;

test("a comment that an agent deletes while GitHub is asked holds the merge", async () => {
  const both = [
    told("PR_COMMENTED", { ...comment, action: "created" }),
    told("PR_COMMENTED", { ...comment, action: "deleted", deletedBy }, -1),
  ];
  expect(await tellingAtLast(both)).toEqual([["MERGE_REQUESTED", "MERGE_FAILED"], "Retryable"]);
});

test("a freeze that is told after GitHub's other answers holds the merge", async () => {
  const frozen = told("MERGES_FROZEN", { owner: "acme", repo: "shop", branch: "main", reason: "", person: "ada" });
  const ofStranger = told("PR_COMMENTED", { ...comment, author: "mallory", action: "created" });
  expect(await tellingAtLast([ofStranger], [frozen])).toEqual([["MERGE_REQUESTED", "MERGE_FAILED"], "Retryable"]);
});

test("a freeze of the name that the repository had before holds the merge", async () => {
  const frozen = told("MERGES_FROZEN", { owner: "acme", repo: "store", branch: null, reason: "", person: "ada" }, 2);
  const name = { owner: "acme", repo: "shop" };
  const moved = { ...told("REPOSITORY_MOVED", { fromOwner: "acme", fromRepo: "store", ...name }), on: gitHubTopic };
  const { verdict, appended } = await lookAt(plain, { facts: [frozen, moved] });
  expect([appended, verdict?.checks.flatMap(({ hold }) => hold ?? [])]).toEqual([[], ["frozen"]]);
});

test.each(ofIssue)(
  "%s that is told right after the request holds the merge, and is looked at again",
  async (_, fact) => {
    const { appended, error } = await lookAt(plain, { after: [fact] });
    expect([appended, error]).toMatchObject([["MERGE_REQUESTED", "MERGE_FAILED"], { _tag: "Retryable" }]);
  },
);

const objection = { reviewId: 2, headSha: "h1", state: "changes_requested", reviewer: "wendy" } as const;
test.each([
  ["a person's objection", told("REVIEW_SUBMITTED", { ...objection, reviewerType: "User" })],
  ["the label manual-merge", told("PR_EDITED", { ...change, updatedAt: now, labels: ["manual-merge"] })],
  ["a closing", told("PR_CLOSED", { ...change, updatedAt: now, merged: false, mergeSha: null, sender: "ada" })],
])("%s that is told right after the request is waited for before the merge", async (_, fact) => {
  const { types, error } = await appendedUntil(fact);
  expect([types, error]).toMatchObject([["MERGE_REQUESTED"], { _tag: "Retryable" }]);
});

test("the verdict is posted after the merge", async () => {
  await lookAt(plain);
  const merged = asked().findIndex((path) => path?.endsWith("/merge") === true);
  expect(asked().findIndex((path) => path?.includes("check-runs") === true)).toBeGreaterThan(merged);
});
