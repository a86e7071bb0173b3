import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Codeowners, ownersOf, ownersOfChange, parseCodeowners } from "./codeowners.ts";
import { publicPatterns } from "./test-public-patterns.ts";

/** What a CODEOWNERS file of these lines says. */
function said(...lines: readonly string[]): Codeowners {
  const parsed = parseCodeowners(lines.join("\n"));
  if ("notLoaded" in parsed) throw new Error(parsed.notLoaded);
  return parsed;
}

const owned = (path: string, ...lines: readonly string[]) => ownersOf(path, said(...lines).rules);

describe("the public corpus of patterns", () => {
  test("has 153 paths that match or do not", () => {
    expect(publicPatterns.flatMap(({ paths }) => Object.keys(paths))).toHaveLength(153);
  });

  test.each(publicPatterns)("$name: $pattern", ({ pattern, paths }) => {
    const { rules } = said(`${pattern} @user`);
    const found = Object.keys(paths).map((path) => [path, ownersOf(path, rules) !== null]);
    expect(Object.fromEntries(found)).toEqual(paths);
  });
});

/** The example of https://docs.github.com/articles/about-code-owners, without most of its comments. */
const example = [
  "# This is a comment.",
  "*       @global-owner1 @global-owner2",
  "*.js    @js-owner #This is an inline comment.",
  "*.go docs@example.com",
  "*.txt @octo-org/octocats",
  "/build/logs/ @doctocat",
  "docs/* docs@example.com",
  "apps/ @octocat",
  "/docs/ @doctocat",
  "/scripts/ @doctocat @octocat",
  "**/logs @octocat",
  "/apps/ @octocat",
  "/apps/github",
];

describe("GitHub's example", () => {
  test.each([
    ["README.md", ["@global-owner1", "@global-owner2"]],
    ["src/deep/index.js", ["@js-owner"]],
    ["src/main.go", ["docs@example.com"]],
    ["notes/a.txt", ["@octo-org/octocats"]],
    ["build/logs/a.txt", ["@octocat"]],
    ["deeply/nested/logs/today/a.js", ["@octocat"]],
    ["src/apps/a.js", ["@octocat"]],
    ["docs/a.md", ["@doctocat"]],
    ["docs/build-app/troubleshooting.md", ["@doctocat"]],
    ["scripts/run.js", ["@doctocat", "@octocat"]],
    ["apps/main/a.js", ["@octocat"]],
    ["apps/github/a.js", []],
  ])("names the owners of %s", (path, owners) => {
    expect(owned(path, ...example)).toEqual(owners);
  });

  test("has no line that GitHub skips", () => {
    expect(said(...example).invalid).toEqual([]);
  });
});

describe("the last line that matches decides", () => {
  test("also where an earlier one says more about the path", () => {
    expect(owned("src/a.ts", "/src/a.ts @user", "* @other")).toEqual(["@other"]);
  });

  test("a line without owners clears, and no line at all is not the same", () => {
    expect(owned("src/a.ts", "* @user", "/src/ # nobody")).toEqual([]);
    expect(owned("src/a.ts", "/docs/ @user")).toBeNull();
  });

  test("of two lines with one pattern the second counts, not both", () => {
    expect(owned("apps/a", "apps/ @octocat", "apps/ @doctocat")).toEqual(["@doctocat"]);
  });

  test("docs/* reaches no file in a folder of docs", () => {
    expect(owned("docs/a.md", "* @user", "docs/* @docs")).toEqual(["@docs"]);
    expect(owned("docs/b/c.md", "* @user", "docs/* @docs")).toEqual(["@user"]);
  });

  test("letter case counts", () => {
    expect(owned("Docs/a.md", "docs/ @docs")).toBeNull();
  });
});

