import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readPlaces } from "./places.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "rig-places-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** What another rig needs, as docs/operating.md has it. */
const needed = {
  ...{ natsUrl: "nats://bus:4222", natsKeysDirectory: "/etc/rig/keys" },
  ...{ databaseUrl: "postgres://db/rig", webhookUrl: "https://rig.example/api/webhook/github" },
};

async function readFrom(text: string) {
  await writeFile(join(directory, "rig.json"), text);
  return readPlaces(directory);
}

test("four keys are a rig.json: what only the launcher knows is not needed", async () => {
  expect(await readFrom(JSON.stringify(needed))).toEqual({ ...needed, data: directory });
});

test("a directory without rig.json has no rig", async () => {
  expect(await readPlaces(join(directory, "empty"))).toBeUndefined();
});

test.each([
  [{ ...needed, natsURL: "nats://bus:4222" }, '"natsURL" is no key of this file, the nearest one is "natsUrl"'],
  [{ ...needed, databaseUrl: undefined }, "databaseUrl is missing"],
  [{ ...needed, webhookUrl: 8080 }, "webhookUrl is 8080: expected string"],
])("a wrong rig.json is refused with its path and the key: %j", async (places, fault) => {
  await expect(readFrom(JSON.stringify(places))).rejects.toThrow(`${join(directory, "rig.json")}: ${fault}`);
});

test("a rig.json that is no JSON is refused with its path", async () => {
  await expect(readFrom("natsUrl: nats://bus:4222")).rejects.toThrow(`${join(directory, "rig.json")} is no JSON`);
});
