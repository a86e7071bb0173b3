import { Effect } from "effect";
import { Retryable } from "#kit/errors.ts";
import { plainEnvironment, runCommand } from "#kit/shell.ts";

/** Who commits, and how git reaches the forge. The token is in git's environment only, never in the work tree or in an argument. */
export interface GitIdentity {
  readonly login: string;
  readonly token: string;
}

/** A clone in which one run works. */
export interface WorkTree {
  readonly path: string;
  /** Runs git in the tree; a non-zero exit is an answer. */
  git(
    ...args: readonly string[]
  ): Effect.Effect<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }, Retryable>;
  /** Runs git in the tree and takes its output; a non-zero exit is a fault to try again. */
  output(...args: readonly string[]): Effect.Effect<string, Retryable>;
}

/** Clones a repository into an empty directory and sets who commits there. */
export const clone = Effect.fn("clone")(function* (url: string, path: string, identity: GitIdentity) {
  const env = gitEnvironment(url, identity);
  const cloned = yield* run("git", ["clone", "--quiet", url, path], env);
  if (cloned.exitCode !== 0) return yield* new Retryable({ what: `clone ${url}`, cause: cloned.stderr });
  const git: WorkTree["git"] = (...args) => run("git", args, env, path);
  const output: WorkTree["output"] = (...args) =>
    Effect.flatMap(git(...args), ({ exitCode, stdout, stderr }) =>
      exitCode === 0
        ? Effect.succeed(stdout.trim())
        : Effect.fail(new Retryable({ what: `git ${args.join(" ")}`, cause: stderr || stdout })),
    );
  return { path, git, output } satisfies WorkTree;
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

/** Commits everything in the tree. False when there is nothing to commit. */
export const commitAll = Effect.fn("commitAll")(function* (tree: WorkTree, message: string) {
  yield* tree.output("add", "--all");
  const staged = yield* tree.git("diff", "--cached", "--quiet");
  const merging = yield* tree.git("rev-parse", "--verify", "--quiet", "MERGE_HEAD");
  if (staged.exitCode === 0 && merging.exitCode !== 0) return false;
  yield* tree.output("commit", "--quiet", "--message", message);
  return true;
});

/** Pushes the branch without force. False when the forge has commits on it that this tree has not. */
export const push = Effect.fn("push")(function* (tree: WorkTree, branch: string) {
  const pushed = yield* tree.git("push", "--quiet", "origin", `HEAD:refs/heads/${branch}`);
  if (pushed.exitCode === 0) return true;
  if (/non-fast-forward|fetch first|\[rejected\]/.test(pushed.stderr)) return false;
  return yield* new Retryable({ what: `push ${branch}`, cause: pushed.stderr });
});

function run(file: string, args: readonly string[], env: Record<string, string>, cwd?: string) {
  return Effect.tryPromise({
    try: (signal) => runCommand(file, args, { env, timeoutMs: 300_000, signal, ...(cwd === undefined ? {} : { cwd }) }),
    catch: (cause) => new Retryable({ what: `run ${file} ${args[0] ?? ""}`, cause }),
  });
}

/** https://git-scm.com/docs/git-config#Documentation/git-config.txt-GITCONFIGCOUNT: settings for one process, on no disk. */
function gitEnvironment(url: string, { login, token }: GitIdentity): Record<string, string> {
  const basic = Buffer.from(`x-access-token:${token}`).toString("base64");
  const settings = [
    [`http.${new URL(url).origin}/.extraHeader`, `Authorization: Basic ${basic}`],
    ["user.name", login],
    ["user.email", `${login}@users.noreply.github.com`],
    // Hooks and filters of the repository are strangers' programs; our git runs none of them.
    ["core.hooksPath", "/dev/null"],
    ["credential.helper", ""],
    ["init.defaultBranch", "main"],
  ] as const;
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
