import { describe, expect, test } from "vitest";
import { readDiff } from "#kit/github/diff.ts";
import type { ListedFile, Moved } from "#kit/github/unreadable-files.ts";
import { type CommitHistory, listOf, refused, unreadableIn } from "./unreadable.ts";

// The diffs are git's own output (2.43).

const sha = "b00a0f1f66bdcdb00a0f1f66bdcdb00a0f1f66bd";
const listed = (filename: string, more: Partial<ListedFile> = {}): ListedFile => ({
  filename,
  status: "modified",
  additions: 1,
  deletions: 0,
  patch: "@@ -0,0 +1 @@\n+x",
  sha,
  ...more,
});
const noPatch = { additions: 0, deletions: 0, patch: undefined } as unknown as Partial<ListedFile>;
const added = { status: "added" } as const;

const text = `diff --git a/a.js b/a.js
index b00a0f1..f66bdcd 100644
--- a/a.js
+++ b/a.js
@@ -1,2 +1,3 @@
 one
+two
 three
`;
const binary = `diff --git a/src/a.js b/src/a.js
index b00a0f1..f66bdcd 100644
Binary files a/src/a.js and b/src/a.js differ
`;
const submodule = `diff --git a/lib b/lib
new file mode 160000
index 0000000..f66bdcd
--- /dev/null
+++ b/lib
@@ -0,0 +1 @@
+Subproject commit f66bdcdf66bdcdf66bdcdf66bdcdf66bdcdf66bd
`;
const link = `diff --git a/link b/link
new file mode 120000
index 0000000..f66bdcd
--- /dev/null
+++ b/link
@@ -0,0 +1 @@
+/etc/passwd
\\ No newline at end of file
`;
const becomesLink = `diff --git a/a.js b/a.js
deleted file mode 100644
index b00a0f1..0000000
--- a/a.js
+++ /dev/null
@@ -1 +0,0 @@
-one
${link.replaceAll("link", "a.js")}`;
const pointer = `diff --git a/model.bin b/model.bin
new file mode 100644
index 0000000..f66bdcd
--- /dev/null
+++ b/model.bin
@@ -0,0 +1,3 @@
+version https://git-lfs.github.com/spec/v1
+oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
+size 12345
`;
const changedPointer = `diff --git a/model.bin b/model.bin
index b00a0f1..f66bdcd 100644
--- a/model.bin
+++ b/model.bin
@@ -1,3 +1,3 @@
 version https://git-lfs.github.com/spec/v1
-oid sha256:0000214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
+oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
 size 12345
`;
const mode = `diff --git a/run.sh b/run.sh
old mode 100644
new mode 100755
`;
const renamed = `diff --git a/old.js b/src/new.js
similarity index 100%
rename from old.js
rename to src/new.js
`;
const deleted = `diff --git a/gone.bin b/gone.bin
deleted file mode 100644
index b00a0f1..0000000
Binary files a/gone.bin and /dev/null differ
`;
const empty = `diff --git a/empty b/empty
new file mode 100644
index 0000000..e69de29
`;
const withLine = (line: string) => text.replace("+two", `+${line}`);

const commit = (sha: string, ...parents: readonly string[]) => ({ sha, parents });
const plain: CommitHistory = { commits: [commit("c1", "base")], commitsCount: 1, sinceMergeBase: 1 };

/** What is found in a change of one file, in words. */
function found(
  diff: string | null,
  file: ListedFile,
  more: { filesCount?: number; moved?: Moved; history?: CommitHistory } = {},
) {
  const { filesCount = 1, moved, history = plain } = more;
  const found = unreadableIn({
    files: [file],
    filesCount,
    listEnd: 300,
    diff: diff === null ? null : readDiff(diff),
    moved: new Map(moved === undefined ? [] : [[file.filename, moved]]),
    history,
    mergeBase: "b1",
  });
  return found.map(({ path, why }) => `${path}: ${why}`);
}

