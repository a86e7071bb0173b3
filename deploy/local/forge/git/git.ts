import { runByShell } from "./run-by-shell.ts";

/**
 * git ended with an error where the local forge had no reason to expect one. The caller gets the status 500.
 * Kind: defect.
 * What to do: read git's words in the message and look at `forge/repos/` of the data directory; `git fsck` shows a
 * damaged repository.
 */
export class GitFailure extends Error {
  override readonly name = "GitFailure";
  readonly args: readonly string[];
  readonly exitCode: number;
  constructor(args: readonly string[], exitCode: number, stderr: string) {
    super(`git ${args.join(" ")} ended with ${exitCode}: ${stderr.slice(-2_000)}`);
    this.args = args;
    this.exitCode = exitCode;
  }
}

/** A commit as `git log` tells it. The files are those that differ from the first parent; a merge lists none. */
export interface GitCommit {
  readonly sha: string;
  readonly treeSha: string;
  readonly parents: readonly string[];
  readonly author: GitPerson;
  readonly committer: GitPerson;
  readonly message: string;
  readonly added: readonly string[];
  readonly modified: readonly string[];
  readonly removed: readonly string[];
}

/** Who and when; `date` is ISO 8601. */
export interface GitPerson {
  readonly name: string;
  readonly email: string;
  readonly date: string;
}

/** The SHA that stands for "no commit" in pushes. */
export const zeroSha = "0".repeat(40);

interface GitOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** Runs git in a bare repository and returns what it printed. Throws `GitFailure` when the exit code is not in `accepted` (0). */
export async function git(directory: string, args: readonly string[], options: GitOptions = {}): Promise<string> {
  const result = await tryGit(directory, args, options);
  if (result.exitCode !== 0) throw new GitFailure(args, result.exitCode, result.stderr);
  return result.stdout;
}

/** What a run of git came to. */
interface GitResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** As `git`, but a non-zero exit code is an answer. What is asked of objects by their SHA alone is asked once: it never changes. */
export async function tryGit(directory: string, args: readonly string[], options: GitOptions = {}): Promise<GitResult> {
  if (!isOfObjects(args) || options.input !== undefined) return runGit(directory, args, options);
  const key = JSON.stringify([directory, args]);
  const before = answers.get(key);
  if (before !== undefined) return before;
  const answer = runGit(directory, args, options);
  answers.set(key, answer);
  const [oldest] = answers.keys();
  if (answers.size > answersMax && oldest !== undefined) answers.delete(oldest);
  const isKept = await answer.then((result) => isLasting(args, result)).catch(() => false);
  if (!isKept) answers.delete(key);
  return answer;
}

/** 1,000 answers of at most 64 Ki characters: each starts a process, and each look at a pull request asks five times. */
const answersMax = 1_000;
const answerCharactersMax = 64 * 1024;
const answers = new Map<string, Promise<GitResult>>();

/** Whether git only reads what the SHAs among the arguments name. What stands behind `--` are paths. */
function isOfObjects([command = "", ...rest]: readonly string[]): boolean {
  const reading = ["cat-file", "diff", "log", "ls-tree", "merge-base", "merge-tree", "rev-list", "rev-parse"];
  if (!reading.includes(command)) return false;
  const end = rest.indexOf("--");
  const words = (end === -1 ? rest : rest.slice(0, end)).filter((word) => !word.startsWith("-"));
  const ofShas = /^[0-9a-f]{40}(?:\.{2,3}[0-9a-f]{40})?(?:\^\{\w+\})?$/;
  return words.length > 0 && words.every((word) => ofShas.test(word));
}

/** Whether it will be the same for ever. An object that is missing may come; that two commits conflict, or are not related, stays. */
function isLasting([command = ""]: readonly string[], { exitCode, stdout }: GitResult): boolean {
  const isAnswer = exitCode === 0 || (exitCode === 1 && command.startsWith("merge-"));
  return isAnswer && stdout.length <= answerCharactersMax;
}

async function runGit(directory: string, args: readonly string[], options: GitOptions): Promise<GitResult> {
  const words = ["git", "--git-dir", directory, "-c", "core.quotePath=false", ...args];
  const { exitCode, stdout, stderr } = await runByShell(words, options);
  return { exitCode, stdout: `${stdout}`.replace(/\n$/, ""), stderr: `${stderr}`.trimEnd() };
}

