import { describe, expect, test } from "vitest";
import { seen } from "#contracts/gate/test-earned.ts";
import type { IssueLife } from "#contracts/issue-life.ts";
import { approvalOf, factOf } from "#contracts/test-facts.ts";
import { isAskedAgain, recordOverdue } from "./decide.ts";

// What the gate does when it cannot merge, or waits for too long.

const on = { kind: "issue", owner: "acme", repo: "shop", number: 7 } as const;
const nothing = { facts: [], work: [] };
const requested = { prNumber: 9, headSha: "h1" };

describe("a merge that GitHub refuses while every condition holds", () => {
  const requests = (count: number) => Array.from({ length: count }, () => factOf("MERGE_REQUESTED", requested));

  test.each<[string, number, string, number, boolean]>([
    ["405 because the base was modified", 405, "Base branch was modified. Review and try the merge again.", 4, true],
    ["409 because the head was modified", 409, "Head branch was modified. Review and try the merge again.", 1, true],
    ["405 because the base was modified, for the fifth time", 405, "Base branch was modified.", 5, false],
    ["405 because a rule is not met", 405, "Required status check is expected.", 1, false],
    ["403", 403, "Resource not accessible by integration", 1, false],
    ["422", 422, "Validation Failed", 1, false],
  ])("with %s", (_name, status, reason, asked, again) => {
    expect(isAskedAgain({ status, reason }, { headSha: "h1", history: requests(asked) })).toBe(again);
  });

  test("for an earlier head counts for that head only", () => {
    const modified = { status: 405, reason: "Base branch was modified." };
    expect(isAskedAgain(modified, { headSha: "h2", history: requests(5) })).toBe(true);
  });
});

describe("a condition that is not met for too long", () => {
  const overdue = {
    hold: "check-missing",
    since: "2026-01-01T10:00:00.000Z",
    why: "required and not run: ci",
  } as const;
  const { hold, since, why: reason } = overdue;
  const data = { prNumber: 9, headSha: "h1", hold, since, reason };
  const told = factOf("GATE_OVERDUE", data, { occurredAt: "2026-01-01T12:00:00.000Z" });
  const approved = factOf("ISSUE_APPROVED", approvalOf());

  test("is recorded once for each head and approval", () => {
    expect(recordOverdue(overdue, seen({}), [approved]).facts).toMatchObject([
      { type: "GATE_OVERDUE", on, data: told.data },
    ]);
    expect(recordOverdue(overdue, seen({}), [approved, told])).toEqual(nothing);
    expect(recordOverdue(overdue, seen({ forge: { headSha: "h2" } }), [approved, told]).facts).toHaveLength(1);
    expect(recordOverdue(overdue, seen({}), [approved, told, approved]).facts).toHaveLength(1);
  });

  test("is recorded again for a head that was replaced since, or as it was recorded, and came back", () => {
    const again = (replacedAt: string) =>
      recordOverdue(overdue, seen({ change: { replacedAt: { h1: replacedAt } } }), [approved, told]).facts;
    expect(again("2026-01-01T12:30:00Z")).toHaveLength(1);
    // GitHub's clock may be a minute behind the rig's.
    expect(again("2026-01-01T11:59:01Z")).toHaveLength(1);
    expect(again("2026-01-01T11:59:00Z")).toEqual([]);
  });

  test.each<[string, Partial<IssueLife>]>([
    ["an attempt is under way", { endedAttempt: 2 }],
    ["a person was asked already", { state: "needs_human" }],
  ])("is not recorded while %s", (_name, issue) => {
    expect(recordOverdue(overdue, seen({ issue }), [approved])).toEqual(nothing);
  });
});
