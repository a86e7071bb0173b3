import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Config, Effect, Option, Redacted } from "effect";
import type { BusSettings } from "#kit/bus/bus.ts";
import { StartRefused } from "#kit/errors.ts";

/** Reads a setting from the environment; `fallback` when it is absent or empty. */
export function setting(name: string, fallback: string): Effect.Effect<string> {
  return Effect.map(optional(name), (value) => value ?? fallback);
}

/** Reads a setting that the service needs, or fails with `StartRefused`. `why` tells the operator its purpose. */
export function required(name: string, why: string): Effect.Effect<string, StartRefused> {
  return Effect.flatMap(optional(name), (value) =>
    value === undefined
      ? Effect.fail(new StartRefused({ what: `${name} is not set: ${why}.` }))
      : Effect.succeed(value),
  );
}

/** Reads a setting that may be absent. An empty value counts as absent. */
export function optional(name: string): Effect.Effect<string | undefined> {
  return Effect.map(Effect.orDie(Config.option(Config.Redacted(name))), (found) => {
    const value = Option.isSome(found) ? Redacted.value(found.value) : "";
    return value === "" ? undefined : value;
  });
}

/** Reads the port of a setting to listen on, or fails with `StartRefused` when its value is none. */
export const portOf = Effect.fn("portOf")(function* (name: string, fallback: number) {
  const value = yield* optional(name);
  const refusal = refusePort(name, value);
  if (refusal !== null) return yield* new StartRefused({ what: refusal });
  return Number(value ?? fallback);
});

/** Why the value of a setting is no port; null when it is one, and when it is absent or empty. */
export function refusePort(name: string, value: string | undefined): string | null {
  if (!value || (/^[1-9]\d*$/.test(value) && Number(value) <= 65_535)) return null;
  return `${name} is "${value}", which is no port: set a whole number from 1 to 65535, or unset it.`;
}

/** The name of the environment variable for a setting of one service: `GITHUB_TOKEN` of dev-e is `GITHUB_TOKEN_DEV_E`. */
export function ofService(name: string, service: string): string {
  return `${name}_${service.toUpperCase().replaceAll("-", "_")}`;
}

/**
 * Reads how a service reaches the bus: the URL from `NATS_URL`, and the nkey seed from `<NATS_NKEYS_DIRECTORY>/<service>.nk` (for several
 * services in one process) or else from `NATS_NKEY_SEED`. Fails with `StartRefused` when the seed's file cannot be read.
 */
export const busSettings = Effect.fn("busSettings")(function* (service: string) {
  const url = yield* setting("NATS_URL", "nats://127.0.0.1:4222");
  const directory = yield* optional("NATS_NKEYS_DIRECTORY");
  const seed = directory === undefined ? yield* optional("NATS_NKEY_SEED") : yield* readSeed(directory, service);
  return { user: service, url, seed } satisfies BusSettings;
});

function readSeed(directory: string, service: string): Effect.Effect<string, StartRefused> {
  const path = join(directory, `${service}.nk`);
  return Effect.tryPromise({
    try: async () => (await readFile(path, "utf8")).trim(),
    catch: () => new StartRefused({ what: `${path} cannot be read: it has to hold the nkey seed of ${service}.` }),
  });
}

/** Reads where the docs of this rig are read on the web, for links to them; their path in its repository where nobody says. Fails with `StartRefused` for no address. */
export const docsFolder: Effect.Effect<string, StartRefused> = Effect.flatMap(
  setting("RIG_DOCS_URL", "docs"),
  (docs) =>
    docs === "docs" || /^https?:\/\/[^\s()<>#?]+$/.test(docs)
      ? Effect.succeed(docs.replace(/\/+$/, ""))
      : Effect.fail(
          new StartRefused({
            what: `RIG_DOCS_URL is "${docs}": set the address of a folder with the rig's docs, such as https://github.com/OWNER/REPO/blob/main/docs.`,
          }),
        ),
);
