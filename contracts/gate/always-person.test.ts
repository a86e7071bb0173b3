import { Arbitrary, Effect, Schema } from "effect";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { personReasons } from "./always-person.ts";
import { type ChangedFile, ChangedFiles } from "./changed-files.ts";
import type { FileRules } from "./person-rules.ts";

const rules: FileRules = {
  personPaths: {
    auth: ["**/auth", "**/auth.*"],
    payment: ["**/*payment*"],
    schema: ["**/migrations", "**/*.sql"],
    deletion: ["**/*delete*"],
    policy: ["**/AGENTS.md"],
    other: ["docs/legal"],
  },
  largeChange: { filesMax: 20, linesMax: 500 },
};

const file = (path: string, more: Partial<ChangedFile> = {}): ChangedFile => ({
  path,
  previousPath: null,
  status: "modified",
  additions: 1,
  deletions: 0,
  unreadable: null,
  isSubmodule: false,
  packageChanges: [],
  ...more,
});
const many = (count: number, more: Partial<ChangedFile> = {}) =>
  Array.from({ length: count }, (_, index) => file(`src/${index}.ts`, more));

/** What a row gives besides files: labels that people set, and what GitHub does not show. */
interface Given {
  readonly files: readonly (string | ChangedFile)[];
  readonly labels?: readonly string[];
  readonly unseen?: readonly string[];
}

function reasonsFor({ files, labels = [], unseen = [] }: Given) {
  const all = files.map((each) => (typeof each === "string" ? file(each) : each));
  return personReasons({ files: all, unseen }, labels, rules);
}

// Given a change, then these reasons, as "rule: paths". To add a row, name it, say which files change, and what holds them.
const rows: readonly (readonly [string, Given, readonly string[]])[] = [
  ["of code and its test", { files: ["src/a.ts", "test/a.test.ts", "README.md"] }, []],
  ["of nothing", { files: [] }, []],
  ["of the rig's file", { files: [".rig-agent.yaml"] }, ["rig: .rig-agent.yaml"]],
  ["of a file with its name elsewhere", { files: ["docs/.rig-agent.yaml"] }, []],
  ["of the operator's policy", { files: ["facts/policy.yaml"] }, ["rig: facts/policy.yaml"]],
  ["of the owners", { files: ["CODEOWNERS", "docs/CODEOWNERS"] }, ["owners: CODEOWNERS, docs/CODEOWNERS"]],
  [
    "of the owners in .github",
    { files: [".github/CODEOWNERS"] },
    ["github: .github/CODEOWNERS", "owners: .github/CODEOWNERS"],
  ],
  ["of owners where GitHub reads none", { files: ["src/CODEOWNERS"] }, []],
  ["of a workflow", { files: [".github/workflows/ci.yml"] }, ["github: .github/workflows/ci.yml"]],
  ["of an action", { files: [".github/actions/x/run.sh"] }, ["github: .github/actions/x/run.sh"]],
  ["of a template", { files: [".github/pull_request_template.md"] }, ["github: .github/pull_request_template.md"]],
  ["of an action elsewhere", { files: ["ci/build/action.yml"] }, ["checks: ci/build/action.yml"]],
  ["of another system's checks", { files: [".circleci/config.yml"] }, ["checks: .circleci/config.yml"]],
  [
    "of what diffs show",
    { files: [".gitattributes", "a/.gitattributes"] },
    ["attributes: .gitattributes, a/.gitattributes"],
  ],
  ["of the list of submodules", { files: [".gitmodules"] }, ["submodules: .gitmodules"]],
  ["of a submodule", { files: [file("lib", { isSubmodule: true })] }, ["submodules: lib"]],
  ["of where packages come from", { files: ["web/.npmrc"] }, ["installing: web/.npmrc"]],
  ["of a package that was put in", { files: ["node_modules/x/index.js"] }, ["installing: node_modules/x/index.js"]],
  ["of a package manifest that adds nothing", { files: ["package.json"] }, []],
  [
    "that adds a dependency",
    { files: [file("package.json", { packageChanges: ["the dependency left-pad"] })] },
    ["packages: package.json"],
  ],
  ["of who gets in", { files: ["src/auth/a.ts", "src/Auth.ts"] }, ["auth: src/Auth.ts, src/auth/a.ts"]],
  ["of an author", { files: ["src/author.ts"] }, []],
  ["of a payment", { files: ["src/repayments/a.ts"] }, ["payment: src/repayments/a.ts"]],
  ["of the schema", { files: ["db/migrations/1.ts", "a.SQL"] }, ["schema: a.SQL, db/migrations/1.ts"]],
  ["of what deletes data", { files: ["src/delete-user.ts"] }, ["deletion: src/delete-user.ts"]],
  ["of what agents are told", { files: ["agents.md"] }, ["policy: agents.md"]],
  ["of what else the policy names", { files: ["docs/legal/terms.md"] }, ["other: docs/legal/terms.md"]],
  [
    "that moves a person's file away",
    { files: [file("old/ci.yml", { status: "renamed", previousPath: ".github/workflows/ci.yml" })] },
    ["github: .github/workflows/ci.yml"],
  ],
  [
    "that moves a file to a person's place",
    { files: [file(".github/workflows/ci.yml", { status: "renamed", previousPath: "old/ci.yml" })] },
    ["github: .github/workflows/ci.yml"],
  ],
  ["that removes the owners", { files: [file("CODEOWNERS", { status: "removed" })] }, ["owners: CODEOWNERS"]],
  [
    "in other letters",
    { files: [".GitHub/workflows/ci.yml", "codeOwners", ".RIG-agent.YAML", ".ＧitHub/a", ".gıthub/b"] },
    ["github: .GitHub/workflows/ci.yml, .gıthub/b, .ＧitHub/a", "owners: codeOwners", "rig: .RIG-agent.YAML"],
  ],
  ["with a dot that Windows cuts", { files: ["CODEOWNERS."] }, ["name: CODEOWNERS."]],
  ["with a character that nobody sees", { files: [".git\u200chub/a"] }, ["name: .git\u200chub/a"]],
  ["with a short name", { files: ["GITHUB~1/workflows/ci.yml"] }, ["name: GITHUB~1/workflows/ci.yml"]],
  [
    "moved from such a name",
    { files: [file("a.ts", { previousPath: ".github\\a", status: "renamed" })] },
    ["name: .github\\a"],
  ],
  [
    "of a file that nobody can read",
    { files: [file("a.bin", { unreadable: "is binary for git" }), file("b.bin", { unreadable: "is binary for git" })] },
    ["unreadable: a.bin, b.bin"],
  ],
  ["that GitHub lists in part", { files: ["a.ts"], unseen: ["GitHub lists 1 of 2 changed files"] }, ["unseen: "]],
  ["of 20 files", { files: many(20) }, []],
  ["of 21 files", { files: many(21) }, ["large: "]],
  ["of 500 lines", { files: [file("a.ts", { additions: 250, deletions: 250 })] }, []],
  ["of 501 lines", { files: [file("a.ts", { additions: 250, deletions: 251 })] }, ["large: "]],
  ["of 21 files and 501 lines", { files: many(21, { additions: 100 }) }, ["large: ", "large: "]],
  ["of 21 files, that a person let pass", { files: many(21), labels: ["bug", "Large-PR-OK"] }, []],
  [
    "of 21 files with a label that looks alike",
    { files: many(21), labels: ["large-pr-o\u212a", "large-pr"] },
    ["large: "],
  ],
  [
    "of 21 files, that a person let pass, and of a workflow",
    { files: [...many(20), ".github/a"], labels: ["large-pr-ok"] },
    ["github: .github/a"],
  ],
];

