import { describe, expect, test } from "vitest";
import { isNpmManifest } from "./npm-changes.ts";
import { isPackageList, lineChanges } from "./package-list.ts";

describe("what the lines of another manifest or of a lock file add", () => {
  // Given these removed and added lines, then these additions.
  test.each<[string, readonly string[], readonly string[], readonly string[]]>([
    ["nothing", [], [], []],
    ["comments and brackets", [], ["# left-pad", "  // left-pad", "  },", ")", ""], []],
    [
      "another version in package-lock.json",
      [
        '      "version": "1.2.3",',
        '      "resolved": "https://registry.npmjs.org/a/-/a-1.2.3.tgz",',
        '      "integrity": "sha512-AAAA/+==",',
      ],
      [
        '      "version": "2.0.0-rc.1",',
        '      "resolved": "https://registry.npmjs.org/a/-/a-2.0.0-rc.1.tgz",',
        '      "integrity": "sha512-BBBB/+==",',
      ],
      [],
    ],
    ["a package", [], ['    "node_modules/left-pad": {'], ['the line "node_modules/left-pad": {']],
    [
      "a package of a package",
      [],
      ['"node_modules/a/node_modules/b": {'],
      ['the line "node_modules/a/node_modules/b": {'],
    ],
    ["an install script of a package", [], ['"hasInstallScript": true,'], ['the line "hasInstallScript": true,']],
    [
      "another server for a package",
      ['"resolved": "https://registry.npmjs.org/a/-/a-1.2.3.tgz",'],
      ['"resolved": "https://evil.example/a/-/a-1.2.3.tgz",'],
      ['the line "resolved": "https://evil.example/a/-/a-1.2.3.tgz",'],
    ],
    [
      "another server by its number",
      ['"resolved": "http://git@10.0.0.1/a.tgz"'],
      ['"resolved": "http://git@10.0.0.2/a.tgz"'],
      ['the line "resolved": "http://git@10.0.0.2/a.tgz"'],
    ],
    ["another version in yarn.lock", ['"a@^1.2.3":', '  version "1.2.3"'], ['"a@^1.3.0":', '  version "1.3.1"'], []],
    ["another package in yarn.lock", ['"a@^1.2.3":'], ['"b@^1.2.3":'], ['the line "b@^1.2.3":']],
    ["another version in go.mod", ["\tgithub.com/a/b v1.2.3"], ["\tgithub.com/a/b v1.4.0"], []],
    ["another module in go.mod", [], ["\tgithub.com/a/b/v2 v2.0.0"], ["the line github.com/a/b/v2 v2.0.0"]],
    ["a replacement in go.mod", [], ["replace a => b v1.0.0"], ["the line replace a => b v1.0.0"]],
    [
      "another version in go.sum",
      ["github.com/a/b v1.2.3 h1:AAAA=", "github.com/a/b v1.2.3/go.mod h1:BBBB="],
      ["github.com/a/b v1.4.0 h1:CCCC=", "github.com/a/b v1.4.0/go.mod h1:DDDD="],
      [],
    ],
    ["another version in requirements.txt", ["a==1.2.3", "b>=2"], ["a==1.3", "b>=3,<4"], ["the line b>=3,<4"]],
    ["another package in requirements.txt", ["a1==1.2.3"], ["a2==1.2.3"], ["the line a2==1.2.3"]],
    ["a package whose name begins with a number", ['  "3-a==1",'], ['  "4-b==1",'], ['the line "4-b==1",']],
    ["another index", [], ["--index-url https://evil"], ["the line --index-url https://evil"]],
    ["another version in Cargo.toml", ['serde = "1.0"'], ['serde = "1.0.200"'], []],
    [
      "a crate",
      ['serde = "1.0"'],
      ['serde = "1.0"', 'evil = { git = "https://x" }'],
      ['the line evil = { git = "https://x" }'],
    ],
    [
      "another version in Cargo.lock",
      [' version = "1.2.3"', `checksum = "${"a".repeat(64)}"`],
      [' version = "1.2.4"', `checksum = "${"b".repeat(64)}"`],
      [],
    ],
    ["a line twice that went once", ['"dev": true'], ['"dev": true', '"dev": true'], ['the line "dev": true']],
    [
      "a line of more than 500 characters",
      ["a ".repeat(300)],
      [`${"a ".repeat(300)}b`],
      [`the line ${"a ".repeat(100)}`],
    ],
  ])("%s", (_, removed, added, expected) => {
    expect(lineChanges({ removed, added })).toEqual(expected);
  });

  test("a line that somebody chose for it makes no comparison long", () => {
    for (const line of ["=".repeat(500), `a ${"1.".repeat(240)}`, " 1".repeat(250), "=1.2-".repeat(100)]) {
      expect(lineChanges({ removed: [], added: [line, "a".repeat(100_000)] }).length).toBeGreaterThan(0);
    }
  });
});

test.each<[string, "npm" | "lines" | null]>([
  ["package.json", "npm"],
  ["web/Package.JSON", "npm"],
  ["package-lock.json", "lines"],
  ["a/yarn.lock", "lines"],
  ["pnpm-lock.yaml", "lines"],
  ["bun.lockb", "lines"],
  ["requirements-dev.txt", "lines"],
  ["requirements/test.txt", "lines"],
  ["docs/requirements/checkout.md", null],
  ["pyproject.toml", "lines"],
  ["go.sum", "lines"],
  ["crates/a/Cargo.toml", "lines"],
  ["pom.xml", "lines"],
  ["gradle/libs.versions.toml", "lines"],
  ["src/file-lock.ts", null],
  ["tsconfig.json", null],
])("%s is compared as %s", (path, how) => {
  expect([isNpmManifest(path), isPackageList(path)]).toEqual([how === "npm", how === "lines"]);
});

test.each(['"hasInstallScript": true,', "requiresBuild: true"])(
  "a package that has got an install script is named, although another one has lost its own: %s",
  (script) => {
    const [removed, added] = [
      ['"version": "1.0.0",', script],
      ['"version": "2.0.0",', script],
    ];
    expect(lineChanges({ removed, added })).toEqual([`the line ${script}`]);
  },
);
