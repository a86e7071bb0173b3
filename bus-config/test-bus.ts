import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createUser } from "@nats-io/nkeys";
import { connect, type NatsConnection, nkeyAuthenticator } from "nats";
import { inboxPrefix } from "#contracts/subjects.ts";
import { plainEnvironment } from "#kit/process/shell.ts";
import { startReadyServer } from "../deploy/local/engines/test-nats-server.ts";
import { authorizationConf } from "./authorization.ts";
import { type BusUser, busUsers, nkeyVariable, systemUser } from "./permissions.ts";

/** A real nats-server with the generated permissions and keys made for this run, for tests. */
export interface TestBus {
  readonly url: string;
  /** The seed of a user's key, as a service gets it in NATS_NKEY_SEED. */
  seedOf(user: string): string;
  /** A connection of that user with its own inbox; closed by `stop`. */
  connectAs(user: string): Promise<NatsConnection>;
  stop(): Promise<void>;
}

interface Key {
  readonly seed: string;
  readonly publicKey: string;
}

// Made once for all servers of a worker: nkeys computes a public key in JavaScript, in 5 ms of CPU.
const keys: ReadonlyMap<string, Key> = new Map([...busUsers.map(({ name }) => name), systemUser].map(keyOf));

function keyOf(user: string): readonly [user: string, key: Key] {
  const key = createUser();
  return [user, { seed: new TextDecoder().decode(key.getSeed()), publicKey: key.getPublicKey() }];
}

/** Starts the pinned nats-server on a free loopback port with an empty store; `extra` is appended to its configuration. `users` are those of the rig unless a test gives them other permissions. */
export async function startTestBus(extra = "", users: readonly BusUser[] = busUsers): Promise<TestBus> {
  const directory = await mkdtemp(join(tmpdir(), "rig-bus-"));
  // Copied, because nats-server takes every included path as relative to the file that includes it.
  await cp(join(import.meta.dirname, "generated"), directory, { recursive: true });
  await writeFile(join(directory, "authorization.conf"), authorizationConf(users));
  const configuration = [
    "listen: 127.0.0.1:-1",
    `jetstream { store_dir: ${JSON.stringify(join(directory, "store"))} }`,
    "include authorization.conf",
    "include limits.conf",
    extra,
  ];
  const file = join(directory, "nats-server.conf");
  await writeFile(file, configuration.join("\n"));
  const variables = Object.fromEntries([...keys].map(([user, { publicKey }]) => [nkeyVariable(user), publicKey]));
  const removeDirectory = () => rm(directory, { recursive: true, force: true });
  const started = startReadyServer(["-c", file], plainEnvironment(variables));
  const { server, url } = await started.catch(async (cause: unknown) => {
    await removeDirectory();
    throw cause;
  });
  const connections: NatsConnection[] = [];
  const seedOf = (user: string) => {
    const key = keys.get(user);
    if (key === undefined)
      throw new Error(`${user} is no user of the bus: add a row, or spell it as in the choreography`);
    return key.seed;
  };
  return {
    url,
    seedOf,
    connectAs: async (user) => {
      const authenticator = nkeyAuthenticator(new TextEncoder().encode(seedOf(user)));
      const connection = await connect({ servers: url, authenticator, inboxPrefix: inboxPrefix(user), name: user });
      connections.push(connection);
      return connection;
    },
    stop: async () => {
      await Promise.all(connections.map((connection) => connection.close()));
      await server.stop();
      await removeDirectory();
    },
  };
}
