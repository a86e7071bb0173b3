import { describe, expect, test } from "vitest";
import type { DataOf, FactType } from "#contracts/catalogue.ts";
import type { GatePolicy } from "#contracts/policy.ts";
import { approvalOf, labelOf } from "#contracts/test-facts.ts";
import { change, type Look, merges, playGate, told } from "./test-played.ts";
import { situationFiles, situationsIn, type Told } from "./test-situation.ts";
import { answering } from "./test-situation-github.ts";

// Every row of docs/situations/: what stands on GitHub, and what the gate does. A new row needs no code.

const { lookAt } = playGate();

const files = await Promise.all(situationFiles.map(async (name) => [name, await situationsIn(name)] as const));
const all = files.flatMap(([, rows]) => rows);

test("no rule stands twice", () => {
  expect(all.map(({ rule }) => rule).toSorted()).toEqual([...new Set(all.map(({ rule }) => rule))].toSorted());
});

for (const [file, rows] of files) {
  describe(file, () => {
    test.each(rows.map((row) => [row.rule, row] as const))(
      "%s",
      async (_, { github = {}, policy = {}, told: facts = [], ...expected }) => {
        const look = await lookAt(answering(github), {
          facts: facts.map(factTold),
          gate: policy as Partial<GatePolicy>,
        });
        expect(doneBy(look)).toBe(expected.verdict);
        if (expected.reason !== undefined) expect(wordsOf(look)).toContain(expected.reason);
      },
    );
  });
}

/** The data of facts that a row need not name. */
const plain: Partial<Record<FactType, object>> = {
  ISSUE_LABELED: labelOf(),
  ISSUE_APPROVED: approvalOf(),
  ...{ PR_EDITED: change, PR_CLOSED: change, PR_REOPENED: change, PR_SYNCHRONIZED: change },
};

function factTold({ type, data, minutesAgo = 0 }: Told) {
  return told(type, { ...plain[type], ...data } as DataOf<FactType>, minutesAgo * 60_000);
}

/** Without a verdict: whether the gate looks again, or leaves the message as a dead letter. */
const ends: Readonly<Record<string, string>> = { Retryable: "asked again", Poison: "given up" };

/** What the gate did, in the words of a row. */
function doneBy({ verdict, appended, error }: Look): string {
  if (appended.join() === merges.join()) return "merged";
  const held = new Set(verdict?.checks.flatMap(({ hold = [] }) => hold));
  if (held.size > 0) return `held by ${[...held].join(", ")}`;
  return error === null ? appended.join(", ") : (ends[error._tag] ?? error._tag);
}

function wordsOf({ verdict, error }: Look): string {
  const held = verdict?.checks.filter(({ passed }) => !passed) ?? [];
  return [...held.map(({ why }) => why), error?.message].join("; ");
}
