import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigProvider, Effect, type Layer } from "effect";
import { afterAll, beforeAll, expect, test } from "vitest";
import { busSettings, docsFolder, ofService, optional, portOf, required, setting } from "./settings.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "rig-settings-"));
  await writeFile(join(directory, "dev-e.nk"), "SUAEXAMPLE\n");
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** Runs with exactly these environment variables. */
function withEnvironment<A, E>(env: Record<string, string>, effect: Effect.Effect<A, E>): Promise<A> {
  const provider: Layer.Layer<never> = ConfigProvider.layer(ConfigProvider.fromEnv({ env }));
  return Effect.runPromise(Effect.provide(effect, provider));
}

test("a setting is its variable's value, or its default when that is absent or empty", async () => {
  expect(await withEnvironment({ RIG_MODEL: "m" }, setting("RIG_MODEL", "d"))).toBe("m");
  expect(await withEnvironment({ RIG_MODEL: "" }, setting("RIG_MODEL", "d"))).toBe("d");
  expect(await withEnvironment({}, setting("RIG_MODEL", "d"))).toBe("d");
  expect(await withEnvironment({ TOKEN: "" }, optional("TOKEN"))).toBeUndefined();
});

test("a required setting that is missing or empty refuses to start, by name and with its purpose", async () => {
  const secret = required("GITHUB_WEBHOOK_SECRET", "deliveries are signed with it");
  expect(await withEnvironment({ GITHUB_WEBHOOK_SECRET: "s" }, secret)).toBe("s");
  for (const env of [{}, { GITHUB_WEBHOOK_SECRET: "" }]) {
    await expect(withEnvironment(env, secret)).rejects.toThrow(
      "GITHUB_WEBHOOK_SECRET is not set: deliveries are signed with it.",
    );
  }
});

test("links lead to the address of the docs, or name their path; what is no address refuses to start", async () => {
  const read = (value: string) => withEnvironment({ RIG_DOCS_URL: value }, docsFolder);
  expect(await read("")).toBe("docs");
  expect(await read("https://github.com/acme/rig/blob/main/docs/")).toBe("https://github.com/acme/rig/blob/main/docs");
  for (const value of ["docs/", "javascript:alert(1)", "https://a.b/x)", "https://a.b/#x"]) {
    await expect(read(value)).rejects.toThrow(`RIG_DOCS_URL is "${value}": set the address of a folder`);
  }
});

test("a port is a whole number that a service can listen on; another value refuses to start and says what to set", async () => {
  const read = (value: string) => withEnvironment({ WEBHOOK_PORT: value }, portOf("WEBHOOK_PORT", 8080));
  expect([await read("9000"), await read("65535"), await read("")]).toEqual([9000, 65_535, 8080]);
  for (const wrong of ["eighty", "0", "65536", "80.5", "-80", "8e3", "0x50", " 80"]) {
    await expect(read(wrong)).rejects.toThrow(
      `WEBHOOK_PORT is "${wrong}", which is no port: set a whole number from 1 to 65535, or unset it.`,
    );
  }
});

test("the variable of one service's setting has the service's name", () => {
  expect(ofService("GITHUB_TOKEN", "dev-e")).toBe("GITHUB_TOKEN_DEV_E");
  expect(ofService("GITHUB_APP_ID", "merge-gate")).toBe("GITHUB_APP_ID_MERGE_GATE");
});

test("the bus is the local one without a seed unless the environment names another", async () => {
  expect(await withEnvironment({}, busSettings("dev-e"))).toEqual({
    user: "dev-e",
    url: "nats://127.0.0.1:4222",
    seed: undefined,
  });
  const env = { NATS_URL: "nats://hub:4222", NATS_NKEY_SEED: "SUA" };
  expect(await withEnvironment(env, busSettings("status"))).toEqual({ user: "status", url: env.NATS_URL, seed: "SUA" });
});

test("of several services in one process each reads its own seed", async () => {
  const env = { NATS_NKEYS_DIRECTORY: directory, NATS_NKEY_SEED: "of another" };
  expect((await withEnvironment(env, busSettings("dev-e"))).seed).toBe("SUAEXAMPLE");
  await expect(withEnvironment(env, busSettings("status"))).rejects.toThrow(
    `${join(directory, "status.nk")} cannot be read: it has to hold the nkey seed of status.`,
  );
});