/** The SHA of the commit that a branch name, `refs/…`, or a SHA means, or null. A name that could be an option means nothing. */
export async function resolveCommit(directory: string, ref: string): Promise<string | null> {
  if (!/^[\w./@+#=][\w./@+#=-]*$/.test(ref) || ref.includes("..")) return null;
  // GitHub refuses a branch whose name looks like a SHA.
  const candidates = /^[0-9a-f]{40}$/.test(ref) ? [ref] : [`refs/heads/${ref}`, ref];
  for (const candidate of candidates) {
    const result = await tryGit(directory, ["rev-parse", "--verify", "--quiet", `${candidate}^{commit}`]);
    if (result.exitCode === 0) return result.stdout.trim();
  }
  return null;
}

/** All branches with the SHA at their tip. */
export async function readHeads(directory: string): Promise<Record<string, string>> {
  const lines = await git(directory, ["for-each-ref", "--format=%(objectname) %(refname:lstrip=2)", "refs/heads"]);
  const pairs = lines.split("\n").filter((line) => line !== "");
  return Object.fromEntries(pairs.map((line) => [line.slice(41), line.slice(0, 40)]));
}

/** The commits that `git log` lists for the revisions, newest first, at most `countMax` of them. */
export async function listCommits(
  directory: string,
  revisions: readonly string[],
  countMax: number,
): Promise<GitCommit[]> {
  // NUL is the one character that no name, address, message or path can have.
  const format = ["commit", "%H", "%T", "%P", "%an", "%ae", "%aI", "%cn", "%ce", "%cI", "%B", ""].join("%x00");
  const files = ["-z", "--name-status", "--no-renames"];
  const args = ["log", `--max-count=${countMax}`, `--format=${format}`, ...files, ...revisions];
  return parseCommits((await git(directory, [...args, "--"])).split("\0"));
}

/** The commit itself. Throws `GitFailure` when the SHA is of no commit. */
export async function readCommit(directory: string, sha: string): Promise<GitCommit> {
  const [commit] = await listCommits(directory, [sha], 1);
  if (commit === undefined) throw new GitFailure(["log", sha], 0, "no such commit");
  return commit;
}

/** How many commits `revisions` name. */
export async function countCommits(directory: string, revisions: readonly string[]): Promise<number> {
  return Number(await git(directory, ["rev-list", "--count", ...revisions, "--"]));
}

/** The bytes of a file at a commit with its blob SHA, or null when there is no file at that path. At most 32 MiB. */
export async function readBlob(
  directory: string,
  commitSha: string,
  path: string,
): Promise<{ readonly sha: string; readonly bytes: Buffer } | null> {
  const entry = await git(directory, ["ls-tree", commitSha, "--", path]);
  const found = /^\d+ blob ([0-9a-f]{40})\t/.exec(entry);
  if (found?.[1] === undefined) return null;
  return { sha: found[1], bytes: await readObject(directory, found[1]) };
}

/** The bytes of a blob. At most 32 MiB. */
export async function readObject(directory: string, sha: string): Promise<Buffer> {
  const args = ["--git-dir", directory, "cat-file", "blob", sha];
  // Not by `git`, which returns text without its last line feed: a file must come back byte for byte.
  const { exitCode, stdout, stderr } = await runByShell(["git", ...args]);
  if (exitCode !== 0) throw new GitFailure(args, exitCode, `${stderr}`);
  return stdout;
}

/** The unified diff of what `headSha` adds since it left `baseSha`: the three-dot diff that pull requests show. */
export async function diffText(directory: string, baseSha: string, headSha: string): Promise<string> {
  const text = await git(directory, ["diff", "--no-color", "--full-index", "-M", `${baseSha}...${headSha}`, "--"]);
  return text === "" ? "" : `${text}\n`;
}

/** The commit at which two histories left each other, or null when they never met. */
export async function mergeBase(directory: string, left: string, right: string): Promise<string | null> {
  const result = await tryGit(directory, ["merge-base", left, right]);
  return result.exitCode === 0 ? result.stdout.trim() : null;
}

/** True when `sha` is in the history of `head`. */
export async function isAncestor(directory: string, sha: string, head: string): Promise<boolean> {
  return (await tryGit(directory, ["merge-base", "--is-ancestor", sha, head])).exitCode === 0;
}

/** Copies a branch with its history from another bare repository, and returns its tip; null when there is no such branch. */
export async function fetchBranch(directory: string, from: string, branch: string): Promise<string | null> {
  const source = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", from, `refs/heads/${branch}`];
  if ((await tryGit(directory, source)).exitCode !== 0) return null;
  return (await readHeads(from))[branch] ?? null;
}

/** Each commit is the word `commit` and ten fields, then pairs of a status letter and a path. */
function parseCommits(tokens: readonly string[]): GitCommit[] {
  const commits: GitCommit[] = [];
  let at = tokens.indexOf("commit");
  while (at !== -1 && at < tokens.length) {
    const fields = tokens.slice(at + 1, at + 11);
    const files: (readonly [string, string])[] = [];
    at += 11;
    while (at < tokens.length && tokens[at] !== "commit") {
      const letter = (tokens[at] ?? "").trim();
      if (letter !== "") files.push([letter, tokens[at + 1] ?? ""]);
      at += letter === "" ? 1 : 2;
    }
    commits.push(commitOf(fields, files));
  }
  return commits;
}

function commitOf(fields: readonly string[], files: readonly (readonly [string, string])[]): GitCommit {
  const field = (at: number): string => fields[at] ?? "";
  const ofKind = (kinds: string): string[] =>
    files.filter(([letter]) => kinds.includes(letter)).map(([, path]) => path);
  return {
    sha: field(0),
    treeSha: field(1),
    parents: field(2)
      .split(" ")
      .filter((sha) => sha !== ""),
    author: { name: field(3), email: field(4), date: field(5) },
    committer: { name: field(6), email: field(7), date: field(8) },
    message: field(9).trimEnd(),
    added: ofKind("A"),
    modified: ofKind("MT"),
    removed: ofKind("D"),
  };
}
