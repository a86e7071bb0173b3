import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Effect } from "effect";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { streams } from "#bus-config/streams.ts";
import { type StatusTables, statusSchema } from "#contracts/read-model.ts";
import { openPool, tables } from "#kit/project/database.ts";
import { readBroughtAlong } from "../local/brought-along.ts";
import { operatorForge } from "../local/demo/forge-client.ts";
import { demoIssues, demoRepository } from "../local/demo/issues.ts";
import { demoPlaybook } from "../local/demo/playbook.ts";
import { type Rig, startRig } from "../local/rig-up.ts";
import { connectAs, connectOperator, type Operator } from "./connection.ts";
import { erase } from "./erase.ts";
import { showIssue } from "./issues.ts";

// The whole rig with the scripted model: a secret that a person pasted into an issue has gone everywhere that it goes.

const marker = "hunter2-hunter2-hunter2";
const repository = `${demoRepository.owner}/${demoRepository.name}`;

let dataDirectory: string;
let rig: Rig;
let operator: Operator;
let printed: string[];
let number: number;

beforeAll(async () => {
  vi.spyOn(console, "log").mockImplementation((line: string) => void printed.push(line));
  vi.stubEnv("RIG_PERSON", "ada");
  printed = [];
  dataDirectory = await mkdtemp(join(tmpdir(), "rig-erase-"));
  const demo = { repository: demoRepository, playbook: demoPlaybook };
  rig = await startRig({ dataDirectory, services: "together", broughtAlong: readBroughtAlong({}), ...demo });
  const { natsUrl: url, natsKeysDirectory: keysDirectory } = rig.places;
  operator = await connectOperator({ url, keysDirectory });
  const { promise: done, resolve } = Promise.withResolvers<void>();
  await operator.follow(({ type }) => {
    if (type === "ISSUE_DONE" || type === "ISSUE_NEEDS_HUMAN") resolve();
  });
  const [issue] = demoIssues;
  const filed = await operatorForge(rig.places).fileIssue({ ...issue, body: `${issue.body}\nThe key is ${marker}.` });
  number = filed.number;
  await done;
  await keepLetter();
}, 180_000);
afterAll(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await operator.close();
  await rig.stop();
  await rm(dataDirectory, { recursive: true, force: true });
});

/** A delivery about the issue that quotes the secret and that the webhook cannot read. */
async function keepLetter(msgId = "letter"): Promise<void> {
  const subject = `github.issues.labeled.${demoRepository.owner}.${demoRepository.name}`;
  const where = { name: demoRepository.name, owner: { login: demoRepository.owner } };
  const payload = JSON.stringify({ repository: where, issue: { number, body: marker }, action: marker });
  const headers = { "X-GitHub-Event": "issues", "X-GitHub-Delivery": msgId };
  const message = { subject, payload: new TextEncoder().encode(payload), headers, msgId };
  const { natsUrl: url, natsKeysDirectory: keysDirectory } = rig.places;
  const webhook = await connectAs("webhook", { url, keysDirectory });
  await Effect.runPromise(webhook.service.publish(message));
  await webhook.close();
  await vi.waitFor(async () => expect(await streamsWithMarker()).toContain("DLQ"), { timeout: 10_000, interval: 20 });
}

/** The streams of which a message, or one of its headers, has the secret in it: all are read, message by message. */
async function streamsWithMarker(): Promise<readonly string[]> {
  const { natsUrl: url, natsKeysDirectory: keysDirectory } = rig.places;
  const admin = await connectAs("admin", { url, keysDirectory });
  const manager = await admin.service.jetstream.jetstreamManager();
  const found: string[] = [];
  for (const { config } of streams) {
    const { first_seq: first, last_seq: last } = (await manager.streams.info(config.name)).state;
    for (let seq = Math.max(1, first); seq <= last; seq += 1) {
      const message = await manager.streams.getMessage(config.name, { seq });
      if (message === null) continue;
      const headers = message.header.keys().map((name) => message.header.get(name));
      if (`${message.string()}${headers.join()}`.includes(marker)) found.push(config.name);
    }
  }
  await admin.close();
  return [...new Set(found)];
}

/** The files below a directory that have the secret in them. */
async function filesWithMarker(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const contents = await Promise.all(files.map((file) => readFile(file)));
  return files.filter((_, at) => contents[at]?.includes(marker));
}

