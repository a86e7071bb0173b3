import { cut, isOpen, unknown } from "./marks.ts";
import { has, readOptions, valuesOf } from "./options.ts";
import { pathsOf } from "./paths.ts";
import { contentOf } from "./redirects.ts";
import { anything, assign, block, type Flow, nothing, type Program, type Scope } from "./run.ts";
import { isSecretVariable } from "./secrets.ts";
import { followCode } from "./shell-code.ts";
import { runFlow } from "./shells.ts";
import { setVariable } from "./variables.ts";
import { runWrapped } from "./wrappers.ts";

/** What the shell itself does. */
export const builtins: Readonly<Record<string, Program>> = {
  cd: enter,
  chdir: enter,
  pushd: enter,
  popd: (_, scope) => {
    scope.folders = [unknown];
    return nothing;
  },
  eval: (args, scope) => followCode(args.filter((arg) => arg !== "--").join(" "), scope, `eval ${args.join(" ")}`),
  source,
  ".": source,
  alias: (args, scope) => {
    for (const arg of args) {
      const [, name = "", body = ""] = /^([^=]+)=([\s\S]*)$/.exec(arg) ?? [];
      if (name === "") continue;
      scope.run.aliases.set(name, body);
      // An alias may be used by a later command of the same shell, so what it does counts at once.
      followCode(body, { ...scope, within: [...scope.within, name] }, `alias ${name}`);
    }
    return nothing;
  },
  unset: (args, scope) => {
    for (const name of args) assign(scope, name, "");
    return nothing;
  },
  export: declare,
  declare,
  typeset: declare,
  local: declare,
  readonly: declare,
  set: (args, scope) => {
    if (args.length === 0) block(scope, "read-secrets", "set shows every variable");
    const end = args.indexOf("--");
    const first = args.findIndex((arg, index) => !/^[-+]/.test(arg) && args[index - 1] !== "-o");
    if (end >= 0) scope.positional = ["bash", ...args.slice(end + 1)];
    else if (first >= 0) scope.positional = ["bash", ...args.slice(first)];
    return nothing;
  },
  shift: (args, scope) => {
    const count = Number(args[0] ?? 1);
    scope.positional = ["bash", ...scope.positional.slice(1 + (Number.isNaN(count) ? 1 : count))];
    return nothing;
  },
  read,
  mapfile: readLines,
  readarray: readLines,
  getopts: (args, scope) => {
    assign(scope, args[1] ?? "", unknown);
    assign(scope, "OPTARG", unknown);
    return nothing;
  },
  let: (args, scope) => {
    for (const arg of args) assign(scope, /^\w+/.exec(arg)?.[0] ?? "", unknown);
    return nothing;
  },
  trap: (args, scope) => {
    const [code] = args.filter((arg) => arg !== "--");
    return code === undefined || code.startsWith("-") || args.length < 2
      ? nothing
      : followCode(code, scope, `trap ${code}`);
  },
  hash: (args, scope) => {
    if (has(readOptions(args, "p"), "p")) block(scope, "unknown-program", `hash ${args.join(" ")}`);
    return nothing;
  },
  enable: (args, scope) => {
    if (has(readOptions(args, "f"), "n f d")) block(scope, "unknown-program", `enable ${args.join(" ")}`);
    return nothing;
  },
  complete: codeIn("C F"),
  compgen: codeIn("C F"),
  bind: codeIn("x"),
  exec: (args, scope) => (args.length === 0 ? nothing : (runWrapped("exec", args, scope) ?? anything)),
  command: (args, scope) => {
    if (!/^-[pvV]*[vV]/.test(args[0] ?? "")) return runWrapped("command", args, scope) ?? anything;
    return args[1] === undefined ? anything : { kind: "text", text: args[1] };
  },
  which: (args) => (args.length === 1 && args[0] !== undefined ? { kind: "text", text: args[0] } : anything),
  type: () => anything,
  pwd: ({ length }, scope) =>
    scope.folders.length === 1 && length === 0 ? { kind: "text", text: scope.folders[0] ?? unknown } : anything,
  env: (given, scope) => {
    // `env -` is `env -i`.
    const args = given.map((arg, index) =>
      arg === "-" && given.slice(0, index).every((each) => each.startsWith("-")) ? "-i" : arg,
    );
    const options = readOptions(args, "u C S unset chdir split-string", "untilOperand");
    const split = valuesOf(options, "S split-string");
    const rest = options.operands.filter(
      (arg, index, all) =>
        !(/^[A-Za-z_]\w*=/.test(arg) && all.slice(0, index).every((each) => /^[A-Za-z_]\w*=/.test(each))),
    );
    for (const arg of options.operands.slice(0, options.operands.length - rest.length)) setAssigned(arg, scope, "once");
    for (const text of split) followCode([text, ...rest].join(" "), scope, `env -S ${text}`);
    if (split.length > 0) return anything;
    if (rest.length > 0)
      return scope.run.follow.program(rest, {
        ...scope,
        folders: valuesOf(options, "C chdir")
          .flatMap((folder) => pathsOf(scope, folder))
          .concat(scope.folders),
      });
    if (!has(options, "i ignore-environment help version")) block(scope, "read-secrets", "env shows every variable");
    return anything;
  },
  printenv: (args, scope) => {
    const names = args.filter((arg) => !arg.startsWith("-"));
    if (names.length === 0 || names.some((name) => isSecretVariable(name) || isOpen(name)))
      block(scope, "read-secrets", `printenv ${names.join(" ")}`);
    return anything;
  },
  ulimit: () => nothing,
};

