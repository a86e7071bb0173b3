import { describe, expect, test } from "vitest";
import { percentile, spread, tableLines } from "./figures.ts";

describe("percentile", () => {
  test("is a sample, by nearest rank", () => {
    const samples = Array.from({ length: 200 }, (_, index) => 200 - index);
    expect(percentile(samples, 0.5)).toBe(100);
    expect(percentile(samples, 0.99)).toBe(198);
    expect(percentile(samples, 1)).toBe(200);
  });

  test("of a single sample is that sample", () => {
    expect([0, 0.5, 0.99, 1].map((p) => percentile([7], p))).toEqual([7, 7, 7, 7]);
  });

  test("of nothing is refused, so that no line shows a figure that nobody measured", () => {
    expect(() => percentile([], 0.5)).toThrow("nothing was measured");
  });
});

test("a spread shows the middle and both ends", () => {
  expect(spread([0.5, 0.25, 1], 2)).toBe("0.50 (0.25 to 1.00)");
});

test("a missed goal is reported, a figure without a goal has none", () => {
  const lines = tableLines([
    { what: "speed", figure: "3 ms", how: "n = 2" },
    { what: "memory", figure: "9 MB", goal: "5 MB", met: false, how: "once" },
    { what: "less", figure: "4 MB", goal: "5 MB", met: true, how: "once" },
  ]);
  expect(lines).toEqual([
    "what    figure  goal  met",
    "speed   3 ms    -     -",
    "    n = 2",
    "memory  9 MB    5 MB  MISSED",
    "    once",
    "less    4 MB    5 MB  met",
    "    once",
  ]);
});
