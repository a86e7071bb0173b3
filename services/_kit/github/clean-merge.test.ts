import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { changedOnBoth, isCleanText, type Merge, type Tree } from "./clean-merge.ts";

const file = (sha: string, mode = "100644") => ({ mode, sha });
const treeOf = (files: Readonly<Record<string, string | { readonly mode: string; readonly sha: string }>>): Tree =>
  new Map(Object.entries(files).map(([path, of]) => [path, typeof of === "string" ? file(of) : of]));

const trees = (merged: Parameters<typeof treeOf>[0]): Merge<Tree> => ({
  base: treeOf({ "a.js": "a0", "b.js": "b0", "old.js": "o0", "kept.js": "k0" }),
  ours: treeOf({ "a.js": "a1", "b.js": "b0", "old.js": "o0", "kept.js": "k0", "own.js": "n1" }),
  theirs: treeOf({ "a.js": "a0", "b.js": "b2", "kept.js": "k0", "their.js": "t2" }),
  merged: treeOf(merged),
});
const clean = { "a.js": "a1", "b.js": "b2", "kept.js": "k0", "own.js": "n1", "their.js": "t2" };

describe("a tree is a clean merge of two others", () => {
  test("where it has what either side changed, added and removed", () => {
    expect(changedOnBoth(trees(clean))).toEqual([]);
  });

  test("with the files that both sides changed, of which their text tells", () => {
    const both = {
      ...{ base: treeOf({ "a.js": "a0" }), ours: treeOf({ "a.js": file("a1", "100755") }) },
      ...{ theirs: treeOf({ "a.js": "a2" }), merged: treeOf({ "a.js": file("a3", "100755") }) },
    };
    expect(changedOnBoth(both)).toEqual([{ base: "a0", ours: "a1", theirs: "a2", merged: "a3" }]);
    expect(changedOnBoth({ ...both, merged: treeOf({ "a.js": "a3" }) })).toBeNull();
  });

  test.each<[string, Parameters<typeof treeOf>[0]]>([
    ["a file that nobody touched is another one", { ...clean, "kept.js": "k9" }],
    ["a file that one side changed is another one", { ...clean, "a.js": "a9" }],
    ["the change of the branch is missing", { ...clean, "a.js": "a0" }],
    ["the change of the base is missing", { ...clean, "b.js": "b0" }],
    ["a file is more", { ...clean, "more.js": "m9" }],
    ["a file that was removed is back", { ...clean, "old.js": "o0" }],
    ["a file has become a symbolic link with the same bytes", { ...clean, "kept.js": file("k0", "120000") }],
    ["a file has become executable", { ...clean, "kept.js": file("k0", "100755") }],
  ])("not where %s", (_name, merged) => {
    expect(changedOnBoth(trees(merged))).toBeNull();
  });

  test("not where one side removed what the other one changed, or both added the same path, whatever came of it", () => {
    const [none, one, two] = [treeOf({}), treeOf({ "a.js": "a1" }), treeOf({ "a.js": "a2" })];
    for (const merged of [none, one, two]) {
      expect(changedOnBoth({ base: treeOf({ "a.js": "a0" }), ours: none, theirs: two, merged })).toBeNull();
      expect(changedOnBoth({ base: none, ours: one, theirs: two, merged })).toBeNull();
    }
  });
});

describe("a tree is no clean merge where git may see a move on which the two sides do not agree", () => {
  const base = treeOf({ "a.js": "a0", "lib/b.js": "b0", "lib/c.js": "c0" });

  test("of a file that both removed from its place", () => {
    const ours = treeOf({ "moved.js": "a0", "lib/b.js": "b0", "lib/c.js": "c0" });
    const theirs = treeOf({ "lib/b.js": "b0", "lib/c.js": "c0" });
    expect(changedOnBoth({ base, ours, theirs, merged: ours })).toBeNull();
    expect(changedOnBoth({ base, ours: theirs, theirs: ours, merged: ours })).toBeNull();
  });

  test("of a directory into which the other side put a file", () => {
    const own = { "a.js": "a0", "src/b.js": "b0", "src/c.js": "c0" };
    for (const added of ["lib/new.js", "lib/deep/new.js"]) {
      const sides = { ours: treeOf(own), theirs: new Map([...base, ...treeOf({ [added]: "n1" })]) };
      const merged = treeOf({ ...own, [added]: "n1" });
      expect(changedOnBoth({ base, ...sides, merged })).toBeNull();
      expect(changedOnBoth({ base, ours: sides.theirs, theirs: sides.ours, merged })).toBeNull();
    }
  });
});

