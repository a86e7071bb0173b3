import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { jetstreamManager } from "@nats-io/jetstream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { plainEnvironment } from "#kit/process/shell.ts";
import { applyBusConfig } from "./apply.ts";
import { BusUnfit, SettingsRefused } from "./apply-faults.ts";
import { consumers } from "./consumers.ts";
import { type StreamSpec, streams } from "./streams.ts";
import { startTestBus, type TestBus } from "./test-bus.ts";

const streamNames = streams.map(({ config }) => config.name);
const consumerNames = consumers.map(({ stream, config }) => `${stream}/${config.durable_name}`);
const everything = [...streamNames, ...consumerNames].sort();

function streamNamed(name: string): StreamSpec {
  const found = streams.find(({ config }) => config.name === name);
  if (found === undefined) throw new Error(`no stream ${name} in streams.ts`);
  return found;
}

async function refusalOf(attempt: Promise<unknown>): Promise<SettingsRefused> {
  const caught = await attempt.catch((cause: unknown) => cause);
  if (caught instanceof SettingsRefused) return caught;
  throw caught ?? new Error("was not refused");
}

describe("applying to a real nats-server", () => {
  let bus: TestBus;
  beforeAll(async () => {
    bus = await startTestBus();
  });
  afterAll(() => bus.stop());

  test("creates everything once, and the second time finds it as it should be", async () => {
    const admin = await bus.connectAs("admin");
    const first = await applyBusConfig(admin);
    expect([...first.created].sort()).toEqual(everything);
    const second = await applyBusConfig(admin);
    expect([...second.unchanged].sort()).toEqual(everything);
    expect([second.created, second.updated, second.strays]).toEqual([[], [], []]);
  });

  test("sets right what somebody changed by hand", async () => {
    const admin = await bus.connectAs("admin");
    const manager = await jetstreamManager(admin);
    await manager.streams.update("DLQ", { max_bytes: 1024 });
    await manager.consumers.update("EVENTS", "dispatcher", { max_ack_pending: 1 });
    expect((await applyBusConfig(admin)).updated).toEqual(["DLQ", "EVENTS/dispatcher"]);
    expect((await manager.streams.info("DLQ")).config.max_bytes).toBe(1024 ** 3);
    expect((await manager.consumers.info("EVENTS", "dispatcher")).config.max_ack_pending).toBe(4_096);
  });

  test("follows a row whose consumed facts changed without losing the consumer's place", async () => {
    const admin = await bus.connectAs("admin");
    const manager = await jetstreamManager(admin);
    const [dispatcher] = consumers.filter(({ service }) => service === "dispatcher");
    if (dispatcher === undefined) throw new Error("dispatcher has no consumer");
    const before = await manager.consumers.info("EVENTS", "dispatcher");
    const narrowed = {
      ...dispatcher,
      config: { ...dispatcher.config, filter_subjects: ["evt.issue.*.*.*.ISSUE_LABELED.*"] },
    };
    expect((await applyBusConfig(admin, { consumers: [narrowed] })).updated).toEqual(["EVENTS/dispatcher"]);
    expect((await applyBusConfig(admin)).updated).toEqual(["EVENTS/dispatcher"]);
    expect((await manager.consumers.info("EVENTS", "dispatcher")).created).toBe(before.created);
  });

  test("refuses a stream whose retention cannot be changed as asked, and names the difference", async () => {
    const admin = await bus.connectAs("admin");
    const { config, why } = streamNamed("EVENTS");
    const wrong = { why, config: { ...config, retention: "workqueue" } as const };
    const refused = await refusalOf(applyBusConfig(admin, { streams: [wrong], consumers: [] }));
    expect(refused.refusals[0]?.differences).toEqual([{ setting: "retention", wanted: "workqueue", got: "limits" }]);
    expect(refused.message).toMatch(/stream EVENTS: retention is "limits", wanted "workqueue".*cannot change in place/);
    expect(refused.message).toContain("the server answered");
  });

  test("refuses when the server drops a setting that it does not know", async () => {
    const admin = await bus.connectAs("admin");
    const { config, why } = streamNamed("ADVISORIES");
    const futuristic = { ...config, allow_time_travel: true };
    const refused = await refusalOf(applyBusConfig(admin, { streams: [{ why, config: futuristic }], consumers: [] }));
    expect(refused.message).toContain("stream ADVISORIES: allow_time_travel is absent, wanted true");
  });

  test("reports what no row names and leaves it alone", async () => {
    const admin = await bus.connectAs("admin");
    const manager = await jetstreamManager(admin);
    await manager.consumers.add("EVENTS", { durable_name: "retired", ack_policy: "explicit" });
    await manager.streams.add({ name: "FOREIGN", subjects: ["foreign.>"] });
    expect((await applyBusConfig(admin)).strays).toEqual(["stream FOREIGN", "consumer EVENTS/retired"]);
    expect((await manager.consumers.info("EVENTS", "retired")).name).toBe("retired");
    await manager.consumers.delete("EVENTS", "retired");
    await manager.streams.delete("FOREIGN");
  });

  test("the command prints what it did, and what it lacks", async () => {
    const run = promisify(execFile);
    const program = join(import.meta.dirname, "apply.ts");
    const settings = { NATS_URL: bus.url, NATS_NKEY_SEED: bus.seedOf("admin") };
    const { stdout } = await run(process.execPath, [program], { env: plainEnvironment(settings) });
    expect(stdout).toBe(`nats-server 2.14.5: 0 created, 0 updated, ${everything.length} unchanged\n`);
    await expect(run(process.execPath, [program], { env: plainEnvironment() })).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining("NATS_NKEY_SEED"),
    });
  });
});

test("a server that accepts no large delivery is refused before anything is created", async () => {
  const bus = await startTestBus("max_payload: 1048576");
  try {
    const admin = await bus.connectAs("admin");
    await expect(applyBusConfig(admin)).rejects.toThrow(BusUnfit);
    const manager = await jetstreamManager(admin);
    expect(await manager.streams.names().next()).toEqual([]);
  } finally {
    await bus.stop();
  }
});