describe("a person has to merge a change", () => {
  test.each(rows)("%s", (_, given, expected) => {
    expect(reasonsFor(given).map(({ rule, paths }) => `${rule}: ${paths.join(", ")}`)).toEqual(expected);
  });
});

describe("the reason says what the change does, with which paths, by which rule, and what a person can do", () => {
  const todo = "a person has to merge, or to have it taken out of the change";
  test.each<[string, Given, string]>([
    ["a workflow", { files: [".github/a"] }, `changes what GitHub runs and asks for (.github/a): ${todo}`],
    [
      "a path of the policy",
      { files: ["src/auth/a.ts"] },
      `changes who gets in or who may do what, by gate.personPaths.auth of the policy (src/auth/a.ts): ${todo}`,
    ],
    [
      "a dependency",
      { files: [file("package.json", { packageChanges: ["the dependency left-pad"] })] },
      `adds the dependency left-pad (package.json): ${todo}`,
    ],
    [
      "a file that nobody can read",
      { files: [file("a.bin", { unreadable: "is binary for git: one NUL byte is enough" })] },
      `has a file that nobody can read, because it is binary for git: one NUL byte is enough (a.bin): ${todo}`,
    ],
    [
      "a list that is cut",
      { files: [], unseen: ["GitHub lists 1 of 2 changed files"] },
      `is not seen whole: GitHub lists 1 of 2 changed files: ${todo}`,
    ],
    [
      "many paths",
      { files: many(5).map(({ path }) => `.github/${path}`) },
      `changes what GitHub runs and asks for (.github/src/0.ts, .github/src/1.ts, .github/src/2.ts and 2 more): ${todo}`,
    ],
    [
      "a large change",
      { files: many(21) },
      "has 21 files, more than 20: a person has to merge, or to set the label large-pr-ok",
    ],
    [
      "a path that a terminal would obey",
      { files: [".github/\u001b[2J\u202ea"] },
      `changes what GitHub runs and asks for (.github/?[2J?a): ${todo}`,
    ],
  ])("%s", (_, given, reason) => {
    expect(reasonsFor(given).map((each) => each.reason)).toContain(reason);
  });

  test("in less than the characters of a reason, however long paths are", () => {
    const long = Array.from({ length: 5 }, (_, index) => `.github/${"x".repeat(4_000)}${index}`);
    expect(Math.max(...reasonsFor({ files: long }).map(({ reason }) => reason.length))).toBeLessThan(500);
  });
});

