import { cp, readdir, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { Effect } from "effect";
import { outside, Retryable } from "#kit/errors.ts";
import { plainEnvironment, runCommand } from "#kit/process/shell.ts";
import type { Signing } from "./signing.ts";

/** Who commits, and how git reaches the forge. The token is in the environment of clone and push only, never in a file or an argument. */
export interface GitIdentity {
  readonly login: string;
  readonly token: string;
  readonly signing?: Signing | null;
}

interface GitAnswer {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A clone in which one run works. Its git directory stands outside of the tree: commands of the model could set filters and programs
 * in a `.git` that they can reach, and our git would run them.
 */
export interface WorkTree {
  readonly path: string;
  /** Runs git on the tree; a non-zero exit is an answer. */
  git(...args: readonly string[]): Effect.Effect<GitAnswer, Retryable>;
  /** Runs git with the token, for what talks to the forge. */
  remote(...args: readonly string[]): Effect.Effect<GitAnswer, Retryable>;
  /** Runs git on the tree and takes its output; a non-zero exit is a fault to try again. */
  output(...args: readonly string[]): Effect.Effect<string, Retryable>;
}

/** Clones a repository; `path` becomes the tree, empty until a branch is checked out, and `<path>.git` its git directory. */
export const clone = Effect.fn("clone")(function* (url: string, path: string, identity: GitIdentity) {
  const gitDirectory = `${path}.git`;
  const plain = gitEnvironment(identity, []);
  const secret = gitEnvironment(identity, [authorization(url, identity)]);
  const cloned = yield* run(
    ["clone", "--quiet", "--no-checkout", "--separate-git-dir", gitDirectory, url, path],
    secret,
  );
  if (cloned.exitCode !== 0) return yield* new Retryable({ what: `clone ${url}`, cause: cloned.stderr });
  // The file that points from the tree to its git directory: ours is named in the environment.
  yield* outside("leave the tree without git", () => rm(join(path, ".git")));
  const at = { GIT_DIR: gitDirectory, GIT_WORK_TREE: path };
  const git: WorkTree["git"] = (...args) => run(args, { ...plain, ...at }, path);
  const remote: WorkTree["remote"] = (...args) => run(args, { ...secret, ...at }, path);
  const output: WorkTree["output"] = (...args) =>
    Effect.flatMap(git(...args), ({ exitCode, stdout, stderr }) =>
      exitCode === 0
        ? Effect.succeed(stdout.trim())
        : Effect.fail(new Retryable({ what: `git ${args.join(" ")}`, cause: stderr || stdout })),
    );
  return { path, git, remote, output } satisfies WorkTree;
});

/** Gives the model a repository of its own in the tree, to look at history and differences; nothing of it is read by us. */
export const lendRepository = Effect.fn("lendRepository")(function* (tree: WorkTree) {
  yield* outside("lend a repository", () => cp(`${tree.path}.git`, join(tree.path, ".git"), { recursive: true }));
});

/** Checks out the branch: as it stands on the forge when an earlier attempt pushed it, from the base otherwise. */
export const checkOutBranch = Effect.fn("checkOutBranch")(function* (tree: WorkTree, branch: string, base: string) {
  const remote = yield* tree.git("rev-parse", "--verify", "--quiet", `refs/remotes/origin/${branch}`);
  const from = remote.exitCode === 0 ? `origin/${branch}` : `origin/${base}`;
  yield* tree.output("checkout", "--quiet", "--no-track", "-B", branch, from);
  return { existed: remote.exitCode === 0 };
});

/**
 * Merges the base into the branch, so that the change is tested with what it will be merged into. True when there are conflicts,
 * which then stand in the work tree for the model to resolve.
 */
export const mergeBase = Effect.fn("mergeBase")(function* (tree: WorkTree, base: string) {
  const merged = yield* tree.git("merge", "--no-edit", "--quiet", `origin/${base}`);
  return merged.exitCode !== 0;
});

/**
 * Stages everything in the tree. A repository inside of it is named and nothing is staged: git would ask it for its state, and run what
 * its settings name.
 */
export const stage = Effect.fn("stage")(function* (tree: WorkTree) {
  const entries = yield* outside("look for repositories", () =>
    readdir(tree.path, { recursive: true, withFileTypes: true }),
  );
  const inner = entries.find(({ name, parentPath }) => name === ".git" && parentPath !== tree.path);
  if (inner !== undefined) return { repositoryInside: relative(tree.path, inner.parentPath) };
  yield* tree.output("add", "--all");
  return { repositoryInside: null };
});

/** Commits what is staged. False when there is nothing to commit. */
export const commitStaged = Effect.fn("commitStaged")(function* (tree: WorkTree, message: string) {
  const staged = yield* tree.git("diff", "--cached", "--quiet");
  const merging = yield* tree.git("rev-parse", "--verify", "--quiet", "MERGE_HEAD");
  if (staged.exitCode === 0 && merging.exitCode !== 0) return false;
  yield* tree.output("commit", "--quiet", "--message", message);
  return true;
});

/** Pushes the branch without force. False when the forge has commits on it that this tree has not. */
export const push = Effect.fn("push")(function* (tree: WorkTree, branch: string) {
  const pushed = yield* tree.remote("push", "--quiet", "origin", `HEAD:refs/heads/${branch}`);
  if (pushed.exitCode === 0) return true;
  if (/non-fast-forward|fetch first|\[rejected\]/.test(pushed.stderr)) return false;
  return yield* new Retryable({ what: `push ${branch}`, cause: pushed.stderr });
});

function run(args: readonly string[], env: Record<string, string>, cwd?: string): Effect.Effect<GitAnswer, Retryable> {
  return outside(`run git ${args[0] ?? ""}`, (signal) =>
    runCommand("git", args, { env, timeoutMs: 300_000, signal, ...(cwd === undefined ? {} : { cwd }) }),
  );
}

type Setting = readonly [name: string, value: string];

function authorization(url: string, { token }: GitIdentity): Setting {
  const basic = Buffer.from(`x-access-token:${token}`).toString("base64");
  return [`http.${new URL(url).origin}/.extraHeader`, `Authorization: Basic ${basic}`];
}

/** Every commit and every merge is signed (https://git-scm.com/docs/git-config#Documentation/git-config.txt-gpgformat). */
function signed(signing: Signing | null): readonly Setting[] {
  if (signing === null) return [];
  return [
    ["gpg.format", "ssh"],
    ["user.signingKey", signing.keyPath],
    ["commit.gpgSign", "true"],
  ];
}

/** https://git-scm.com/docs/git-config#Documentation/git-config.txt-GITCONFIGCOUNT: settings for one process, on no disk. */
function gitEnvironment({ login, signing }: GitIdentity, more: readonly Setting[]): Record<string, string> {
  const settings: readonly Setting[] = [
    ...more,
    ...signed(signing ?? null),
    ["user.name", login],
    ["user.email", signing?.email ?? `${login}@users.noreply.github.com`],
    // Hooks of the repository are strangers' programs; our git runs none of them.
    ["core.hooksPath", "/dev/null"],
    ["credential.helper", ""],
    ["init.defaultBranch", "main"],
  ];
  const pairs = settings.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return plainEnvironment({
    ...Object.fromEntries(pairs),
    GIT_CONFIG_COUNT: String(settings.length),
    GIT_TERMINAL_PROMPT: "0",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
  });
}
