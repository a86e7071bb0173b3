import { describe, expect, test } from "vitest";
import type { IssueLife } from "#contracts/issue-life.ts";
import { evaluateSeen } from "./evaluate.ts";
import type { ForgeState } from "./snapshot.ts";
import { approval, commitWith, failing, type Review, requiring, seen } from "./test-earned.ts";

const gate = (forge: Partial<ForgeState>, issue: Partial<IssueLife> = {}) => evaluateSeen(seen({ forge, issue }));
const holdOf = (evaluation: ReturnType<typeof gate>) => evaluation.checks.find(({ passed }) => !passed)?.hold;

const rita: Review = { ...approval, reviewer: "rita" };
const [, head] = commitWith("");
const commitBy = (...by: readonly string[]) => ({
  commits: head === undefined ? [] : [{ ...head, by }],
  commitsCount: 1,
});
const pushed = (by: string, at = "2026-01-01T10:00:00Z") => ({ pushes: [{ headSha: "h1", by: [by], at }] });

describe("the approval of an appointed reviewer counts for nothing", () => {
  test.each<[string, Partial<ForgeState>, Partial<IssueLife>?]>([
    ["who opened the pull request", { author: "rita" }],
    ["who opened it, spelled in other letters", { author: "Rita" }],
    ["who wrote, committed or co-wrote one of its commits", commitBy("dev-e[bot]", "rita")],
    ["who wrote one of its commits, spelled in other letters", commitBy("RITA")],
    ["who pushed the head", pushed("rita")],
    ["who asked an agent for the change, by the label", {}, { askedBy: ["acme", "Rita"] }],
  ])("%s", (_name, forge, issue = {}) => {
    const evaluation = gate({ reviews: [rita], ...forge }, issue);
    const nobody =
      /no appointed reviewer has approved this head|approved by rita, who wrote, pushed or asked for the change/;
    expect(failing(evaluation)).toEqual([expect.stringMatching(nobody)]);
    expect(gate({ reviews: [rita, approval], ...forge }, issue).passed).toBe(true);
  });

  test("and is named as that, for a person", () => {
    expect(holdOf(gate({ reviews: [rita], ...pushed("rita") }))).toBe("approver-involved");
  });
});

test("an approval of an account that is gone is nobody's, and takes nobody's away", () => {
  expect(holdOf(gate({ reviews: [{ ...approval, reviewer: "" }] }))).toBe("approver-involved");
  expect(gate({ author: "", reviews: [approval], ...commitBy("") }, { askedBy: [""] }).passed).toBe(true);
});

test("while GitHub does not list who pushed the approved head, nobody is taken for another one than the pusher", () => {
  const unlisted = gate({ pushes: [] });
  expect(failing(unlisted)).toEqual(["review: GitHub does not list yet who pushed h1"]);
  expect(holdOf(unlisted)).toBe("pusher-unknown");
});

describe("an approval that GitHub names the head for", () => {
  const later = "2026-01-01T11:30:00Z";

  test.each<[string, Partial<Review>, Partial<ForgeState>]>([
    ["and that was submitted before the head was pushed", {}, pushed("dev-e[bot]", later)],
    ["and that was submitted before a push by force", {}, { pushes: null, forcedAt: later }],
    [
      "and that was submitted in the second of a push by force",
      { submittedAt: later },
      { pushes: null, forcedAt: later },
    ],
    ["and that was submitted before a push by force which the list of pushes lacks yet", {}, { forcedAt: later }],
    ["and whose marker names another head", { markedHead: "h0" }, {}],
    ["and that is not submitted", { submittedAt: "" }, {}],
  ])("%s does not count for it", (_name, review, forge) => {
    const evaluation = gate({ reviews: [{ ...approval, ...review }], ...forge });
    expect(failing(evaluation)).toEqual([
      "review: no appointed reviewer has approved this head (the author's approval does not count)",
    ]);
  });

  test.each<[string, Partial<Review>, Partial<ForgeState>]>([
    ["and whose marker names it, whenever it was pushed", { markedHead: "h1" }, pushed("dev-e[bot]", later)],
    ["and that was submitted in the second of the push", { submittedAt: later }, pushed("dev-e[bot]", later)],
    ["and that is later than a push by force", {}, { forcedAt: "2026-01-01T10:59:59Z" }],
    ["where GitHub has no list of pushes, and none was by force", {}, { pushes: null }],
  ])("%s counts for it", (_name, review, forge) => {
    expect(failing(gate({ reviews: [{ ...approval, ...review }], ...forge }))).toEqual([]);
  });
});

describe("of the approvals that the rules of the base want", () => {
  const reviews = { approvals: 2, codeOwners: false, lastPush: false, dismissStale: false, teams: [] };
  const ada: Review = { ...approval, reviewer: "ada", appointed: false };
  const lacks = "rules: main requires 2 approvals; given without a part in the change: 1";
  const wanted = (second: Review, more: Partial<ForgeState> = {}) => ({
    ...requiring({ reviews }),
    ...{ reviewDecision: "APPROVED", reviews: [approval, second] },
    ...more,
  });

  test.each<[string, Partial<ForgeState>, Partial<IssueLife>?]>([
    ["one of the person who asked an agent for the change does not count", wanted(ada), { askedBy: ["ada"] }],
    ["one of who wrote a commit does not count", wanted(ada, commitBy("ada"))],
    ["one of somebody who may not write does not count", wanted({ ...ada, trusted: false })],
    ["one that was dismissed does not count", wanted({ ...ada, state: "DISMISSED" })],
  ])("%s", (_name, forge, issue = {}) => {
    expect(failing(gate(forge, issue))).toEqual([lacks]);
  });

  test("one of a person without a part in the change counts, also of an earlier head, which GitHub judges", () => {
    expect(failing(gate(wanted(ada)))).toEqual([]);
    expect(failing(gate(wanted({ ...ada, headSha: "h0" })))).toEqual([]);
  });
});

test("a review that a person asked a person for holds the merge until it is given, or a person removes the request", () => {
  const wait = (note: string) => gate({ requested: [{ login: "ada", note }] });
  expect(failing(wait(""))).toEqual(["review: a person waits for the review of ada"]);
  expect(failing(wait("removed by dev-e"))).toEqual([
    "review: a person waits for the review of ada (removed by dev-e)",
  ]);
  expect(holdOf(wait(""))).toBe("review-requested");
  expect(failing(gate({ requested: [{ login: "ada", note: "" }], reviews: [] }))).toHaveLength(1);
});
