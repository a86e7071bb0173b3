import { isOpen, remote, unknown } from "./marks.ts";
import { has, readOptions, valuesOf } from "./options.ts";
import { anything, type Flow, inside, nothing, type Scope } from "./run.ts";
import { followCode } from "./shell-code.ts";

/** A program that runs another one, which its arguments name. */
interface Wrapper {
  /** Options that take a value, as `readOptions` wants them. */
  readonly valued?: string;
  /** Options without a value. An option that is in neither list may take one, so that the next word too is read as the command. */
  readonly flags?: string;
  /** How many operands stand before the command. */
  readonly before?: number;
  /** The operand after which the command stands, such as `run`. Without it nothing is wrapped. */
  readonly verb?: readonly string[];
  /** Options whose value is code. */
  readonly code?: string;
  /** Whether the operands are joined and read by a shell. */
  readonly joined?: true;
}

const wrappers: Readonly<Record<string, Wrapper>> = {
  builtin: {},
  command: { flags: "p" },
  exec: { valued: "a", flags: "c l" },
  nohup: {},
  nice: { valued: "n adjustment", flags: "0 1 2 3 4 5 6 7 8 9" },
  ionice: { valued: "c n p P u class classdata pid", flags: "t ignore" },
  stdbuf: { valued: "i o e input output error" },
  setsid: { flags: "c f w ctty fork wait" },
  time: { valued: "f o format output", flags: "p v a q verbose append portability" },
  timeout: { valued: "k s kill-after signal", flags: "v f p foreground verbose preserve-status", before: 1 },
  gtimeout: { valued: "k s kill-after signal", flags: "v foreground preserve-status", before: 1 },
  chrt: { valued: "T P D", flags: "f r o b i d a v", before: 1 },
  taskset: { flags: "c a", before: 1 },
  flock: { valued: "w E c timeout conflict-exit-code command", flags: "n s x u o F e", code: "c command", before: 1 },
  watch: { valued: "n d q interval", flags: "t b e g c x exec no-title", joined: true },
  strace: { valued: "o e p s E u a O S b P X I", flags: "f c q v t y T" },
  ltrace: { valued: "o e p s u a n l x D F" },
  unshare: {
    valued: "S G R w setuid setgid root wd",
    flags: "m u i n p U C T f r c mount uts ipc net pid user cgroup fork map-root-user mount-proc kill-child",
  },
  nsenter: { valued: "t S G r w target", flags: "a m u i n p U C F all mount uts ipc net pid user" },
  chroot: { valued: "userspec groups", before: 1 },
  "systemd-run": {
    valued: "p u E H M unit slice property setenv description uid gid on-active on-calendar",
    flags: "user scope t pty pipe wait G q collect quiet",
  },
  screen: { valued: "S c t s", flags: "d m D R" },
  script: { valued: "c command o O I B T E", flags: "q e f a", code: "c command", before: 1 },
  busybox: {},
  toybox: {},
  caffeinate: { valued: "t w", flags: "d i m s u" },
  unbuffer: { flags: "p" },
  fakeroot: {},
  "xvfb-run": { valued: "n s e f p w server-num server-args", flags: "a auto-servernum" },
  "dbus-run-session": {},
  prlimit: { valued: "p pid" },
  setarch: { before: 1 },
  linux32: {},
  linux64: {},
  proxychains: { valued: "f", flags: "q" },
  proxychains4: { valued: "f", flags: "q" },
  torsocks: {},
  faketime: { before: 1 },
  valgrind: {},
  rlwrap: {},
  numactl: { valued: "C N m i p" },
  cgexec: { valued: "g" },
  perf: { verb: ["stat", "record", "trace"], valued: "e o r F p" },
  gdb: { valued: "ex x p iex eval-command", flags: "batch q args", code: "ex iex eval-command" },
  lldb: { valued: "o O s", code: "o O" },
  direnv: { verb: ["exec"], before: 1 },
  dotenv: { valued: "e f v" },
  dotenvx: { verb: ["run"], valued: "f e" },
  mise: { verb: ["exec", "x"] },
  asdf: { verb: ["exec"] },
  rbenv: { verb: ["exec"] },
  pyenv: { verb: ["exec"] },
  poetry: { verb: ["run"] },
  uv: {
    verb: ["run"],
    valued: "with python p extra group directory project env-file",
    flags: "frozen locked isolated no-sync m q",
  },
  pipenv: { verb: ["run"] },
  pdm: { verb: ["run"] },
  hatch: { verb: ["run"] },
  rye: { verb: ["run"] },
  conda: { verb: ["run"], valued: "n name p prefix", flags: "no-capture-output live-stream" },
  mamba: { verb: ["run"], valued: "n name p prefix" },
  bundle: { verb: ["exec"] },
  yarn: { verb: ["exec", "dlx"] },
  pnpm: { verb: ["exec", "dlx"], valued: "C dir filter F", code: "c" },
  npm: { verb: ["exec", "x"], valued: "c call p package prefix w workspace", code: "c call", flags: "y yes" },
  npx: { valued: "c call p package", flags: "y yes no no-install q", code: "c call" },
  bunx: {},
  "nix-shell": { valued: "run command p", code: "run command" },
  entr: { flags: "a c d n p r s z" },
  hyperfine: {
    valued: "w r m M p c n L S warmup runs prepare cleanup setup",
    code: "p c prepare cleanup setup s",
    joined: true,
  },
  concurrently: { valued: "n c names prefix" },
  "start-stop-daemon": { valued: "p n u x a S pidfile exec startas", code: "x a exec startas" },
  "ssh-agent": { valued: "a t E" },
  coproc: {},
  rtk: {},
  xterm: { valued: "e T", code: "e" },
  tmux: {},
  parallel: {},
  xargs: {},
};

