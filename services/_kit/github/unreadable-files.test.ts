import { expect, test } from "vitest";
import { readDiff } from "./diff.ts";
import { type ListedFile, listEnds, unreadableFiles } from "./unreadable-files.ts";

// What one file hides: services/review-e/unreadable.test.ts.

const names = (count: number) => Array.from({ length: count }, (_, at) => `f${at}.txt`);
const listed = (filename: string): ListedFile => ({
  ...{ filename, status: "modified", additions: 1, deletions: 0 },
  ...{ patch: "@@ -0,0 +1 @@\n+x", sha: "b00a0f1f66bdcdb00a0f1f66bdcdb00a0f1f66bd" },
});
const diffOf = (name: string) => `diff --git a/${name} b/${name}
index e69de29..587be6b 100644
--- a/${name}
+++ b/${name}
@@ -0,0 +1 @@
+x
`;

/** What is unreadable in a change of so many files, all of them in the diff, of which GitHub lists these and counts so many. */
function found(length: number, filesCount: number, listEnd: number): readonly string[] {
  const files = names(length);
  const shown = { files: files.map(listed), filesCount, listEnd, moved: new Map() };
  return unreadableFiles({ ...shown, diff: readDiff(files.map(diffOf).join("")) }).map(({ why }) => why);
}

test.each([
  [
    "that is as long as GitHub makes one of a comparison, also where the pull request has no more",
    300,
    300,
    "comparison",
  ],
  ["that is as long as GitHub makes one of a pull request", 3_000, 3_000, "pullRequest"],
] as const)("a list of changed files %s counts as cut", (_name, length, count, kind) => {
  expect(found(length, count, listEnds[kind])).toEqual([
    `GitHub lists ${length} changed files, which is where it ends a list`,
  ]);
});

test("a list of changed files with fewer than GitHub counts is cut, wherever it ends", () => {
  expect(found(300, 301, listEnds.comparison)).toEqual(["GitHub lists 300 of 301 changed files"]);
  expect(found(3, 4, listEnds.pullRequest)).toEqual(["GitHub lists 3 of 4 changed files"]);
});

test("a list of changed files below its end is whole, of a pull request also the one of 300", () => {
  expect(found(299, 299, listEnds.comparison)).toEqual([]);
  expect(found(300, 300, listEnds.pullRequest)).toEqual([]);
});