describe("a line", () => {
  test.each<readonly [string, string, string, readonly string[]]>([
    ["with a comment behind its owners", "src/ @user # @other", "src/a", ["@user"]],
    ["with a comment directly behind an owner", "src/ @user#other", "src/a", ["@user"]],
    ["that begins with spaces and tabs", " \tsrc/\t \t@user ", "src/a", ["@user"]],
    ["that ends as on Windows", "src/ @user\r", "src/a", ["@user"]],
    ["behind a byte order mark", "\uFEFFsrc/ @user", "src/a", ["@user"]],
    ["with a space in its pattern", "my\\ docs/ @user", "my docs/a", ["@user"]],
    ["with a # in its pattern", "a#b @user", "a#b", ["@user"]],
    ["with a ? that a backslash makes plain", "a\\?.ts @user", "a?.ts", ["@user"]],
    ["with ? for a character of two code units", "?.ts @user", "😀.ts", ["@user"]],
    ["with brackets behind backslashes", "src/\\[id\\].ts @user", "src/[id].ts", ["@user"]],
    ["with ** inside a name, which is as *", "a**b @user", "axb", ["@user"]],
    ["with an owner of a managed company", "src/ @user_corp", "src/a", ["@user_corp"]],
    [
      "with owners of all kinds",
      "src/ @user @org/team_a a.b+c@d-e.co.uk",
      "src/a",
      ["@user", "@org/team_a", "a.b+c@d-e.co.uk"],
    ],
  ])("%s", (_, line, path, owners) => {
    expect(said(line).invalid).toEqual([]);
    expect(owned(path, line)).toEqual(owners);
  });

  test.each(["", "  \t", "# src/ @user", "  # src/ @user", "\r"])("%j says nothing", (line) => {
    expect(said(line)).toEqual({ rules: [], invalid: [] });
  });
});

/** Lines that GitHub skips and that match nothing, with a part of the reason. */
const invalidLines = [
  ["!docs/ @user", "!"],
  ["***/a.rb @user", "three asterisks"],
  [`${"*".repeat(200)} @user`, "three asterisks"],
  ["/ @user", "empty name"],
  ["a//b @user", "empty name"],
  ["src\\", "backslash at the end"],
  ["src/ user", "owner 1"],
  ["src/ @user @", "owner 2"],
  ["src/ @org/", "owner 1"],
  ["src/ @org/team/part", "owner 1"],
  ["src/ docs@", "owner 1"],
  ["src/ @one@two", "owner 1"],
  ["src/ @user, @other", "owner 1"],
  ["src/\u00a0@user @user \u200b", "owner 2"],
] as const;

describe("an invalid line", () => {
  test.each(invalidLines)("%j is skipped, and reported with its number", (line, reason) => {
    const { rules, invalid } = said("* @user", "", line, "docs/ @docs");
    expect(rules.map((rule) => rule.line)).toEqual([1, 4]);
    expect(invalid).toEqual([{ line: 3, reason: expect.stringContaining(reason) }]);
  });
});

describe("a line that GitHub skips although it is clear what it wants", () => {
  test.each([
    ["src/[id].ts", "src/[id].ts"],
    ["\\#draft.md", "#draft.md"],
  ])("%s is reported, and asks its owners besides those of the lines before it", (pattern, path) => {
    const { rules, invalid } = said("* @all", `${pattern} @user`);
    expect(invalid).toMatchObject([{ line: 2 }]);
    expect(ownersOfChange([{ path, previousPath: null }], rules)).toEqual([
      { path, owners: ["@user"], line: 2 },
      { path, owners: ["@all"], line: 1 },
    ]);
  });

  test("clears nothing, and is no range of characters", () => {
    const { rules } = said("* @all", "src/[ab].ts");
    const path = "src/[ab].ts";
    expect(ownersOfChange([{ path, previousPath: null }], rules)).toContainEqual({ path, owners: ["@all"], line: 1 });
    expect(ownersOf("src/a.ts", rules)).toEqual(["@all"]);
  });
});

