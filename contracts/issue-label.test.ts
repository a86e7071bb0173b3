import { describe, expect, test } from "vitest";
import { evolveIssue, foldIssue, isLateLabel, issueStates, unknownIssue } from "./issue-life.ts";
import { approvalOf, emptyText, factOf, labelOf } from "./test-facts.ts";

const approved = factOf("ISSUE_APPROVED", approvalOf());

describe("the label", () => {
  const label = (second: number, more: object = {}) =>
    factOf("ISSUE_LABELED", labelOf({ updatedAt: `2026-01-01T10:00:0${second}Z`, ...more }));
  const taken = (second: number) =>
    factOf("ISSUE_UNLABELED", { label: "agent-ready", sender: "ada", updatedAt: `2026-01-01T10:00:0${second}Z` });
  const refused = factOf("ISSUE_LABEL_REFUSED", { sender: "ada", reason: "may not write", details: null });
  const closed = factOf("ISSUE_CLOSED", { sender: "ada", stateReason: null });

  test("that is refused leaves every state as it is, and tells why until the label changes", () => {
    for (const state of issueStates) {
      const before = evolveIssue({ ...unknownIssue, state }, label(1));
      expect(evolveIssue(before, refused)).toEqual({ ...before, refusal: "may not write" });
    }
    expect(foldIssue([label(1), refused, taken(2)]).refusal).toBeNull();
    expect(foldIssue([label(1), refused, label(2)]).refusal).toBeNull();
    expect(foldIssue([label(1), refused, approved]).refusal).toBeNull();
  });

  test("that was set or taken off before the last change of it, and is delivered after, changes nothing", () => {
    const life = foldIssue([label(3), refused, closed]);
    for (const late of [label(1), label(2), taken(2)]) expect(evolveIssue(life, late)).toBe(life);
    expect(isLateLabel(life, { updatedAt: "2026-01-01T10:00:02Z" })).toBe(true);
    expect(isLateLabel(life, { updatedAt: "2026-01-01T10:00:03Z" })).toBe(false);
    expect(isLateLabel(life, {})).toBe(false);
    expect(foldIssue([label(3), approved, taken(2)]).labelChangedAt).toBe("2026-01-01T10:00:03Z");
  });

  test("approves a text that stays, whatever label comes after it", () => {
    const body = { ...emptyText, bytes: 7 };
    const life = foldIssue([factOf("ISSUE_APPROVED", approvalOf({ body })), label(9, { title: "Other" }), refused]);
    expect(life).toMatchObject({ title: "Sell more", body });
  });
});
