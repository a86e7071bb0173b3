import fc from "fast-check";
import { expect, test } from "vitest";
import { ticksOf } from "#contracts/schedules.ts";
import { factOf } from "#contracts/test-facts.ts";
import { tickDue, untilBoundaryMs } from "./decide.ts";

const tick = (instant: string) => ({ ...factOf("TICK", { schedule: "minute", instant }), on: ticksOf("minute") });
const last = tick("2026-01-02T03:04:00.000Z");
/** The instant that is due at this time; null when none is. */
const dueAt = (now: string, before: typeof last | null = last) =>
  tickDue(before, Date.parse(now), "minute")?.data.instant ?? null;

test("an instant is due at its boundary and not a millisecond earlier", () => {
  expect(dueAt("2026-01-02T03:04:59.999Z")).toBeNull();
  expect(dueAt("2026-01-02T03:05:00.000Z")).toBe("2026-01-02T03:05:00.000Z");
});

test("a tick that is published late names its boundary", () => {
  expect(dueAt("2026-01-02T03:05:31.007Z")).toBe("2026-01-02T03:05:00.000Z");
});

test("a tick belongs to the history of its schedule", () => {
  expect(tickDue(null, Date.parse("2026-01-02T03:05:31.007Z"), "minute")).toEqual({
    type: "TICK",
    on: { kind: "tick", topic: "minute" },
    data: { schedule: "minute", instant: "2026-01-02T03:05:00.000Z" },
  });
});

test("before the first tick the last boundary is due", () => {
  expect(dueAt("2026-01-02T03:05:31.007Z", null)).toBe("2026-01-02T03:05:00.000Z");
});

test("after a standstill the last instant alone is due", () => {
  expect(dueAt("2026-03-01T12:00:05.000Z")).toBe("2026-03-01T12:00:00.000Z");
  expect(dueAt("2026-03-01T12:00:06.000Z", tick("2026-03-01T12:00:00.000Z"))).toBeNull();
});

test("a clock that steps back publishes nothing until it has passed the last tick", () => {
  expect(dueAt("2026-01-02T02:00:00.000Z")).toBeNull();
  expect(dueAt("2026-01-02T03:04:30.000Z")).toBeNull();
  expect(dueAt("2026-01-02T03:05:00.000Z")).toBe("2026-01-02T03:05:00.000Z");
});

test("the change to daylight saving time neither skips nor repeats an instant, because instants are UTC", () => {
  // Europe: 2026-03-29 01:00 UTC forward, 2026-10-25 01:00 UTC back.
  for (const night of ["2026-03-29T00:30:00.000Z", "2026-10-25T00:30:00.000Z"]) {
    let before = tick(night);
    for (let minute = 1; minute <= 90; minute += 1) {
      const now = new Date(Date.parse(night) + minute * 60_000).toISOString();
      expect(dueAt(now, before)).toBe(now);
      before = tick(now);
    }
  }
});

test("at any time, sleeping until the boundary makes exactly the next instant due", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4_102_444_800_000 }), (nowMs) => {
      const current = tickDue(null, nowMs, "minute")?.data.instant ?? "";
      const waitMs = untilBoundaryMs(nowMs, "minute");
      expect(waitMs).toBeGreaterThan(0);
      expect(tickDue(tick(current), nowMs + waitMs - 1, "minute")).toBeNull();
      const next = tickDue(tick(current), nowMs + waitMs, "minute")?.data.instant ?? "";
      expect(Date.parse(next) - Date.parse(current)).toBe(60_000);
    }),
  );
});
