import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isBranchOf, isChangeOf, issueBranch, issueOfChange } from "./issue-branch.ts";

describe("the branch of an issue", () => {
  test.each([
    ["Add a health check", "feature/issue-5-add-a-health-check"],
    ["Ærø: smørrebrød, café!", "feature/issue-5-r-sm-rrebr-d-cafe"],
    ["../../etc/passwd @{u} ~^:?*[", "feature/issue-5-etc-passwd-u"],
    ["日本語", "feature/issue-5"],
    ["", "feature/issue-5"],
    [`${"a".repeat(39)} b`, `feature/issue-5-${"a".repeat(39)}`],
  ])("for %j is %s", (title, branch) => {
    expect(issueBranch(5, title)).toBe(branch);
  });

  test("is made of safe characters and short, whatever the title", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (title) => {
        expect(issueBranch(12, title)).toMatch(/^feature\/issue-12(-[a-z0-9]+)*$/);
        expect(issueBranch(12, title).length).toBeLessThanOrEqual("feature/issue-12-".length + 40);
      }),
    );
  });

  test("is a branch name to git", () => {
    const titles = ["Add a health check", "a.lock", "..", "-", "@", "日本語", "x".repeat(300), "end."];
    for (const title of titles) {
      const branch = issueBranch(3, title);
      expect(`${execFileSync("git", ["check-ref-format", "--branch", branch])}`.trim()).toBe(branch);
    }
  });
});

test.each([
  ["feature/issue-7-slug", [9], 7],
  ["feature/issue-7", [], 7],
  ["feature/issue-70", [7], 70],
  ["topic", [9, 7], 9],
  ["topic", [], undefined],
  ["mallory/shop:feature/issue-7", [], undefined],
])("a change on %s that closes %j belongs to issue %s", (branch, closes, issue) => {
  expect(issueOfChange({ branch, closes })).toBe(issue);
});

test.each([
  ["feature/issue-7", true],
  ["feature/issue-7-sell-more", true],
  ["feature/issue-70", false],
  ["feature/issue-7x", false],
  ["mallory/shop:feature/issue-7", false],
  ["topic", false],
])("the branch %s is that of issue 7: %s", (branch, expected) => {
  expect(isBranchOf(7, branch)).toBe(expected);
});

test.each([
  ["from the issue's branch, opened by an agent", {}, true],
  ["from a branch of another issue", { branch: "feature/issue-8" }, false],
  ["from a fork", { ownRepository: false }, false],
  ["opened by somebody who is no agent", { byAgent: false }, false],
])("a pull request %s is the issue's own: %j", (_origin, more, expected) => {
  expect(isChangeOf(7, { branch: "feature/issue-7", ownRepository: true, byAgent: true, ...more })).toBe(expected);
});
