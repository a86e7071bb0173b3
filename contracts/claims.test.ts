import { describe, expect, test } from "vitest";
import type { ChangeFact } from "./change-life.ts";
import { issueClaims, reviewClaims } from "./claims.ts";
import { because } from "./reason.ts";
import { factOf, reviewItem, workItem } from "./test-facts.ts";
import { FailureClass } from "./work.ts";

test("each kind of claim is for the items of one role", () => {
  const items = [workItem({}), reviewItem({})];
  expect(items.map(issueClaims.isFor)).toEqual([true, false]);
  expect(items.map(reviewClaims.isFor)).toEqual([false, true]);
});

test("a failed run is RUN_FAILED, and another attempt follows unless the key, the account, the text or what commits are signed with is missing", () => {
  const claim = { claimId: "c", epoch: 1, agentId: "dev-e", instanceId: "i", attempt: 1 };
  const facts = FailureClass.literals.map((failure) =>
    issueClaims.failed(workItem({ attempt: 1 }), claim, failure, because("no")),
  );
  expect(new Set(facts.map(({ type }) => type))).toEqual(new Set(["RUN_FAILED"]));
  const final = facts.filter(({ type, data }) => type === "RUN_FAILED" && !data.retryable);
  expect(final.map(({ data }) => data)).toEqual([
    expect.objectContaining({ claimId: "c", class: "auth" }),
    expect.objectContaining({ claimId: "c", class: "quota" }),
    expect.objectContaining({ claimId: "c", class: "erased" }),
    expect.objectContaining({ claimId: "c", class: "unsigned" }),
  ]);
});

describe("the claim on the review of one head", () => {
  const snapshot = { title: "t", author: "dev-e[bot]", branch: "b", baseBranch: "main", closes: [1] };
  const claim = { claimId: "c", epoch: 1, agentId: "review-e", instanceId: "i", attempt: 1 };
  const claimed = [
    factOf("PR_OPENED", { ...snapshot, headSha: "one" }),
    factOf("REVIEW_ASSIGNED", { ...claim, headSha: "one" }),
  ];
  const pushed = factOf("PR_SYNCHRONIZED", { ...snapshot, headSha: "two", prevSha: "one" });

  test("is held until a push", () => {
    const state = reviewClaims.stateOf(reviewItem({ headSha: "one" }), claimed);
    expect(state).toMatchObject({ runnable: true, holder: { claimId: "c" }, epoch: 1 });
    const after = reviewClaims.stateOf(reviewItem({ headSha: "one" }), [...claimed, pushed]);
    expect(after).toMatchObject({ runnable: false, epoch: 1 });
  });

  test("is counted until the review ends or the head moves, a released one only if it says so", () => {
    const claimsAfter = (...more: readonly ChangeFact[]) =>
      reviewClaims.stateOf(reviewItem({ headSha: "one" }), [...claimed, ...more]);
    const released = (counts: boolean, headSha = "one") =>
      factOf("REVIEW_UNASSIGNED", { claimId: "c", headSha, counts, reason: "r", details: null });
    const next = factOf("REVIEW_ASSIGNED", { ...claim, claimId: "d", epoch: 2, headSha: "one" });
    const failed = factOf("REVIEW_FAILED", { claimId: "d", headSha: "one", reason: "r", details: null });
    expect(claimsAfter()).toMatchObject({ claims: 1, claimsMax: 3 });
    expect(claimsAfter(next)).toMatchObject({ claims: 2 });
    expect(claimsAfter(released(true))).toMatchObject({ holder: null, claims: 1, runnable: true });
    expect(claimsAfter(released(false))).toMatchObject({ holder: null, claims: 0, runnable: true });
    expect(claimsAfter(released(true), next, failed)).toMatchObject({ claims: 0 });
    expect(claimsAfter(next, pushed)).toMatchObject({ claims: 0 });
    const ofTwo = factOf("REVIEW_ASSIGNED", { ...claim, claimId: "e", epoch: 2, headSha: "two" });
    expect(claimsAfter(pushed, released(false), ofTwo)).toMatchObject({ claims: 1 });
    const foreign = { ...released(false), actor: "mallory" };
    expect(claimsAfter(foreign)).toMatchObject({ holder: { claimId: "c" }, claims: 1 });
    expect(claimsAfter(released(false, "two"))).toMatchObject({ holder: { claimId: "c" }, claims: 1 });
  });

  test("is no claim on the review of the head that replaced it, which is free under the next epoch", () => {
    const state = reviewClaims.stateOf(reviewItem({ headSha: "two" }), [...claimed, pushed]);
    expect(state).toMatchObject({ runnable: true, holder: null, epoch: 1 });
  });
});
