import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type ServiceName, serviceNames } from "#contracts/choreography.ts";
import { ofService } from "#kit/settings.ts";
import { plainEnvironment } from "#kit/shell.ts";
import { demoRepository } from "./demo/issues.ts";
import type { RigOptions, RigPlaces } from "./places.ts";

/** The people and agents of the local forge. The operator files issues; each agent has an identity of its own. */
export const forgeLogins = {
  operator: { login: demoRepository.owner, type: "User" },
  dispatcher: { login: "rig-dispatcher[bot]", type: "Bot" },
  "dev-e": { login: "rig-dev-e[bot]", type: "Bot" },
  "review-e": { login: "rig-review-e[bot]", type: "Bot" },
  "merge-gate": { login: "rig-merge-gate[bot]", type: "Bot" },
} as const;

/** What the local rig made for itself: the webhook's secret, and a token for each identity on the local forge. */
export interface Secrets {
  readonly webhook: string;
  readonly tokens: Readonly<Record<keyof typeof forgeLogins, string>>;
}

/** Makes the webhook secret and the forge's tokens once, and keeps them with the data. */
export async function keepSecrets(path: string): Promise<Secrets> {
  const found = await readFile(path, "utf8").catch(() => undefined);
  if (found !== undefined) return JSON.parse(found) as Secrets;
  const made = () => randomBytes(24).toString("hex");
  const tokens = Object.fromEntries(Object.keys(forgeLogins).map((who) => [who, made()])) as Secrets["tokens"];
  const secrets = { webhook: made(), tokens };
  await writeFile(path, JSON.stringify(secrets), { mode: 0o600 });
  return secrets;
}

/** What services see of the world: their settings and nothing else of ours. */
export function environmentOf(
  options: RigOptions,
  places: RigPlaces,
  of: { secrets: Secrets; webhookSecret: string; webhookPort: number; modelUrl: string | undefined },
): (service: ServiceName | "all") => Record<string, string> {
  const { outside, dataDirectory } = options;
  const shared = plainEnvironment({
    NATS_URL: places.natsUrl,
    NATS_NKEYS_DIRECTORY: places.natsKeysDirectory,
    NATS_NKEY_SEED: places.natsKeysDirectory === undefined ? process.env.NATS_NKEY_SEED : undefined,
    RIG_WORK_DIRECTORY: join(dataDirectory, "work"),
    LOG_LEVEL: process.env.LOG_LEVEL,
    ...outside.github,
    ...(outside.github === undefined ? { GITHUB_API_URL: `${places.forgeUrl}/api/v3` } : {}),
    ...outside.model,
    ...(of.modelUrl === undefined
      ? {}
      : { ANTHROPIC_API_KEY: "scripted", ANTHROPIC_BASE_URL: of.modelUrl, RIG_MODEL: "scripted" }),
  });
  const own: Partial<Record<ServiceName, Record<string, string>>> = {
    webhook: { GITHUB_WEBHOOK_SECRET: of.webhookSecret, WEBHOOK_PORT: String(of.webhookPort) },
    status: { DATABASE_URL: places.databaseUrl },
  };
  return (service) => {
    const names = service === "all" ? serviceNames : [service];
    const tokens = names.filter((name) => name in forgeLogins && outside.github === undefined);
    return {
      ...shared,
      ...Object.assign({}, ...names.map((name) => own[name])),
      ...Object.fromEntries(
        tokens.map((name) => [ofService("GITHUB_TOKEN", name), of.secrets.tokens[name as keyof typeof forgeLogins]]),
      ),
    };
  };
}
