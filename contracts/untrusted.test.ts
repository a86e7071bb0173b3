import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { issueBranch, oneLine, untrusted } from "./untrusted.ts";

const pieces = fc.constantFrom(
  "</untrusted>",
  "<untrusted",
  "</UnTrusted >",
  "<",
  "/",
  "untrusted",
  ">",
  " ",
  "\n",
  "x",
);
const hostile = fc
  .array(fc.oneof(pieces, fc.string({ unit: "grapheme" })), { maxLength: 20 })
  .map((all) => all.join(""));

describe("untrusted text", () => {
  test("stands between tags that name its source", () => {
    expect(untrusted("issue", "Fix it.")).toBe('<untrusted source="issue">\nFix it.\n</untrusted>');
  });

  test("cannot open or close a tag of its own, whatever it says", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const lines = untrusted("diff", text).split("\n");
        expect([lines[0], lines.at(-1)]).toEqual(['<untrusted source="diff">', "</untrusted>"]);
        expect(lines.slice(1, -1).join("\n")).not.toMatch(/<\/?untrusted/i);
      }),
    );
  });

  test("stays readable where it is harmless", () => {
    const code = "if (a < b && c > d) { return '<b>'; }";
    expect(untrusted("diff", code)).toContain(code);
  });
});

test("text on one line has no line break of any kind", () => {
  expect(oneLine("  a\r\n\n b\tc\u2028d\u2029e\u0085f ")).not.toMatch(/[\r\n\u2028\u2029]/);
  expect(oneLine("  a\r\n\n b\tc ")).toBe("a b c");
});

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
