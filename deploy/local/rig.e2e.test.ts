import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { FactType } from "#contracts/catalogue.ts";
import { type ServiceName, serviceNames } from "#contracts/choreography.ts";
import type { Fact, FactOf } from "#contracts/envelope.ts";
import { connectOperator, type Operator } from "../operator/connection.ts";
import { readBroughtAlong } from "./brought-along.ts";
import { operatorForge } from "./demo/forge-client.ts";
import { demoIssues, demoRepository } from "./demo/issues.ts";
import { demoPlaybook } from "./demo/playbook.ts";
import { prove } from "./demo/proof.ts";
import { startNatsServer } from "./engines/nats-server.ts";
import { startPostgres } from "./engines/postgres.ts";
import type { RigOptions } from "./options.ts";
import { type Rig, startRig } from "./rig-up.ts";

const demo = { repository: demoRepository, playbook: demoPlaybook };

let dataDirectory: string;
let rig: Rig;
let operator: Operator;
let restarted: string[];

beforeEach(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), "rig-e2e-"));
  restarted = [];
});

afterEach(async () => {
  await operator?.close();
  await rig?.stop();
  await rm(dataDirectory, { recursive: true, force: true });
});

async function start(services: RigOptions["services"], env: Readonly<Record<string, string>> = {}): Promise<void> {
  const onRestart = (name: string) => restarted.push(name);
  rig = await startRig({ dataDirectory, services, broughtAlong: readBroughtAlong(env), ...demo, onRestart });
  const { natsUrl: url, natsKeysDirectory: keysDirectory } = rig.places;
  operator = await connectOperator({ url, keysDirectory });
}

/** Files the demo's issue and resolves with the fact that ends it; `each` sees every fact on the way. */
async function untilDone(each: (fact: Fact) => void = () => undefined): Promise<FactOf<"issue">> {
  const { promise, resolve, reject } = Promise.withResolvers<FactOf<"issue">>();
  void rig.failed.then((message) => reject(new Error(message)));
  await operator.follow((fact) => {
    each(fact);
    if (fact.type === "ISSUE_DONE" || fact.type === "ISSUE_NEEDS_HUMAN") resolve(fact);
  });
  await operatorForge(rig.places).fileIssue(demoIssues[0]);
  return promise;
}

async function failures(end: FactOf<"issue">): Promise<readonly string[]> {
  const forge = operatorForge(rig.places);
  const proven = await prove({
    facts: await operator.facts("evt.>"),
    bareRepository: join(dataDirectory, "forge", "repos", demoRepository.owner, `${demoRepository.name}.git`),
    issueState: await forge.issueState(end.on.number),
    pullRequests: await forge.pullRequests(),
  });
  return proven.filter(({ holds }) => !holds).map(({ claim, seen }) => `${claim}: ${seen}`);
}

// A run takes 10 s; each killed service costs an ack wait of 15 s, and a busy machine doubles all of it.
const runMaxMs = 180_000;

test("an issue leads to one reviewed, tested merge", { timeout: runMaxMs }, async () => {
  await start("together");
  const end = await untilDone();
  expect(end.type).toBe("ISSUE_DONE");
  expect(await failures(end)).toEqual([]);
  expect(restarted).toEqual([]);
});

/** When each service is killed: while it is at the work that would hurt most. */
const killAt: Readonly<Record<ServiceName, FactType>> = {
  webhook: "BRANCH_CREATED",
  reconciler: "ISSUE_ASSIGNED",
  dispatcher: "REVIEW_CHANGES_REQUESTED",
  "dev-e": "WORK_STARTED",
  "review-e": "REVIEW_ASSIGNED",
  "merge-gate": "MERGE_REQUESTED",
  status: "PR_OPENED",
  scheduler: "PR_CREATED",
  meter: "RUN_SUCCEEDED",
};

test("a service that is killed at its work is started again, and still one pull request is merged once", {
  timeout: runMaxMs,
}, async () => {
  await start("processes");
  const alive = new Set<string>(serviceNames);
  const end = await untilDone((fact) => {
    for (const name of serviceNames) {
      if (killAt[name] !== fact.type || !alive.delete(name)) continue;
      process.kill(rig.pidOf(name), "SIGKILL");
    }
  });
  expect(end.type).toBe("ISSUE_DONE");
  expect(await failures(end)).toEqual([]);
  expect(new Set(restarted)).toEqual(new Set(serviceNames));
});

test("a killed bus is started again with every fact, and the issue still ends in one merge", {
  timeout: runMaxMs,
}, async () => {
  await start("together");
  let killed = false;
  const end = await untilDone((fact) => {
    if (fact.type !== "PR_CREATED" || killed) return;
    killed = true;
    process.kill(rig.busPid(), "SIGKILL");
  });
  expect(end.type).toBe("ISSUE_DONE");
  expect(await failures(end)).toEqual([]);
  expect(restarted).toContain("nats-server");
});

test("a bus and a database that the operator brings along are used, and nothing is started in their place", {
  timeout: runMaxMs,
}, async () => {
  const bus = await startNatsServer(join(dataDirectory, "their-hub"), () => undefined);
  const database = await startPostgres({ dataDirectory: join(dataDirectory, "their-postgres") });
  try {
    await start("together", { NATS_URL: bus.url, NATS_NKEYS_DIRECTORY: bus.keysDirectory, DATABASE_URL: database.url });
    const end = await untilDone();
    expect(await failures(end)).toEqual([]);
    expect(rig.places).toMatchObject({ natsUrl: bus.url, databaseUrl: database.url });
    expect(Object.keys(rig.startedInMs)).not.toContain("nats-server");
    expect(Object.keys(rig.startedInMs)).not.toContain("postgres");
  } finally {
    await operator.close();
    await rig.stop();
    await database.close();
    await bus.server.stop();
  }
});

test("a second rig on the same data is refused and leaves the first one alone", { timeout: runMaxMs }, async () => {
  await start("together");
  const second = startRig({
    dataDirectory,
    data: "fresh",
    services: "together",
    broughtAlong: readBroughtAlong({}),
    ...demo,
  });
  await expect(second).rejects.toThrow(/is in use by process \d+: stop that rig/);
  expect(await failures(await untilDone())).toEqual([]);
});
