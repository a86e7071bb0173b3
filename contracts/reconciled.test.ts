import { describe, expect, test } from "vitest";
import type { DataOf } from "./catalogue.ts";
import type { DeliveryDraft } from "./delivery-facts.ts";
import type { Fact } from "./envelope.ts";
import { isReconciled } from "./reconciled.ts";
import { draftOf, factOf, labelOf } from "./test-facts.ts";

// A delivery that was lost and comes after all, beside what the reconciler published meanwhile.

const before = "2026-01-02T03:00:00Z";
const seen = "2026-01-02T03:04:05Z";
const after = "2026-01-02T03:04:06Z";
const reconciler = { actor: "reconciler" };
const snapshot = { title: "", author: "", branch: "b", baseBranch: "main", headSha: "two", closes: [] };
const label = (updatedAt: string) => draftOf("ISSUE_LABELED", 1, labelOf({ updatedAt }));
const edit = (updatedAt: string) => draftOf("PR_EDITED", 1, { ...snapshot, updatedAt });

describe("an issue that the reconciler saw", () => {
  const history = [factOf("ISSUE_LABELED", labelOf({ updatedAt: seen }), reconciler)];

  const removal = (updatedAt: string) =>
    draftOf("ISSUE_UNLABELED", 1, { label: "agent-ready", sender: "ada", updatedAt });
  const closing = (updatedAt: string) => draftOf("ISSUE_CLOSED", 1, { sender: "ada", stateReason: null, updatedAt });

  test.each<[string, DeliveryDraft]>([
    ["the label itself", label(before)],
    ["the label, in the same second", label(seen)],
    ["a closing before it", closing(before)],
    ["the label's removal before it", removal(before)],
  ])("covers %s", (_name, draft) => expect(isReconciled(history, draft)).toBe(true));

  test.each<[string, DeliveryDraft]>([
    ["a label after it", label(after)],
    ["a closing after it", closing(after)],
    ["the label's removal after it", removal(after)],
    ["a label without a time", draftOf("ISSUE_LABELED", 1, labelOf())],
  ])("does not cover %s", (_name, draft) => expect(isReconciled(history, draft)).toBe(false));

  test("what the webhook told covers nothing: GitHub sent both", () => {
    expect(isReconciled([factOf("ISSUE_LABELED", labelOf({ updatedAt: seen }))], label(before))).toBe(false);
  });
});

describe("a pull request that the reconciler saw", () => {
  const pushed: readonly Fact[] = [
    factOf("PR_SYNCHRONIZED", { ...snapshot, prevSha: "zero", updatedAt: seen }, reconciler),
  ];

  test("covers each push before it, of which the reconciler saw only the last head", () => {
    const first = draftOf("PR_SYNCHRONIZED", 1, { ...snapshot, headSha: "one", prevSha: "zero", updatedAt: before });
    expect(isReconciled(pushed, first)).toBe(true);
    expect([isReconciled(pushed, edit(before)), isReconciled(pushed, edit(after))]).toEqual([true, false]);
  });

  test("covers its opening and its pushes, unless the reconciler saw only an edit of it: that one tells of no head", () => {
    const opening = draftOf("PR_OPENED", 1, { ...snapshot, updatedAt: before });
    const back = draftOf("PR_SYNCHRONIZED", 1, { ...snapshot, prevSha: "three", updatedAt: before });
    const edited = [factOf("PR_EDITED", { ...snapshot, updatedAt: seen }, reconciler)];
    expect([isReconciled(pushed, opening), isReconciled(edited, opening)]).toEqual([true, false]);
    expect([isReconciled(pushed, back), isReconciled(edited, back)]).toEqual([true, false]);
    expect(isReconciled(edited, edit(before))).toBe(true);
  });

  test("covers no review, no check and no thread that it did not see", () => {
    const drafts: readonly DeliveryDraft[] = [
      draftOf("CI_FAILED", 1, { headSha: "two", suiteId: 5, conclusion: "failure", updatedAt: before }),
      draftOf("REVIEW_SUBMITTED", 1, review("changes_requested")),
      draftOf("THREAD_RESOLVED", 1, { threadId: "T1", sender: "" }),
    ];
    for (const draft of drafts) expect(isReconciled(pushed, draft)).toBe(false);
  });
});

