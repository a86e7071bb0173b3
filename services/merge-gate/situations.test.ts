import { Schema } from "effect";
import { describe, expect, test } from "vitest";
import { catalogue, type DataOf, type FactType } from "#contracts/catalogue.ts";
import { holdNames } from "#contracts/gate/reasons.ts";
import { gatePolicy } from "#contracts/gate/test-earned.ts";
import { type Tiers, tierNames } from "#contracts/gate/tier-rules.ts";
import type { GatePolicy } from "#contracts/policy.ts";
import { approvalOf, emptyText, labelOf } from "#contracts/test-facts.ts";
import { change, type Look, merges, playGate, told } from "./test-played.ts";
import { type Situation, situationFiles, situationsIn, type Told } from "./test-situation.ts";
import { answering, type Sent } from "./test-situation-github.ts";

// Every row of docs/situations/: what stands on GitHub, and what the gate does. A new row needs no code.

const { lookAt } = playGate();

const files = await Promise.all(situationFiles.map(async (name) => [name, await situationsIn(name)] as const));
const all = files.flatMap(([, rows]) => rows);

test("no rule stands twice", () => {
  expect(all.map(({ rule }) => rule).toSorted()).toEqual([...new Set(all.map(({ rule }) => rule))].toSorted());
});

test("every reason of the gate has a row", () => {
  const shown = new Set(all.flatMap(({ verdict }) => verdict.replace(/^held by /, "").split(", ")));
  const missing = holdNames.filter((name) => !shown.has(name));
  expect(missing, "add a row to docs/situations/ with the verdict `held by` for each of these").toEqual([]);
});

test("a row with another verdict than the gate's fails", async () => {
  for (const { rule, verdict, ...given } of all.slice(0, 3)) {
    expect(doneBy(await lookFor(given)), rule).not.toBe(verdict === "merged" ? "held by draft" : "merged");
  }
});

for (const [file, rows] of files) {
  describe(file, () => {
    test.each(rows.map((row) => [row.rule, row] as const))("%s", async (_, { verdict, reason = "", ...given }) => {
      const sent: Sent[] = [];
      const look = await lookFor(given, sent);
      expect(doneBy(look)).toBe(verdict);
      expect(sent).toEqual(given.sends ?? []);
      expect(wordsOf(look)).toContain(reason);
    });
  });
}

function lookFor(given: Partial<Situation>, sent: Sent[] = []): Promise<Look> {
  const { github = {}, later, knows, policy = {}, told: facts = [], deliveries = 1 } = given;
  const [before, after] = [false, true].map((isLate) => facts.filter((each) => (each.after !== undefined) === isLate));
  return lookAt(answering(github, later, sent), {
    facts: before?.map(factTold) ?? [],
    after: after?.map(factTold) ?? [],
    gate: policyOf(policy),
    knows: knows as Record<string, object> | undefined,
    deliveries,
  });
}

/** The policy of a row: of the tiers it names only what is different. */
function policyOf({ tiers, ...more }: Readonly<Record<string, unknown>>): Partial<GatePolicy> {
  if (tiers === undefined) return more;
  const own = tiers as Partial<Tiers>;
  const merged = tierNames.map((name) => [name, { ...gatePolicy.tiers[name], ...own[name] }] as const);
  return { ...more, tiers: Object.fromEntries(merged) as unknown as Tiers };
}

/** A comment on a line that somebody deleted. */
const comment = { commentId: 100, author: "wendy", action: "deleted", where: "diff", body: null } as const;

const base = { owner: "acme", repo: "shop", branch: "main", baseSha: "b1" };

/** The data of facts that a row need not name. */
const plain: Partial<Record<FactType, object>> = {
  ISSUE_LABELED: labelOf(),
  ISSUE_APPROVED: approvalOf(),
  GATE_EVALUATED: { headSha: "h1", passed: false, checks: [], threads: [], snapshot: null },
  PR_COMMENTED: comment,
  BASE_CLAIMED: { ...base, headSha: "h2", approvedAt: "2026-01-01T00:00:00.000Z" },
  BASE_RELEASED: { ...base, mergeSha: null, reason: "" },
  RUN_SUCCEEDED: { prNumber: 9, turns: 1, summary: emptyText },
  ...{ PR_EDITED: change, PR_CLOSED: change, PR_REOPENED: change, PR_SYNCHRONIZED: change },
};

/** A fact as a row has it. Fails with the field that is wrong: one that nobody can read would be passed over. */
function factTold({ type, data, minutesAgo = 0 }: Told) {
  const whole = Schema.decodeUnknownSync(catalogue[type].data as Schema.Codec<DataOf<FactType>>)({
    ...plain[type],
    ...data,
  });
  return told(type, whole, minutesAgo * 60_000);
}

/** Without a verdict: whether the gate looks again, or leaves the message as a dead letter. */
const ends: Readonly<Record<string, string>> = { Retryable: "asked again", Poison: "given up" };

/** What the gate did, in the words of a row. */
function doneBy({ verdict, appended, error }: Look): string {
  const held = new Set(verdict?.checks.flatMap(({ hold = [] }) => hold));
  if (held.size > 0) return `held by ${[...held].join(", ")}`;
  if (appended.join() === merges.join()) return "merged";
  const end = error === null ? [] : [ends[error._tag] ?? error._tag];
  return [...appended, ...end].join(", ");
}

function wordsOf({ verdict, error }: Look): string {
  const held = verdict?.checks.filter(({ passed }) => !passed) ?? [];
  return [...held.map(({ why }) => why), error?.message].join("; ");
}
