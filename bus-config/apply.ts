// Creates and updates the streams and durable consumers of the rig, then reads each back. No other code does.
// `node bus-config/apply.ts` with NATS_URL and NATS_NKEY_SEED (the user `admin`), and NATS_REPLICAS (default 1).
import { type ConsumerInfo, JetStreamApiError, type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection, nkeyAuthenticator } from "nats";
import { inboxPrefix } from "#contracts/subjects.ts";
import { BusUnfit, floorFaults, type Refusal, SettingsRefused } from "./apply-faults.ts";
import { type ConsumerSpec, consumers } from "./consumers.ts";
import { differences } from "./differences.ts";
import { type StreamSpec, streams } from "./streams.ts";

/** How and what to apply. The specs default to those of the choreography. */
export interface ApplyOptions {
  /** Copies of each stream, default 1; three or five need a cluster of as many servers. */
  readonly replicas?: 1 | 3 | 5;
  readonly streams?: readonly StreamSpec[];
  readonly consumers?: readonly ConsumerSpec[];
}

/** What was done, by name. `strays` are streams and durables that no row names: reported, never deleted. */
export interface Applied {
  readonly serverVersion: string;
  readonly created: readonly string[];
  readonly updated: readonly string[];
  readonly unchanged: readonly string[];
  readonly strays: readonly string[];
}

type Outcome = { readonly name: string; readonly did: "created" | "updated" | "unchanged" } | Refusal;

/** The JetStream error codes for "there is none yet" (nats-server errors.json). */
const consumerNotFound = 10014;
const streamNotFound = 10059;

/**
 * Brings the server to what the choreography asks for and reads every setting back. Idempotent; several may run
 * at once. Throws `BusUnfit` when the server is below the floor, `SettingsRefused` when it has a setting
 * otherwise, and whatever the client throws when the connection or the permission is missing.
 */
export async function applyBusConfig(connection: NatsConnection, options: ApplyOptions = {}): Promise<Applied> {
  const wanted = { replicas: 1, streams, consumers, ...options };
  const manager = await jetstreamManager(connection);
  const serverVersion = await requireFloor(connection, manager, wanted.streams);
  // Side by side, because no stream needs another one and each answer waits for the server's disk.
  const applied = await Promise.all(
    wanted.streams.map(({ config }) => applyStream(manager, { ...config, num_replicas: wanted.replicas })),
  );
  throwRefusals(applied);
  const outcomes = [...applied, ...(await Promise.all(wanted.consumers.map((spec) => applyConsumer(manager, spec))))];
  throwRefusals(outcomes);
  const names = (did: string) =>
    outcomes.flatMap((outcome) => ("did" in outcome && outcome.did === did ? [outcome.name] : []));
  const strays = await straysOf(manager, wanted);
  return { serverVersion, created: names("created"), updated: names("updated"), unchanged: names("unchanged"), strays };
}

async function requireFloor(
  connection: NatsConnection,
  manager: JetStreamManager,
  specs: readonly StreamSpec[],
): Promise<string> {
  // Servers before 2.11 know no API level and leave the field out, whatever the client's type says.
  const account: { readonly api: { readonly level?: number } } = await manager.getAccountInfo();
  const { version = "unknown", max_payload: payloadBytesMax = 0 } = connection.info ?? {};
  const found = { version, apiLevel: account.api.level ?? 0, payloadBytesMax };
  const faults = floorFaults(found, Math.max(0, ...specs.map(({ config }) => config.max_msg_size)));
  if (faults.length > 0) throw new BusUnfit(found, faults);
  return version;
}

function throwRefusals(outcomes: readonly Outcome[]): void {
  const refusals = outcomes.flatMap((outcome) => ("differences" in outcome ? [outcome] : []));
  if (refusals.length > 0) throw new SettingsRefused(refusals);
}

async function applyStream(
  manager: JetStreamManager,
  config: StreamSpec["config"] & { readonly num_replicas: number },
): Promise<Outcome> {
  const { name } = config;
  const asked = { ...config, subjects: [...config.subjects] };
  const before = await absentAsUndefined(manager.streams.info(name), streamNotFound);
  const pending = before === undefined ? [] : differences(asked, before.config);
  if (before !== undefined && pending.length === 0) return { name, did: "unchanged" };
  const refused = await answerOf(
    before === undefined ? manager.streams.add(asked) : manager.streams.update(name, asked),
  );
  if (refused !== undefined) return { what: "stream", name, differences: pending, answer: refused };
  const left = differences(asked, (await manager.streams.info(name)).config);
  if (left.length > 0) return { what: "stream", name, differences: left };
  return { name, did: before === undefined ? "created" : "updated" };
}