test("a review that the reconciler saw covers itself, and one that it saw dismissed also its submission", () => {
  const [submitted, dismissed] = (["changes_requested", "dismissed"] as const).map((state) =>
    factOf("REVIEW_SUBMITTED", review(state), reconciler),
  );
  if (submitted === undefined || dismissed === undefined) throw new Error("no facts");
  const [late, lateDismissal] = [
    draftOf("REVIEW_SUBMITTED", 1, review("changes_requested")),
    draftOf("REVIEW_SUBMITTED", 1, review("dismissed")),
  ];
  expect([isReconciled([submitted], late), isReconciled([submitted], lateDismissal)]).toEqual([true, false]);
  expect([isReconciled([dismissed], late), isReconciled([dismissed], lateDismissal)]).toEqual([true, true]);
});

test("checks that ran again: a late failure of the first time is told already, one of the next time is not", () => {
  const history = [factOf("CI_PASSED", { headSha: "two", suiteId: 5, updatedAt: seen }, reconciler)];
  const failed = (updatedAt: string, suiteId = 5) =>
    draftOf("CI_FAILED", 1, { headSha: "two", suiteId, conclusion: "failure", updatedAt });
  expect([failed(before), failed(after), failed(before, 6)].map((draft) => isReconciled(history, draft))).toEqual([
    ...[true, false, false],
  ]);
});

describe("a comment that the reconciler saw", () => {
  const comment = (action: "created" | "edited" | "deleted", updatedAt: string) =>
    ({ commentId: 4, author: "ada", action, body: null, updatedAt }) as const;
  const history = [factOf("ISSUE_COMMENTED", comment("edited", seen), reconciler)];
  const late = (data: DataOf<"ISSUE_COMMENTED">) => isReconciled(history, draftOf("ISSUE_COMMENTED", 1, data));

  test("covers its making and its edits up to that time, and no later one", () => {
    const told = [comment("created", before), comment("edited", seen), comment("edited", after)].map(late);
    expect(told).toEqual([true, true, false]);
    expect(late({ ...comment("created", before), commentId: 5 })).toBe(false);
  });

  test("that is deleted covers each edit of it, also one whose time is after that of the deletion", () => {
    const gone = [factOf("ISSUE_COMMENTED", comment("deleted", before), reconciler)];
    const lateEdit = draftOf("ISSUE_COMMENTED", 1, comment("edited", after));
    expect(isReconciled(gone, lateEdit)).toBe(true);
    const ofOther = draftOf("ISSUE_COMMENTED", 1, { ...comment("edited", before), commentId: 5 });
    expect(isReconciled(gone, ofOther)).toBe(false);
  });

  test("does not cover its deletion, which has the time of the last edit", () => {
    expect(late(comment("deleted", seen))).toBe(false);
  });
});

test("a commit status that the reconciler saw covers the earlier ones of its context and head, and no other", () => {
  const status = (updatedAt: string, more: Partial<DataOf<"STATUS_REPORTED">> = {}) =>
    ({ headSha: "two", context: "ci/jenkins", state: "success", updatedAt, ...more }) as const;
  const history = [factOf("STATUS_REPORTED", status(seen), reconciler)];
  const late = (data: DataOf<"STATUS_REPORTED">) => isReconciled(history, draftOf("STATUS_REPORTED", 1, data));
  expect([status(before, { state: "failure" }), status(seen), status(after)].map(late)).toEqual([true, true, false]);
  expect([status(before, { context: "lint" }), status(before, { headSha: "one" })].map(late)).toEqual([false, false]);
});

function review(state: DataOf<"REVIEW_SUBMITTED">["state"]): DataOf<"REVIEW_SUBMITTED"> {
  return { reviewId: 3, reviewer: "bob", reviewerType: "User", state, headSha: "two" };
}
