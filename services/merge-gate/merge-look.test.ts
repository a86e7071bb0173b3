import { expect, test } from "vitest";
import { reviewBy, writer } from "#kit/github/test-people.ts";
import { approval, change, gitHubWith, playGate, told } from "./test-played.ts";

const { lookAt, asked, appendedUntil } = playGate();

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
const objection = { reviewId: 2, headSha: "h1", state: "changes_requested", reviewer: "wendy" } as const;
test.each([
  ["a person's objection", told("REVIEW_SUBMITTED", { ...objection, reviewerType: "User" })],
  ["the label manual-merge", told("PR_EDITED", { ...change, updatedAt: now, labels: ["manual-merge"] })],
  ["a closing", told("PR_CLOSED", { ...change, updatedAt: now, merged: false, mergeSha: null, sender: "ada" })],
])("%s that is told right after the request is waited for before the merge", async (_, fact) => {
  const { types, error } = await appendedUntil(fact);
  expect([types, error]).toMatchObject([["MERGE_REQUESTED"], { _tag: "Retryable" }]);
});

test("the verdict is posted after the merge, and nothing is read between the last look and the merge", async () => {
  await lookAt(plain);
  const merged = asked().findIndex((path) => path?.endsWith("/merge") === true);
  expect(asked().findIndex((path) => path?.includes("check-runs") === true)).toBeGreaterThan(merged);
});
