import { block, type Scope } from "./run.ts";
import { namesMetadata, secretIn } from "./secrets.ts";

/** What holds for the arguments of every program: no secret file, no address of cloud metadata. */
export function checkWords(name: string, args: readonly string[], scope: Scope): undefined {
  if (namesOnly.has(name)) return;
  for (const arg of args) {
    if (namesMetadata(arg) && !searchers.has(name) && !/\s/.test(arg)) block(scope, "read-secrets", arg);
  }
  for (const arg of readArgs(name, args)) {
    const found = secretIn(scope, arg);
    if (found !== undefined) return block(scope, "read-secrets", `${name} ${found}`);
  }
}

/** Programs that take a name as a text, or touch a file without reading it. */
const namesOnly = new Set([
  ...[
    "echo",
    "printf",
    "true",
    "false",
    ":",
    "test",
    "[",
    "[[",
    "ls",
    "stat",
    "rm",
    "rmdir",
    "mkdir",
    "touch",
    "cd",
    "pushd",
    "popd",
    "du",
  ],
  ...[
    "basename",
    "dirname",
    "realpath",
    "readlink",
    "chmod",
    "chown",
    "chgrp",
    "type",
    "which",
    "whereis",
    "unlink",
    "tree",
    "find",
    "fd",
  ],
  ...[
    "kill",
    "wait",
    "alias",
    "export",
    "declare",
    "typeset",
    "local",
    "readonly",
    "unset",
    "set",
    "env",
    "command",
    "builtin",
    "exec",
    "xargs",
  ],
  ...[
    "eval",
    "sh",
    "bash",
    "zsh",
    "dash",
    "git",
    "docker",
    "podman",
    "man",
    "help",
    "npm",
    "pnpm",
    "yarn",
    "gh",
    "glab",
    "trap",
    "hash",
    "seq",
  ],
  ...[
    "sudo",
    "time",
    "timeout",
    "nohup",
    "nice",
    "return",
    "exit",
    "node",
    "deno",
    "bun",
    "tsx",
    "shift",
    "let",
    "file",
    "mktemp",
  ],
]);

/** Programs whose first operand is a pattern or a script, not a file. */
const searchers = new Set([
  "grep",
  "egrep",
  "fgrep",
  "zgrep",
  "rg",
  "ag",
  "ack",
  "sed",
  "awk",
  "gawk",
  "mawk",
  "jq",
  "yq",
  "perl",
  "ruby",
  "python",
  "python3",
]);
/** Programs whose last operand is where they write. */
const copiers = new Set(["cp", "mv", "ln", "install", "link", "rsync"]);

function readArgs(name: string, args: readonly string[]): readonly string[] {
  const kept: string[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? "";
    if (/^(-o|-O|-out|-keyout|--out|--output|--output-document|--keyout)$/.test(arg)) at += 1;
    else if (
      !/^--(output|out|exclude|include|exclude-dir)=/.test(arg) &&
      !(/\s/.test(arg) && !/^[~/.]/.test(arg) && name !== "socat")
    )
      kept.push(arg);
  }
  if (copiers.has(name)) return kept.filter((arg, index) => index < kept.length - 1 || arg.startsWith("-"));
  if (!searchers.has(name)) return kept;
  const explicit = kept.some((arg) => /^-(e|f|-regexp|-file|-expression)/.test(arg));
  const at = kept.findIndex((arg) => !arg.startsWith("-"));
  return explicit
    ? kept.filter((_, index) => !/^-e$|^--(regexp|expression)$/.test(kept[index - 1] ?? ""))
    : kept.filter((_, index) => index !== at);
}
