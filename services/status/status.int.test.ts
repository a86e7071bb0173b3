import { randomUUID } from "node:crypto";
import { Effect } from "effect";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { DataOf } from "#contracts/catalogue.ts";
import type { FactDraft } from "#contracts/envelope.ts";
import { type StatusTables, statusSchema } from "#contracts/read-model.ts";
import { approvalOf, draftOf, labelOf } from "#contracts/test-facts.ts";
import { sql, tables } from "#kit/project/database.ts";
import { startTestDatabase, type TestDatabase } from "#kit/project/test-database.ts";
import { eventually, type Running, startWorld, type World } from "#kit/test/test-world.ts";
import status from "./main.ts";

// The whole service on a real nats-server with its own permissions, and on a real Postgres.

let world: World;
let database: TestDatabase;
let running: Running<unknown>;
beforeAll(async () => {
  database = await startTestDatabase();
  world = await startWorld({ settings: { DATABASE_URL: database.url } });
  start();
});
afterAll(async () => {
  await world.stop();
  await database.stop();
});

function start(): void {
  running = world.startService(status);
}

const at = { owner: "acme", repo: "shop" };
const issue = { ...at, kind: "issue", number: 7 } as const;
const pr = { ...at, kind: "pr", number: 9 } as const;

async function publish(...drafts: readonly FactDraft[]): Promise<void> {
  await world.publishAll(...drafts);
  await projected();
}

/** Resolves once the checkpoint has reached the last fact. */
async function projected(): Promise<void> {
  const { state } = await world.manager.streams.info("EVENTS");
  const reached = async () => {
    const rows = await sql<{ sequence: string }>`select sequence from status.checkpoint`.execute(db());
    expect(Number(rows.rows[0]?.sequence)).toBe(state.last_seq);
  };
  await eventually(reached, 15_000);
}

function db() {
  return tables<StatusTables>(database.pool, statusSchema);
}

function issueRow() {
  return db().selectFrom("issue").selectAll().where("number", "=", 7).executeTakeFirst();
}

function changeRow() {
  return db().selectFrom("change").selectAll().where("number", "=", 9).executeTakeFirst();
}

const snapshot = {
  title: "Sell more (#7)",
  author: "dev-e[bot]",
  branch: "feature/issue-7",
  baseBranch: "main",
  headSha: "h1",
  closes: [7],
};
const dispatch = { attempt: 1, task: "implement", reason: "labelled", prNumber: null, headSha: null } as const;
const claim = { claimId: "c1", epoch: 1, agentId: "dev-e", instanceId: "i", attempt: 1 };
const ended = { claimId: "c1", attempt: 1, prNumber: 9, headSha: "h1", turns: 2, summary: { text: "done" } };

function gate(ci: "passed" | "missing"): FactDraft {
  const checks: DataOf<"GATE_EVALUATED">["checks"] = [
    { name: "issue", passed: true, why: "closes #7" },
    { name: "ci", passed: ci === "passed", why: "no check ran on the head" },
    { name: "review", passed: false, why: "nobody else who may has approved this head" },
    { name: "threads", passed: true, why: "2 are left aside", leftAside: 2 },
  ];
  return { type: "GATE_EVALUATED", on: pr, data: { headSha: "h1", passed: false, checks, threads: [] } };
}

function usage(requestId: string, number = 7): FactDraft {
  const counts = { inputTokens: 100, outputTokens: 20, cacheReadTokens: 3, serverToolRequests: 9 };
  const written = { cacheWrite5mTokens: 4000, cacheWrite1hTokens: 50_000 };
  const data = { claimId: "c1", requestId, model: "m", ...counts, ...written };
  return { type: "TOKEN_USAGE", on: { ...at, kind: "ops", number }, data };
}

test("a labelled issue shows at once under its title, before anything is decided", async () => {
  await publish({ type: "ISSUE_LABELED", on: issue, data: labelOf() });
  expect(await issueRow()).toMatchObject({ title: "Sell more", state: "new", attempt: 0, agent: null, tokens: "0" });
});