describe("a change", () => {
  const { rules } = said("/src/ @src", "/docs/ @docs", "/docs/drafts/");

  test("asks for both paths of a file that was moved", () => {
    expect(ownersOfChange([{ path: "docs/a.md", previousPath: "src/a.md" }], rules)).toEqual([
      { path: "docs/a.md", owners: ["@docs"], line: 2 },
      { path: "src/a.md", owners: ["@src"], line: 1 },
    ]);
  });

  test("tells a path that is cleared from one that no line matches, and names each path once", () => {
    const files = [
      { path: "docs/drafts/a.md", previousPath: "a.md" },
      { path: "a.md", previousPath: null },
    ];
    expect(ownersOfChange(files, rules)).toEqual([
      { path: "docs/drafts/a.md", owners: [], line: 3 },
      { path: "a.md", owners: null, line: null },
    ]);
  });
});

describe("the file", () => {
  test("of 3,000,000 bytes is not loaded, so nobody takes it for one without owners", () => {
    const text = "* @user\n#".padEnd(2_999_999, " ");
    expect(parseCodeowners(text)).toMatchObject({ rules: [{ owners: ["@user"] }] });
    expect(parseCodeowners(`${text} `)).toEqual({ notLoaded: expect.stringContaining("3000000 bytes") });
    expect(parseCodeowners("é".repeat(1_500_000))).toHaveProperty("notLoaded");
  });
});

describe("whatever the file says", () => {
  const pieces = fc.constantFrom(..."ab*?/\\[#! \té\r", "**", " @user", " a@b.c");
  const line = fc.array(pieces, { maxLength: 8 }).map((each) => each.join(""));
  const lines = fc.array(line, { maxLength: 6 });
  const name = fc.constantFrom("a", "b", "ab", "*", "é", "[", "#a", "!a", "");
  const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join("/"));
  const runs = { numRuns: 2_000 };

  test("a line before the last one that matches changes nothing", () => {
    fc.assert(
      fc.property(lines, line, path, fc.nat(), (all, other, at, where) => {
        const { rules } = said(...all);
        const deciding = rules.findLast((rule) => ownersOf(at, [rule]) !== null);
        fc.pre(deciding !== undefined);
        const changed = all.toSpliced(where % deciding.line, 0, other);
        expect(owned(at, ...changed)).toEqual(deciding.owners);
      }),
      runs,
    );
  });

  test("invalid lines change no owner", () => {
    const invalid = fc.constantFrom(...invalidLines.map(([text]) => text));
    fc.assert(
      fc.property(fc.array(fc.tuple(line, fc.array(invalid, { maxLength: 2 }))), path, (all, at) => {
        const without = all.map(([text]) => text);
        const withThem = all.flatMap(([text, others]) => [...others, text]);
        const ownersIn = (lines: readonly string[]) =>
          ownersOfChange([{ path: at, previousPath: null }], said(...lines).rules).map(({ owners }) => owners);
        expect(ownersIn(withThem)).toEqual(ownersIn(without));
      }),
      runs,
    );
  });

  test("each line is a comment, a rule, or reported, and nothing is thrown", () => {
    const units = fc.array(fc.nat(0xffff), { maxLength: 20 }).map((all) => String.fromCharCode(...all));
    const texts = fc.oneof(
      units,
      lines.map((all) => all.join("\n")),
    );
    fc.assert(
      fc.property(texts, fc.oneof(units, path), (text, at) => {
        const { rules, invalid } = said(text);
        const numbers = new Set([...rules, ...invalid].map((each) => each.line));
        const all = text.replace(/^\uFEFF/, "").split("\n");
        const saying = all.filter((each) => !/^[ \t]*(#|\r?$)/.test(each));
        expect(numbers.size).toBe(saying.length);
        expect(ownersOf(at, rules) ?? []).toEqual(expect.any(Array));
      }),
      runs,
    );
  });

  test.each(["@", " ", "*a", "\\["])("a pattern and an owner of 1.4 MB, both of %j, are read", (piece) => {
    const long = piece.repeat(1_400_000 / piece.length);
    const { rules } = said(`${long} @${long}`);
    expect(ownersOf("a/a/a", rules)).toBeNull();
  });
});
