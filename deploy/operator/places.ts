import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Schema } from "effect";
import { readKeys } from "#kit/process/read-keys.ts";

/**
 * What the operator's commands need of a rig: `rig.json` in the data directory. The launcher writes it; on another rig a person does
 * (docs/operating.md). Only a local forge has `forgeUrl` and `operatorToken`, and only a bus without accounts has no `natsKeysDirectory`.
 * `gateAppId` is the number of merge-gate's GitHub App, for doctor.
 */
const Places = Schema.Struct({
  natsUrl: Schema.String,
  natsKeysDirectory: Schema.optional(Schema.String),
  databaseUrl: Schema.String,
  webhookUrl: Schema.String,
  forgeUrl: Schema.optional(Schema.String),
  operatorToken: Schema.optional(Schema.String),
  gateAppId: Schema.optional(Schema.String),
});
export interface RigPlaces extends Readonly<typeof Places.Type> {
  /** The directory that the person named with `--data`: the commands that are printed for him name it too. */
  readonly data?: string | undefined;
}

/** Where a rig keeps everything: `.rig/<name>` in the checkout, or the directory that the operator named. */
export function dataDirectoryOf(name: string): string {
  const root = join(import.meta.dirname, "../..");
  return name.includes("/") ? resolve(name) : join(root, ".rig", name);
}

/** How the operator's commands are called on the rig in this directory: without `--data` they find the one of `npm start`. */
export function rigCommand(data?: string): string {
  if (data === undefined || dataDirectoryOf(data) === dataDirectoryOf("start")) return "npm run rig --";
  // Quoted where a shell would split or change it (POSIX, Shell Command Language, 2.2.2).
  const word = /^[\w./-]+$/.test(data) ? data : `'${data.replaceAll("'", "'\\''")}'`;
  return `npm run rig -- --data ${word}`;
}

/**
 * The places of the rig in the named directory, or in the one that npm start or npm run demo use; undefined when there is none. Throws when
 * its `rig.json` is wrong.
 */
export async function readPlaces(data: string | undefined): Promise<RigPlaces | undefined> {
  for (const name of data === undefined ? ["start", "demo"] : [data]) {
    const path = join(dataDirectoryOf(name), "rig.json");
    const text = await readFile(path, "utf8").catch(() => undefined);
    if (text !== undefined) return { ...placesIn(path, text), data };
  }
  return undefined;
}

/** That no rig runs in the named directory, or in those that are looked in without a name. */
export function noRigIn(data: string | undefined): string {
  const looked = data === undefined ? ".rig/start and .rig/demo" : dataDirectoryOf(data);
  return `no rig is running here: there is no rig.json in ${looked}`;
}

function placesIn(path: string, text: string): RigPlaces {
  const read = readKeys(Places, jsonIn(path, text));
  if ("wrong" in read) throw new Error(`${path}: ${read.wrong}.`);
  return read.value;
}

function jsonIn(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`${path} is no JSON: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
