import { describe, expect, test } from "vitest";
import { isLateClosing, isLateLabel } from "./issue-label.ts";
import { evolveIssue, foldIssue, type IssueFact, unknownIssue } from "./issue-life.ts";
import { issueStates } from "./issue-run.ts";
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
      expect(evolveIssue(before, refused)).toEqual({ ...before, refusal: "may not write", isUndecided: false });
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

  test("is as the last delivery about it says, by GitHub's time, also after the approval", () => {
    const isOn = (...facts: readonly IssueFact[]) => foldIssue(facts).lastLabel?.isOn;
    expect([isOn(label(1)), isOn(label(1), approved), isOn(label(1), approved, taken(2))]).toEqual([true, true, false]);
    expect([isOn(taken(2), label(1)), isOn(label(3), taken(2)), isOn(label(2), taken(2))]).toEqual([
      false,
      true,
      false,
    ]);
    expect(foldIssue([approved]).lastLabel).toBeNull();
  });

  describe("of an issue that is closed and opened again:", () => {
    const closedAt = (second: number) =>
      factOf("ISSUE_CLOSED", { sender: "ada", stateReason: null, updatedAt: `2026-01-01T10:00:0${second}Z` });

    test("a closing counts against a label that was set before it, in whichever order they are delivered", () => {
      expect(foldIssue([label(1), closedAt(2)]).closed).toBe(true);
      expect(foldIssue([closedAt(2), label(1)]).closed).toBe(true);
      expect(foldIssue([closedAt(2), closedAt(1), label(1)]).closed).toBe(true);
    });

    test("and not against one that was set after it, or in its second", () => {
      for (const second of [1, 2, 3]) {
        expect(foldIssue([label(3), closedAt(second)]).closed).toBe(false);
        expect(foldIssue([closedAt(second), label(3)]).closed).toBe(false);
      }
      expect(foldIssue([label(3), closedAt(1), approved, closedAt(1)])).toMatchObject({
        closed: false,
        state: "queued",
      });
      expect(foldIssue([label(3), closedAt(1), closedAt(4)]).closed).toBe(true);
    });

    test("no label closes an issue that is open, also not one from before its last closing", () => {
      const withoutTime = factOf("ISSUE_LABELED", labelOf());
      expect(foldIssue([closedAt(5), withoutTime]).closed).toBe(false);
      expect(foldIssue([closedAt(5), withoutTime, label(3)]).closed).toBe(false);
    });

    test("a closing without a time counts", () => {
      expect(foldIssue([label(3), closed]).closed).toBe(true);
      expect(isLateClosing(foldIssue([label(3)]), closed.data)).toBe(false);
      expect(isLateClosing(foldIssue([label(3)]), closedAt(3).data)).toBe(true);
    });
  });

  test("approves a text that stays, whatever label comes after it", () => {
    const body = { ...emptyText, bytes: 7 };
    const life = foldIssue([factOf("ISSUE_APPROVED", approvalOf({ body })), label(9, { title: "Other" }), refused]);
    expect(life).toMatchObject({ title: "Sell more", body });
  });
});

test("an issue that was closed while no merge was requested is not cancelled by a conflict", () => {
  const closed = factOf("ISSUE_CLOSED", { sender: "ada", stateReason: null });
  const conflict = factOf("MERGE_CONFLICT", { prNumber: 5, headSha: "s" });
  expect(foldIssue([approved, closed, conflict]).state).toBe("merge_conflict");
});

test("an issue that was closed while its merge was requested is cancelled when the merge fails", () => {
  const failedMerge = factOf("MERGE_FAILED", { prNumber: 5, headSha: "s", reason: "r", details: null });
  const isClosed = factOf("ISSUE_CLOSED", { sender: "ada", stateReason: null });
  const asked = [approved, factOf("MERGE_REQUESTED", { prNumber: 5, headSha: "s" })];
  expect(foldIssue([...asked, failedMerge]).state).toBe("in_review");
  expect(foldIssue([...asked, isClosed, failedMerge]).state).toBe("cancelled");
});
