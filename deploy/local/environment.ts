import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type ServiceName, serviceNames } from "#contracts/choreography.ts";
import { ofService } from "#kit/process/settings.ts";
import { plainEnvironment } from "#kit/process/shell.ts";
import type { RigPlaces } from "../operator/places.ts";
import { codeCacheDirectory } from "../programs/cache-directory.ts";
import type { ForgeUser } from "./forge/forge.ts";
import type { RigOptions } from "./options.ts";

/** Who has a token for the local forge: the operator, who files issues, and each service that acts there. */
const identities = ["operator", "reconciler", "dispatcher", "dev-e", "review-e", "merge-gate"] as const;
type Identity = (typeof identities)[number];

/** What the local rig made for itself: the webhook's secret, and a token for each identity on the local forge. */
export interface Secrets {
  readonly webhook: string;
  readonly tokens: Readonly<Record<Identity, string>>;
}

/** The users of the local forge. The operator acts as the owner of the repository; each service has a bot of its own. */
export function forgeUsers(owner: string, { tokens }: Secrets): readonly ForgeUser[] {
  return identities.map((who) => {
    const token = tokens[who];
    return who === "operator"
      ? { login: owner, type: "User", token }
      : { login: `rig-${who}[bot]`, type: "Bot", token, ...(who === "reconciler" ? { role: "read" } : {}) };
  });
}

/** Makes the webhook secret and the forge's tokens, and keeps them with the data. On data that has some it makes only those that are missing. */
export async function keepSecrets(path: string): Promise<Secrets> {
  const kept = await readFile(path, "utf8").catch(() => undefined);
  const found =
    kept === undefined ? undefined : (JSON.parse(kept) as { webhook: string; tokens: Partial<Secrets["tokens"]> });
  const made = () => randomBytes(24).toString("hex");
  const tokens = Object.fromEntries(identities.map((who) => [who, found?.tokens[who] ?? made()])) as Secrets["tokens"];
  const secrets = { webhook: found?.webhook ?? made(), tokens };
  const text = JSON.stringify(secrets);
  if (text !== kept) await writeFile(path, text, { mode: 0o600 });
  return secrets;
}

/** What the services see: the settings of each, so that a process of one has no secret of another. */
export function environmentOf(
  options: RigOptions,
  places: RigPlaces,
  of: { secrets: Secrets; webhookSecret: string; webhookPort: number; modelUrl: string | undefined },
): (service: ServiceName | "all") => Record<string, string> {
  const { broughtAlong, dataDirectory } = options;
  const { LOG_LEVEL, RIG_POLICY } = process.env;
  const shared = { NATS_URL: places.natsUrl, NODE_COMPILE_CACHE: codeCacheDirectory(), LOG_LEVEL, RIG_POLICY };
  const model =
    of.modelUrl === undefined
      ? broughtAlong.model
      : { ANTHROPIC_API_KEY: "scripted", ANTHROPIC_BASE_URL: of.modelUrl, RIG_MODEL: "scripted" };
  const gitHub = (name: Exclude<Identity, "operator">): Record<string, string> => {
    if (broughtAlong.github !== undefined) return identityOf(name, broughtAlong.github);
    return { GITHUB_API_URL: `${places.forgeUrl}/api/v3`, [ofService("GITHUB_TOKEN", name)]: of.secrets.tokens[name] };
  };
  const agent = { ...model, RIG_WORK_DIRECTORY: join(dataDirectory, "work") };
  const own: Record<ServiceName, Record<string, string | undefined>> = {
    webhook: {
      GITHUB_WEBHOOK_SECRET: of.webhookSecret,
      GITHUB_WEBHOOK_SECRET_BEFORE: broughtAlong.github?.GITHUB_WEBHOOK_SECRET_BEFORE,
      WEBHOOK_PORT: String(of.webhookPort),
      WEBHOOK_HOST: process.env.WEBHOOK_HOST,
    },
    reconciler: {
      ...gitHub("reconciler"),
      DATABASE_URL: places.databaseUrl,
      RIG_REPOSITORIES: broughtAlong.github?.RIG_REPOSITORIES ?? localRepository(options),
    },
    dispatcher: gitHub("dispatcher"),
    "dev-e": { ...gitHub("dev-e"), ...agent, RIG_SIGNING_KEY: process.env.RIG_SIGNING_KEY },
    "review-e": { ...gitHub("review-e"), ...agent },
    "merge-gate": { ...gitHub("merge-gate"), RIG_DOCS_URL: process.env.RIG_DOCS_URL },
    status: { DATABASE_URL: places.databaseUrl },
    scheduler: {},
    meter: {},
  };
  return (service) => {
    if (service !== "all") return plainEnvironment({ ...shared, ...own[service], ...keyOf(service, places) });
    const keys = { NATS_NKEYS_DIRECTORY: places.natsKeysDirectory, NATS_NKEY_SEED: process.env.NATS_NKEY_SEED };
    return plainEnvironment({ ...shared, ...Object.assign({}, ...serviceNames.map((name) => own[name])), ...keys });
  };
}

/** The one repository of the local forge; a real GitHub has its own. */
function localRepository({ broughtAlong, repository }: RigOptions): string | undefined {
  return broughtAlong.github === undefined ? `${repository.owner}/${repository.name}` : undefined;
}

/** The settings of a real GitHub without the identities of the other services. */
function identityOf(service: ServiceName, gitHub: Readonly<Record<string, string>>): Record<string, string> {
  const suffix = ofService("", service);
  const entries = Object.entries(gitHub).filter(
    ([name]) =>
      !name.startsWith("GITHUB_WEBHOOK_SECRET") && (!/^GITHUB_(TOKEN|APP)_/.test(name) || name.endsWith(suffix)),
  );
  return Object.fromEntries(entries);
}

/** The nkey of one service alone; the directory holds those of all, the administrator's among them. */
function keyOf(service: ServiceName, places: RigPlaces): Record<string, string | undefined> {
  if (places.natsKeysDirectory === undefined) return { NATS_NKEY_SEED: process.env.NATS_NKEY_SEED };
  return { NATS_NKEY_SEED: readFileSync(join(places.natsKeysDirectory, `${service}.nk`), "utf8").trim() };
}
