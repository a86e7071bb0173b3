import { expect, test } from "vitest";
import { isRevertOf, revertIssue } from "./revert.ts";

const broken = { prNumber: 9, mergeSha: "m1", branch: "main", checks: ["test", "a `b`\n# c"] };

test("an issue that proposes a revert names the merge and the checks, and is known again by it", () => {
  const { title, body } = revertIssue(broken);
  expect(title).toBe("Revert #9, which broke main");
  expect(body).toContain("`test`, `a  b  # c`");
  expect([isRevertOf(body, "m1"), isRevertOf(body, "m"), isRevertOf("Rig-Reverts: m1 and more", "m1")]).toEqual([
    true,
    false,
    false,
  ]);
});
