import { describe, expect, test } from "vitest";
import { linesOf, readDiff } from "./diff.ts";

// The diffs are git's own output (2.43).

const changed = `diff --git a/a.txt b/a.txt
index b00a0f1..f66bdcd 100644
--- a/a.txt
+++ b/a.txt
@@ -1,8 +1,11 @@
 one
+++ b/other.txt
+-- x
 two
 three
 four
 five
 six
 seven
-eight
+EIGHT
+nine
`;
const deleted = `diff --git a/gone.txt b/gone.txt
deleted file mode 100644
index 286c5f5..0000000
--- a/gone.txt
+++ /dev/null
@@ -1 +0,0 @@
-gone
`;
const renamed = `diff --git a/old.js b/new.js
similarity index 80%
rename from old.js
rename to new.js
index 0ec1772..49db0cb 100644
--- a/old.js
+++ b/new.js
@@ -1,5 +1,5 @@
 r1
 r2
-r3
+R3
 r4
 r5
`;
const swapped = `diff --git a/sql.sql b/sql.sql
index 93a3d97..313f918 100644
--- a/sql.sql
+++ b/sql.sql
@@ -1 +1 @@
--- old
+++ b/a.txt
`;
const spaced = `diff --git a/a b.txt b/a b.txt
index c1b0730..1b32298 100644
--- a/a b.txt\t
+++ b/a b.txt\t
@@ -1 +1,2 @@
-x
\\ No newline at end of file
+x
+y
\\ No newline at end of file
`;
const without = `diff --git a/bin.dat b/bin.dat
new file mode 100644
index 0000000..bdc955b
Binary files /dev/null and b/bin.dat differ
diff --git a/empty.txt b/empty.txt
new file mode 100644
index 0000000..e69de29
`;
const twoHunks = `diff --git a/long.txt b/long.txt
index 1111111..2222222 100644
--- a/long.txt
+++ b/long.txt
@@ -3,2 +3,3 @@ function one() {
 c
+new
 d
@@ -40 +41 @@ function two() {
-old
+forty-one
`;

function shown(diff: string): Readonly<Record<string, readonly number[]>> {
  return Object.fromEntries([...linesOf(readDiff(diff))].map(([path, lines]) => [path, [...lines]]));
}

describe("the lines that a diff shows of the new files", () => {
  test.each<[string, string, Readonly<Record<string, readonly number[]>>]>([
    ["added and kept lines, not removed ones", twoHunks, { "long.txt": [3, 4, 5, 41] }],
    ["a renamed file by its new name", renamed, { "new.js": [1, 2, 3, 4, 5] }],
    ["nothing of a deleted file", deleted, {}],
    ["nothing of binary and empty files", without, {}],
    ["a name with spaces, and no line for the missing newline", spaced, { "a b.txt": [1, 2] }],
    [
      "a line that begins with ++ or -- as a line of its file",
      changed,
      { "a.txt": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] },
    ],
    ["a removed line that looks like a file's name", swapped, { "sql.sql": [1] }],
    ["nothing of an empty diff", "", {}],
    ["nothing of a text that is no diff", "Nothing to see here.\n+ really\n", {}],
  ])("%s", (_name, diff, lines) => {
    expect(shown(diff)).toEqual(lines);
  });

  test("each file has its own, whatever the file before it held", () => {
    const all = changed + deleted + renamed + swapped + without + spaced;
    expect(shown(all)).toEqual({ ...shown(changed), ...shown(renamed), ...shown(swapped), ...shown(spaced) });
  });
});

const head = (names: string) => `diff --git ${names}\nindex b00a0f1..f66bdcd 100644\nBinary files differ\n`;
const quoted = `diff --git "a/o\\303\\244.js" "b/\\303\\251\\t\\".js"
similarity index 100%
rename from "o\\303\\244.js"
rename to "\\303\\251\\t\\".js"
`;

test.each([
  ["with a name", head("a/x.bin b/x.bin"), "x.bin"],
  ["with a name that looks like two", head("a/x b/x b/x b/x"), "x b/x"],
  ["with a name that git quotes", head('"a/\\303\\251.bin" "b/\\303\\251.bin"'), "\u00e9.bin"],
  ["that is deleted", deleted, "gone.txt"],
  ["that is moved", quoted, '\u00e9\t".js'],
])("a file %s is found by its path", (_, diff, path) => {
  expect(readDiff(diff).map((file) => file.path)).toEqual([path]);
});

test("a line of a file that looks like another file's beginning is none", () => {
  const hostile = changed.replace("+nine", "+diff --git a/other.js b/other.js");
  expect(readDiff(hostile).map(({ path, isCut }) => [path, isCut])).toEqual([["a.txt", false]]);
});
