import { describe, expect, test } from "vitest";
import { isNpmManifest, isPackageList, lineChanges, npmChanges } from "./package-changes.ts";

describe("what a package.json adds", () => {
  const base = {
    name: "shop",
    version: "1.0.0",
    scripts: { test: "node --test", prepare: "husky && npm run build", build: "tsc" },
    dependencies: { octokit: "^5.0.0", tool: "github:acme/tool" },
    devDependencies: { vitest: "1.0.0" },
  };
  // Given these keys in the place of the base's, then these additions.
  test.each<[string, object, readonly string[]]>([
    ["nothing", {}, []],
    ["a description and another version", { version: "1.0.1", description: "Sells." }, []],
    ["a script that no install runs", { scripts: { ...base.scripts, lint: "biome ci" } }, []],
    ["another test", { scripts: { ...base.scripts, test: "vitest" } }, []],
    [
      "another version of a dependency",
      { dependencies: { ...base.dependencies, octokit: "^6.1.0-beta.2 || 7.x" } },
      [],
    ],
    ["a dependency fewer", { dependencies: {} }, []],
    ["a dependency in another list", { dependencies: {}, optionalDependencies: base.dependencies }, []],
    ["a dependency", { dependencies: { ...base.dependencies, "left-pad": "1" } }, ["the dependency left-pad"]],
    ["one for the tests", { devDependencies: { ...base.devDependencies, "@a/b": "1" } }, ["the dependency @a/b"]],
    ["one that npm installs for a peer", { peerDependencies: { react: "*" } }, ["the dependency react"]],
    ["an alias for another package", { dependencies: { octokit: "npm:evil@1" } }, ["the dependency octokit"]],
    ["an address for a package", { dependencies: { octokit: "https://evil/x.tgz" } }, ["the dependency octokit"]],
    ["a repository for a package", { dependencies: { octokit: "evil/octokit" } }, ["the dependency octokit"]],
    ["a file for a package", { dependencies: { octokit: "evil.tgz" } }, ["the dependency octokit"]],
    ["a path of Windows for a package", { dependencies: { octokit: "..\\evil" } }, ["the dependency octokit"]],
    ["another repository", { dependencies: { tool: "github:evil/tool" } }, ["the dependency tool"]],
    [
      "an install script",
      { scripts: { ...base.scripts, postinstall: "node x.js" } },
      ["the install script postinstall"],
    ],
    ["another install script", { scripts: { ...base.scripts, prepare: "curl" } }, ["the install script prepare"]],
    ["what an install script runs", { scripts: { ...base.scripts, build: "curl" } }, ["the install script build"]],
    ["what runs before that", { scripts: { ...base.scripts, prebuild: "curl" } }, ["the install script prebuild"]],
    ["an override", { overrides: { octokit: "npm:evil@1" } }, ["a value for overrides"]],
    ["another package manager", { packageManager: "evil@1" }, ["a value for packageManager"]],
    ["scripts that are a list", { scripts: ["postinstall"] }, []],
    ["dependencies that are a text", { dependencies: "evil" }, ["the dependency "]],
  ])("%s", (_, changed, expected) => {
    expect(npmChanges(JSON.stringify(base), JSON.stringify({ ...base, ...changed }))).toEqual(expected);
  });

  const unknown = "what nobody can tell: it is no manifest that npm reads";
  test.each<[string, string | null, string, readonly string[]]>([
    ["all of it where there was none", null, '{ "dependencies": { "a": "1" } }', ["the dependency a"]],
    ["all of it where the one before cannot be read", "{", '{ "dependencies": { "a": "1" } }', ["the dependency a"]],
    ["something where it cannot be read", "{}", "{ // a comment\n}", [unknown]],
    ["something where it is no object", "{}", "[]", [unknown]],
    ["nothing with a mark of the order of bytes", "{}", "\uFEFF{}", []],
    [
      "what the last of two keys has",
      "{}",
      '{ "scripts": {}, "scripts": { "install": "x" } }',
      ["the install script install"],
    ],
    ["a key of every object", "{}", '{ "dependencies": { "__proto__": "1" } }', ["the dependency __proto__"]],
  ])("%s", (_, before, after, expected) => {
    expect(npmChanges(before, after)).toEqual(expected);
  });

  test("ten of them by name", () => {
    const dependencies = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`p${index}`, "1"]));
    const changes = npmChanges("{}", JSON.stringify({ dependencies }));
    expect(changes).toHaveLength(11);
    expect(changes.at(-1)).toBe("2 more of the kind");
  });
});

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