const anyPath = fc.oneof(
  fc.constantFrom(".github/a", "CODEOWNERS", "src/a.ts", "src/auth/x", ".git\u00adhub/a", "db/a.sql", "package.json"),
  fc.string({ unit: "binary", minLength: 1 }),
);
const anyFile: fc.Arbitrary<ChangedFile> = fc.record({
  path: anyPath,
  previousPath: fc.option(anyPath),
  status: fc.constantFrom("added", "removed", "modified", "renamed"),
  additions: fc.nat(300),
  deletions: fc.nat(300),
  unreadable: fc.option(fc.constantFrom("is binary for git", "is cut")),
  isSubmodule: fc.boolean(),
  packageChanges: fc.array(fc.constantFrom("the dependency a", "the dependency b"), { maxLength: 2 }),
});
const anyFiles = fc.array(anyFile, { maxLength: 25 });
const anyLabels = fc.subarray(["bug", "LARGE-pr-ok"]);
const anyUnseen = fc.subarray(["GitHub lists 1 of 2 changed files", "GitHub makes no diff"]);

/** Each rule with each path that it holds; the change as a whole is the path "". */
function heldBy(files: readonly ChangedFile[], unseen: readonly string[], labels: readonly string[]) {
  const reasons = personReasons({ files, unseen }, labels, rules);
  return reasons.flatMap(({ rule, paths }) =>
    paths.length === 0 ? [`${rule} `] : paths.map((path) => `${rule} ${path}`),
  );
}

test("one file more takes no reason away, and neither does anything more that is not seen", () => {
  fc.assert(
    fc.property(anyFiles, anyFile, anyUnseen, anyLabels, (files, more, unseen, labels) => {
      const before = heldBy(files, [], labels);
      expect(heldBy([...files, more], unseen, labels)).toEqual(expect.arrayContaining(before));
    }),
  );
});

test("the order of the files and of the labels does not matter", () => {
  const shuffled = anyFiles.chain((files) =>
    fc.tuple(fc.constant(files), fc.shuffledSubarray(files, { minLength: files.length, maxLength: files.length })),
  );
  fc.assert(
    fc.property(shuffled, anyLabels, anyUnseen, ([files, others], labels, unseen) => {
      const one = personReasons({ files, unseen }, labels, rules);
      expect(personReasons({ files: others, unseen: unseen.toReversed() }, labels.toReversed(), rules)).toEqual(one);
    }),
  );
});

test("a label takes away only that the change is large, and a narrower policy takes nothing away", () => {
  fc.assert(
    fc.property(anyFiles, anyUnseen, (files, unseen) => {
      const all = personReasons({ files, unseen }, [], rules);
      expect(personReasons({ files, unseen }, ["large-pr-ok"], rules)).toEqual(
        all.filter(({ rule }) => rule !== "large"),
      );
      const { personPaths } = rules;
      const none: FileRules = {
        personPaths: { ...personPaths, auth: [] },
        largeChange: { filesMax: 25, linesMax: 900 },
      };
      const held = personReasons({ files, unseen }, [], none).map(({ rule, paths }) => ({ rule, paths }));
      expect(all.map(({ rule, paths }) => ({ rule, paths }))).toEqual(expect.arrayContaining(held));
    }),
  );
});

const ofPerson = ["CODEOWNERS", ".rig-agent.yaml", ".github/workflows/ci.yml", ".gitattributes", "src/auth/login.ts"];

test("no other case, no other form of a character and none without a shape lets a person's path pass", () => {
  const tricks = fc.constantFrom<(text: string) => string>(
    (text) => text.toUpperCase(),
    (text) => text.normalize("NFD"),
    (text) => `${text}\u200d`,
    (text) => `\u00ad${text}`,
    (text) => text.replace("s", "\u017f"),
    (text) => text.replace("k", "\u212a"),
    (text) => text.replace("g", "\uff47"),
    (text) => (text === "/" ? "./" : text),
    (text) => (text === "/" ? " /" : text),
    (text) => (text === "/" ? "\\" : text),
  );
  const tricked = fc
    .constantFrom(...ofPerson)
    .chain((path) =>
      fc
        .array(tricks, { minLength: path.length, maxLength: path.length })
        .map((each) => [...path].map((character, index) => each[index]?.(character) ?? character).join("")),
    );
  fc.assert(
    fc.property(tricked, (path) => {
      expect(reasonsFor({ files: [path] })).not.toEqual([]);
    }),
  );
});

test("whatever is stored of a change gives reasons in one line, the same after it was stored", () => {
  const changed = fc
    .integer()
    .map((seed) => Effect.runSync(Arbitrary.sampleEffect(Arbitrary.schema(ChangedFiles), { seed }))[0]);
  fc.assert(
    fc.property(changed, (one) => {
      if (one === undefined) throw new Error("no sample");
      const reasons = personReasons(one, [], rules);
      const stored = Schema.decodeUnknownSync(ChangedFiles)(JSON.parse(JSON.stringify(one)));
      expect(personReasons(stored, [], rules)).toEqual(reasons);
      for (const { reason } of reasons) expect(reason).not.toMatch(/[\n\r\u2028\u2029]/);
    }),
  );
});