/** The dynamic loader starts the program that is its operand. */
const loaders = /^ld(-linux.*|-musl.*)?\.so(\.\d+)?$/;

/** Follows what a wrapper runs; undefined when the program is no wrapper. */
export function runWrapped(name: string, args: readonly string[], scope: Scope): Flow | undefined {
  if (loaders.test(name))
    return runRest(readOptions(args, "library-path preload argv0", "untilOperand").operands, scope);
  if (name === "xargs") return runXargs(args, scope);
  if (name === "parallel" || name === "rush") return runParallel(args, scope);
  if (["tmux", "concurrently", "zellij", "bwrap", "firejail", "nsjail"].includes(name)) return runEach(args, scope);
  const wrapper = Object.hasOwn(wrappers, name) ? wrappers[name] : undefined;
  if (wrapper === undefined) return undefined;
  const { valued = "", flags = "", before = 0, verb, code, joined } = wrapper;
  let given = args;
  if (verb !== undefined) {
    const at = args.findIndex((arg) => verb.includes(arg));
    if (at < 0) return undefined;
    given = args.slice(at + 1);
  }
  const options = readOptions(given, `${valued} ${code ?? ""}`, "untilOperand");
  for (const value of code === undefined ? [] : valuesOf(options, code))
    followCode(value.replace(/^(!|shell\s|platform shell\s)/, ""), scope, `${name} ${value}`);
  const behind = skipVerb(options.operands).slice(before);
  // `flock FILE -c CODE`
  if (behind[0] === "-c" && behind[1] !== undefined) followCode(behind[1], scope, `${name} ${behind[1]}`);
  const rest = behind[0] === "-c" ? [] : behind;
  const isRead =
    [...options.letters].every((letter) => `${valued} ${flags}`.split(" ").includes(letter)) &&
    options.names.every(
      (each) =>
        `${valued} ${flags}`.split(" ").some((known) => known.startsWith(each)) ||
        options.values.some(({ option }) => option === each),
    );
  const flow =
    joined === true && !has(options, "x exec")
      ? followCode(rest.join(" "), scope, `${name} ${rest.join(" ")}`)
      : runRest(rest, scope);
  // An option that is not known here may have taken the word that was read as the command.
  if (!isRead && rest.length > 1) runRest(rest.slice(1), scope);
  return flow;
}

