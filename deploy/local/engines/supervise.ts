import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { startTethered, type TetherExit, TetherNotStarted, type TetherOptions } from "./tether.ts";

/** A program that is started again whenever it ends unasked. */
export interface SuperviseOptions extends TetherOptions {
  /** Default 200 ms between an end and the next start. */
  readonly restartDelayMs?: number;
  /** Default 10 restarts within `restartWindowMs`, then it gives up. */
  readonly restartsMax?: number;
  /** Default 60 000 ms. */
  readonly restartWindowMs?: number;
  /** Called after each restart, with the end that caused it and the pid that replaces it. */
  readonly onRestart?: (event: { readonly exit: TetherExit; readonly pid: number; readonly restarts: number }) => void;
}

/** The supervisor's last word: it was stopped, or it gave up with an error for the operator. */
export type SupervisedEnd =
  | { readonly reason: "stopped" }
  | { readonly reason: "gave-up"; readonly error: RestartLimitReached | TetherNotStarted };

/** See `superviseTethered`. */
export interface Supervised {
  /** Of the program that runs now. Between an end and a restart, of the one that ended. */
  readonly pid: number;
  readonly restarts: number;
  /** Never rejects. Watch it: a program that was given up is not running. */
  readonly ended: Promise<SupervisedEnd>;
  /** Ends the program for good, also while it waits for a restart. */
  stop(options?: { readonly graceMs?: number }): Promise<void>;
}

/**
 * A program ended again after 10 restarts within a minute. One more restart would only hide the reason, so `npm start` ends.
 * Kind: refuses to start.
 * What to do: read the last lines of the log that the message names, remove the cause, `npm start`.
 */
class RestartLimitReached extends Error {
  override readonly name = "RestartLimitReached";
  readonly exit: TetherExit;
  constructor(options: SuperviseOptions, restarts: number, windowMs: number, exit: TetherExit) {
    const how = exit.signal === null ? `exit code ${exit.code}` : exit.signal;
    const { name, logFile } = options;
    const where = logFile ?? "its output";
    super(
      `${name} ended again (${how}) after ${restarts} restarts within ${windowMs} ms and stays down: ` +
        `read the last lines of ${where}, remove the cause, start the rig again` +
        (logFile === undefined ? "" : `. The last line: ${lastLineOf(logFile)}`),
    );
    this.exit = exit;
  }
}

/** 4 KiB: the last line of a log is a sentence or one JSON object, and a log may be large. */
const lastLineMax = 4_096;

/** Reads the last line of a log, or its end when the line is longer than 4 KiB; empty when nothing was written. */
export function lastLineOf(logFile: string): string {
  const log = openSync(logFile, "r");
  try {
    const { size } = fstatSync(log);
    const tail = Buffer.alloc(Math.min(size, lastLineMax));
    readSync(log, tail, 0, tail.length, size - tail.length);
    return tail.toString().trimEnd().split("\n").at(-1) ?? "";
  } finally {
    closeSync(log);
  }
}

/** Starts a tethered program and starts it again when it ends unasked, kill -9 included. Throws `TetherNotStarted` for the first start. */
export async function superviseTethered(options: SuperviseOptions): Promise<Supervised> {
  const { restartDelayMs = 200, restartsMax = 10, restartWindowMs = 60_000 } = options;
  let current = await startTethered(options);
  let restarts = 0;
  let recent: number[] = [];
  const stopping = new AbortController();
  const run = async (): Promise<SupervisedEnd> => {
    // The limit of this loop is `restartsMax` per window; over a long life it may turn as often as the program fails.
    for (;;) {
      const exit = await current.exited;
      if (stopping.signal.aborted) return { reason: "stopped" };
      recent = recent.filter((at) => performance.now() - at < restartWindowMs);
      if (recent.length >= restartsMax) {
        return { reason: "gave-up", error: new RestartLimitReached(options, recent.length, restartWindowMs, exit) };
      }
      await pause(restartDelayMs, stopping.signal);
      if (stopping.signal.aborted) return { reason: "stopped" };
      recent.push(performance.now());
      const next = await startTethered(options).catch((error: unknown) => {
        if (error instanceof TetherNotStarted) return error;
        throw error;
      });
      if (next instanceof TetherNotStarted) return { reason: "gave-up", error: next };
      current = next;
      restarts += 1;
      if (!stopping.signal.aborted) options.onRestart?.({ exit, pid: current.pid, restarts });
      else await current.stop();
    }
  };
  const ended = run();
  return {
    get pid() {
      return current.pid;
    },
    get restarts() {
      return restarts;
    },
    ended,
    stop: async (stopOptions) => {
      stopping.abort();
      await current.stop(stopOptions);
      await ended;
    },
  };
}

function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, delayMs);
    signal.addEventListener("abort", done, { once: true });
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
  });
}
