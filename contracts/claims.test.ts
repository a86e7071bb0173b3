import { expect, test } from "vitest";
import { issueClaims, reviewClaims } from "./claims.ts";
import { because } from "./reason.ts";
import { reviewItem, workItem } from "./test-facts.ts";
import { FailureClass } from "./work.ts";

test("each kind of claim is for the items of one role", () => {
  const items = [workItem({}), reviewItem({})];
  expect(items.map(issueClaims.isFor)).toEqual([true, false]);
  expect(items.map(reviewClaims.isFor)).toEqual([false, true]);
});

test("a failed run is RUN_FAILED, and another attempt follows unless the key, the account or the text is gone", () => {
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
  ]);
});
