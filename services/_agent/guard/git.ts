import { checkFile, checkTree, checkWrite } from "./file-checks.ts";
import { checkPush, checkRefs } from "./git-push.ts";
import { checkSetting } from "./git-settings.ts";
import { isOpen, unknown } from "./marks.ts";
import { has, type Options, readOptions, valuesOf } from "./options.ts";
import { pathsOf } from "./paths.ts";
import { anything, block, type Flow, fetched, inside, nothing, type Scope, write } from "./run.ts";
import { secretIn } from "./secrets.ts";
import { followCode, quoted } from "./shell-code.ts";

/** git, with the options before its command, the aliases that they define, and what the command does. */
export function runGit(args: readonly string[], scope: Scope): Flow {
  let folders = scope.folders;
  let at = 0;
  for (; at < args.length; at += 1) {
    const arg = args[at] ?? "";
    if (arg === "-C")
      folders = folders.flatMap((folder) => pathsOf({ ...scope, folders: [folder] }, args[at + 1] ?? ""));
    if (arg === "-c") checkSetting(args[at + 1] ?? "", scope);
    if (/^-c./.test(arg)) checkSetting(arg.slice(2), scope);
    if (/^--(config-env|exec-path)=/.test(arg)) block(scope, "git-settings", `git ${arg}`);
    if (/^(-C|-c|--git-dir|--work-tree|--namespace|--super-prefix|--config-env|--attr-source)$/.test(arg)) at += 1;
    else if (!arg.startsWith("-")) break;
    else if (isOpen(arg)) block(scope, "unknown-program", `git ${arg}`);
  }
  const [command, ...rest] = args.slice(at);
  if (command === undefined) return anything;
  if (isOpen(command)) {
    block(scope, "unknown-program", `git ${args.join(" ")}`);
    return anything;
  }
  for (const arg of rest) if (/^(ext|fd)::/.test(arg)) block(scope, "git-settings", `git ${command} ${arg}`);
  return runCommand(command, rest, inside(scope, { folders }));
}

function runCommand(command: string, args: readonly string[], scope: Scope): Flow {
  const alias = scope.run.variables.get(`git alias.${command}`);
  if (alias !== undefined && !scope.within.includes(`git ${command}`)) {
    const within = inside(scope, { within: [...scope.within, `git ${command}`] });
    for (const body of alias)
      followCode(
        body.startsWith("!") ? `${body.slice(1)} ${quoted(args)}` : `git ${body} ${quoted(args)}`,
        within,
        `git alias ${command}`,
      );
    return anything;
  }
  const check = Object.hasOwn(checks, command) ? checks[command] : undefined;
  const what = `git ${command} ${args.join(" ")}`;
  checkSecrets(command, args, scope);
  return check?.(args, scope, what) ?? outputOf(command, args, scope);
}

function outputOf(command: string, args: readonly string[], scope: Scope): Flow {
  if (command === "rev-parse" && args.includes("--show-toplevel"))
    return { kind: "text", text: scope.run.context.workTree };
  if (
    (command === "branch" && args.includes("--show-current")) ||
    (command === "rev-parse" && args.includes("--abbrev-ref"))
  )
    return { kind: "text", text: "HEAD" };
  return anything;
}

/** What is printed of a file that is a secret; adding, removing or naming one prints nothing. */
function checkSecrets(command: string, args: readonly string[], scope: Scope): undefined {
  const shows = command === "log" && args.some((arg) => /^(-p|-u|--patch.*|-L.*|-c|--cc)$/.test(arg));
  if (
    shows ||
    [
      "show",
      "cat-file",
      "diff",
      "blame",
      "annotate",
      "archive",
      "grep",
      "difftool",
      "apply",
      "checkout-index",
    ].includes(command)
  ) {
    for (const arg of args)
      if (secretIn(scope, arg) !== undefined && !(command === "grep" && !/[/.]/.test(arg)))
        return block(scope, "read-secrets", `git ${command} ${arg}`);
  }
  if (command === "credential" || /^credential-/.test(command)) block(scope, "read-secrets", `git ${command}`);
}

type Check = (args: readonly string[], scope: Scope, what: string) => Flow | undefined;

