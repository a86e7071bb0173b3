import { expect, test } from "vitest";
import { ageMsOf } from "./lag.ts";

test("what a fact says of its time is waited for no longer than clocks differ, whatever time its publisher chose", () => {
  const nowMs = Date.parse("2026-01-02T03:04:05Z");
  const age = (occurredAt: string) => ageMsOf({ occurredAt }, nowMs);
  expect(age("2026-01-02T03:04:00Z")).toBe(5_000);
  expect(age("2026-01-02T03:05:05Z")).toBe(-60_000);
  expect(age("2026-01-02T03:05:06Z")).toBe(Number.POSITIVE_INFINITY);
  expect(age("2100-01-01T00:00:00Z")).toBe(Number.POSITIVE_INFINITY);
});
