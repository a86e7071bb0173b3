import { expect, test } from "vitest";
import type { Check } from "./condition.ts";
import { deadlineOf, overdueAt, remindedAt } from "./deadlines.ts";
import { hoursOf, isSetByPerson } from "./hold-waits.ts";
import { type HoldName, holdNames } from "./reasons.ts";

const since = "2026-01-01T10:00:00.000Z";
const approved = "2026-01-01T08:00:00.000Z";
const held = (hold: HoldName, more: Partial<Check> = {}): Check => {
  return { name: "ci", passed: false, why: "required and not run: ci", hold, since, ...more };
};

test("every hold ends with a person who is asked, or is one that a person set himself and is reminded of", () => {
  const without = holdNames.filter((name) => hoursOf(name) === undefined && !isSetByPerson(name));
  // Nothing waits for a pull request that is closed or an issue that is ended; the rig ends an attempt by limits of its own.
  expect(without).toEqual(["not-open", "issue-settled", "attempt-under-way"]);
  const own = holdNames.filter(isSetByPerson);
  expect(own).toEqual(["frozen", "draft", "wip", "manual-merge", "branch-locked", "review-requested"]);
  expect(own.filter((name) => hoursOf(name) !== undefined)).toEqual([]);
});

test("while a person holds a change himself, nobody is asked for what a person has to do besides", () => {
  const at = "2026-01-09T00:00:00.000Z";
  const overdue = (...checks: readonly Check[]) => overdueAt(checks, { at, from: approved })?.hold;
  expect(overdue(held("person-path"))).toBe("person-path");
  expect(overdue(held("manual-merge"), held("person-path"))).toBeUndefined();
  expect(overdue(held("manual-merge"), held("check-missing"))).toBe("check-missing");
});

test("a person is reminded of what he holds himself after so many days, and of nothing else", () => {
  const due = (at: string, ...checks: readonly Check[]) => remindedAt(checks, { at, days: 7 })?.hold;
  const checks = [held("person-path"), held("draft")];
  expect(due("2026-01-08T09:59:59.999Z", ...checks)).toBeUndefined();
  expect(due("2026-01-08T10:00:00.000Z", ...checks)).toBe("draft");
});

test.each<[string, Check, string, string | null]>([
  ["two hours after a required check is missing", held("check-missing"), approved, "2026-01-01T12:00:00.000Z"],
  ["two hours after a later approval", held("check-missing"), "2026-01-01T11:00:00.000Z", "2026-01-01T13:00:00.000Z"],
  ["never of what a person set himself", held("draft"), approved, null],
  ["never in a fact that names no reason", { name: "ci", passed: true, why: "passed", since }, approved, null],
  [
    "never in a fact that does not say since when",
    { name: "ci", passed: false, why: "", hold: "no-check" },
    approved,
    null,
  ],
])("a person is asked %s", (_name, check, from, deadline) => {
  expect(deadlineOf(check, from)).toBe(deadline);
});

test("the first condition is told whose deadline has passed, and none before", () => {
  const checks = [held("draft"), held("check-running"), held("check-missing")];
  const at = (time: string) => overdueAt(checks, { at: time, from: approved })?.hold;
  expect([at("2026-01-01T11:59:59.999Z"), at("2026-01-01T12:00:00.000Z"), at("2026-01-01T16:00:00.000Z")]).toEqual([
    undefined,
    "check-missing",
    "check-running",
  ]);
});