async function applyConsumer(manager: JetStreamManager, { stream, config }: ConsumerSpec): Promise<Outcome> {
  const durable = config.durable_name;
  const name = `${stream}/${durable}`;
  const asked = { ...config, filter_subjects: [...config.filter_subjects] };
  const before = await absentAsUndefined(manager.consumers.info(stream, durable), consumerNotFound);
  const pending = before === undefined ? [] : differences(asked, before.config);
  if (before !== undefined && pending.length === 0) return { name, did: "unchanged" };
  const refused = await answerOf(
    before === undefined ? manager.consumers.add(stream, asked) : manager.consumers.update(stream, durable, asked),
  );
  if (refused !== undefined) return { what: "consumer", name, differences: pending, answer: refused };
  const left = differences(asked, (await manager.consumers.info(stream, durable)).config);
  if (left.length > 0) return { what: "consumer", name, differences: left };
  return { name, did: before === undefined ? "created" : "updated" };
}

async function absentAsUndefined<Info>(asked: Promise<Info>, absentCode: number): Promise<Info | undefined> {
  try {
    return await asked;
  } catch (cause) {
    if (cause instanceof JetStreamApiError && cause.code === absentCode) return undefined;
    throw cause;
  }
}

/** The words with which the server refused the settings; a failure of the connection is not about them and goes on up. */
async function answerOf(asked: Promise<unknown>): Promise<string | undefined> {
  try {
    await asked;
    return undefined;
  } catch (cause) {
    if (cause instanceof JetStreamApiError) return cause.message;
    throw cause;
  }
}

/** Durables and streams that nobody asked for. A live one may hold the position of a service that still runs. */
async function straysOf(
  manager: JetStreamManager,
  wanted: { readonly streams: readonly StreamSpec[]; readonly consumers: readonly ConsumerSpec[] },
): Promise<readonly string[]> {
  const known = new Set(wanted.consumers.map(({ stream, config }) => `${stream}/${config.durable_name}`));
  const strays: string[] = [];
  const isOurs = (name: string) => wanted.streams.some(({ config }) => config.name === name);
  for await (const name of manager.streams.names()) if (!isOurs(name)) strays.push(`stream ${name}`);
  for (const { config } of wanted.streams) {
    for await (const found of manager.consumers.list(config.name)) {
      if (isDurable(found) && !known.has(`${config.name}/${found.name}`))
        strays.push(`consumer ${config.name}/${found.name}`);
    }
  }
  return strays;
}

function isDurable({ config }: ConsumerInfo): boolean {
  return config.durable_name !== undefined && config.durable_name !== "";
}

/** How many servers keep each stream: 1 unless `NATS_REPLICAS` says 3 or 5, undefined when it says something else. */
export function readReplicas(value: string | undefined): 1 | 3 | 5 | undefined {
  return ([1, 3, 5] as const).find((count) => `${count}` === (value || "1"));
}

async function main(): Promise<number> {
  const { NATS_URL, NATS_NKEY_SEED, NATS_REPLICAS } = process.env;
  const replicas = readReplicas(NATS_REPLICAS);
  if (NATS_URL === undefined || NATS_NKEY_SEED === undefined || replicas === undefined) {
    process.stderr.write("Set NATS_URL and NATS_NKEY_SEED (the seed of the user admin); NATS_REPLICAS is 1, 3 or 5.\n");
    return 2;
  }
  const authenticator = nkeyAuthenticator(new TextEncoder().encode(NATS_NKEY_SEED));
  const connection = await connect({
    servers: NATS_URL,
    authenticator,
    inboxPrefix: inboxPrefix("admin"),
    name: "apply",
  });
  try {
    const { serverVersion, created, updated, unchanged, strays } = await applyBusConfig(connection, { replicas });
    const count = `${created.length} created, ${updated.length} updated, ${unchanged.length} unchanged`;
    process.stdout.write(`nats-server ${serverVersion}: ${count}\n`);
    if (strays.length > 0)
      process.stdout.write(`Nobody asks for these; delete them if nothing uses them: ${strays.join(", ")}\n`);
    return 0;
  } catch (cause) {
    if (!(cause instanceof BusUnfit || cause instanceof SettingsRefused)) throw cause;
    process.stderr.write(`${cause.message}\n`);
    return 1;
  } finally {
    await connection.close();
  }
}

if (import.meta.main) process.exitCode = await main();
