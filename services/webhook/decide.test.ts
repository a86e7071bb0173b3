import { expect, test } from "vitest";
import { foldChange } from "#contracts/change-life.ts";
import { draftOf, factOf } from "#contracts/test-facts.ts";
import { decide } from "./decide.ts";

const snapshot = { title: "", author: "", branch: "b", baseBranch: "main", closes: [] };
const opened = factOf("PR_OPENED", { ...snapshot, headSha: "one" });
const seen = "2026-01-02T03:04:05Z";
const reconciled = factOf(
  "PR_SYNCHRONIZED",
  { ...snapshot, headSha: "three", prevSha: "one", updatedAt: seen },
  { actor: "reconciler" },
);
const pushOf = (headSha: string, prevSha: string, updatedAt: string) =>
  draftOf("PR_SYNCHRONIZED", 1, { ...snapshot, headSha, prevSha, updatedAt });

test("of two pushes whose deliveries come after the reconciler saw the last head, none moves the head back", () => {
  const late = [pushOf("two", "one", "2026-01-02T03:04:00Z"), pushOf("three", "two", seen)];
  for (const push of late) expect(decide([push], [opened, reconciled])).toEqual({ facts: [], work: [] });
  // Published all the same, the first of them would make an earlier head the current one.
  const doubled = [opened, reconciled, factOf("PR_SYNCHRONIZED", { ...snapshot, headSha: "two", prevSha: "one" })];
  expect([foldChange(doubled).headSha, foldChange([opened, reconciled]).headSha]).toEqual(["two", "three"]);
});

test("a push after it counts, and so does one that the reconciler has nothing to do with", () => {
  const later = pushOf("four", "three", "2026-01-02T03:05:00Z");
  expect(decide([later], [opened, reconciled]).facts).toEqual([later]);
  expect(decide([later], [opened]).facts).toEqual([later]);
});
