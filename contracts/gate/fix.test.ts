import { expect, test } from "vitest";
import type { ChangeLife } from "#contracts/change-life.ts";
import { evaluateSeen } from "./evaluate.ts";
import { failing, seen } from "./test-earned.ts";

test("the head that the last attempt was to fix is not merged, until another one follows or a push brought it back", () => {
  const heldBy = (headSha: string, change: Partial<ChangeLife> = {}) =>
    failing(evaluateSeen(seen({ issue: { fixOf: { prNumber: 9, headSha }, endedHead: "h2" }, change })));
  const awaited = "issue: the fix of this head has ended, and GitHub does not show its own head yet";
  expect(heldBy("h1")).toEqual([awaited]);
  expect(heldBy("h1", { supersededHeads: ["h0"] })).toEqual([awaited]);
  expect(heldBy("h0")).toEqual([]);
  expect(heldBy("h1", { supersededHeads: ["h1", "h3"] })).toEqual([]);
  expect(heldBy("h1", { supersededHeads: ["h2"] })).toEqual([]);
});

test("a fix that failed is called failed, not awaited", () => {
  const issue = { state: "failed", fixOf: { prNumber: 9, headSha: "h1" } } as const;
  expect(failing(evaluateSeen(seen({ issue })))).toEqual([
    "issue: attempt 3 on #7 failed, and what follows is not decided yet",
  ]);
});
