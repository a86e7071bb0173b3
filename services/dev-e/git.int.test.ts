import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Effect } from "effect";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { coder, startTestForge, type TestForge } from "../../deploy/local/forge/test-forge.ts";
import { checkOutBranch, clone, commitStaged, lendRepository, mergeBase, push, stage, type WorkTree } from "./git.ts";

// Real git, against a real bare repository that the forge serves over HTTP.

const identity = { login: coder.login, token: coder.token };
const run = Effect.runPromise;
let forge: TestForge;
let url: string;
let directory: string;
let path: string;

beforeAll(async () => {
  forge = await startTestForge();
  url = `${forge.url}/acme/shop.git`;
  directory = await mkdtemp(join(tmpdir(), "dev-e-git-"));
  await forge.git(coder, "clone");
});
beforeEach(async () => {
  path = join(await mkdtemp(join(directory, "run-")), "tree");
});
afterAll(async () => {
  await forge.close();
  await rm(directory, { recursive: true, force: true });
});

/** Stages and commits, as a run does around its tests. */
const commitAll = (tree: WorkTree, message: string) => Effect.andThen(stage(tree), commitStaged(tree, message));

const write = (tree: WorkTree, file: string, text: string) => writeFile(join(tree.path, file), text);

/** The head of a branch on the forge, or nothing. */
async function headOf(branch: string): Promise<string> {
  const listed = await forge.git(coder, "ls-remote", "forge:shop", `refs/heads/${branch}`);
  return listed.stdout.split("\t")[0] ?? "";
}

/** Puts a program before git on PATH that notes how it is called, and returns the notes. */
async function noteCalls(): Promise<{ notes(): Promise<string>; undo(): void }> {
  const real = execFileSync("sh", ["-c", "command -v git"]).toString().trim();
  const file = join(directory, "calls.txt");
  const bin = join(directory, "bin");
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, "git"), `#!/bin/sh\nprintf '%s\\n' "$*" >> '${file}'\nexec '${real}' "$@"\n`);
  await chmod(join(bin, "git"), 0o755);
  const before = process.env.PATH;
  process.env.PATH = `${bin}:${before}`;
  return {
    notes: () => readFile(file, "utf8"),
    undo: () => {
      process.env.PATH = before;
    },
  };
}

test("the token is in no argument, no file of the tree, no remote and no git setting", async () => {
  const calls = await noteCalls();
  const tree = await run(clone(url, path, identity));
  await run(checkOutBranch(tree, "feature/token", "main"));
  await run(lendRepository(tree));
  await write(tree, "token.txt", "none\n");
  expect(await run(commitAll(tree, "Say nothing"))).toBe(true);
  expect(await run(push(tree, "feature/token"))).toBe(true);
  const remotes = await run(tree.output("remote", "--verbose"));
  calls.undo();
  expect(remotes).toContain(url);
  const notes = await calls.notes();
  for (const call of ["clone", "commit", "push"]) expect(notes).toContain(call);
  const secrets = [coder.token, Buffer.from(`x-access-token:${coder.token}`).toString("base64")];
  const files = await readdir(dirname(path), { recursive: true, withFileTypes: true });
  const names = files.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  expect(names).toEqual(expect.arrayContaining([join(path, ".git", "config"), join(`${path}.git`, "config")]));
  const texts = await Promise.all(names.map((name) => readFile(name, "latin1")));
  for (const secret of secrets) {
    expect([notes, remotes].filter((text) => text.includes(secret))).toEqual([]);
    expect(names.filter((_, index) => texts[index]?.includes(secret))).toEqual([]);
  }
});

test("a wrong token is a retryable fault, whose message does not contain the token", async () => {
  const tree = await run(clone(url, path, { ...identity, token: "token-of-nobody" })).catch((cause: unknown) => cause);
  expect(tree).toMatchObject({ _tag: "Retryable" });
  expect(String(tree)).not.toContain("token-of-nobody");
});

test("commits have the agent's name, and a tree without a change makes none", async () => {
  const tree = await run(clone(url, path, identity));
  await run(checkOutBranch(tree, "feature/named", "main"));
  expect(await run(commitAll(tree, "Nothing"))).toBe(false);
  await write(tree, "named.txt", "1\n");
  expect(await run(commitAll(tree, "Something"))).toBe(true);
  const author = await run(tree.output("log", "-1", "--format=%an <%ae> %s"));
  expect(author).toBe(`${coder.login} <${coder.login}@users.noreply.github.com> Something`);
});

test("a branch that exists on the forge is continued with its commits, another begins at the base", async () => {
  const head = await forge.push(coder, "feature/taken", { "taken.txt": "1\n" });
  const tree = await run(clone(url, path, identity));
  expect(await run(checkOutBranch(tree, "feature/fresh", "main"))).toEqual({ existed: false });
  expect(await run(tree.output("rev-parse", "HEAD"))).toBe(await headOf("main"));
  expect(await run(checkOutBranch(tree, "feature/taken", "main"))).toEqual({ existed: true });
  expect(await run(tree.output("rev-parse", "HEAD"))).toBe(head);
});

