import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ConfigProvider, Effect } from "effect";
import { applyBusConfig, readReplicas } from "#bus-config/apply.ts";
import { type ServiceName, serviceNames } from "#contracts/choreography.ts";
import { octokitOf } from "#kit/github/github.ts";
import { readPolicy } from "#kit/policy/policy.ts";
import { freePort } from "#kit/process/http.ts";
import { connectAs } from "../operator/connection.ts";
import type { RigPlaces } from "../operator/places.ts";
import { holdDirectory } from "./engines/hold-directory.ts";
import { type NatsServer, startNatsServer } from "./engines/nats-server.ts";
import type { EmbeddedPostgres } from "./engines/postgres.ts";
import { lastLineOf, type Supervised, superviseTethered } from "./engines/supervise.ts";
import { environmentOf, forgeUsers, keepSecrets, type Secrets } from "./environment.ts";
import { appOf } from "./forge/access.ts";
import { type Forge, startForge } from "./forge/forge.ts";
import { keepGateRuleset } from "./gate-ruleset.ts";
import { startScriptedModel } from "./model/scripted-model.ts";
import { type RigOptions, serviceHeap } from "./options.ts";

/** A running rig. */
export interface Rig {
  readonly places: RigPlaces;
  /** The local forge, unless a real GitHub is used. */
  readonly forge: Forge | undefined;
  /** Whether the scripted model plays; else a real one is used. */
  readonly scriptedModel: boolean;
  readonly webhookSecret: string;
  /** The pid of the process that runs each service now. */
  pidOf(service: ServiceName): number;
  /** The pid of nats-server now; throws when the operator brought a bus along. */
  busPid(): number;
  /** How long each part took to start, ms. */
  readonly startedInMs: Readonly<Record<string, number>>;
  /** Settles when a part could not be kept up; the message says which and where to look. Never rejects. */
  readonly failed: Promise<string>;
  /** Stops services first, then what they stand on. Leaves no process behind. */
  stop(): Promise<void>;
}

/** Starts every part that the operator did not bring along, applies the bus configuration, then starts the services. */
export async function startRig(options: RigOptions): Promise<Rig> {
  const { dataDirectory, broughtAlong } = options;
  // Before anything starts: the services would refuse a wrong one, and be started again and again. They get the environment of now.
  const environment = ConfigProvider.layer(ConfigProvider.fromEnv());
  await Effect.runPromise(Effect.provide(readPolicy(), environment));
  const opened = new Opened();
  try {
    await mkdir(dirname(dataDirectory), { recursive: true });
    opened.later(await holdDirectory(dataDirectory, `${dataDirectory}.pid`));
    if (options.data === "fresh") await rm(dataDirectory, { recursive: true, force: true });
    await mkdir(join(dataDirectory, "logs"), { recursive: true });
    await chmod(dataDirectory, 0o700);
    const secrets = await keepSecrets(join(dataDirectory, "secrets.json"));
    const parts = await startParts(options, secrets, opened);
    // A real GitHub has to find the webhook at one place; a local forge is told where it is.
    const webhookPort = Number(process.env.WEBHOOK_PORT) || (await freePort());
    const places = placesOf(options, parts, webhookPort, secrets);
    const webhookSecret = broughtAlong.github?.GITHUB_WEBHOOK_SECRET ?? secrets.webhook;
    const env = environmentOf(options, places, { secrets, webhookSecret, webhookPort, modelUrl: parts.model?.url });
    parts.forge?.setWebhook({ url: places.webhookUrl, secret: webhookSecret });
    const services = await opened.timed("services", startServices(options, env), (all) =>
      Promise.all(all.map(({ supervised }) => supervised.stop({ graceMs: 10_000 }))),
    );
    await opened.timed(
      "ready",
      Promise.all([ready(new URL("/health", places.webhookUrl), services), parts.database?.up]),
    );
    await writeFile(join(dataDirectory, "rig.json"), JSON.stringify(places, null, 2), { mode: 0o600 });
    opened.later(() => rm(join(dataDirectory, "rig.json"), { force: true }));
    const { bus, forge } = parts;
    const kept = [...services, ...(bus === undefined ? [] : [{ name: "nats-server", supervised: bus.server }])];
    return {
      places,
      forge,
      scriptedModel: parts.model !== undefined,
      webhookSecret,
      pidOf: (name) => services.find((each) => each.runs.includes(name))?.supervised.pid ?? -1,
      busPid: () => {
        if (bus === undefined) throw new Error("The bus is not ours: NATS_URL is set.");
        return bus.server.pid;
      },
      startedInMs: opened.tookMs,
      failed: Promise.race(kept.map(gaveUp)),
      stop: () => opened.close(),
    };
  } catch (cause) {
    await opened.close();
    throw cause;
  }
}

