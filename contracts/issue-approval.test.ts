import { expect, test } from "vitest";
import { foldIssue, type IssueFact } from "./issue-life.ts";
import { approvalOf, factOf } from "./test-facts.ts";

test("an approval of the same text leaves the time since when it is approved, one of another text begins it again", () => {
  const at = (minute: number, more: Parameters<typeof approvalOf>[0] = {}) =>
    factOf("ISSUE_APPROVED", approvalOf(more), { occurredAt: `2026-01-01T10:0${minute}:00.000Z` });
  const since = (...approvals: readonly IssueFact[]) => foldIssue(approvals).textSince?.slice(14, 16);
  expect(since(at(1), at(2))).toBe("01");
  expect(since(at(1), at(2), at(3, { title: "Other" }))).toBe("03");
  const other = { sha256: "0".repeat(64), bytes: 1, subject: "text.other" };
  expect(since(at(1), at(4, { body: other }), at(5, { body: other }))).toBe("04");
});
