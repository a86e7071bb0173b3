import { describe, expect, test } from "vitest";
import type { Remarks } from "#kit/github/remarks.ts";
import { objectionAmong } from "./objections.ts";

const wendy = { login: "wendy", type: "User" };
const app = { login: "linter[bot]", type: "Bot" };
const review = { key: "review/1/t", by: wendy, text: "Not yet.", objects: true, headSha: "h1" };
const comment = { key: "comment/1/t", by: wendy, text: "@rig-dev-e rename it", headSha: "" };
const head = { prNumber: 9, headSha: "h1", agents: ["rig-dev-e[bot]"], read: [] as readonly string[] };

const among = (remarks: Partial<Omit<Remarks, "listed">>, more: Partial<typeof head> = {}) =>
  objectionAmong({ reviews: [], threads: [], comments: [], ...remarks }, { ...head, ...more })?.reason ?? null;

describe("a review that asks for changes", () => {
  const against = "wendy asked for changes";
  test("to the head is an objection", () => {
    expect(objectionAmong({ reviews: [review], threads: [], comments: [] }, head)).toEqual({
      prNumber: 9,
      headSha: "h1",
      reason: against,
    });
  });

  test("of a person to an earlier head is one until a run has read it", () => {
    expect(among({ reviews: [review] }, { headSha: "h2" })).toBe(against);
    expect(among({ reviews: [review] }, { headSha: "h2", read: [review.key] })).toBeNull();
  });

  test("of an appointed App counts for its own head alone, because it reviews each one", () => {
    expect(among({ reviews: [{ ...review, by: app }] })).toBe("linter[bot] asked for changes");
    expect(among({ reviews: [{ ...review, by: app }] }, { headSha: "h2" })).toBeNull();
  });

  test("of the rig's own reviewer is left to its fact", () => {
    expect(among({ reviews: [{ ...review, by: app, text: "No.\n\n<!-- rig:review h1 -->" }] })).toBeNull();
  });
});

describe("a mention of the agent", () => {
  const mentioned = "wendy mentioned the agent";
  const text = "@rig-dev-e rename it";
  test.each<[string, Partial<Remarks>]>([
    ["in the conversation", { comments: [comment] }],
    ["on a line of the diff", { threads: [{ path: "a.js", line: 3, comments: [comment] }] }],
    ["in a review that asks for nothing", { reviews: [{ ...review, objects: false, text }] }],
  ])("%s is an objection until a run has read it", (_where, remarks) => {
    expect(among(remarks)).toBe(mentioned);
    expect(among(remarks, { read: [comment.key, review.key] })).toBeNull();
  });

  test("by an App is none", () => {
    expect(among({ comments: [{ ...comment, by: app }] })).toBeNull();
  });

  test("of somebody else is none, and neither is a remark without one", () => {
    expect(among({ comments: [{ ...comment, text: "@rig-review-e look" }] })).toBeNull();
    expect(among({ comments: [{ ...comment, text: "Nice." }] })).toBeNull();
  });
});
