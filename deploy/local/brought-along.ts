import { refuseUnguarded, unguardedOverride } from "#kit/model/unguarded.ts";
import { refusePort } from "#kit/process/settings.ts";
import { refuseLogLevel } from "#kit/process/telemetry.ts";

/** What the operator brings along; everything that is absent is started here. */
export interface BroughtAlong {
  readonly natsUrl: string | undefined;
  /** `<user>.nk` files for a bus with accounts; undefined for one without. */
  readonly natsKeysDirectory: string | undefined;
  readonly databaseUrl: string | undefined;
  /** The settings of a real GitHub: tokens or Apps, API URL, webhook secrets, reviewer logins. */
  readonly github: Readonly<Record<string, string>> | undefined;
  /** The environment of a real model. */
  readonly model: Readonly<Record<string, string>> | undefined;
}

/**
 * The environment names a real model without `RIG_ALLOW_UNGUARDED_MODEL`, a real GitHub without the webhook's
 * secret, or a port or a level of the logs that is none.
 * Kind: refuses to start.
 * What to do: what the message says: set the missing or wrong variable, or unset the one that asks for the real part.
 */
class EnvironmentUnfit extends Error {
  override readonly name = "EnvironmentUnfit";
}

/**
 * Reads from the environment which real parts to use: `NATS_URL`, `DATABASE_URL`, `GITHUB_*`, `ANTHROPIC_API_KEY`.
 * Throws `EnvironmentUnfit` for a real model without its override, for a real GitHub without what the webhook needs, and for a
 * `WEBHOOK_PORT` or a `LOG_LEVEL` that the services would refuse.
 */
export function readBroughtAlong(env: Readonly<Record<string, string | undefined>>): BroughtAlong {
  const model = readModel(env);
  const unguarded =
    model === undefined
      ? null
      : refuseUnguarded(model.ANTHROPIC_BASE_URL ?? "https://api.anthropic.com", env[unguardedOverride]);
  const refusal = unguarded ?? refusePort("WEBHOOK_PORT", env.WEBHOOK_PORT) ?? refuseLogLevel(env.LOG_LEVEL);
  if (refusal !== null) throw new EnvironmentUnfit(refusal);
  return {
    natsUrl: env.NATS_URL || undefined,
    natsKeysDirectory: env.NATS_NKEYS_DIRECTORY || undefined,
    databaseUrl: env.DATABASE_URL || undefined,
    github: readGitHub(env),
    model,
  };
}

function readModel(env: Readonly<Record<string, string | undefined>>): Record<string, string> | undefined {
  if (!env.ANTHROPIC_API_KEY) return undefined;
  return withPrefix(env, ["ANTHROPIC_", "RIG_MODEL", unguardedOverride]);
}

function readGitHub(env: Readonly<Record<string, string | undefined>>): Record<string, string> | undefined {
  // The operator's own token is for doctor alone: it is no identity of a service, and none gets it.
  const { GITHUB_TOKEN_OPERATOR: _, ...ofServices } = env;
  const settings = withPrefix(ofServices, [
    "GITHUB_TOKEN_",
    "GITHUB_APP_",
    "GITHUB_API_URL",
    "GITHUB_WEBHOOK_SECRET",
    "RIG_REVIEWER_LOGINS",
    "RIG_REPOSITORIES",
    "RIG_AGENT_LOGINS",
  ]);
  if (!Object.keys(settings).some((name) => name.startsWith("GITHUB_TOKEN_") || name.startsWith("GITHUB_APP_ID_")))
    return undefined;
  if (!settings.GITHUB_WEBHOOK_SECRET) {
    throw new EnvironmentUnfit(
      "A real GitHub is configured, but GITHUB_WEBHOOK_SECRET is not set: set the secret of its webhook.",
    );
  }
  return settings;
}

function withPrefix(
  env: Readonly<Record<string, string | undefined>>,
  prefixes: readonly string[],
): Record<string, string> {
  const wanted = Object.entries(env).filter(
    (entry): entry is [string, string] => Boolean(entry[1]) && prefixes.some((prefix) => entry[0].startsWith(prefix)),
  );
  return Object.fromEntries(wanted);
}
