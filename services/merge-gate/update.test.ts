import { describe, expect, test } from "vitest";
import { evaluateSeen } from "#contracts/gate/evaluate.ts";
import { seen } from "#contracts/gate/test-earned.ts";
import type { IssueLife } from "#contracts/issue-life.ts";
import { approvalOf, factOf } from "#contracts/test-facts.ts";
import { canUpdate, requestUpdate } from "./decide.ts";

const on = { kind: "issue", owner: "acme", repo: "shop", number: 7 } as const;
const nothing = { facts: [], work: [] };
const requested = { prNumber: 9, headSha: "h1", baseSha: "b1" };
const holder = { claimId: "c", epoch: 3, agentId: "dev-e", instanceId: "i", attempt: 3 };

describe("an update of the branch by GitHub", () => {
  const behind = seen({ forge: { behind: "strict" } });
  const evaluation = evaluateSeen(behind);
  const update = { type: "BRANCH_UPDATE_REQUESTED", on, data: requested } as const;

  test("is possible for a head that only lacks the newest commits of a strict base", () => {
    expect(canUpdate(behind.forge)).toBe(true);
    for (const forge of [{ behind: "shared" }, { behind: "strict", mergeable: false }, { behind: null }] as const)
      expect(canUpdate(seen({ forge }).forge)).toBe(false);
  });

  test("is requested once for each head, commit of its base and approval", () => {
    const told = factOf(update.type, update.data);
    const approved = factOf("ISSUE_APPROVED", approvalOf());
    expect(requestUpdate(evaluation, behind, [])).toEqual({ ...nothing, facts: [update] });
    expect(requestUpdate(evaluation, behind, [approved, told])).toEqual(nothing);
    expect(requestUpdate(evaluation, behind, [told, approved]).facts).toHaveLength(1);
    const other = factOf(update.type, { ...requested, headSha: "h0" });
    expect(requestUpdate(evaluation, behind, [other]).facts).toHaveLength(1);
  });

  test.each<[string, Partial<IssueLife>]>([
    ["a run is under way", { holder }],
    ["an attempt waits for an agent", { endedAttempt: 2 }],
    ["a person was asked", { state: "needs_human" }],
  ])("is not requested while %s", (_name, issue) => {
    expect(requestUpdate(evaluation, seen({ issue, forge: { behind: "strict" } }), [])).toEqual(nothing);
  });
});
