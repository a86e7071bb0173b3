import { normalize } from "node:path/posix";
import type { GuardRuleId } from "#contracts/guard-rules.ts";
import type { GuardContext } from "./context.ts";
import { isOpen, isPattern, one, patternOf, shown, star } from "./marks.ts";
import type { Scope } from "./run.ts";

/** Where a path leads. `whole` is all of the work tree: the folder itself, or a pattern for all that is in it. */
export type Place = "unknown" | "whole" | "tree" | "git" | "scratch" | "device" | "system" | "home" | "outside";

/** The absolute paths that a word may mean, one for each folder that the command may run in. */
export function pathsOf(scope: Scope, word: string): readonly string[] {
  if (word.startsWith("/")) return [tidy(word)];
  return scope.folders.map((folder) => tidy(`${folder}/${word}`));
}

function tidy(path: string): string {
  const normal = normalize(path).replace(/^\/+/, "/");
  return normal.length > 1 ? normal.replace(/\/$/, "") : normal;
}

/** Where a path leads, as far as its text shows it; a link is the sandbox's business. */
export function placeOf(path: string, context: GuardContext): Place {
  if (isOpen(path)) return "unknown";
  // `/proc/self/cwd` and `/dev/fd` lead anywhere.
  if (/^\/proc\/[^/]+\/(cwd|root|fd)(\/|$)/.test(path)) return "system";
  if (isIn(path, context.workTree)) return placeInTree(path.slice(context.workTree.length + 1));
  const scratch = context.scratch.find((folder) => isIn(path, folder));
  if (scratch !== undefined && path !== scratch) return "scratch";
  if (/^\/dev\/(null|zero|full|random|urandom|stdin|stdout|stderr|tty|fd(\/.*)?|shm\/.+)$/.test(path)) return "device";
  if (isIn(path, context.home)) return "home";
  return systemFolders.some((folder) => isIn(path, folder)) || !/^\/[^/]+\/./.test(path) ? "system" : "outside";
}

function placeInTree(relative: string): Place {
  const names = relative.split("/").filter((name) => name !== "");
  const first = names[0];
  if (first === undefined || (names.length === 1 && [star, `.${star}`].includes(first))) return "whole";
  const isGit = (name: string) => name.endsWith(".git") || (name.startsWith(".") && patternOf(name).test(".git"));
  // `.?` is `..` too.
  if (isPattern(first) && first.startsWith(".") && patternOf(first).test("..")) return "whole";
  return names.some(isGit) ? "git" : "tree";
}

function isIn(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

const systemFolders = [
  ...[
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/lib",
    "/lib32",
    "/lib64",
    "/opt",
    "/proc",
    "/root",
    "/run",
    "/sbin",
    "/snap",
    "/srv",
  ],
  ...["/sys", "/usr", "/var", "/System", "/Library", "/Applications", "/private/etc", "/private/var"],
];

/** Why a path may not be written by a command, or undefined. Files beside the work tree are no system files and may be. */
export function writeFault(path: string, context: GuardContext): GuardRuleId | undefined {
  const place = placeOf(path, context);
  if (context.scratch.includes(path)) return undefined;
  if (place === "system") return "machine-state";
  if (place === "home" && isStartFile(path.slice(context.home.length + 1))) return "machine-state";
  if (place === "git") return isLock(path) ? undefined : "protected-path";
  return place === "tree" && protectedName(path, context) !== undefined ? "protected-path" : undefined;
}

/** Files of a home that other programs obey; caches are none. */
function isStartFile(relative: string): boolean {
  return (
    relative.startsWith(".") &&
    !/^\.(cache|npm|cargo\/registry|local\/share|gradle\/caches|m2\/repository)\//.test(relative)
  );
}

/** A lock of git that a process left behind. */
export function isLock(path: string): boolean {
  return /\/\.git\/(?:[^/]+\/)*[^/]+\.lock$/.test(path);
}

/** The protected file of the work tree that a path is, unless the approved issue names it. */
function protectedName(path: string, { workTree, allowedPaths }: GuardContext): string | undefined {
  const relative = path.slice(workTree.length + 1);
  if (allowedPaths.some((allowed) => normalize(allowed) === relative)) return undefined;
  const lower = relative.toLowerCase();
  const last = lower.split("/").at(-1) ?? "";
  if (/^\.(github|gitlab|circleci|buildkite|forgejo|gitea)(\/|$)/.test(lower)) return relative;
  return ["codeowners", ".rig-agent.yaml", ".rig-agent.yml", "agents.md", ".gitlab-ci.yml"].includes(last) ||
    lower === ".gitmodules"
    ? relative
    : undefined;
}

/** What a file tool is told about a path. */
export type PathVerdict =
  | { readonly verdict: "allow" }
  | { readonly verdict: "block"; readonly rule: GuardRuleId; readonly reason: string };

/** Whether a file tool may write a path, absolute or from the work tree. A link is not followed: the caller resolves it first. */
export function checkPath(
  path: string,
  { workTree, allowed }: { readonly workTree: string; readonly allowed: readonly string[] },
): PathVerdict {
  const blocked = (reason: string): PathVerdict => ({ verdict: "block", rule: "protected-path", reason });
  if (path === "" || path.includes("\0") || isOpen(path)) return blocked("This is no path.");
  const absolute = tidy(path.startsWith("/") ? path : `${workTree}/${path}`);
  const root = tidy(workTree);
  if (absolute === root || !isIn(absolute, root)) return blocked(`${shown(path)} is outside the work tree.`);
  const names = absolute.slice(root.length + 1).split("/");
  // Some file systems fold case, so that `.GIT` is `.git`.
  if (names.some((name) => name.toLowerCase() === ".git")) return blocked(`${shown(path)} is in the git directory.`);
  const context: GuardContext = {
    workTree: root,
    home: "/",
    protectedBranches: [],
    scratch: [],
    allowedPaths: allowed,
  };
  const found = protectedName(absolute, context);
  return found === undefined
    ? { verdict: "allow" }
    : blocked(`${found} is protected and the approved issue does not name it.`);
}

/** 255 characters: the longest name of a file. */
const nameMax = 255;

/** Whether a pattern or a path may be one of these names. */
export function mayBe(name: string, names: readonly string[]): boolean {
  if (!isPattern(name)) return names.includes(name.toLowerCase());
  // A pattern of that length is made to take long.
  if (name.length > nameMax) return true;
  const pattern = patternOf(name.toLowerCase());
  // A pattern with hardly a letter is a pattern for everything; it does not ask for these names. `*` leaves out names with a dot.
  const letters = name.replaceAll(star, "").replaceAll(one, "").replaceAll(".", "");
  const lettersMin = name.startsWith(".") ? 1 : 3;
  if (letters.length < lettersMin) return false;
  return names.some((each) => pattern.test(each) && each.startsWith(".") === name.startsWith("."));
}