const checks: Readonly<Record<string, Check>> = {
  push: checkPush,
  "send-pack": (_, scope, what) => block(scope, "protected-branch", what),
  "http-push": (_, scope, what) => block(scope, "protected-branch", what),
  "update-ref": checkRefs,
  "symbolic-ref": (args, scope, what) => {
    if (has(readOptions(args), "d delete") || readOptions(args).operands.length > 1) block(scope, "git-history", what);
  },
  reset: (args, scope, what) => {
    if (has(readOptions(args), "hard merge")) block(scope, "discard-work", what);
  },
  clean: (args, scope, what) => {
    const options = readOptions(args, "e exclude");
    const isForced =
      has(options, "f force") || [...(scope.run.variables.get("git clean.requireforce") ?? [])].includes("false");
    if (isForced && !has(options, "n dry-run")) block(scope, "discard-work", what);
  },
  checkout: checkCheckout,
  restore: (args, scope, what) => {
    const options = readOptions(args, "s source conflict pathspec-from-file");
    const isStaged = has(options, "S staged");
    if (has(options, "ours theirs merge m")) return;
    if (!isStaged || has(options, "W worktree")) block(scope, "discard-work", what);
  },
  switch: (args, scope, what) => {
    if (has(readOptions(args, "c C create force-create"), "f force discard-changes"))
      block(scope, "discard-work", what);
  },
  stash: (args, scope, what) => {
    if (["drop", "clear"].includes(readOptions(args).operands[0] ?? "")) block(scope, "discard-work", what);
  },
  branch: checkBranch,
  tag: (args, scope, what) => {
    if (has(readOptions(args, "m F u"), "f force")) block(scope, "git-history", what);
  },
  reflog: (args, scope, what) => {
    if (
      ["expire", "delete", "drop"].includes(readOptions(args).operands[0] ?? "") &&
      !has(readOptions(args), "n dry-run")
    )
      block(scope, "git-history", what);
  },
  gc: (args, scope, what) => {
    const isPruned = args.some((arg) => /^--pru(n|ne)?(=|$)/.test(arg) && !/week|month|year|never/.test(arg));
    const settings = ["gc.pruneexpire", "gc.reflogexpire", "gc.reflogexpireunreachable"].flatMap((key) => [
      ...(scope.run.variables.get(`git ${key}`) ?? []),
    ]);
    if (isPruned || settings.some((value) => !/week|month|year|never/.test(value))) block(scope, "git-history", what);
  },
  prune: (args, scope, what) => {
    if (!has(readOptions(args, "expire"), "n dry-run")) block(scope, "git-history", what);
  },
  "filter-branch": (_, scope, what) => block(scope, "git-history", what),
  "filter-repo": (_, scope, what) => block(scope, "git-history", what),
  replace: (args, scope, what) => {
    if (readOptions(args).operands.length > 0) block(scope, "git-history", what);
  },
  "read-tree": (args, scope, what) => {
    if (has(readOptions(args), "reset u")) block(scope, "discard-work", what);
  },
  "checkout-index": (args, scope, what) => {
    if (has(readOptions(args), "f force")) block(scope, "discard-work", what);
  },
  rm: (args, scope, what) => {
    const options = readOptions(args);
    if (has(options, "cached n dry-run")) return;
    for (const path of options.operands)
      has(options, "r")
        ? checkTree(path === "." ? scope.run.context.workTree : path, scope, what)
        : checkFile(path, scope, what);
  },
  mv: (args, scope, what) => {
    const { operands } = readOptions(args);
    for (const path of operands.slice(0, -1)) checkFile(path, scope, what);
    checkWrite(operands.at(-1) ?? "", scope, what);
  },
  worktree: (args, scope, what) => {
    const options = readOptions(args, "b B");
    if (options.operands[0] === "remove" && has(options, "f force")) block(scope, "discard-work", what);
  },
  submodule: (args, scope, what) => {
    const { operands } = readOptions(args);
    const at = operands.indexOf("foreach");
    if (at >= 0) followCode(operands.slice(at + 1).join(" "), scope, what);
    if (operands[0] === "deinit" && has(readOptions(args), "f force")) block(scope, "discard-work", what);
  },
  bisect: (args, scope, what) => {
    if (args[0] === "run") followCode(quoted(args.slice(1)), scope, what);
  },
  rebase: (args, scope, what) => codeOf(args, "x exec", scope, what),
  difftool: (args, scope, what) => codeOf(args, "x extcmd", scope, what),
  grep: (args, scope, what) => {
    for (const arg of args)
      if (/^-O.|^--open-files-in-pager=/.test(arg)) followCode(arg.replace(/^-O|^[^=]*=/, ""), scope, what);
  },
  config: (args, scope, what) => {
    const options = readOptions(args, "f file blob type t default get unset comment value");
    const [key, value] = options.operands.filter((arg) => !/^(set|get|list|unset)$/.test(arg));
    if (key !== undefined && value !== undefined) checkSetting(`${key}=${value}`, scope);
    if (has(options, "e edit remove-section rename-section")) block(scope, "git-settings", what);
  },
  remote: (args, scope, what) => {
    const [verb, , url = ""] = readOptions(args, "t m").operands;
    if (verb === "set-url" || (verb === "add" && isOpen(url))) block(scope, "git-settings", what);
  },
  clone: (args, scope, what) => {
    const options = readOptions(
      args,
      "b o u c j branch origin upload-pack config depth jobs template reference separate-git-dir filter",
    );
    for (const setting of valuesOf(options, "c config")) checkSetting(setting, scope);
    for (const code of valuesOf(options, "u upload-pack")) followCode(code, scope, what);
    const [
      url = "",
      folder = url
        .split("/")
        .at(-1)
        ?.replace(/\.git$/, "") ?? unknown,
    ] = options.operands;
    if (/^[a-z+]+:\/\/|^[^/]+@|^[^/.]+:/.test(url))
      for (const path of pathsOf(scope, folder)) {
        write(scope, path, fetched);
        scope.run.unpacked = true;
      }
    return nothing;
  },
  fetch: (args, scope, what) => codeOf(args, "upload-pack", scope, what),
  pull: (args, scope, what) => codeOf(args, "upload-pack", scope, what),
  "ls-remote": (args, scope, what) => codeOf(args, "upload-pack exec", scope, what),
  archive: (args, scope, what) => codeOf(args, "exec remote", scope, what),
  daemon: (_, scope, what) => block(scope, "machine-state", what),
  instaweb: (_, scope, what) => block(scope, "machine-state", what),
  "send-email": (_, scope, what) => block(scope, "send-files", what),
  "imap-send": (_, scope, what) => block(scope, "send-files", what),
  p4: (_, scope, what) => block(scope, "send-files", what),
  svn: (_, scope, what) => block(scope, "send-files", what),
  maintenance: (args, scope, what) => {
    if (args[0] === "start" || args[0] === "register") block(scope, "machine-state", what);
  },
  init: (args, scope, what) => {
    if (args.some((arg) => /^--template/.test(arg))) block(scope, "git-settings", what);
  },
};