test("a label that is refused shows why until the label is set again", async () => {
  const refused = { sender: "ada", reason: "ada may not write to this repository", details: null };
  await publish({ type: "ISSUE_LABEL_REFUSED", on: issue, data: refused });
  expect(await issueRow()).toMatchObject({ state: "new", refusal: "ada may not write to this repository" });
  await publish({ type: "ISSUE_LABELED", on: issue, data: labelOf() });
  expect(await issueRow()).toMatchObject({ state: "new", refusal: null });
});

test("an issue of which a person is asked shows why until it is worked on again", async () => {
  await publish({ type: "ISSUE_NEEDS_HUMAN", on: issue, data: { reason: "stack: go", details: null } });
  expect(await issueRow()).toMatchObject({ state: "needs_human", asked: "stack: go" });
  await publish({ type: "ISSUE_APPROVED", on: issue, data: approvalOf() });
  expect(await issueRow()).toMatchObject({ state: "queued", asked: null });
});

test("the row of an issue shows its attempt, who works on it and its pull request", async () => {
  await publish(
    { type: "ISSUE_APPROVED", on: issue, data: approvalOf() },
    { type: "ISSUE_QUEUED", on: issue, data: dispatch },
  );
  expect(await issueRow()).toMatchObject({ state: "queued", attempt: 1, agent: null, approved_at: expect.any(Date) });
  await publish({ type: "ISSUE_ASSIGNED", on: issue, data: claim });
  expect(await issueRow()).toMatchObject({ state: "assigned", agent: "dev-e", pr_number: null });
  const pull = { agentId: "dev-e", prNumber: 9, prUrl: "http://forge/9", branch: snapshot.branch, epoch: 1 };
  const created = { claimId: "c1", ...pull };
  await publish({ type: "PR_CREATED", on: issue, data: created }, { type: "RUN_SUCCEEDED", on: issue, data: ended });
  expect(await issueRow()).toMatchObject({ state: "in_review", agent: null, pr_number: 9 });
});

test("facts of a claim that nobody holds make no row and change none", async () => {
  const before = await everything();
  const forged = { claimId: "forged", task: "implement", model: "m", remarks: [] } as const;
  const failed = { claimId: "forged", headSha: "h1", reason: "r", details: null };
  await publish(
    { type: "WORK_STARTED", on: issue, data: forged },
    { type: "WORK_STARTED", on: { ...issue, number: 99 }, data: forged },
    { type: "REVIEW_FAILED", on: { ...pr, number: 99 }, data: failed },
  );
  expect(await everything()).toEqual(before);
});

test("the tokens of all kinds are summed on their issue, those of another issue are not", async () => {
  await publish(usage("r1"), usage("r2"), usage("r3", 8));
  expect(await issueRow()).toMatchObject({ tokens: String(2 * 54_123) });
});

test("the row of a change describes what the gate waits for, and is empty there once it is closed", async () => {
  await publish({ type: "PR_OPENED", on: pr, data: snapshot }, gate("missing"));
  const both = "ci: no check ran on the head; review: nobody else who may has approved this head (2 are left aside)";
  expect(await changeRow()).toMatchObject({ issue_number: 7, head_sha: "h1", open: true, waiting_for: both });
  await publish(gate("passed"));
  const review = "review: nobody else who may has approved this head (2 are left aside)";
  expect(await changeRow()).toMatchObject({ waiting_for: review, merged: false });
  const open = { headSha: "h1", passed: true, checks: [], threads: [], shadow: true };
  await publish({ type: "GATE_EVALUATED", on: pr, data: open });
  const shadow = "the policy says shadow: the gate would merge it, and does not";
  expect(await changeRow()).toMatchObject({ waiting_for: shadow });
  await publish({
    type: "PR_CLOSED",
    on: pr,
    data: { ...snapshot, merged: true, mergeSha: "m1", sender: "merge-gate[bot]" },
  });
  expect(await changeRow()).toMatchObject({ open: false, merged: true, waiting_for: "" });
});

