import { describe, expect, it } from "vitest";
import { lineAfter, parseDiff, placeInPatch } from "./diff.ts";

const patch = "@@ -1,3 +1,4 @@\n one\n-two\n+2\n+two and a half\n three";

describe("diffs", () => {
  it("places a line of the new file by its number in the new file", () => {
    expect(placeInPatch(patch, 3, "RIGHT")).toEqual({
      position: 4,
      diffHunk: patch.split("\n").slice(0, 5).join("\n"),
    });
  });

  it("places a removed line on the left side only", () => {
    expect(placeInPatch(patch, 2, "LEFT")?.position).toBe(2);
    expect(placeInPatch(patch, 9, "LEFT")).toBeNull();
  });

  it.each([
    ["above an insertion", "@@ -4,0 +5,2 @@\n+a\n+b", 4, 4],
    ["below an insertion", "@@ -4,0 +5,2 @@\n+a\n+b", 5, 7],
    ["on a changed line", "@@ -2 +2 @@\n-a\n+b", 2, null],
    ["below a removal", "@@ -2,2 +1,0 @@\n-a\n-b", 9, 7],
  ])("follows a line %s", (_where, text, line, after) => {
    expect(lineAfter(text, line)).toBe(after);
  });

  it("tells added, removed, renamed and binary files apart", () => {
    const sha = "a".repeat(40);
    const text = [
      `diff --git a/new.txt b/new.txt\nnew file mode 100644\nindex ${sha}..${sha}\n--- /dev/null\n+++ b/new.txt\n@@ -0,0 +1 @@\n+x`,
      `diff --git a/old.txt b/old.txt\ndeleted file mode 100644\nindex ${sha}..${sha}\n--- a/old.txt\n+++ /dev/null\n@@ -1 +0,0 @@\n-x`,
      "diff --git a/from b/to\nsimilarity index 100%\nrename from from\nrename to to",
      `diff --git a/a.png b/a.png\nindex ${sha}..${sha} 100644\nBinary files a/a.png and b/a.png differ\n`,
    ].join("\n");
    expect(parseDiff(text).map((each) => [each.filename, each.status, each.additions, each.deletions])).toEqual([
      ["new.txt", "added", 1, 0],
      ["old.txt", "removed", 0, 1],
      ["to", "renamed", 0, 0],
      ["a.png", "modified", 0, 0],
    ]);
  });

  it("lets no file pass for another one: only a line feed ends a line, and names are read as git writes them", () => {
    const sha = "a".repeat(40);
    const text = [
      `diff --git a/spoof.txt b/spoof.txt\nindex ${sha}..${sha} 100644\n--- a/spoof.txt\n+++ b/spoof.txt\n@@ -1 +1 @@\n-a`,
      "+a\rdiff --git a/x b/x\u2028rename to y",
      `diff --git "a/qu\\"ote\\011" "b/qu\\"ote\\011"\nold mode 100644\nnew mode 100755`,
      `diff --git a/a b/a b/a b/a\nnew file mode 100644\nindex ${sha}..${sha}`,
    ].join("\n");
    expect(parseDiff(text).map((each) => [each.filename, each.status, each.additions])).toEqual([
      ["spoof.txt", "modified", 1],
      ['qu"ote\t', "modified", 0],
      ["a b/a", "added", 0],
    ]);
  });
});