function enter(args: readonly string[], scope: Scope): Flow {
  const target = args.find((arg) => !/^-[LPe@n]+$|^--$/.test(arg));
  if (target === undefined) scope.folders = [scope.run.context.home];
  else if (target === "-" || /^[+-]\d+$/.test(target)) scope.folders = [unknown];
  else scope.folders = [...new Set(isOpen(target) ? [unknown] : pathsOf(scope, target))];
  return nothing;
}

/** Code of a file runs in this shell, so that afterwards any variable may have any value, where it is not known. */
function source(args: readonly string[], scope: Scope): Flow {
  const [file] = args.filter((arg) => arg !== "--");
  if (file === undefined) return nothing;
  if (isOpen(file)) {
    block(scope, "unknown-code", `source ${file}`);
    return anything;
  }
  const flow = file === "/dev/stdin" ? scope.stdin : contentOf(file, scope);
  if (flow.kind !== "text") scope.run.anyVariable = true;
  const known = pathsOf(scope, file).flatMap((path) => scope.run.files.get(path) ?? []);
  if (known.length > 1) for (const each of known) runFlow(each, "shell", scope, `source ${file}`);
  else runFlow(flow, "shell", scope, `source ${file}`);
  return anything;
}

function declare(args: readonly string[], scope: Scope, name: string): Flow {
  const options = readOptions(args);
  const isList = options.operands.length === 0 && !(name === "readonly" || name === "local");
  if (isList && !has(options, "f F")) block(scope, "read-secrets", `${name} shows every variable`);
  for (const arg of options.operands) {
    // A reference by name: the variable is another one.
    if (options.letters.has("n")) assign(scope, arg.split("=")[0] ?? "", unknown);
    else setAssigned(arg, scope, "lasting");
  }
  return nothing;
}

function setAssigned(arg: string, scope: Scope, lasting: "lasting" | "once"): undefined {
  const [, name, value = ""] = /^([A-Za-z_]\w*)\+?=([\s\S]*)$/.exec(arg) ?? [];
  if (name !== undefined) setVariable(scope, name, value.replaceAll(cut, " "), lasting);
}

function read(args: readonly string[], scope: Scope): Flow {
  const { operands, values } = readOptions(args, "a d i n N p t u");
  for (const name of [
    ...operands,
    ...values.filter(({ option }) => option === "a").map(({ value }) => value),
    "REPLY",
  ]) {
    assign(scope, name, unknown);
    if (scope.run.arrays.has(name)) scope.run.arrays.set(name, [unknown]);
  }
  return nothing;
}

function readLines(args: readonly string[], scope: Scope): Flow {
  const { operands, values } = readOptions(args, "d n O s u C c");
  scope.run.arrays.set(operands[0] ?? "MAPFILE", [unknown]);
  for (const { option, value } of values) if (option === "C") followCode(value, scope, `mapfile -C ${value}`);
  return nothing;
}

function codeIn(options: string): Program {
  return (args, scope, name) => {
    for (const code of valuesOf(readOptions(args, options), options)) {
      // bind -x '"\C-x": command'
      followCode(code.replace(/^"[^"]*":\s*/, ""), scope, `${name} ${code}`);
    }
    return anything;
  };
}
