import type { IssueRef } from "#contracts/aggregates.ts";
import type { DataOf } from "#contracts/catalogue.ts";
import type { Decision } from "#contracts/choreography.ts";
import type { Fact } from "#contracts/envelope.ts";
import type { IssueFact } from "#contracts/issue-life.ts";

// Which merge broke its base, and which issue proposes its revert.

/** 20: more red checks say no more, and the fact stays for ever. */
const brokenMax = 20;

/** Records once that a merge of the gate broke its base: these checks fail on its commit, and did not on the one before. */
export function recordBroken(
  {
    on,
    prNumber,
    mergeSha,
    branch,
  }: { readonly on: IssueRef; readonly prNumber: number; readonly mergeSha: string; readonly branch: string },
  broken: readonly string[],
  history: readonly IssueFact[],
): Decision<"merge-gate", "issue"> {
  if (brokenIn(history, mergeSha) !== undefined || broken.length === 0) return { facts: [], work: [] };
  const checks = broken.slice(0, brokenMax);
  return { facts: [{ type: "BASE_BROKEN", on, data: { prNumber, mergeSha, branch, checks } }], work: [] };
}

/** What was recorded of a merge that broke its base. */
export function brokenIn(history: readonly IssueFact[], mergeSha: string): Fact<"BASE_BROKEN"> | undefined {
  return history.find(
    (fact): fact is Fact<"BASE_BROKEN"> => fact.type === "BASE_BROKEN" && fact.data.mergeSha === mergeSha,
  );
}

/** Records once that an issue proposes the revert of a merge. */
export function recordProposal(
  on: IssueRef,
  { prNumber, mergeSha }: Pick<DataOf<"BASE_BROKEN">, "prNumber" | "mergeSha">,
  history: readonly IssueFact[],
): Decision<"merge-gate", "issue"> {
  if (history.some(({ type }) => type === "REVERT_PROPOSED")) return { facts: [], work: [] };
  return { facts: [{ type: "REVERT_PROPOSED", on, data: { prNumber, mergeSha } }], work: [] };
}
