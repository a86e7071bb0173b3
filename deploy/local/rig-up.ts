import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { applyBusConfig } from "#bus-config/apply.ts";
import { type ServiceName, serviceNames } from "#contracts/choreography.ts";
import { demoRepository } from "./demo/issues.ts";
import { demoPlaybook } from "./demo/playbook.ts";
import { environmentOf, forgeLogins, keepSecrets, type Secrets } from "./environment.ts";
import { type Forge, startForge } from "./forge/forge.ts";
import { holdDirectory } from "./hold-directory.ts";
import { freePort, type Hub, startHub } from "./hub.ts";
import { startScriptedModel } from "./model/scripted-model.ts";
import { connectAs } from "./operator.ts";
import type { Outside } from "./outside.ts";
import type { RigOptions, RigPlaces } from "./places.ts";
import { startPostgres } from "./postgres.ts";
import { type Supervised, superviseTethered } from "./tether.ts";

/** A running rig. */
export interface Rig {
  readonly places: RigPlaces;
  /** The local forge, unless a real GitHub is used. */
  readonly forge: Forge | undefined;
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
  const { dataDirectory, outside } = options;
  await mkdir(dirname(dataDirectory), { recursive: true });
  const closers: (() => Promise<unknown>)[] = [await holdDirectory(dataDirectory, `${dataDirectory}.pid`)];
  const startedInMs: Record<string, number> = {};
  const timed = async <A>(name: string, start: Promise<A>, close: (part: A) => Promise<unknown>): Promise<A> => {
    const at = performance.now();
    const part = await start;
    closers.unshift(() => close(part));
    startedInMs[name] = Math.round(performance.now() - at);
    return part;
  };
  const restarted = (name: string) => (event: { readonly pid: number }) => options.onRestart?.(name, event.pid);
  try {
    if (options.data === "fresh") await rm(dataDirectory, { recursive: true, force: true });
    await mkdir(join(dataDirectory, "logs"), { recursive: true });
    await chmod(dataDirectory, 0o700);
    const secrets = await keepSecrets(join(dataDirectory, "secrets.json"));
    const hubDirectory = join(dataDirectory, "hub");
    const hubOf = () =>
      timed(
        "nats-server",
        startHub(hubDirectory, (pid) => options.onRestart?.("nats-server", pid)),
        ({ server }) => server.stop(),
      );
    const settled = await Promise.allSettled([
      outside.natsUrl === undefined ? hubOf().then(applied(timed)) : undefined,
      outside.databaseUrl === undefined
        ? timed("postgres", startPostgres({ dataDirectory: join(dataDirectory, "postgres") }), (db) => db.close())
        : undefined,
      outside.github === undefined
        ? timed("forge", openForge(dataDirectory, secrets), (forge) => forge.close())
        : undefined,
      outside.model === undefined
        ? timed("model", startScriptedModel({ playbook: demoPlaybook }), (model) => model.close())
        : undefined,
    ] as const);
    const [hub, database, forge, model] = settled.map(outcomeOf) as Started;
    if (hub === undefined) await applyOutside(outside);
    // A real GitHub has to find the webhook at one place; a local forge is told where it is.
    const webhookPort = Number(process.env.WEBHOOK_PORT) || (await freePort());
    const places: RigPlaces = {
      natsUrl: hub?.url ?? outside.natsUrl ?? "",
      natsKeysDirectory: hub?.keysDirectory ?? outside.natsKeysDirectory,
      databaseUrl: database?.url ?? outside.databaseUrl ?? "",
      webhookUrl: `http://127.0.0.1:${webhookPort}/api/webhook/github`,
      forgeUrl: forge?.url,
      operatorToken: forge === undefined ? undefined : secrets.tokens.operator,
      pid: process.pid,
      scriptedModel: model !== undefined,
    };
    const webhookSecret = outside.github?.GITHUB_WEBHOOK_SECRET ?? secrets.webhook;
    const env = environmentOf(options, places, { secrets, webhookSecret, webhookPort, modelUrl: model?.url });
    forge?.setWebhook({ url: places.webhookUrl, secret: webhookSecret });
    const services = await timed("services", startServices(options, env, restarted), (all) =>
      Promise.all(all.map(({ supervised }) => supervised.stop({ graceMs: 10_000 }))),
    );
    await timed("ready", healthy(`http://127.0.0.1:${webhookPort}/health`), () => Promise.resolve());
    await writeFile(join(dataDirectory, "rig.json"), JSON.stringify(places, null, 2), { mode: 0o600 });
    closers.unshift(() => rm(join(dataDirectory, "rig.json"), { force: true }));
    const kept = [...services, ...(hub === undefined ? [] : [{ name: "nats-server", supervised: hub.server }])];
    return {
      places,
      forge,
      webhookSecret,
      pidOf: (name) => services.find((each) => each.runs.includes(name))?.supervised.pid ?? -1,
      busPid: () => {
        if (hub === undefined) throw new Error("The bus is not ours: NATS_URL is set.");
        return hub.server.pid;
      },
      startedInMs,
      failed: Promise.race(kept.map(gaveUp)),
      stop: () => closeAll(closers),
    };
  } catch (cause) {
    await closeAll(closers);
    throw cause;
  }
}