describe("what cannot be read is named by code", () => {
  const moved = { ...noPatch, status: "renamed", previous_filename: "old.js" };
  test.each<[string, string, ListedFile, string]>([
    ["a source file with a NUL byte", binary, listed("src/a.js", noPatch), "src/a.js: is binary for git"],
    ["a submodule", submodule, listed("lib", added), "lib: is a submodule"],
    ["a symbolic link", link, listed("link", added), "link: is a symbolic link"],
    ["a file that becomes a link", becomesLink, listed("a.js", { deletions: 1 }), "a.js: is a symbolic link"],
    [
      "a Git LFS pointer",
      pointer,
      listed("model.bin", { ...added, additions: 3 }),
      "model.bin: is a pointer of Git LFS",
    ],
    ["another Git LFS object", changedPointer, listed("model.bin", { deletions: 1 }), "model.bin: is a pointer"],
    ["a change of the mode", mode, listed("run.sh", noPatch), "run.sh: changes its mode from 100644 to 100755"],
    ["a patch that GitHub leaves out", text, listed("a.js", { patch: undefined } as never), "a.js: has no patch"],
    ["a diff with fewer lines than GitHub counts", text, listed("a.js", { additions: 2 }), "a.js: is cut"],
    ["a diff that ends in a hunk", text.replace(" three\n", ""), listed("a.js"), "a.js: is cut"],
    ["a hunk that ends early", text.replace(" three\n", "") + empty, listed("a.js"), "a.js: is cut"],
    ["a file that is not in the diff", "", listed("a.js"), "a.js: is not in the diff"],
    ["an empty file that is none", empty, listed("empty", { ...added, ...noPatch }), "empty: has no patch"],
    [
      "a file that the diff moves from elsewhere than GitHub's list",
      renamed,
      listed("src/new.js", { ...moved, previous_filename: "other.js" }),
      "src/new.js: was moved from another path",
    ],
    ["a moved file that was not read", renamed, listed("src/new.js", moved), "src/new.js: was moved, and its content"],
    [
      "letters that turn the text",
      withLine("if (a \u202E) // b"),
      listed("a.js"),
      "a.js: has the invisible character U+202E",
    ],
    [
      "letters that only a model sees",
      withLine("// \u{E0041}\u{E0042}"),
      listed("a.js"),
      "a.js: has the invisible character U+E0041",
    ],
    ["bytes that are no text", withLine("const a = '\uFFFD'"), listed("a.js"), "a.js: has bytes that are no UTF-8"],
  ])("%s", (_, diff, file, why) => {
    expect(found(diff, file)).toContainEqual(expect.stringContaining(why));
  });

  test.each<[string, Moved]>([
    ["was moved, and its content", { mode: "100644", text: null }],
    ["is a symbolic link", { mode: "120000", text: "../secret" }],
    ["is a submodule", { mode: "160000", text: null }],
    ["is a pointer of Git LFS", { mode: "100644", text: "version https://git-lfs.github.com/spec/v1\n" }],
    ["has the invisible character U+2067", { mode: "100644", text: "one\n\u2067two\n" }],
  ])("a moved file that %s", (why, content) => {
    expect(found(renamed, listed("src/new.js", moved), { moved: content })).toEqual([expect.stringContaining(why)]);
  });

  test.each<[string, CommitHistory, string | null]>([
    [
      "a merge of the base",
      { ...plain, commits: [commit("c1", "b1"), commit("c2", "c1", "b2")], commitsCount: 2, sinceMergeBase: 2 },
      null,
    ],
    [
      "a merge of commits that the base does not have",
      {
        commits: [commit("c1", "b1"), commit("p1", "b1"), commit("c2", "c1", "p1")],
        commitsCount: 3,
        sinceMergeBase: 3,
      },
      "null: the commit c2 merges commits that the base does not have: put its changes on one commit that has only the base below it",
    ],
    [
      "several merge bases",
      { commits: [commit("c1", "b1", "b2")], commitsCount: 1, sinceMergeBase: 2 },
      "null: the head and its base have several merge bases: put its changes on one commit that has only the base below it",
    ],
    [
      "more commits than are looked at",
      { ...plain, commitsCount: 101, sinceMergeBase: 101 },
      "null: has 101 commits, of which 1 are looked at",
    ],
  ])("a head with %s", (_, history, why) => {
    expect(found(text, listed("a.js"), { history })).toEqual(why === null ? [] : [why]);
  });

  test("fewer files than the pull request has", () => {
    expect(found(text, listed("a.js"), { filesCount: 301 })).toEqual(["null: GitHub lists 1 of 301 changed files"]);
  });

  test("a file of the diff that GitHub does not list", () => {
    expect(found(text + binary, listed("a.js"))).toEqual([
      expect.stringContaining("src/a.js: is in the diff, and not in"),
    ]);
  });

  test("a change without a diff", () => {
    expect(found(null, listed("a.js"))).toEqual([expect.stringContaining("GitHub makes no diff")]);
  });
});

describe("what can be read is not named", () => {
  test.each<[string, string, ListedFile]>([
    ["a changed text", text, listed("a.js")],
    ["a deleted binary file", deleted, listed("gone.bin", { ...noPatch, status: "removed" })],
    [
      "a deleted submodule",
      submodule
        .replace("new file", "deleted file")
        .replace("+++ b/lib", "+++ /dev/null")
        .replace("--- /dev/null", "--- a/lib")
        .replace("-0,0 +1", "-1 +0,0")
        .replace("+Sub", "-Sub"),
      listed("lib", { status: "removed", additions: 0, deletions: 1 }),
    ],
    [
      "an empty file",
      empty,
      listed("empty", { ...added, ...noPatch, sha: "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391" }),
    ],
    ["a text that names Git LFS", withLine("version https://git-lfs.github.com/spec/v1"), listed("a.js")],
    ["letters of every language", withLine("// שלום, привет, 你好 👩‍👩‍👧"), listed("a.js")],
  ])("%s", (_, diff, file) => {
    expect(found(diff, file)).toEqual([]);
  });

  test("a moved text, whose content was read", () => {
    const file = listed("src/new.js", { ...noPatch, status: "renamed", previous_filename: "old.js" });
    expect(found(renamed, file, { moved: { mode: "100644", text: "export const a = 1;\n" } })).toEqual([]);
  });
});

describe("a change of which a part cannot be read", () => {
  const unreadable = [{ path: "a`.bin", why: "is binary for git" }];

  test("is refused by name, whatever the model says of the rest", () => {
    const comments = [{ path: "b.js", line: 1, body: "Nice." }];
    const verdict = refused(unreadable, { verdict: "approve", summary: "APPROVE. All is well.", comments });
    expect(verdict).toMatchObject({ verdict: "request_changes", comments });
    expect(verdict.summary).toContain("- `a?.bin` is binary for git");
    expect(verdict.summary).toContain("On the rest:\n\nAPPROVE. All is well.");
  });

  test("is refused without the model where nothing is left to ask about", () => {
    expect(refused(unreadable, null)).toMatchObject({ verdict: "request_changes", comments: [] });
  });

  test("is listed with 20 names at most", () => {
    const many = Array.from({ length: 25 }, (_, index) => ({ path: `${index}.bin`, why: "is binary for git" }));
    expect(listOf(many).split("\n")).toHaveLength(21);
    expect(listOf(many)).toContain("and 5 more");
  });
});
