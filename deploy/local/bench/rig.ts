import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { plainEnvironment } from "#kit/process/shell.ts";
import { connectOperator, type Operator } from "../../operator/connection.ts";
import { type RigPlaces, readPlaces } from "../../operator/places.ts";
import { codeCacheDirectory } from "../../programs/cache-directory.ts";
import { startTethered } from "../engines/tether.ts";
import { smallHeap } from "../options.ts";

/** A program of the bench in a process of its own. */
export interface BenchProgram {
  /** The line by which it said that it is up. */
  readonly upLine: string;
  /** Asks it to end and waits for that. May be called again. */
  stop(): Promise<void>;
}

/** A rig as `npm start` runs it. The bench only talks to it, so nothing of the bench is in its figures. */
export interface BenchRig {
  readonly places: RigPlaces;
  /** The pid of the launcher. */
  readonly pid: number;
  readonly webhookSecret: string;
  /** A token for the local forge whose user is a bot. */
  readonly botToken: string;
  readonly operator: Operator;
  /** May be called again. */
  stop(): Promise<void>;
}

/** 120 s: the first start on a machine prepares Postgres' data directory; after that it takes 2 to 4 s. */
const startMaxMs = 120_000;
const lastLinesMax = 20;

/**
 * Starts a program of deploy/local/ (`file` is its path in there) and waits for the line that begins with `upPrefix`. `closers` stop it in any case. It sees
 * the plain environment and these settings. Throws with the last lines that it said.
 */
export async function startBenchProgram(
  closers: AsyncDisposableStack,
  of: { readonly file: string; readonly args: readonly string[]; readonly upPrefix: string },
  settings: Readonly<Record<string, string>> = {},
): Promise<BenchProgram> {
  const up = Promise.withResolvers<string>();
  const said: string[] = [];
  const program = await startTethered({
    name: of.file,
    file: process.execPath,
    args: [smallHeap, join(import.meta.dirname, "..", of.file), ...of.args],
    env: plainEnvironment({
      XDG_CACHE_HOME: process.env.XDG_CACHE_HOME,
      NODE_COMPILE_CACHE: codeCacheDirectory(),
      ...settings,
    }),
    onLine: (line) => {
      said.push(line);
      if (said.length > lastLinesMax) said.shift();
      if (line.startsWith(of.upPrefix)) up.resolve(line);
    },
  });
  const stop = () => program.stop({ graceMs: 20_000 });
  closers.defer(stop);
  const fail = (why: string) => up.reject(new Error(`${of.file} ${why}. It said last:\n${said.join("\n")}`));
  const late = setTimeout(() => fail(`is not up after ${startMaxMs} ms`), startMaxMs);
  void program.exited.then(() => fail("ended before it was up"));
  return { upLine: await up.promise.finally(() => clearTimeout(late)), stop };
}

/** Starts a rig on a fresh data directory. Throws with the last lines that it said. */
export async function startBenchRig(
  closers: AsyncDisposableStack,
  dataDirectory: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<BenchRig> {
  const start = { file: "start.ts", args: ["--data", dataDirectory], upPrefix: "Stop with Ctrl-C" };
  const program = await startBenchProgram(closers, start, settings);
  const places = await readPlaces(dataDirectory);
  if (places === undefined) throw new Error(`${dataDirectory} has no rig.json, although its rig is up`);
  const secrets = JSON.parse(await readFile(join(dataDirectory, "secrets.json"), "utf8")) as {
    readonly webhook: string;
    readonly tokens: Readonly<Record<string, string>>;
  };
  const pid = Number.parseInt(await readFile(`${dataDirectory}.pid`, "utf8"), 10);
  const operator = await connectOperator({ url: places.natsUrl, keysDirectory: places.natsKeysDirectory });
  const stop = async () => {
    await operator.close();
    await program.stop();
  };
  closers.defer(stop);
  return { places, pid, webhookSecret: secrets.webhook, botToken: secrets.tokens["dev-e"] ?? "", operator, stop };
}
