import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createUser, fromSeed } from "@nats-io/nkeys";
import { busUsers, nkeyVariable, systemUser } from "#bus-config/permissions.ts";
import { freePort } from "#kit/process/http.ts";
import { plainEnvironment } from "#kit/process/shell.ts";
import { type FoundBinary, findNatsServer } from "../../programs/binaries.ts";
import { natsServerPin } from "../../programs/release-pins.ts";
import { type Supervised, superviseTethered } from "./supervise.ts";

/** A running nats-server with the generated permissions. */
export interface NatsServer {
  readonly url: string;
  /** `<user>.nk` for every user of the bus: the seeds of their nkeys. */
  readonly keysDirectory: string;
  readonly version: string;
  readonly server: Supervised;
}

/** Starts nats-server in a directory of its own, which keeps streams and keys; started again when it dies. */
export async function startNatsServer(directory: string, onRestart: (pid: number) => void): Promise<NatsServer> {
  const binary = await findServer();
  await mkdir(directory, { recursive: true });
  const keysDirectory = join(directory, "keys");
  const publicKeys = await ensureKeys(keysDirectory);
  // A port of its own for the whole life, so that clients find a restarted server where it was.
  const port = await freePort();
  const configuration = join(directory, "nats-server.conf");
  // nats-server takes an included path as relative to the including file, so the generated files stand beside it.
  for (const name of ["authorization.conf", "limits.conf"]) {
    await copyFile(join(import.meta.dirname, "../../../bus-config/generated", name), join(directory, name));
  }
  await writeFile(configuration, configurationOf(port, join(directory, "store")));
  const server = await superviseTethered({
    name: "nats-server",
    file: binary.path,
    args: ["-c", configuration],
    env: plainEnvironment(publicKeys),
    logFile: join(directory, "nats-server.log"),
    onRestart: ({ pid }) => onRestart(pid),
  });
  return { url: `nats://127.0.0.1:${port}`, keysDirectory, version: binary.version, server };
}

/** Says what takes long when it does: a build with go takes minutes on a machine that never built it. */
async function findServer(): Promise<FoundBinary> {
  const timer = setTimeout(() => {
    console.log(
      `Getting nats-server ${natsServerPin.version}: a download, or a build with go, which can take some minutes …`,
    );
  }, 1_000);
  try {
    return await findNatsServer();
  } finally {
    clearTimeout(timer);
  }
}

/** `sync_interval: always`: a fact that was acknowledged is on the disk, or a lost claim would break the fence (docs/decisions). */
function configurationOf(port: number, store: string): string {
  return [
    "# Written by deploy/local/engines/nats-server.ts at every start.",
    "server_name: hub",
    `listen: "127.0.0.1:${port}"`,
    "jetstream {",
    "  domain: hub",
    `  store_dir: ${JSON.stringify(store)}`,
    "  sync_interval: always",
    "}",
    "include authorization.conf",
    "include limits.conf",
    "",
  ].join("\n");
}

/** Makes the key pair of every user that has none; returns the public keys as the variables of the configuration. */
async function ensureKeys(directory: string): Promise<Record<string, string>> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const variables: Record<string, string> = {};
  for (const user of [...busUsers.map(({ name }) => name), systemUser]) {
    const path = join(directory, `${user}.nk`);
    const seed = await readFile(path, "utf8").catch(async () => {
      const made = new TextDecoder().decode(createUser().getSeed());
      await writeFile(path, made, { mode: 0o600 });
      return made;
    });
    variables[nkeyVariable(user)] = fromSeed(new TextEncoder().encode(seed.trim())).getPublicKey();
  }
  return variables;
}
