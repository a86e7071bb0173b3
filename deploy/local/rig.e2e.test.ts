import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readBroughtAlong } from "./brought-along.ts";
import { demoRepository } from "./demo/issues.ts";
import { demoPlaybook } from "./demo/playbook.ts";
import { startNatsServer } from "./engines/nats-server.ts";
import { startPostgres } from "./engines/postgres.ts";
import { startRig } from "./rig-up.ts";
import { runMaxMs, startRun, type TestRun } from "./test-run.ts";

describe("a rig", () => {
  let run: TestRun;
  beforeAll(async () => {
    run = await startRun("together");
    return () => run.stop();
  });

  // Before the issue, so that the next test shows that the first rig was left alone.
  test("on the data of another one is refused", async () => {
    const second = startRig({
      dataDirectory: run.dataDirectory,
      data: "fresh",
      services: "together",
      broughtAlong: readBroughtAlong({}),
      repository: demoRepository,
      playbook: demoPlaybook,
    });
    await expect(second).rejects.toThrow(/is in use by process \d+: stop that rig/);
  });

  test("leads an issue to one reviewed, tested merge", { timeout: runMaxMs }, async () => {
    const end = await run.untilDone();
    expect(end.type).toBe("ISSUE_DONE");
    expect(await run.failures(end)).toEqual([]);
    expect(run.restarted).toEqual([]);
  });
});

describe("a bus and a database that the operator brings along", () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "rig-brought-"));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  test("are used, and nothing is started in their place", { timeout: runMaxMs }, async () => {
    await using closers = new AsyncDisposableStack();
    const bus = await startNatsServer(join(directory, "their-hub"), () => undefined);
    closers.defer(() => bus.server.stop());
    const database = await startPostgres({ dataDirectory: join(directory, "their-postgres") });
    closers.defer(() => database.close());
    const { url: NATS_URL, keysDirectory: NATS_NKEYS_DIRECTORY } = bus;
    const run = await startRun("together", { NATS_URL, NATS_NKEYS_DIRECTORY, DATABASE_URL: database.url });
    closers.defer(() => run.stop());
    const end = await run.untilDone();
    expect(await run.failures(end)).toEqual([]);
    expect(run.rig.places).toMatchObject({ natsUrl: bus.url, databaseUrl: database.url });
    expect(Object.keys(run.rig.startedInMs)).not.toContain("nats-server");
    expect(Object.keys(run.rig.startedInMs)).not.toContain("postgres");
  });
});
