import { describe, expect, test } from "vitest";
import type { Verdict } from "#contracts/verdict.ts";
import { linesIn, reviewMarker, reviewOf } from "./decide.ts";

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
  return Object.fromEntries([...linesIn(diff)].map(([path, lines]) => [path, [...lines]]));
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
  ])("%s", (_name, diff, lines) => {
    expect(shown(diff)).toEqual(lines);
  });

  test("each file has its own, whatever the file before it held", () => {
    const all = changed + deleted + renamed + swapped + without + spaced;
    expect(shown(all)).toEqual({ ...shown(changed), ...shown(renamed), ...shown(swapped), ...shown(spaced) });
  });
});

describe("a verdict as a review", () => {
  const here = { path: "new.js", line: 3, body: "Say why." };
  const unshown = { path: "new.js", line: 30, body: "This too." };
  const elsewhere = { path: "other.js", line: 1, body: "And that." };
  const refusal: Verdict = { verdict: "request_changes", summary: "Not yet.", comments: [here, unshown, elsewhere] };

  test("asks for changes with the comments on lines that the diff shows, and the others in its body", () => {
    expect(reviewOf(refusal, renamed, "h1")).toEqual({
      event: "REQUEST_CHANGES",
      body: "Not yet.\n- `new.js:30`: This too.\n- `other.js:1`: And that.\n\n<!-- rig:review h1 -->",
      comments: [here],
    });
  });

  test("a comment on a removed line or a deleted file's line is put into the body, because GitHub refuses it", () => {
    const review = reviewOf({ ...refusal, comments: [{ path: "gone.txt", line: 1, body: "Why?" }] }, deleted, "h1");
    expect(review).toMatchObject({ comments: [], body: expect.stringContaining("`gone.txt:1`: Why?") });
  });

  test("a comment on a file whose name git quotes is not lost", () => {
    const quoted = renamed.replaceAll("b/new.js", '"b/\\303\\251.js"');
    const review = reviewOf({ ...refusal, comments: [{ ...here, path: "é.js" }] }, quoted, "h1");
    expect(review).toMatchObject({ comments: [], body: expect.stringContaining("`é.js:3`: Say why.") });
  });

  test("an approval opens no thread: its comments are in the body", () => {
    const review = reviewOf({ ...refusal, verdict: "approve" }, renamed, "h1");
    expect(review).toMatchObject({ event: "APPROVE", comments: [] });
    for (const { body } of refusal.comments) expect(review.body).toContain(body);
  });

  test("its words decide nothing: a refusal that speaks of approving stays a refusal (production failure 16)", () => {
    const verdict: Verdict = { verdict: "request_changes", summary: "I approve of the idea. APPROVE", comments: [] };
    expect(reviewOf(verdict, renamed, "h1").event).toBe("REQUEST_CHANGES");
    const praise: Verdict = { verdict: "approve", summary: "I cannot approve more strongly", comments: [] };
    expect(reviewOf(praise, renamed, "h1").event).toBe("APPROVE");
  });

  test("the marker is of its head only", () => {
    expect(reviewOf(refusal, renamed, "h1").body).toContain(reviewMarker("h1"));
    expect(reviewOf(refusal, renamed, "h1").body).not.toContain(reviewMarker("h2"));
  });
});