/** What was started, to be closed in the reverse order, and how long each took. */
class Opened {
  readonly tookMs: Record<string, number> = {};
  readonly #closers: (() => Promise<unknown>)[] = [];

  later(close: () => Promise<unknown>): void {
    this.#closers.unshift(close);
  }

  async timed<A>(name: string, start: Promise<A>, close?: (part: A) => Promise<unknown>): Promise<A> {
    const startedAt = performance.now();
    const part = await start;
    if (close !== undefined) this.later(() => close(part));
    this.tookMs[name] = Math.round(performance.now() - startedAt);
    return part;
  }

  async close(): Promise<void> {
    for (const close of this.#closers.splice(0)) await close();
  }
}

/** The parts that were started here; what the operator brought along is undefined. */
interface Parts {
  readonly bus: NatsServer | undefined;
  /** It still starts until `up`, while the services load: what reads it tries again each second. */
  readonly database: { readonly url: string; readonly up: Promise<unknown> } | undefined;
  readonly forge: Forge | undefined;
  readonly model: { readonly url: string } | undefined;
}

/** Starts the parts side by side and waits for all but the database. When one fails, the others are waited for, so that they can be closed. */
async function startParts(options: RigOptions, secrets: Secrets, opened: Opened): Promise<Parts> {
  const { broughtAlong, dataDirectory } = options;
  const database =
    broughtAlong.databaseUrl === undefined ? openPostgres(dataDirectory, await freePort(), opened) : undefined;
  const starts = {
    bus: () => startBus(options, opened),
    forge: () => opened.timed("forge", openForge(options, secrets), (forge) => forge.close()),
    model: () => opened.timed("model", startScriptedModel({ playbook: options.playbook }), (model) => model.close()),
  };
  const [bus, forge, model] = await Promise.allSettled([
    starts.bus(),
    broughtAlong.github === undefined ? starts.forge() : undefined,
    broughtAlong.model === undefined ? starts.model() : undefined,
  ]);
  return { bus: outcomeOf(bus), database, forge: outcomeOf(forge), model: outcomeOf(model) };
}

function openPostgres(dataDirectory: string, port: number, opened: Opened): Parts["database"] {
  const up = opened.timed("postgres", startEngine(join(dataDirectory, "postgres"), port));
  // Whoever starts the rig waits for it later, and learns then that it failed.
  up.catch(() => undefined);
  // Before anything that stands on it is there: what was opened last is closed first.
  opened.later(async () => (await up.catch(() => undefined))?.close());
  // The url of startPostgres, known before it is up.
  return { url: `postgres://postgres@127.0.0.1:${port}/postgres?sslmode=disable`, up };
}

/** Loaded only when it is needed: whoever brings a database along need not hold an engine in memory. */
async function startEngine(dataDirectory: string, port: number): Promise<EmbeddedPostgres> {
  const { startPostgres } = await import("./engines/postgres.ts");
  return startPostgres({ dataDirectory, port });
}

function outcomeOf<A>(result: PromiseSettledResult<A>): A {
  if (result.status === "rejected") throw result.reason;
  return result.value;
}

/** Starts the bus unless there is one, and applies the configuration while the other parts still start. */
async function startBus(options: RigOptions, opened: Opened): Promise<NatsServer | undefined> {
  const { broughtAlong, dataDirectory, onRestart } = options;
  if (broughtAlong.natsUrl !== undefined) {
    await opened.timed("streams", applyAs(broughtAlong.natsUrl, broughtAlong.natsKeysDirectory));
    return undefined;
  }
  const start = startNatsServer(join(dataDirectory, "hub"), (pid) => onRestart?.("nats-server", pid));
  const bus = await opened.timed("nats-server", start, ({ server }) => server.stop());
  await opened.timed("streams", applyAs(bus.url, bus.keysDirectory));
  return bus;
}

async function applyAs(url: string, keysDirectory: string | undefined): Promise<void> {
  const replicas = readReplicas(process.env.NATS_REPLICAS);
  if (replicas === undefined) throw new Error("NATS_REPLICAS is 1, 3 or 5.");
  const admin = await connectAs("admin", { url, keysDirectory });
  try {
    await applyBusConfig(admin.service.connection, { replicas });
  } finally {
    await admin.close();
  }
}

function placesOf(options: RigOptions, parts: Parts, webhookPort: number, secrets: Secrets): RigPlaces {
  const { broughtAlong } = options;
  return {
    natsUrl: parts.bus?.url ?? broughtAlong.natsUrl ?? "",
    natsKeysDirectory: parts.bus?.keysDirectory ?? broughtAlong.natsKeysDirectory,
    databaseUrl: parts.database?.url ?? broughtAlong.databaseUrl ?? "",
    webhookUrl: `http://127.0.0.1:${webhookPort}/api/webhook/github`,
    forgeUrl: parts.forge?.url,
    operatorToken: parts.forge === undefined ? undefined : secrets.tokens.operator,
    gateAppId: parts.forge === undefined ? broughtAlong.github?.GITHUB_APP_ID_MERGE_GATE : String(localGateAppId),
  };
}

/** The App behind the gate's bot on the local forge. */
const localGateAppId = appOf("rig-merge-gate[bot]").id;

async function openForge({ dataDirectory, repository }: RigOptions, secrets: Secrets): Promise<Forge> {
  const portFile = join(dataDirectory, "forge-port");
  // Its own port for life: deliveries that wait over a restart carry links with it.
  const port = Number(await readFile(portFile, "utf8").catch(() => "0")) || (await freePort());
  await writeFile(portFile, String(port));
  const users = forgeUsers(repository.owner, secrets);
  const forge = await startForge({ dataDirectory: join(dataDirectory, "forge"), port, users });
  await forge.createRepository(repository);
  const operator = octokitOf(`${forge.url}/api/v3`, secrets.tokens.operator);
  await keepGateRuleset(operator, { owner: repository.owner, repo: repository.name }, localGateAppId);
  return forge;
}

interface RunningServices {
  readonly name: string;
  readonly logFile: string;
  readonly runs: readonly ServiceName[];
  readonly supervised: Supervised;
}

async function startServices(
  options: RigOptions,
  env: (service: ServiceName | "all") => Record<string, string>,
): Promise<readonly RunningServices[]> {
  const groups =
    options.services === "together"
      ? [{ name: "services", runs: serviceNames, env: env("all") }]
      : serviceNames.map((name) => ({ name: name as string, runs: [name], env: env(name) }));
  return Promise.all(
    groups.map(async ({ name, runs, env }) => {
      const logFile = join(options.dataDirectory, "logs", `${name}.log`);
      const supervised = await superviseTethered({
        name,
        file: process.execPath,
        args: [serviceHeap, join(import.meta.dirname, "../../services/run.ts"), ...runs],
        env,
        logFile,
        onRestart: ({ pid }) => options.onRestart?.(name, pid),
      });
      return { name, logFile, runs, supervised };
    }),
  );
}

/** Waits until the webhook answers, 30 s at most. Throws when it does not, and at once when a service stays down. */
async function ready(url: URL, services: readonly RunningServices[]): Promise<void> {
  const down: string[] = [];
  for (const service of services) void gaveUp(service).then((message) => down.push(message));
  const deadline = performance.now() + 30_000;
  for (;;) {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
    if (answer?.ok) return;
    if (down.length > 0) throw new Error(down.join("\n"));
    if (performance.now() > deadline) throw new Error(`${url} does not answer. ${whereToLook(services)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function whereToLook(services: readonly RunningServices[]): string {
  const { name, logFile } = services.find(({ runs }) => runs.includes("webhook")) as RunningServices;
  return `${name}: read the last lines of ${logFile}. The last line: ${lastLineOf(logFile)}`;
}

async function gaveUp({ name, supervised }: { name: string; supervised: Supervised }): Promise<string> {
  const end = await supervised.ended;
  // Stopped on purpose: that is no failure, and nobody waits for it any more.
  if (end.reason === "stopped") return new Promise(() => undefined);
  return `${name}: ${end.error.message}`;
}
