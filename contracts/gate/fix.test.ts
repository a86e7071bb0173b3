import { expect, test } from "vitest";
import { type ChangeFact, type ChangeLife, foldChange } from "#contracts/change-life.ts";
import { factOf } from "#contracts/test-facts.ts";
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

test("a head to fix is not merged because its agent says that it ended with one from before, however late GitHub tells of its push", () => {
  const at = (second: number) => `2026-01-01T10:00:0${second}Z`;
  const told = { title: "t", author: "dev-e[bot]", branch: "feature/issue-7", baseBranch: "main", closes: [7] };
  const opened = factOf("PR_OPENED", { ...told, headSha: "h0", updatedAt: at(1) }, { occurredAt: at(1) });
  const push = (headSha: string, prevSha: string, second: number) =>
    factOf("PR_SYNCHRONIZED", { ...told, headSha, prevSha, updatedAt: at(second) }, { occurredAt: at(9) });
  const heldAfter = (endedHead: string, ...pushes: readonly ChangeFact[]) => {
    const { supersededHeads, headsSince } = foldChange([opened, ...pushes]);
    const issue = { fixOf: { prNumber: 9, headSha: "h1" }, fixSince: at(4), endedHead };
    return failing(evaluateSeen(seen({ issue, change: { supersededHeads, headsSince } })));
  };
  const awaited = "issue: the fix of this head has ended, and GitHub does not show its own head yet";
  expect(heldAfter("h0", push("h1", "h0", 2))).toEqual([awaited]);
  expect(heldAfter("h2", push("h1", "h0", 2))).toEqual([awaited]);
  expect(heldAfter("h2", push("h1", "h2", 6))).toEqual([]);
});

test("a fix that failed is called failed, not awaited", () => {
  const issue = { state: "failed", fixOf: { prNumber: 9, headSha: "h1" } } as const;
  expect(failing(evaluateSeen(seen({ issue })))).toEqual([
    "issue: attempt 3 on #7 failed, and what follows is not decided yet",
  ]);
});