/** Every row of the read model. */
async function readModel() {
  const pool = openPool(rig.places.databaseUrl);
  const db = tables<StatusTables>(pool, statusSchema);
  const rows = {
    issues: await db.selectFrom("issue").selectAll().orderBy("number").execute(),
    changes: await db.selectFrom("change").selectAll().orderBy("number").execute(),
    parked: await db.selectFrom("parked").selectAll().execute(),
  };
  const checkpoint = await db.selectFrom("checkpoint").select("sequence").executeTakeFirst();
  await pool.end();
  return { rows, checkpoint: Number(checkpoint?.sequence ?? 0) };
}

const run = async (what: string, options: Partial<Parameters<typeof erase>[2]> = {}) => {
  printed = [];
  const code = await erase(rig.places, what, { yes: false, dryRun: false, json: false, ...options });
  return { code, printed: printed.join("\n") };
};

// One story: each test goes on with the rig that the one before it left.
test("before it the secret stands on TEXT, GITHUB and DLQ, and neither on EVENTS nor in the read model", async () => {
  expect(await streamsWithMarker()).toEqual(["TEXT", "GITHUB", "DLQ"]);
  expect(JSON.stringify(await readModel())).not.toContain(marker);
});

test("a whole repository is not erased without --yes, and a dry run erases nothing", async () => {
  vi.spyOn(console, "error").mockReturnValue(undefined);
  expect(await run(repository)).toMatchObject({ code: 64, printed: "" });
  expect(await run("nonsense")).toMatchObject({ code: 64, printed: "" });
  const dry = await run(`${repository}#${number}`, { dryRun: true });
  expect(dry.printed).toMatch(
    /^Would erase from .+: [1-9]\d* texts, [1-9]\d* deliveries, 1 dead letters\.\n {2}TEXT \d+/,
  );
  expect(await streamsWithMarker()).toEqual(["TEXT", "GITHUB", "DLQ"]);
});

test("after it the secret stands on no stream and in no file of the server, and who erased is a fact", async () => {
  const { code, printed } = await run(`${repository}#${number}`);
  expect(code).toBe(0);
  expect(printed).toContain(`npm run rig -- erase ${repository}#2`);
  expect(printed).toContain("EVENTS keeps titles");
  expect(await streamsWithMarker()).toEqual([]);
  expect(await filesWithMarker(join(dataDirectory, "hub", "store"))).toEqual([]);
  const [fact] = await operator.facts("evt.fleet.text.>");
  expect(fact).toMatchObject({
    type: "TEXT_ERASED",
    actor: "operator",
    data: { number, deadLetters: 1, person: "ada" },
  });
});

test.each([`${repository}#1`, "acme/wordsmiht#1"])(
  "where nothing is found, erase says so, fails and publishes nothing: %s",
  async (what) => {
    const facts = await operator.facts("evt.fleet.text.>");
    const { code, printed } = await run(what);
    expect(code).toBe(1);
    expect(printed).toMatch(/^Nothing was found that was written about .+\. Is the name right\?/);
    expect(printed).not.toMatch(/overwrote|cannot erase/);
    expect(await operator.facts("evt.fleet.text.>")).toEqual(facts);
  },
);

test("the history stays whole: the issue is shown with what is gone, and a rebuilt read model has the same rows", async () => {
  const before = await readModel();
  expect(before.rows.issues).toMatchObject([{ number, state: "done" }]);
  const pool = openPool(rig.places.databaseUrl);
  await tables<StatusTables>(pool, statusSchema).deleteFrom("checkpoint").execute();
  await pool.end();
  // The fact of this erasure wakes the projection, which begins again from the first fact.
  await keepLetter("another letter");
  const again = await run(`${repository}#${number}`, { json: true });
  expect(again.code).toBe(0);
  expect(JSON.parse(again.printed)).toMatchObject({ found: [{ stream: "GITHUB" }, { stream: "DLQ" }], related: [2] });
  const rebuilt = async () => {
    const { rows, checkpoint } = await readModel();
    // Without a checkpoint the rows are still those of before.
    expect(checkpoint).toBeGreaterThan(before.checkpoint);
    expect(rows).toEqual(before.rows);
  };
  await vi.waitFor(rebuilt, { timeout: 30_000, interval: 100 });
  printed = [];
  expect(await showIssue(rig.places, `${number}`, {})).toBe(0);
  expect(printed.find((line) => line.includes("ISSUE_LABELED"))).toMatch(/Add slugify\(title\) \(erased\)$/);
  expect(printed.find((line) => line.includes("REVIEW_PASSED"))).not.toContain("(erased)");
});

test("with --yes everything that was written in the repository goes, the texts of the pull request among it", async () => {
  expect((await run(repository, { yes: true })).code).toBe(0);
  printed = [];
  await showIssue(rig.places, `${repository}#${number}`, {});
  expect(printed.find((line) => line.includes("REVIEW_PASSED"))).toMatch(/\(erased\)$/);
});