function codeOf(args: readonly string[], options: string, scope: Scope, what: string): undefined {
  for (const code of valuesOf(readOptions(args, options), options)) followCode(code, scope, what);
}

function checkCheckout(args: readonly string[], scope: Scope, what: string): undefined {
  const options: Options = readOptions(args, "b B orphan conflict pathspec-from-file");
  if (has(options, "ours theirs merge m")) return;
  const end = args.indexOf("--");
  const isMade = has(options, "b B orphan track t detach");
  const paths = end >= 0 ? args.slice(end + 1) : isMade ? [] : options.operands.slice(1);
  const [only] = end >= 0 ? [] : options.operands;
  // One word may be a branch or a path; a path has a folder or an ending that branches hardly have.
  const isPath = only !== undefined && !isMade && /^\.{1,2}(\/|$)|^:|\/$|[\uE002\uE003]|\.[a-z]{1,4}$/.test(only);
  if (has(options, "f force pathspec-from-file p patch") || paths.length > 0 || isPath)
    block(scope, "discard-work", what);
}

function checkBranch(args: readonly string[], scope: Scope, what: string): undefined {
  const options = readOptions(args, "u set-upstream-to sort format contains points-at");
  const deletes = has(options, "D") || has(options, "d delete");
  const isProtected = options.operands.some((name) =>
    scope.run.context.protectedBranches.includes(name.replace(/^refs\/heads\//, "")),
  );
  if (has(options, "D f force") || (deletes && isProtected)) block(scope, "discard-work", what);
}
