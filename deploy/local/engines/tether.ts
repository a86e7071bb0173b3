import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { constants } from "node:os";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { plainEnvironment } from "#kit/process/shell.ts";

/** What to run, and where its output goes. */
export interface TetherOptions {
  /** Shown in errors: what the operator calls this process. */
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  /** The whole environment of the program; default `plainEnvironment()`. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** stdout and stderr are appended here. Without `logFile` and `onLine` they are dropped. */
  readonly logFile?: string;
  /** Called for each line of stdout and stderr; ignored when there is a `logFile`. */
  readonly onLine?: (line: string) => void;
}

/** How a program ended. `code` is null when a signal ended it; a shell reports both, so an own exit code of 129 to 159 reads as a signal. */
export interface TetherExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running program that ends at the latest 5 s after this process, however this process ends. */
export interface Tethered {
  /** Of the program itself, not of the shell around it. */
  readonly pid: number;
  /** Settles when the program has ended and its output has been read. Never rejects. */
  readonly exited: Promise<TetherExit>;
  /** TERM, then KILL after `graceMs` (default 5000), then waits for the end. May be called again, also after the end. */
  stop(options?: { readonly graceMs?: number }): Promise<void>;
}

/**
 * nats-server, or a service with `--processes`, could not be started. The message names the program and why.
 * Kind: refuses to start.
 * What to do: check that the program of the message exists and may be executed; remove it from the cache to fetch it
 * again.
 */
export class TetherNotStarted extends Error {
  override readonly name = "TetherNotStarted";
  readonly file: string;
  constructor(options: TetherOptions, reason: string, cause?: unknown) {
    super(`${options.name} (${options.file}) could not be started: ${reason}`, { cause });
    this.file = options.file;
  }
}

/**
 * The shell between us and the program. Its stdin is a pipe whose other end only we hold, so the kernel closes it when we
 * die, also by kill -9; no signal handler of ours would run then. Only builtins block, so nothing but 0.1 s of `sleep` can
 * outlive the shell. fd 3 carries the program's pid to us, fd 4 is the pipe: a background job's stdin is /dev/null.
 * The shell leads a process group of its own (Ctrl-C in a terminal reaches only us), and what the program leaves behind in
 * that group gets TERM at the end, together with the reader.
 */
const wrapper = `
exec 4<&0 </dev/null
"$@" 3>&- 4<&- &
child=$!
echo "$child" >&3
exec 3>&-
(
  while read -r line; do :; done
  kill -TERM "$child"
  tenths=0
  while [ "$tenths" -lt 50 ] && kill -0 "$child"; do sleep 0.1; tenths=$((tenths + 1)); done
  kill -KILL "$child"
) <&4 >/dev/null 2>&1 &
exec 4<&-
wait "$child"
code=$?
trap '' TERM
kill -TERM 0
exit "$code"
`;

/** Starts a long-lived program that dies when we die. Throws `TetherNotStarted`. Node programs and others alike; POSIX only. */
export async function startTethered(options: TetherOptions): Promise<Tethered> {
  const log = options.logFile === undefined ? undefined : openSync(options.logFile, "a");
  const output = log ?? (options.onLine === undefined ? "ignore" : "pipe");
  const shell = spawn("/bin/sh", ["-c", wrapper, "tether", options.file, ...options.args], {
    stdio: ["pipe", output, output, "pipe"],
    env: options.env ?? plainEnvironment(),
    detached: true,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  if (log !== undefined) closeSync(log);
  const { onLine } = options;
  for (const stream of [shell.stdout, shell.stderr]) {
    if (stream !== null && onLine !== undefined) createInterface({ input: stream }).on("line", onLine);
  }
  const ended = exitOf(shell);
  // Once the shell is gone the pipe has no reader; an error on it says nothing that `exited` does not.
  shell.stdin?.on("error", () => undefined);
  const pid = await readPid(shell, options);
  let running = true;
  const exited = ended.then((exit) => {
    running = false;
    return exit;
  });
  const signal = (name: NodeJS.Signals) => {
    if (running) sendSignal(pid, name);
  };
  return {
    pid,
    exited,
    stop: async ({ graceMs = 5_000 } = {}) => {
      signal("SIGTERM");
      const timer = setTimeout(() => signal("SIGKILL"), graceMs);
      await exited;
      clearTimeout(timer);
    },
  };
}

/** The first line on fd 3, or the reason why there is none. */
async function readPid(shell: ChildProcess, options: TetherOptions): Promise<number> {
  const report = shell.stdio[3] as Readable;
  const failed = new Promise<never>((_, reject) => {
    // A missing working directory is reported here, as ENOENT of the shell.
    shell.once("error", (cause) => reject(new TetherNotStarted(options, cause.message, cause)));
  });
  const text = (async () => {
    let read = "";
    for await (const chunk of report) read += String(chunk);
    return read;
  })();
  const pid = Number.parseInt(await Promise.race([text, failed]), 10);
  if (!(pid > 1)) throw new TetherNotStarted(options, "its shell ended before it could say the program's pid");
  return pid;
}

/** Output is read to its end, but at most 1 s longer than the shell lives: a daemonised grandchild may hold the pipe. */
function exitOf(shell: ChildProcess): Promise<TetherExit> {
  return new Promise((resolve) => {
    shell.once("error", () => resolve({ code: 127, signal: null }));
    shell.once("exit", (code, signal) => {
      // Somebody killed the shell itself. Its group goes at once: a restart must not meet the program that it replaces.
      if (signal !== null && shell.pid !== undefined) sendSignal(-shell.pid, "SIGKILL");
      const exit = fromShell(code, signal);
      const timer = setTimeout(() => resolve(exit), 1_000);
      shell.once("close", () => {
        clearTimeout(timer);
        resolve(exit);
      });
    });
  });
}

/** A shell returns 128 + n when signal n ended the program it waited for (POSIX, 2.8.2). */
function fromShell(code: number | null, signal: NodeJS.Signals | null): TetherExit {
  const number = (code ?? 0) - 128;
  const name = Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
  return name === undefined ? { code, signal } : { code: null, signal: name as NodeJS.Signals };
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // ESRCH: it ended between our look and the signal.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