describe("a text is a clean merge of two others", () => {
  const base = "1\n2\n3\n4\n5\n6\n";
  const [ours, theirs] = ["one\n2\n3\n4\n5\n6\n", "1\n2\n3\n4\n5\nsix\nseven"];

  test("where it has the changes of both, also one that both made", () => {
    expect(isCleanText({ base, ours, theirs, merged: "one\n2\n3\n4\n5\nsix\nseven" })).toBe(true);
    expect(isCleanText({ base, ours, theirs: ours, merged: ours })).toBe(true);
    expect(isCleanText({ base, ours, theirs: base, merged: ours })).toBe(true);
  });

  test.each([
    ["one change is missing", ours],
    ["a line is more", "one\n2\n3\n4\n5\nsix\nseven\neight"],
    ["a line between is another one", "one\n2\nevil\n4\n5\nsix\nseven"],
    ["the end of the last line is another one", "one\n2\n3\n4\n5\nsix\nseven\n"],
  ])("not where %s", (_name, merged) => {
    expect(isCleanText({ base, ours, theirs, merged })).toBe(false);
  });

  test("not where no line stands between the two changes, as git has it", () => {
    const [upper, lower] = ["1\ntwo\n3\n4\n5\n6\n", "1\n2\nthree\n4\n5\n6\n"];
    expect(isCleanText({ base, ours: upper, theirs: lower, merged: "1\ntwo\nthree\n4\n5\n6\n" })).toBe(false);
  });
});

describe("beside git", () => {
  let directory = "";
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "merge-"));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  /** What `git merge-file` makes of three texts; null for a conflict. */
  function merged({ base, ours, theirs }: Omit<Merge<string>, "merged">): string | null {
    const paths = Object.entries({ ours, base, theirs }).map(([name, text]) => {
      writeFileSync(join(directory, name), text);
      return join(directory, name);
    });
    try {
      return execFileSync("git", ["merge-file", "-p", ...paths], { encoding: "utf8", stdio: "pipe" });
    } catch {
      return null;
    }
  }

  test("no change counts as clean whose place is not certain, because the lines around it stand there more than once", () => {
    const text = (letters: string) => [...letters].map((letter) => `${letter}\n`).join("");
    const conflict = { base: text("arraw"), ours: text("arrwrraw"), theirs: text("agraaww") };
    expect(merged(conflict)).toBeNull();
    expect(isCleanText({ ...conflict, merged: text("agrwrraaww") })).toBe(false);
    const other = { base: text("  ra "), ours: text("a   ga "), theirs: text(" g  ra ") };
    expect(merged(other)).toBe(text("a  g  ga "));
    expect(isCleanText({ ...other, merged: text("a g   ga ") })).toBe(false);
  });

  test("what counts as a clean merge is what git makes, and nothing is one where git finds a conflict", () => {
    const text = fc.array(fc.constantFrom("a\n", "b\n", "c\n", "d\n", "e\n"), { maxLength: 9 });
    const numbered = Array.from({ length: 12 }, (_, line) => `${line}\n`);
    const edited = fc.array(fc.tuple(fc.nat(11), fc.constantFrom("", "x\n", "y\nz\n")), { maxLength: 2 });
    const edit = (edits: readonly (readonly [number, string])[]) =>
      numbered.map((line, at) => edits.find(([place]) => place === at)?.[1] ?? line).join("");
    const plain = fc.tuple(edited, edited).map(([ours, theirs]) => {
      return { base: numbered.join(""), ours: edit(ours), theirs: edit(theirs) };
    });
    const any = fc.record({ base: text, ours: text, theirs: text }).map(({ base, ours, theirs }) => {
      return { base: base.join(""), ours: ours.join(""), theirs: theirs.join("") };
    });
    let agreed = 0;
    const check = (isExact: boolean) => (sides: Omit<Merge<string>, "merged">) => {
      const byGit = merged(sides);
      const isClean = byGit !== null && isCleanText({ ...sides, merged: byGit });
      agreed += isClean ? 1 : 0;
      if (isExact && byGit !== null) expect(isClean).toBe(true);
      expect(isCleanText({ ...sides, merged: `${byGit}evil\n` })).toBe(false);
    };
    fc.assert(fc.property(plain, check(true)), { numRuns: 100 });
    fc.assert(fc.property(any, check(false)), { numRuns: 100 });
    expect(agreed).toBeGreaterThan(50);
  });
});
