import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { plainEnvironment } from "#kit/shell.ts";
import { connectOperator, type Operator } from "./operator.ts";
import type { RigPlaces } from "./places.ts";
import { startTethered } from "./tether.ts";

/** A rig in processes of its own, as `npm start` runs it: what the bench itself needs is not in its figures. */
export interface BenchRig {
  readonly places: RigPlaces;
  readonly webhookSecret: string;
  readonly operator: Operator;
  /** Stops the rig and waits for its end. May be called again. */
  stop(): Promise<void>;
}

/** 180 s: the first start on a machine prepares Postgres' data directory; after that it takes 2 to 4 s. */
const startMaxMs = 180_000;

/** Starts `start.ts` on a data directory, with only these settings besides the plain environment. Throws with its last lines. */
export async function startBenchRig(
  dataDirectory: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<BenchRig> {
  await mkdir(dataDirectory, { recursive: true });
  const up = Promise.withResolvers<void>();
  const said: string[] = [];
  const process_ = await startTethered({
    name: "rig",
    file: process.execPath,
    args: [join(import.meta.dirname, "start.ts"), "--data", dataDirectory],
    env: plainEnvironment({ XDG_CACHE_HOME: process.env.XDG_CACHE_HOME, ...settings }),
    onLine: (line) => {
      said.push(line);
      if (said.length > 20) said.shift();
      if (line.startsWith("Stop with Ctrl-C")) up.resolve();
    },
  });
  const stop = () => process_.stop({ graceMs: 20_000 });
  const late = setTimeout(() => up.reject(new Error(`no start within ${startMaxMs} ms`)), startMaxMs);
  void process_.exited.then(() => up.reject(new Error("it ended")));
  try {
    await up.promise;
    const read = async (name: string): Promise<unknown> =>
      JSON.parse(await readFile(join(dataDirectory, name), "utf8"));
    const places = (await read("rig.json")) as RigPlaces;
    const secrets = (await read("secrets.json")) as { readonly webhook: string };
    const { natsUrl: url, natsKeysDirectory: keysDirectory } = places;
    const operator = await connectOperator({ url, keysDirectory });
    return {
      places,
      webhookSecret: secrets.webhook,
      operator,
      stop: async () => {
        await operator.close();
        await stop();
      },
    };
  } catch (cause) {
    await stop();
    throw new Error(`The rig did not start: ${String(cause)}. It said:\n${said.join("\n")}`);
  } finally {
    clearTimeout(late);
  }
}
