import { describe, expect, test } from "vitest";
import { gateCheck, type RequiredCheck } from "./checks.ts";
import { weighFailed } from "./failed-checks.ts";
import type { HeadCheck } from "./required-checks.ts";

const run: Omit<HeadCheck, "name"> = {
  ...{ kind: "run", appId: 1, id: null, status: "completed", conclusion: "failure", since: null, isRequired: false },
};
const red = (name: string, more: Partial<HeadCheck> = {}): HeadCheck => ({ ...run, name, ...more });
const status: Partial<HeadCheck> = { kind: "status", appId: null };
const named = (checks: readonly HeadCheck[]) => checks.map(({ name }) => name);
const failedOf = (checks: readonly HeadCheck[], required: readonly RequiredCheck[]) =>
  weighFailed(checks, required).failed;
const isWhole = (checks: readonly HeadCheck[], required: readonly RequiredCheck[]) =>
  weighFailed(checks, required).isWhole;
const testRequired = [{ name: "test", appId: null }];

describe("the checks that lead to a fix", () => {
  test("are the required ones that failed", () => {
    expect(named(failedOf([red("test"), red("lint")], testRequired))).toEqual(["test"]);
    expect(failedOf([red("lint")], testRequired)).toEqual([]);
  });

  test("are all that failed where nothing is required", () => {
    expect(named(failedOf([red("test"), red("lint")], []))).toEqual(["test", "lint"]);
  });

  test.each(["failure", "timed_out", "error"])("ended as %s", (conclusion) => {
    expect(failedOf([red("test", { conclusion })], testRequired)).toHaveLength(1);
  });

  test.each(["cancelled", "stale", "skipped", "neutral", "success", "action_required", "startup_failure", null])(
    "never ended as %s, required or not",
    (conclusion) => {
      expect(failedOf([red("test", { conclusion })], testRequired)).toEqual([]);
      expect(failedOf([red("test", { conclusion })], [])).toEqual([]);
    },
  );

  test("are never the gate's own, although it is required", () => {
    const own = { name: gateCheck, appId: null };
    expect(failedOf([red(gateCheck)], [own])).toEqual([]);
    expect(failedOf([red(gateCheck)], [])).toEqual([]);
  });

  test("are those of the App that is required, where one is", () => {
    const ofApp = [{ name: "test", appId: 7 }];
    expect(failedOf([red("test", { appId: 8 })], ofApp)).toEqual([]);
    expect(failedOf([red("test", { appId: 7 })], ofApp)).toHaveLength(1);
    expect(failedOf([red("test", status)], ofApp)).toHaveLength(1);
  });
});

describe("all checks that the merge depends on have ended", () => {
  const running = red("test", { conclusion: null });

  test.each<[string, boolean, readonly HeadCheck[]]>([
    ["where each has a result", true, [red("test"), red("lint", { conclusion: null })]],
    ["not while a required one runs", false, [running, red("lint")]],
    ["not while a required one has not begun", false, [red("lint")]],
  ])("%s", (_when, whole, checks) => {
    expect(isWhole(checks, testRequired)).toBe(whole);
  });

  test("where nothing is required, once none runs", () => {
    expect(isWhole([running], [])).toBe(false);
    expect(isWhole([red("test")], [])).toBe(true);
  });
});