test("a merged issue is done", async () => {
  await publish(
    { type: "MERGED", on: issue, data: { prNumber: 9, mergeSha: "m1" } },
    { type: "ISSUE_DONE", on: issue, data: { prNumber: 9, mergeSha: "m1", durationMinutes: 3 } },
  );
  expect(await issueRow()).toMatchObject({ state: "done", agent: null, pr_number: 9, attempt: 1 });
});

test("a fact that cannot be read is parked with its reason, and the projection goes on", async () => {
  const payload = new TextEncoder().encode('{"type": "FROM_THE_FUTURE"}');
  const subject = "evt.issue.acme.shop.7.ISSUE_DONE";
  await Effect.runPromise((await world.busOf("admin")).publish({ subject, payload, msgId: randomUUID() }));
  await projected();
  const parked = await db().selectFrom("parked").selectAll().execute();
  expect(parked).toMatchObject([{ subject, reason: expect.stringContaining("not a rig envelope") }]);
  await publish(usage("r4"));
  expect(await issueRow()).toMatchObject({ tokens: String(3 * 54_123), state: "done" });
});

/** Everything that an operator can see. */
async function everything() {
  const [issues, changes, parked] = await Promise.all([
    db().selectFrom("issue").selectAll().orderBy("number").execute(),
    db().selectFrom("change").selectAll().orderBy("number").execute(),
    db().selectFrom("parked").selectAll().execute(),
  ]);
  return { issues, changes, parked };
}

test("a restart goes on where it stopped and counts nothing twice", async () => {
  const before = await everything();
  await running.stop();
  start();
  // The next fact shows that it is awake again.
  await publish(usage("r5"));
  const after = await everything();
  expect(after.issues).toMatchObject([{ tokens: String(4 * 54_123), state: "done" }]);
  expect({ ...after, issues: [] }).toEqual({ ...before, issues: [] });
});

test("two instances at once count each fact once", async () => {
  const first = running;
  start();
  await publish(...Array.from({ length: 20 }, (_, at) => usage(`both-${at}`)));
  await first.stop();
  await publish(usage("after"));
  expect(await issueRow()).toMatchObject({ tokens: String(25 * 54_123) });
});

test("a rebuild into an empty database makes the same rows", async () => {
  const before = await everything();
  expect(before.issues).toHaveLength(1);
  await running.stop();
  await sql`drop schema status cascade`.execute(db());
  start();
  await eventually(async () => expect(await everything()).toEqual(before), 15_000);
});

test.each([
  ["of another stream, such as one before a reset of the bus,", "'another'"],
  [
    "whose states have another shape, such as those of an earlier version of the rig,",
    "split_part(stream_created, ' ', 1) || ' state title'",
  ],
])("rows %s are emptied before the replay", async (_, other) => {
  const before = await everything();
  await running.stop();
  await sql`update status.checkpoint set stream_created = ${sql.raw(other)}, sequence = 1000000`.execute(db());
  await sql`insert into status.issue select owner, repo, 70, title, state, attempt, agent, pr_number, tokens, approved_at,
    updated_at, life from status.issue`.execute(db());
  start();
  await projected();
  expect(await everything()).toEqual(before);
  // The checkpoint names the fields, so that other ones are noticed.
  const { rows } = await sql<{ stream_created: string }>`select stream_created from status.checkpoint`.execute(db());
  expect(rows[0]?.stream_created.split(" ")).toEqual(expect.arrayContaining(["failedAttempts", "reviewedSha"]));
});

test.each<[string, number, FactDraft<"ISSUE_NEEDS_HUMAN" | "ISSUE_CLOSED">]>([
  ["a person is asked", 11, draftOf("ISSUE_NEEDS_HUMAN", 11, { reason: "wrong settings", details: null })],
  ["it is closed", 12, draftOf("ISSUE_CLOSED", 12, { sender: "ada", stateReason: null })],
])("a labelled issue that nobody approved keeps the title of its label after %s", async (_what, number, draft) => {
  const on = { ...issue, number };
  await publish({ type: "ISSUE_LABELED", on, data: labelOf({ title: "Sell less" }) }, { ...draft, on });
  const row = await db().selectFrom("issue").selectAll().where("number", "=", number).executeTakeFirst();
  expect(row).toMatchObject({ title: "Sell less" });
});