test("a push over somebody else's commit is refused: false, and the forge keeps its head", async () => {
  await forge.push(coder, "feature/raced", { "raced.txt": "1\n" });
  const tree = await run(clone(url, path, identity));
  await run(checkOutBranch(tree, "feature/raced", "main"));
  const theirs = await forge.push(coder, "feature/raced", { "raced.txt": "theirs\n" });
  await write(tree, "raced.txt", "ours\n");
  await run(commitAll(tree, "Ours"));
  expect(await run(push(tree, "feature/raced"))).toBe(false);
  expect(await headOf("feature/raced")).toBe(theirs);
});

test("a push to the protected main is a fault, not a success", async () => {
  const before = await headOf("main");
  const tree = await run(clone(url, path, identity));
  await write(tree, "main.txt", "1\n");
  await run(commitAll(tree, "Straight to main"));
  await expect(run(push(tree, "main"))).rejects.toMatchObject({ _tag: "Retryable" });
  expect(await headOf("main")).toBe(before);
});

test("conflicts with the base are left in the tree to be resolved, and then the merge is committed", async () => {
  await forge.push(coder, "feature/conflict", { "sum.js": "export const sum = () => 'branch';\n" });
  await forge.push(coder, "base", { "sum.js": "export const sum = () => 'base';\n" });
  const tree = await run(clone(url, path, identity));
  await run(checkOutBranch(tree, "feature/conflict", "main"));
  expect(await run(mergeBase(tree, "main"))).toBe(false);
  expect(await run(mergeBase(tree, "base"))).toBe(true);
  expect(await readFile(join(path, "sum.js"), "utf8")).toContain("<<<<<<<");
  await write(tree, "sum.js", "export const sum = () => 'branch';\n");
  expect(await run(commitAll(tree, "Resolve"))).toBe(true);
  expect(await run(tree.output("rev-list", "--count", "--merges", "HEAD"))).toBe("1");
});

test("programs that the model sets in the repository it was lent are not run by our git", async () => {
  const tree = await run(clone(url, path, identity));
  await run(checkOutBranch(tree, "feature/poison", "main"));
  await run(lendRepository(tree));
  const trace = join(directory, "poison-ran");
  const program = join(directory, "poison.sh");
  await writeFile(program, `#!/bin/sh\nenv > '${trace}'\ncat\n`);
  await chmod(program, 0o755);
  const lent = (...args: string[]) => execFileSync("git", ["-C", path, ...args]);
  lent("config", "core.fsmonitor", program);
  lent("config", "filter.poison.clean", program);
  await write(tree, ".gitattributes", "* filter=poison\n");
  await write(tree, "poisoned.txt", "text\n");
  // The same work in the lent repository runs the program: the trap is a real one.
  lent("add", "--all");
  await rm(trace);
  expect(await run(commitAll(tree, "Poisoned"))).toBe(true);
  expect(await run(push(tree, "feature/poison"))).toBe(true);
  await expect(readFile(trace, "utf8")).rejects.toThrow("ENOENT");
});

test("a repository inside the tree is named, and nothing is staged", async () => {
  const tree = await run(clone(url, path, identity));
  await run(checkOutBranch(tree, "feature/inner", "main"));
  await run(lendRepository(tree));
  expect(await run(stage(tree))).toEqual({ repositoryInside: null });
  execFileSync("git", ["init", "--quiet", join(path, "deep", "inner")]);
  expect(await run(stage(tree))).toEqual({ repositoryInside: join("deep", "inner") });
});

test("hooks run neither from .git nor from a directory that the tree's own settings name", async () => {
  const tree = await run(clone(url, path, identity));
  await run(checkOutBranch(tree, "feature/hooks", "main"));
  const ran = join(directory, "hook-ran");
  const hook = `#!/bin/sh\nprintf '%s\\n' "$0" >> '${ran}'\nexit 1\n`;
  await mkdir(join(path, "evil"));
  for (const name of ["pre-commit", "commit-msg", "post-commit", "pre-push", "post-checkout", "post-merge"]) {
    for (const folder of [join(path, ".git", "hooks"), join(path, "evil")]) {
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, name), hook, { mode: 0o755 });
    }
  }
  await run(tree.output("config", "core.hooksPath", "evil"));
  expect(await run(commitAll(tree, "With hooks about"))).toBe(true);
  expect(await run(push(tree, "feature/hooks"))).toBe(true);
  await run(checkOutBranch(tree, "feature/hooks", "main"));
  await expect(readFile(ran, "utf8")).rejects.toMatchObject({ code: "ENOENT" });
});
