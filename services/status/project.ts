import type { Place } from "#contracts/aggregates.ts";
import { type ChangeFact, type ChangeLife, evolveChange, unknownChange } from "#contracts/change-life.ts";
import type { Consumes } from "#contracts/choreography.ts";
import { type Fact, isOfKind } from "#contracts/envelope.ts";
import { issueOfChange } from "#contracts/issue-branch.ts";
import { evolveIssue, type IssueFact, type IssueLife, unknownIssue } from "#contracts/issue-life.ts";
import { type StatusTables, statusSchema } from "#contracts/read-model.ts";
import { sql, type Transaction } from "#kit/project/database.ts";
import type { Projection } from "#kit/project/projection.ts";

/** Issues and changes as they stand. A fact adds to the row of the issue or change that it is about. */
export const projection: Projection<StatusTables, Consumes<"status">, never> = {
  schema: statusSchema,
  shape: [...Object.keys(unknownIssue), ...Object.keys(unknownChange)].join(" "),
  migrations: {
    "001-issue-and-change": {
      up: async (db) => {
        await sql`create table status.issue (
          owner text not null, repo text not null, number integer not null, title text not null, state text not null,
          attempt integer not null, agent text, pr_number integer, tokens bigint not null default 0, queued_at timestamptz,
          updated_at timestamptz not null, life jsonb not null, primary key (owner, repo, number))`.execute(db);
        await sql`create table status.change (
          owner text not null, repo text not null, number integer not null, issue_number integer, head_sha text not null,
          open boolean not null, merged boolean not null, waiting_for text not null, updated_at timestamptz not null,
          life jsonb not null, primary key (owner, repo, number))`.execute(db);
      },
    },
    "002-refusal": {
      up: async (db) => {
        await sql`alter table status.issue add column refusal text`.execute(db);
      },
    },
    "003-approved-at": {
      up: async (db) => {
        await sql`alter table status.issue rename column queued_at to approved_at`.execute(db);
      },
    },
    "004-asked": {
      up: async (db) => {
        await sql`alter table status.issue add column asked text`.execute(db);
      },
    },
  },
  apply: async (transaction, fact) => {
    if (isOfKind("issue", fact)) await applyToIssue(transaction, fact);
    else if (isOfKind("pr", fact)) await applyToChange(transaction, fact);
    else if (fact.type === "TOKEN_USAGE") await countTokens(transaction, fact);
  },
  clear: async (transaction) => {
    await transaction.deleteFrom("issue").execute();
    await transaction.deleteFrom("change").execute();
  },
};

async function applyToIssue(transaction: Transaction<StatusTables>, fact: IssueFact): Promise<void> {
  const { owner, repo, number } = fact.on;
  const row = await transaction
    .selectFrom("issue")
    .select(["life", "title"])
    .where(isAbout(fact.on))
    .executeTakeFirst();
  const before = (row?.life ?? unknownIssue) as IssueLife;
  const life = evolveIssue(before, fact);
  if (life === before && isOfRun(fact)) return;
  // An issue that is labelled and not approved has only the title of its label, which stays.
  const title = life.title || (fact.type === "ISSUE_LABELED" ? fact.data.title : (row?.title ?? ""));
  const values = {
    title,
    state: life.state,
    attempt: life.attempt,
    agent: life.holder?.agentId ?? null,
    pr_number: life.pr?.number ?? null,
    refusal: life.refusal,
    asked: life.asked,
    approved_at: life.approvedAt,
    updated_at: fact.occurredAt,
    life: JSON.stringify(life),
  };
  await transaction
    .insertInto("issue")
    .values({ owner, repo, number, tokens: "0", ...values })
    .onConflict((conflict) => conflict.columns(["owner", "repo", "number"]).doUpdateSet(values))
    .execute();
}

/** A change in shadow waits for a person, also where everything is there. */
function inShadow(isOpen: boolean): string {
  return isOpen ? "the policy says shadow: the gate would merge it, and does not" : " (shadow: nobody is asked)";
}

async function applyToChange(transaction: Transaction<StatusTables>, fact: ChangeFact): Promise<void> {
  const { owner, repo, number } = fact.on;
  const row = await transaction.selectFrom("change").select("life").where(isAbout(fact.on)).executeTakeFirst();
  const before = (row?.life ?? unknownChange) as ChangeLife;
  const life = evolveChange(before, fact);
  if (life === before && isOfRun(fact)) return;
  // A person who looks at a change that waits also sees what is left aside.
  const { passed: isOpen = true, checks = [], shadow = false } = life.lastGate ?? {};
  const shown = isOpen ? [] : checks;
  const missing = shown.filter(({ passed }) => !passed).map(({ name, why }) => `${name}: ${why}`);
  const aside = shown
    .filter(({ passed, leftAside }) => passed && leftAside !== undefined)
    .map(({ why }) => ` (${why})`);
  const values = {
    issue_number: issueOfChange(life) ?? null,
    head_sha: life.headSha,
    open: life.open,
    merged: life.merged,
    waiting_for: life.open ? `${missing.join("; ")}${aside.join("")}${shadow ? inShadow(isOpen) : ""}` : "",
    updated_at: fact.occurredAt,
    life: JSON.stringify(life),
  };
  await transaction
    .insertInto("change")
    .values({ owner, repo, number, ...values })
    .onConflict((conflict) => conflict.columns(["owner", "repo", "number"]).doUpdateSet(values))
    .execute();
}

/** Whether a fact is about a claim. One that changes no state makes and touches no row, because no holder published it. */
function isOfRun({ data }: IssueFact | ChangeFact): boolean {
  return "claimId" in data;
}

/** Tokens of all kinds together: a size, not a price. */
async function countTokens(transaction: Transaction<StatusTables>, fact: Fact<"TOKEN_USAGE">): Promise<void> {
  const { inputTokens, outputTokens, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens } = fact.data;
  const tokens = inputTokens + outputTokens + cacheReadTokens + cacheWrite5mTokens + cacheWrite1hTokens;
  await transaction
    .updateTable("issue")
    .set({ tokens: sql`tokens + ${tokens}` })
    .where(isAbout(fact.on))
    .execute();
}

function isAbout({ owner, repo, number }: Place) {
  return sql<boolean>`owner = ${owner} and repo = ${repo} and number = ${number}`;
}
