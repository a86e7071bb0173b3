import { Effect } from "effect";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { FactOf } from "#contracts/envelope.ts";
import { foldIssue } from "#contracts/issue-life.ts";
import { type StatusTables, statusSchema } from "#contracts/read-model.ts";
import { approvalOf, factOf, labelOf } from "#contracts/test-facts.ts";
import { Database, sql, tables } from "#kit/project/database.ts";
import { startTestDatabase, type TestDatabase } from "#kit/project/test-database.ts";
import { readKnown } from "./known.ts";

// Of which issues GitHub is asked one by one, on a real Postgres with the columns that are read of the tables of `status`.

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
  const db = tables<StatusTables>(database.pool, statusSchema);
  await sql`create schema status`.execute(db);
  await sql`create table status.issue (owner text, repo text, number integer, state text, pr_number integer,
    approved_at timestamptz, life jsonb)`.execute(db);
  await sql`create table status.change (owner text, repo text, number integer, open boolean)`.execute(db);
});
afterAll(() => database.stop());

/** The numbers of the issues that are known, of those with these histories: the first is number 1. */
async function knownOf(histories: readonly (readonly FactOf<"issue">[])[]): Promise<readonly number[]> {
  const db = tables<StatusTables>(database.pool, statusSchema);
  await db.deleteFrom("issue").execute();
  for (const [index, facts] of histories.entries()) {
    const life = foldIssue(facts);
    await sql`insert into status.issue values ('acme', 'shop', ${index + 1}, ${life.state}, null,
      ${life.approvedAt}, ${JSON.stringify(life)})`.execute(db);
  }
  const known = await Effect.runPromise(Effect.provideService(readKnown, Database, { pool: database.pool }));
  return [...(known[0]?.issues.keys() ?? [])].toSorted();
}

const comment = { commentId: 1, author: "mallory", authorType: "User", action: "created" } as const;
const commented = factOf("ISSUE_COMMENTED", { ...comment, body: null, updatedAt: "2026-01-02T03:04:05Z" });
const closed = factOf("ISSUE_CLOSED", { sender: "ada", stateReason: null });
const labelled = factOf("ISSUE_LABELED", labelOf());
const approved = factOf("ISSUE_APPROVED", approvalOf());
const waiting = factOf("ISSUE_NEEDS_HUMAN", { reason: "no tests", details: null });

test("an issue that never had the label is not asked for, whoever comments on it", async () => {
  expect(await knownOf([[commented], [commented, closed], [commented, labelled]])).toEqual([3]);
});

test("an issue that is closed is not asked for, also when its label was never approved", async () => {
  const before = [[labelled], [labelled, approved], [labelled, approved, waiting]];
  expect(await knownOf(before)).toEqual([1, 2, 3]);
  expect(await knownOf(before.map((facts) => [...facts, closed]))).toEqual([2]);
});