/** `uv run -- cmd` and `npm exec -- cmd`. */
function skipVerb(operands: readonly string[]): readonly string[] {
  return operands[0] === "--" ? operands.slice(1) : operands;
}

function runRest(rest: readonly string[], scope: Scope): Flow {
  return rest.length === 0 ? nothing : scope.run.follow.program(rest, inside(scope));
}

/** 24 words before a command: a sandbox with a handful of mounts. */
const runEachMax = 24;

/** tmux, concurrently: each argument with a space is a command, and so are the last words. */
function runEach(args: readonly string[], scope: Scope): Flow {
  for (const arg of args) if (/\s/.test(arg)) followCode(arg, inside(scope), arg);
  for (const [at, arg] of args.slice(0, runEachMax).entries()) {
    if (!arg.startsWith("-")) runRest(args.slice(at), scope);
  }
  return anything;
}

/** xargs adds words that it reads: they are known only where its input is. */
function runXargs(args: readonly string[], scope: Scope): Flow {
  const options = readOptions(
    args,
    "I n L P d E s a max-args max-lines max-procs delimiter arg-file max-chars process-slot-var replace",
    "untilOperand",
  );
  const isFile = options.values.some(({ option }) => option === "a" || "arg-file".startsWith(option));
  const input = isFile ? anything : scope.stdin;
  const words =
    input.kind === "text"
      ? input.text.split(/\s+/).filter((word) => word !== "")
      : [input.kind === "remote" ? remote : unknown];
  const [mark] = options.letters.has("i") ? ["{}"] : valuesOf(options, "I replace");
  const call = options.operands.length === 0 ? ["echo"] : options.operands;
  if (mark === undefined) return scope.run.follow.program([...call, ...words], inside(scope, { stdin: nothing }));
  const lines = input.kind === "text" ? input.text.split("\n").filter((line) => line.trim() !== "") : words;
  for (const line of lines.slice(0, 32))
    scope.run.follow.program(
      call.map((word) => word.replaceAll(mark, line)),
      inside(scope, { stdin: nothing }),
    );
  if (lines.length > 32)
    scope.run.follow.program(
      call.map((word) => word.replaceAll(mark, unknown)),
      inside(scope, { stdin: nothing }),
    );
  return anything;
}

/** parallel reads a command as a shell does, once for each of its arguments. */
function runParallel(args: readonly string[], scope: Scope): Flow {
  const { operands } = readOptions(
    args,
    "j a S I jobs joblog results sshlogin colsep delay timeout tmpdir",
    "untilOperand",
  );
  const at = operands.findIndex((arg) => /^:::/.test(arg));
  const command = (at < 0 ? operands : operands.slice(0, at)).join(" ");
  const given =
    at < 0
      ? [scope.stdin.kind === "remote" ? remote : unknown]
      : operands.slice(at + 1).filter((arg) => !/^:::/.test(arg));
  if (command === "") {
    for (const code of given) followCode(code, inside(scope), `parallel ${code}`);
    return anything;
  }
  for (const value of given.slice(0, 32)) {
    const replaced = command.replaceAll(/\{[./#%]*\}/g, value);
    if (isOpen(value) && !isOpen(replaced)) followCode(command, inside(scope), command);
    // What is known is quoted by parallel itself; what is not known is an argument of the command.
    else runArgument(command, value, replaced, scope);
  }
  return anything;
}

function runArgument(command: string, value: string, replaced: string, scope: Scope): undefined {
  const words = command.split(/\s+/);
  if (!isOpen(value))
    followCode(
      replaced === command ? `${command} '${value.replaceAll("'", "'\\''")}'` : replaced,
      inside(scope),
      replaced,
    );
  else
    scope.run.follow.program(
      words.map((word) => word.replaceAll(/\{[./#%]*\}/g, value)),
      inside(scope),
    );
}
