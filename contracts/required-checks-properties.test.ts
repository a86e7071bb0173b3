import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gateCheck, type RequiredCheck } from "./checks.ts";
import { type HeadCheck, latestRuns, weighRequired } from "./required-checks.ts";

const [actions, jenkins, gate] = [15_368, 7, 99];

describe("for whatever GitHub answers", () => {
  const check = fc.record({
    kind: fc.constantFrom("run" as const, "status" as const),
    name: fc.constantFrom("test", "lint", gateCheck),
    appId: fc.constantFrom(null, actions, jenkins, gate),
    id: fc.option(fc.integer({ min: 1, max: 9 })),
    conclusion: fc.constantFrom(null, "success", "skipped", "neutral", "failure", "cancelled", "stale"),
    status: fc.constantFrom("completed", "queued"),
    since: fc.constant(null),
    isRequired: fc.boolean(),
  });
  const required = fc.array(
    fc.record({ name: fc.constantFrom("test", "lint"), appId: fc.constantFrom(null, actions, jenkins) }),
  );
  const weigh = (checks: readonly RequiredCheck[], reported: readonly HeadCheck[]) =>
    weighRequired({ checks, workflows: [] }, { checks: reported, suites: [] }, { ownAppId: gate });
  const isOpen = (checks: readonly RequiredCheck[], reported: readonly HeadCheck[]) =>
    weigh(checks, reported).lines.every(({ state }) => state === "passed");

  test("the order of checks and pages does not matter", () => {
    fc.assert(
      fc.property(required, fc.array(check), (checks, reported) => {
        const states = (list: readonly HeadCheck[]) =>
          weigh(checks, latestRuns(list))
            .lines.map(({ name, appId, state }) => `${name} ${appId} ${state}`)
            .sort();
        expect(states(reported.toReversed())).toEqual(states(reported));
      }),
    );
  });

  test("one more requirement, or one more check that blocks, never opens it", () => {
    const blocked = check.map((one) => ({ ...one, conclusion: "failure" }));
    fc.assert(
      fc.property(required, fc.array(check), required, fc.array(blocked), (checks, reported, more, worse) => {
        if (checks.length === 0 || isOpen(checks, reported)) return;
        expect(isOpen([...checks, ...more], [...reported, ...worse])).toBe(false);
      }),
    );
  });

  test("it is open only where each required check has a result of its App that passes, and none that blocks", () => {
    fc.assert(
      fc.property(required, fc.array(check), (checks, reported) => {
        if (checks.length === 0 || !isOpen(checks, reported)) return;
        for (const { name, appId } of checks) {
          const own = reported.filter((one) => one.name === name && one.appId !== gate);
          const counted = own.filter((one) => appId === null || one.appId === appId);
          expect(counted.length).toBeGreaterThan(0);
          for (const { conclusion } of counted) expect(["success", "skipped", "neutral"]).toContain(conclusion);
        }
      }),
    );
  });
});