type Started = [
  hub: Hub | undefined,
  database: { readonly url: string } | undefined,
  forge: Forge | undefined,
  model: { readonly url: string } | undefined,
];
type Timed = <A>(name: string, start: Promise<A>, close: (part: A) => Promise<unknown>) => Promise<A>;

function outcomeOf(result: PromiseSettledResult<unknown>): unknown {
  if (result.status === "rejected") throw result.reason;
  return result.value;
}

/** Applies the bus configuration as soon as the server is up, while the other parts still start. */
function applied(timed: Timed): (hub: Hub) => Promise<Hub> {
  return async (hub) => {
    await timed("streams", applyAs(hub.url, hub.keysDirectory), () => Promise.resolve());
    return hub;
  };
}

async function applyOutside(outside: Outside): Promise<void> {
  await applyAs(outside.natsUrl ?? "", outside.natsKeysDirectory);
}

async function applyAs(url: string, keysDirectory: string | undefined): Promise<void> {
  const admin = await connectAs("admin", { url, keysDirectory });
  try {
    await applyBusConfig(admin.service.connection);
  } finally {
    await admin.close();
  }
}

async function closeAll(closers: (() => Promise<unknown>)[]): Promise<void> {
  for (const close of closers.splice(0)) await close();
}

async function openForge(dataDirectory: string, secrets: Secrets): Promise<Forge> {
  const users = Object.entries(forgeLogins).map(([who, user]) => ({
    ...user,
    token: secrets.tokens[who as keyof typeof forgeLogins],
  }));
  const portFile = join(dataDirectory, "forge-port");
  // Its own port for life: deliveries that wait over a restart carry links with it.
  const port = Number(await readFile(portFile, "utf8").catch(() => "0")) || (await freePort());
  await writeFile(portFile, String(port));
  const forge = await startForge({ dataDirectory: join(dataDirectory, "forge"), port, users });
  const { owner, name, directory } = demoRepository;
  await forge.createRepository({ owner, name, templateDirectory: directory });
  return forge;
}

interface RunningServices {
  readonly name: string;
  readonly runs: readonly ServiceName[];
  readonly supervised: Supervised;
}

async function startServices(
  options: RigOptions,
  env: (service: ServiceName | "all") => Record<string, string>,
  restarted: (name: string) => (event: { readonly pid: number }) => void,
): Promise<readonly RunningServices[]> {
  const groups =
    options.services === "together"
      ? [{ name: "services", runs: serviceNames, env: env("all") }]
      : serviceNames.map((name) => ({ name: name as string, runs: [name], env: env(name) }));
  return Promise.all(
    groups.map(async (group) => ({
      name: group.name,
      runs: group.runs,
      supervised: await superviseTethered({
        name: group.name,
        file: process.execPath,
        args: [join(import.meta.dirname, "../../services/run.ts"), ...group.runs],
        env: group.env,
        logFile: join(options.dataDirectory, "logs", `${group.name}.log`),
        onRestart: restarted(group.name),
      }),
    })),
  );
}

/** Waits until the webhook answers, 30 s at most: then its log says why it does not. */
async function healthy(url: string): Promise<void> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
    if (answer?.ok) return;
    if (performance.now() > deadline)
      throw new Error(`${url} does not answer: read the services' logs in the data directory.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function gaveUp({ name, supervised }: { name: string; supervised: Supervised }): Promise<string> {
  const end = await supervised.ended;
  // Stopped on purpose: that is no failure, and nobody waits for it any more.
  if (end.reason === "stopped") return new Promise(() => undefined);
  return `${name}: ${end.error.message}`;
}
