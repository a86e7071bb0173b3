import { execa } from "execa";

/** How a child process is run. Every limit has a default, so that no child runs or prints without end. */
export interface CommandOptions {
  readonly cwd?: string;
  /** The whole environment of the child: nothing is inherited, so no secret of ours leaks into a tool. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string | Uint8Array;
  /** Default 600 000 ms: the slowest test run that is waited for. */
  readonly timeoutMs?: number;
  /** Bytes kept of stdout and of stderr each; default 10 MiB. Above it the child is ended. */
  readonly outputBytesMax?: number;
  readonly signal?: AbortSignal;
}

/** What a child process did. A non-zero `exitCode` is an answer, not an error. */
export interface CommandResult {
  /** -1 when a signal or a limit ended it: what reached a limit is no success, whatever the program made of it. */
  readonly exitCode: number;
  /** Both outputs as UTF-8, each without its last line feed. */
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

/** The part of our environment that every child may see: enough to find programs and a home, no secret. */
export function plainEnvironment(more: Readonly<Record<string, string | undefined>> = {}): Record<string, string> {
  const kept = ["PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"];
  const all = { ...Object.fromEntries(kept.map((name) => [name, process.env[name]])), ...more };
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/**
 * Runs a program without a shell until it has ended and its output is closed. Its whole process group is killed at a limit, and
 * what is left of the group at the end, too.
 * Throws `CommandNotStarted` when it cannot be started; everything else is in the result. Home of execa.
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
    // Bytes, because the limit of an output would count characters of a text.
    encoding: "buffer",
    timeout: options.timeoutMs ?? 600_000,
    maxBuffer: options.outputBytesMax ?? 10 * 1024 * 1024,
    forceKillAfterDelay: 2_000,
  });
  const result = await child;
  // To the group: background processes, and who ignored TERM at a limit while the program itself obeyed.
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
