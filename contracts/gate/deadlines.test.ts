import { expect, test } from "vitest";
import { deadlineOf, overdueAt } from "./deadlines.ts";
import type { Evaluation } from "./evaluate.ts";
import { type HoldName, holdNames, holds, hoursOf } from "./reasons.ts";

type Check = Evaluation["checks"][number];

const since = "2026-01-01T10:00:00.000Z";
const approved = "2026-01-01T08:00:00.000Z";
const held = (hold: HoldName, more: Partial<Check> = {}): Check => {
  return { name: "ci", passed: false, why: "required and not run: ci", hold, since, ...more };
};

test("a wait for GitHub, an agent or the operator has a deadline, and what a person ends has none", () => {
  // The operator ends a freeze, which `doctor` shows; the rig ends an attempt by limits of its own.
  const without = holdNames.filter((name) => holds[name].who !== "person" && hoursOf(name) === undefined);
  expect(without).toEqual(["frozen", "attempt-under-way"]);
  expect(holdNames.filter((name) => holds[name].who === "person" && hoursOf(name) !== undefined)).toEqual([]);
});

test.each<[string, Check, string, string | null]>([
  ["two hours after a required check is missing", held("check-missing"), approved, "2026-01-01T12:00:00.000Z"],
  ["two hours after a later approval", held("check-missing"), "2026-01-01T11:00:00.000Z", "2026-01-01T13:00:00.000Z"],
  ["never while a person holds it", held("draft"), approved, null],
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
