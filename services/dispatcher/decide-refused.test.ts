import { describe, expect, test } from "vitest";
import type { ChangeFact } from "#contracts/change-life.ts";
import * as given from "./test-history.ts";

const { decided, assigned, change, fact, issue, nothing, oneRun, opened, outcome, queued, succeeded } = given;

const delivered = [...oneRun, succeeded(1)];
const requested = fact("MERGE_REQUESTED", { prNumber: 9, headSha: "h1" });
const refused = (asksPerson?: boolean) =>
  fact("MERGE_FAILED", {
    ...{ prNumber: 9, headSha: "h1", reason: "merge: GitHub answered 405", details: null },
    ...(asksPerson === undefined ? {} : { asksPerson }),
  });

const overdue = fact("GATE_OVERDUE", {
  ...{ prNumber: 9, headSha: "h1", hold: "check-missing", since: "2026-01-01T10:00:00.000Z" },
  reason: "required and not run: ci",
});

describe("a change that the gate holds for too long", () => {
  test("leads to a person, with the reason and what to do", () => {
    const decision = decided(overdue, { issue: issue(...delivered, overdue), change: change(opened("h1")) });
    expect(outcome(decision)).toEqual(["ISSUE_NEEDS_HUMAN"]);
    const [asked] = decision.facts;
    expect(asked?.data).toMatchObject({
      reason:
        "#9 is held since 2026-01-01T10:00:00.000Z (check-missing): required and not run: ci. Wait for the check to begin; if it never does, repair its workflow or the rule that requires it.",
    });
  });

  test("leads to a person who reads how to end a label that nobody decided on", () => {
    const undecided = { ...overdue, data: { ...overdue.data, hold: "issue-relabelled" } } as const;
    const { facts } = decided(undecided, { issue: issue(...delivered, undecided), change: change(opened("h1")) });
    expect(JSON.stringify(facts)).toContain("After two hours take the label off and set it again.");
  });

  test("leads to nobody while an attempt is under way", () => {
    const history = [...delivered, queued(2, "fix"), assigned(2)];
    expect(decided(overdue, { issue: issue(...history), change: change(opened("h1")) })).toEqual(nothing);
  });
});

test.each<[string, typeof overdue | ReturnType<typeof refused>]>([
  ["a wait that took too long", overdue],
  ["a refused merge", refused(true)],
])("%s leads to nobody once another head followed, and to a person where none of it was told", (_what, told) => {
  const history = [...delivered, requested, refused(true)];
  const askedOf = (...heads: readonly ChangeFact[]) =>
    outcome(decided(told, { issue: issue(...history), change: change(...heads) }));
  const next = fact("PR_SYNCHRONIZED", { ...opened("h2").data, prevSha: "h1" });
  expect(askedOf(opened("h1"), next)).toEqual([]);
  expect(askedOf(opened("h1"))).toEqual(["ISSUE_NEEDS_HUMAN"]);
  expect(askedOf(opened("h0"))).toEqual(["ISSUE_NEEDS_HUMAN"]);
});

describe("a merge that GitHub refuses", () => {
  test("for good asks a person, with GitHub's words", () => {
    const decision = decided(refused(true), {
      issue: issue(...delivered, requested, refused(true)),
      change: change(opened("h1")),
    });
    expect(outcome(decision)).toEqual(["ISSUE_NEEDS_HUMAN"]);
    expect(decision.facts[0]?.data).toMatchObject({
      reason: "GitHub refuses the merge of #9, for which the gate is open: merge: GitHub answered 405",
    });
  });

  test.each([
    ["the gate asks again", refused(false), delivered],
    ["an earlier rig said it", refused(), delivered],
    ["an attempt is under way by then", refused(true), [...delivered, queued(2, "fix"), assigned(2)]],
  ])("asks nobody when %s", (_name, failed, history) => {
    const life = issue(...history, ...(history === delivered ? [requested, failed] : []));
    expect(decided(failed, { issue: life, change: change(opened("h1")) })).toEqual(nothing);
  });
});
