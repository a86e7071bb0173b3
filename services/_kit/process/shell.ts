import { execa } from "execa";

/** The options of a child process. Every limit has a default, so that no child runs or prints without end. */
export interface CommandOptions {
  readonly cwd?: string;
  /** The whole environment of the child; default `plainEnvironment()`. Nothing is inherited, so that no secret of the rig leaks into a tool. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string | Uint8Array;
  /** Default 600 000 ms (10 min), the longest time that a test run may take. */
  readonly timeoutMs?: number;
  /** The maximum bytes of stdout and of stderr each; default 10 MiB. A child that prints more is ended. */
  readonly outputBytesMax?: number;
  readonly signal?: AbortSignal;
}

/** The result of a child process. A non-zero `exitCode` is a result, not an error. */
export interface CommandResult {
  /** -1 when a signal or a limit ended the child, even if the program then exited with 0. */
  readonly exitCode: number;
  /** The outputs as UTF-8, each without its last line feed. */
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
  readonly durationMs: number;
}

/**
 * A program could not be started: it is not installed, or its working directory does not exist. Services fail with
 * `Retryable`.
 * Kind: retryable.
 * What to do: install the program that the message names, so that it is on the `PATH` of the process.
 */
export class CommandNotStarted extends Error {
  override readonly name = "CommandNotStarted";
  readonly file: string;
  constructor(file: string, cause: unknown) {
    super(`${file} could not be started: is it installed and on PATH?`, { cause });
    this.file = file;
  }
}

/** The part of the rig's environment that every child may see: enough to find programs and a home directory, and no secret. `more` adds to it. */
export function plainEnvironment(more: Readonly<Record<string, string | undefined>> = {}): Record<string, string> {
  const kept = ["PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"];
  const all = { ...Object.fromEntries(kept.map((name) => [name, process.env[name]])), ...more };
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/**
 * Runs a program without a shell until it has ended and its output is closed. When it reaches a limit, its whole process group is killed.
 * When it ends by itself, the rest of its group is killed too.
 * Throws `CommandNotStarted` when it cannot be started; everything else is in the result. Only this file imports execa.
 */
export async function runCommand(
  file: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const startedAt = performance.now();
  const child = execa(file, [...args], {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.input === undefined ? { stdin: "ignore" as const } : { input: options.input }),
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
    env: options.env ?? plainEnvironment(),
    extendEnv: false,
    reject: false,
    killDescendants: true,
    // Buffers, because `maxBuffer` counts characters for texts and bytes only for buffers.
    encoding: "buffer",
    timeout: options.timeoutMs ?? 600_000,
    maxBuffer: options.outputBytesMax ?? 10 * 1024 * 1024,
    forceKillAfterDelay: 2_000,
  });
  const result = await child;
  // Kills the rest of the group: background processes, and processes that ignored TERM at a limit although the program itself ended.
  child.kill("SIGKILL");
  const limited = result.timedOut || result.isMaxBuffer || result.isCanceled;
  if (result.failed && result.exitCode === undefined && result.signal === undefined && !limited) {
    throw new CommandNotStarted(file, result.cause ?? result);
  }
  return {
    exitCode: limited ? -1 : (result.exitCode ?? -1),
    stdout: Buffer.from(result.stdout ?? []).toString("utf8"),
    stderr: Buffer.from(result.stderr ?? []).toString("utf8"),
    timedOut: result.timedOut,
    durationMs: Math.round(performance.now() - startedAt),
  };
}
