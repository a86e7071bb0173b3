import { describe, expect, test } from "vitest";
import { npmChanges } from "./npm-changes.ts";

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
