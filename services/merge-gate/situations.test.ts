import { describe, expect, test } from "vitest";
import type { GatePolicy } from "#contracts/policy.ts";
import { type Look, merges, playGate } from "./test-played.ts";
import { situationFiles, situationsIn } from "./test-situation.ts";
import { answering } from "./test-situation-github.ts";

// Every row of docs/situations/: what stands on GitHub, and what the gate does. A new row needs no code.

const { lookAt } = playGate();

for (const file of situationFiles) {
  const rows = await situationsIn(file);
  describe(file, () => {
    test.each(rows.map((row) => [row.rule, row] as const))("%s", async (_, { github = {}, policy, ...expected }) => {
      const look = await lookAt(answering(github), policy as Partial<GatePolicy>);
      expect(doneBy(look)).toBe(expected.verdict);
      if (expected.reason !== undefined) expect(wordsOf(look)).toContain(expected.reason);
    });
  });
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
