import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Effect } from "effect";
import { afterAll, beforeAll, expect, test } from "vitest";
import { personReasons } from "#contracts/gate/always-person.ts";
import { gitHubLayer } from "#kit/github/github.ts";
import { forgeSettings } from "#kit/github/test-forge-world.ts";
import { readPolicy } from "#kit/policy/policy.ts";
import { settingsLayer } from "#kit/test/test-world.ts";
import { coder, person, startTestForge, type TestForge } from "../../deploy/local/forge/test-forge.ts";
import { readChangedFiles } from "./changed-files.ts";
import { compare } from "./compare.ts";

// What the files of a real head are read as, and which of them a person has to merge.

const at = { owner: "acme", repo: "shop" };
let forge: TestForge;
beforeAll(async () => {
  forge = await startTestForge({ limits: { filesMax: 120 } });
  await forge.git(coder, "clone");
});
afterAll(() => forge.close());

const run = <A, E>(program: Effect.Effect<A, E>) =>
  Effect.runPromise(Effect.provide(program, settingsLayer(forgeSettings(forge))));

/** Opens a pull request of a branch that is pushed. */
async function open(branch: string) {
  const wanted = { ...at, title: branch, head: branch, base: "main" };
  return (await forge.octokitOf(coder).rest.pulls.create(wanted)).data.number;
}

async function read(number: number, more: { readonly filesCount?: number; readonly headSha?: string } = {}) {
  const { data } = await forge.octokitOf(person).rest.pulls.get({ ...at, pull_number: number });
  const asking = { headSha: data.head.sha, base: data.base.sha, filesCount: data.changed_files, ...more };
  const comparing = compare({ ...at, number }, { from: asking.base, to: asking.headSha });
  const reading = readChangedFiles({ ...at, number }, { ...asking, comparing });
  return run(Effect.provide(reading, gitHubLayer("merge-gate")));
}

/** The rules that hold a change, each with its paths. */
async function heldBy(changed: Awaited<ReturnType<typeof read>>) {
  const { gate } = await run(readPolicy());
  return personReasons(changed, [], gate).map(({ rule, paths }) => [rule, ...paths].join(" "));
}

const lines = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`many/${n}.txt`, `${n}\n`]));

test("what no diff shows, what is installed and what moves is read of a real head", async () => {
  const clone = join(forge.directory, "clone");
  await forge.push(coder, "all", { "package-lock.json": '{\n  "lockfileVersion": 3\n}\n', "src/plain.js": "1;\n" });
  await writeFile(join(clone, "hidden.js"), "export const safe = 1;\0\n");
  await symlink("/etc/passwd", join(clone, "link"));
  await mkdir(join(clone, "module"));
  await forge.git(coder, "update-index", "--add", "--cacheinfo", `160000,${"12".repeat(20)},module`);
  await mkdir(join(clone, ".github"));
  await forge.git(coder, "mv", "sum.js", ".github/sum.js");
  await writeFile(
    join(clone, "package.json"),
    '{ "name": "shop", "type": "module", "dependencies": { "left-pad": "1" } }\n',
  );
  const locked = '{\n  "lockfileVersion": 3,\n  "node_modules/left-pad": {}\n}\n';
  await forge.push(coder, "all", { "package-lock.json": locked });
  const changed = await read(await open("all"));
  expect(changed.unseen).toEqual([]);
  const plain = {
    previousPath: null,
    additions: 1,
    deletions: 0,
    unreadable: null,
    isSubmodule: false,
    packageChanges: [],
  };
  expect(changed.files.toSorted((one, other) => (one.path < other.path ? -1 : 1))).toEqual([
    { ...plain, path: ".github/sum.js", previousPath: "sum.js", status: "renamed", additions: 0 },
    { ...plain, path: "hidden.js", status: "added", additions: 0, unreadable: expect.stringContaining("is binary") },
    { ...plain, path: "link", status: "added", unreadable: expect.stringContaining("is a symbolic link") },
    {
      ...plain,
      path: "module",
      status: "added",
      unreadable: expect.stringContaining("a submodule"),
      isSubmodule: true,
    },
    {
      ...plain,
      path: "package-lock.json",
      status: "added",
      additions: 4,
      packageChanges: ['the line "lockfileVersion": 3,', 'the line "node_modules/left-pad": {}'],
    },
    { ...plain, path: "package.json", status: "modified", deletions: 1, packageChanges: ["the dependency left-pad"] },
    { ...plain, path: "src/plain.js", status: "added" },
  ]);
  expect(await heldBy(changed)).toEqual([
    "github .github/sum.js",
    "packages package.json",
    "packages package-lock.json",
    "packages package-lock.json",
    "submodules module",
    "unreadable module",
    "unreadable link",
    "unreadable hidden.js",
  ]);
});

test("a long list is read, and a list that is cut is not seen whole", async () => {
  await forge.push(coder, "pages", lines(110));
  const number = await open("pages");
  const whole = await read(number);
  expect(whole.files).toHaveLength(110);
  expect(await heldBy(whole)).toEqual(["large"]);
  const cut = await read(number, { filesCount: 3_100 });
  expect(cut.unseen).toEqual(["GitHub lists 110 of 3100 changed files"]);
  expect(await heldBy(cut)).toEqual(["large", "unseen"]);
});

test("a change that is too large for a diff is not seen whole, and no file of it counts as read", async () => {
  await forge.push(coder, "huge", { ...lines(125), "package.json": '{ "scripts": { "install": "x" } }\n' });
  const changed = await read(await open("huge"));
  expect(changed.unseen).toEqual(["GitHub makes no diff of this change: it is too large"]);
  expect(await heldBy(changed)).toEqual(["large", "unseen"]);
});

test("what another head has passes for nothing of this one", async () => {
  const headSha = await forge.push(coder, "moves", { ".github/workflows/ci.yml": "on: push\n", "a.txt": "1\n" });
  const number = await open("moves");
  await forge.git(coder, "rm", "--quiet", ".github/workflows/ci.yml");
  await forge.push(coder, "moves", { "b.txt": "2\n" });
  const changed = await read(number, { headSha, filesCount: 2 });
  expect(changed.files.map(({ path, unreadable }) => [path, unreadable])).toEqual([
    [".github/workflows/ci.yml", null],
    ["a.txt", null],
  ]);
  expect(changed.unseen).toEqual([]);
  expect(await heldBy(changed)).toEqual(["github .github/workflows/ci.yml"]);
});

test("a manifest without a place on the base counts as all of it, and one that is removed as nothing", async () => {
  await forge.push(coder, "places", { "web/package.json": '{ "dependencies": { "a": "1" } }\n' });
  await forge.git(coder, "mv", "package.json", "old.json");
  await forge.push(coder, "places", { "a.txt": "1\n" });
  const changed = await read(await open("places"));
  const additions = changed.files.flatMap(({ path, packageChanges }) =>
    packageChanges.map((what) => `${path}: ${what}`),
  );
  expect(additions).toEqual(["web/package.json: the dependency a"]);
});
