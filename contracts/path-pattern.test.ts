import { posix } from "node:path";
import { Result, Schema } from "effect";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { coveredBy, isDeceivingPath, PathPattern } from "./path-pattern.ts";

// A row: a pattern, the paths that it covers, and paths that it does not cover.
const rows: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ["facts/policy.yaml", ["facts/policy.yaml"], ["policy.yaml", "facts/policy.yaml2", "a/facts/policy.yaml"]],
  [".github", [".github/workflows/ci.yml", ".github"], ["x/.github/a", ".github2/a", "github/a"]],
  ["src/auth", ["src/auth", "src/auth/a.ts", "src/auth/b/c.ts"], ["src/auth.ts", "src/author.ts", "src"]],
  ["*.sql", ["a.sql", ".sql"], ["db/a.sql", "a.sql.bak"]],
  ["**/*.sql", ["a.sql", "db/a.sql", ".hidden/b/a.sql"], ["a.sq", "a.sqlx"]],
  ["**/auth", ["auth/a.ts", "src/auth/a.ts", "src/.x/auth", "a/b/c/auth/d"], ["src/oauth/a.ts"]],
  ["src/**/db", ["src/db", "src/a/b/db/x"], ["db", "a/src/db"]],
  ["src/**", ["src/a", "src/a/b"], ["srcs/a"]],
  ["a?c", ["abc", "a.c", "a?c/d"], ["ac", "abbc", "a/c"]],
  ["**/*payment*", ["payment.ts", "src/my-payments/x.ts", "src/RePayment.ts"], ["pay/ment.ts"]],
  ["**", ["a", "a/b", ".c"], []],
  ["a*b*c", ["abc", "aXbYc", "abcbc"], ["ab", "acb", "abcd"]],
  [".GitHub", [".github/a", ".GITHUB/a", ".GıtHub/a", ".ｇithub/a"], []],
  ["**/straße", ["STRASSE/a", "strasse"], []],
  ["**/caf\u00e9", ["cafe\u0301/menu"], ["cafe"]],
];

describe.each(rows)("the pattern %s", (pattern, covered, others) => {
  const covers = coveredBy([pattern]);
  test.each([...covered.map((path) => [path, true] as const), ...others.map((path) => [path, false] as const)])(
    "covers %s: %s",
    (path, expected) => {
      expect(covers(path)).toBe(expected);
    },
  );
});

const name = fc.string({ unit: fc.constantFrom("a", "b", "."), minLength: 1, maxLength: 4 });
// Node's own matcher tells apart what begins with a dot, and what is `.` or `..`.
const plainName = name.map((text) => `a${text}`);
const wildName = fc.oneof(
  plainName,
  fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), minLength: 1, maxLength: 5 }),
);
const wild = fc
  .array(fc.oneof({ weight: 3, arbitrary: wildName }, fc.constant("**")), { minLength: 1, maxLength: 5 })
  .map((names) => names.map((each) => (each === "**" ? each : each.replaceAll(/\*+/g, "*"))).join("/"));
const path = fc.array(plainName, { minLength: 1, maxLength: 6 }).map((names) => names.join("/"));

test("a pattern covers what Node's matcher matches, and what is in a folder that it matches", () => {
  fc.assert(
    fc.property(wild, path, (pattern, at) => {
      const names = at.split("/");
      const folders = names.map((_, index) => names.slice(0, index + 1).join("/"));
      // Node's `a/**` does not match `a`; here it covers what `a` covers.
      const matched = pattern.replace(/(\/\*\*)+$/, "");
      const expected = folders.some((each) => posix.matchesGlob(each, matched));
      expect(coveredBy([pattern])(at)).toBe(expected);
    }),
    { numRuns: 2_000 },
  );
});

test("no pattern and path that somebody chose for each other make the comparison long", () => {
  const patterns = [`${"*a".repeat(99)}b`, `${"**/*a*/".repeat(28)}b`];
  expect(coveredBy(patterns)(Array.from({ length: 20 }, () => "a".repeat(200)).join("/"))).toBe(false);
});

test.each(["", "/src", "src/", "a//b", "a**", "**a/b", "src/{a,b}", "[ab]", "!src", "src\\a", "x".repeat(201)])(
  "%j is no pattern",
  (wrong) => {
    expect(Result.isFailure(Schema.decodeUnknownResult(PathPattern)(wrong))).toBe(true);
  },
);

describe("a path that may be taken for another one", () => {
  test.each([
    ["a character without width", ".git\u200chub/workflows/ci.yml"],
    ["a soft hyphen", "CODE\u00adOWNERS"],
    ["letters that turn the text", "src/\u202etxt.ts"],
    ["a line feed", "a\nb"],
    ["a character of private use, which stands for a dot at the end on some shares", "CODEOWNERS\uf029"],
    ["a backslash", ".github\\workflows\\ci.yml"],
    ["a stream of NTFS", ".github::$INDEX_ALLOCATION/workflows/ci.yml"],
    ["a dot at its end", "CODEOWNERS."],
    ["a dot at the end of a folder", ".github./workflows/ci.yml"],
    ["a space at its end", "CODEOWNERS "],
    ["three dots in one character at its end", "CODEOWNERS\u2026"],
    ["a short name of Windows", "GITHUB~1/workflows/ci.yml"],
    ["a short name with an ending", "docs/CODEOW~1.MD"],
    ["bytes that are no text", "a\ufffd"],
    ["a wide slash", "a\uff0fb"],
  ])("has %s", (_, odd) => {
    expect(isDeceivingPath(odd)).toBe(true);
  });

  test.each([
    "src/a.ts",
    ".github/workflows/ci.yml",
    "docs/Überblick.md",
    "文書/読む.md",
    "a b/c-d_e.f",
    "v1..2/x",
    "a~b",
  ])("is not %s", (plain) => {
    expect(isDeceivingPath(plain)).toBe(false);
  });
});
