import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";

/** Where everything is, for the operator's commands: `rig.json` in the data directory, which the launcher writes. */
export interface RigPlaces {
  readonly natsUrl: string;
  readonly natsKeysDirectory: string | undefined;
  readonly databaseUrl: string;
  readonly webhookUrl: string;
  readonly forgeUrl: string | undefined;
  readonly operatorToken: string | undefined;
  readonly pid: number;
  readonly scriptedModel: boolean;
}

/** Where a rig keeps everything: `.rig/<name>` in the checkout, or the directory that the operator named. */
export function dataDirectoryOf(name: string): string {
  const root = join(import.meta.dirname, "../..");
  return name.includes("/") ? resolve(name) : join(root, ".rig", name);
}

/** The places of the rig that runs in the named directory, or in the one that npm start or npm run demo use. */
export async function readPlaces(data: string | undefined): Promise<RigPlaces | undefined> {
  for (const name of data === undefined ? ["start", "demo"] : [data]) {
    const text = await readFile(join(dataDirectoryOf(name), "rig.json"), "utf8").catch(() => undefined);
    if (text !== undefined) return JSON.parse(text) as RigPlaces;
  }
  return undefined;
}
