import { type ChildProcessByStdio, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { plainEnvironment } from "#kit/process/shell.ts";

/** What a program came to: a non-zero `exitCode` is an answer. The shell says 127 when there is no such program. */
export interface ShellRun {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

interface ShellOptions {
  /** What is in the environment besides `environment`. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
}

/** The environment of every git child: the machine's and the user's own git settings have no say. */
const environment = { GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null", GIT_TERMINAL_PROMPT: "0" };

// A demo repository needs under one second per call; its largest answer, a clone, is below 1 MiB.
const cpuSecondsMax = 60;
const outputBytesMax = 256 * 1024 * 1024;

/**
 * The shell reads one line for each run: a number and the command. It runs all at once, writes what each prints to files named by the
 * number, and tells the number with the exit code. It ends when the other end of its stdin is closed, however this process ends, and takes
 * its files with it.
 */
const loop = `
ulimit -t ${cpuSecondsMax}
nl='
'
while read -r id line; do
  { eval "$line" >"$1/$id.out" 2>"$1/$id.err"; echo "$id $?"; } &
done
wait
rm -rf "$1"
`;

interface Shell {
  readonly directory: string;
  readonly child: ChildProcessByStdio<Writable, Readable, null>;
  readonly waiting: Map<number, PromiseWithResolvers<ShellRun>>;
}

let running: Shell | undefined;
let lastId = 0;

/**
 * Runs git, or a script about it, by a shell that lives as long as this process. To fork copies the page tables of the process that forks,
 * and its event loop stands still meanwhile: 5 to 15 ms for one of 200 to 500 MB, in which the forge is, and below 1 ms for a shell.
 */
export async function runByShell(words: readonly string[], { env = {}, input }: ShellOptions = {}): Promise<ShellRun> {
  running ??= startShell();
  const { child, directory, waiting } = running;
  lastId += 1;
  const id = lastId;
  const settings = Object.entries(env).map(([name, value]) => `${name}=${quoted(value)}`);
  const line = [...settings, ...words.map(quoted), input === undefined ? "</dev/null" : `<"$1/${id}.in"`].join(" ");
  if (input !== undefined) writeFileSync(join(directory, `${id}.in`), input);
  const run = Promise.withResolvers<ShellRun>();
  waiting.set(id, run);
  keepAlive(running);
  child.stdin.write(`${id} ${line}\n`);
  return run.promise;
}

function startShell(): Shell {
  const directory = mkdtempSync(join(tmpdir(), "rig-git-"));
  // A process group of its own: Ctrl-C in a terminal reaches only us, and we end in order.
  const child = spawn("/bin/sh", ["-c", loop, "run-by-shell", directory], {
    stdio: ["pipe", "pipe", "ignore"],
    env: plainEnvironment(environment),
    detached: true,
  });
  const shell: Shell = { directory, child, waiting: new Map() };
  createInterface({ input: child.stdout }).on("line", (line) => {
    const [id = 0, exitCode = 0] = line.split(" ").map(Number);
    settle(shell, id, exitCode);
  });
  child.stdin.on("error", () => undefined);
  const end = (cause: unknown) => {
    if (running === shell) running = undefined;
    for (const { reject } of shell.waiting.values()) reject(new Error("the shell that runs git has ended", { cause }));
    shell.waiting.clear();
  };
  child.once("error", end).once("exit", end).unref();
  (child.stdin as Socket).unref();
  return shell;
}

/** Keeps the process alive as long as there is an answer to come, and no longer. */
function keepAlive({ child, waiting }: Shell): void {
  const stdout = child.stdout as Socket;
  if (waiting.size > 0) stdout.ref();
  else stdout.unref();
}

function settle(shell: Shell, id: number, exitCode: number): void {
  const run = shell.waiting.get(id);
  shell.waiting.delete(id);
  keepAlive(shell);
  const file = (end: string) => join(shell.directory, `${id}.${end}`);
  const read = (end: string) => {
    const { size } = statSync(file(end));
    if (size > outputBytesMax) throw new Error(`git printed ${size} bytes, more than ${outputBytesMax}`);
    return readFileSync(file(end));
  };
  try {
    run?.resolve({ exitCode, stdout: read("out"), stderr: read("err") });
  } catch (error) {
    run?.reject(error);
  }
  for (const end of ["in", "out", "err"]) rmSync(file(end), { force: true });
}

/** A word of the shell's language. The shell reads a line at a time, so a line feed is a variable. Throws where no program can take it. */
function quoted(word: string): string {
  if (word.includes("\0")) throw new Error(`no program takes a word with a NUL: ${JSON.stringify(word)}`);
  return `'${word.replaceAll("'", `'\\''`).replaceAll("\n", `'"$nl"'`)}'`;
}
