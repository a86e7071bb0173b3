import { expect, test } from "vitest";
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

test.each(ofIssue)("%s that is told while the last look asks GitHub holds the merge", async (_, fact) => {
  const asking = () => asked().filter((path) => path?.endsWith("/graphql") === true).length;
  await lookAt(plain);
  const ofOneLook = asking() / 2;
  let isTold = false;
  const { appended } = await lookAt(async (request) => {
    if (!isTold && asking() > ofOneLook) {
      isTold = true;
      await tell(fact);
    }
    return plain(request);
  });
  expect([isTold, appended]).toEqual([true, ["MERGE_REQUESTED", "MERGE_FAILED"]]);
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
