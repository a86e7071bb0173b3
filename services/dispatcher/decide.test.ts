import { describe, expect, test } from "vitest";
import type { IssueFact } from "#contracts/issue-life.ts";
import { onClosed, onLabeled, onMerged, onRunFailed } from "./decide.ts";
import * as given from "./test-history.ts";

const { approved, assigned, issue, nothing, oneRun, queued, outcome } = given;
const node = { stack: "node" } as const;
const on = { kind: "issue", owner: "acme", repo: "shop", number: 7 } as const;
const firstAttempt = ["ISSUE_APPROVED", "ISSUE_QUEUED 1 implement", "work dev implement 1"];

describe("the label agent-ready", () => {
  test("approves the issue and queues its first attempt", () => {
    const decision = onLabeled(issue(), given.labeled(), node);
    expect(outcome(decision)).toEqual(firstAttempt);
    expect(decision.facts[0]?.data).toEqual({
      title: "Sell more",
      priority: "normal",
      stack: "node",
      defaultBranch: "trunk",
    });
    expect(decision.work[0]).toMatchObject({
      stack: "node",
      number: 7,
      issueNumber: 7,
      baseBranch: "trunk",
      prNumber: null,
    });
  });

  test.each([
    [["priority:high"], "high"],
    [["priority:low"], "low"],
    [["priority:low", "priority:high"], "high"],
    [["priority:urgent"], "normal"],
  ])("with the labels %j has the priority %s, and so has its work", (labels, priority) => {
    const decision = onLabeled(issue(), given.labeled(...labels), node);
    expect(decision.facts[0]?.data).toMatchObject({ priority });
    expect(decision.work[0]).toMatchObject({ priority });
  });

  test.each<[string, readonly IssueFact[]]>([
    ["waits for an agent", [approved, queued(1)]],
    ["is worked on", [approved, queued(1), assigned(1)]],
    ["is in review", oneRun],
    ["is about to be merged", [...oneRun, given.mergeRequested]],
    ["failed once", [approved, queued(1), assigned(1), given.failed(1)]],
  ])("says nothing about an issue that %s", (_name, history) => {
    expect(onLabeled(issue(...history), given.labeled(), node)).toEqual(nothing);
    expect(onLabeled(issue(...history), given.labeled(), { wrong: "no file" })).toEqual(nothing);
  });

  test.each<[string, readonly IssueFact[]]>([
    ["was given to a person", [...oneRun, given.needsHuman]],
    ["was cancelled", [...oneRun, given.cancelled]],
    ["is done", [...oneRun, given.merged("2026-01-01T11:00:00.000Z"), given.done]],
  ])("begins anew, with the next attempt, an issue that %s", (_name, history) => {
    const again = ["ISSUE_APPROVED", "ISSUE_QUEUED 2 implement", "work dev implement 2"];
    expect(outcome(onLabeled(issue(...history), given.labeled(), node))).toEqual(again);
  });

  test("asks a person when the repository's file is missing or wrong, and queues nothing", () => {
    const decision = onLabeled(issue(), given.labeled(), { wrong: ".rig-agent.yaml: there is none. Add it." });
    expect(outcome(decision)).toEqual(["ISSUE_NEEDS_HUMAN"]);
    expect(decision.facts[0]?.data).toEqual({ reason: ".rig-agent.yaml: there is none. Add it." });
  });
});

describe("the issue is closed", () => {
  test.each<[string, readonly IssueFact[]]>([
    ["queued", [approved, queued(1)]],
    ["worked on", [approved, queued(1), assigned(1)]],
    ["in review", oneRun],
    ["failed", [approved, queued(1), assigned(1), given.failed(1)]],
  ])("before a merge, while it is %s: it is cancelled", (_name, history) => {
    const decision = onClosed(issue(...history), given.closed);
    expect(outcome(decision)).toEqual(["ISSUE_CANCELLED"]);
    expect(decision.facts[0]?.data).toEqual({ reason: "closed by ada" });
  });

  test.each<[string, readonly IssueFact[]]>([
    ["that is asked for", [...oneRun, given.mergeRequested]],
    ["that is outcome", [...oneRun, given.mergeRequested, given.merged("2026-01-01T11:00:00.000Z")]],
  ])("by its own merge %s: nothing is said", (_name, history) => {
    expect(onClosed(issue(...history), given.closed)).toEqual(nothing);
  });

  test.each<[string, readonly IssueFact[]]>([
    ["unknown", []],
    ["done", [...oneRun, given.merged("2026-01-01T11:00:00.000Z"), given.done]],
    ["cancelled", [...oneRun, given.cancelled]],
    ["a person's", [...oneRun, given.needsHuman]],
  ])("while it is %s: nothing is said", (_name, history) => {
    expect(onClosed(issue(...history), given.closed)).toEqual(nothing);
  });
});

describe("a run failed", () => {
  const once = [approved, queued(1), assigned(1), given.failed(1)];

  test("the first time: the issue is queued again, with the reason", () => {
    const decision = onRunFailed(issue(...once), given.failed(1));
    expect(outcome(decision)).toEqual(["ISSUE_QUEUED 2 implement", "work dev implement 2"]);
    expect(decision.work[0]).toMatchObject({ reason: "tests: it broke" });
  });

  test("the second time: a person is asked, with the reason", () => {
    const twice = [...once, queued(2), assigned(2), given.failed(2)];
    const decision = onRunFailed(issue(...twice), given.failed(2));
    expect(outcome(decision)).toEqual(["ISSUE_NEEDS_HUMAN"]);
    expect(decision.facts[0]?.data).toEqual({ reason: "attempt 2 failed (tests): it broke" });
  });

  test.each(["auth", "quota"] as const)("for %s: a person is asked at once", (failure) => {
    const history = [approved, queued(1), assigned(1), given.failed(1, failure)];
    expect(outcome(onRunFailed(issue(...history), given.failed(1, failure)))).toEqual(["ISSUE_NEEDS_HUMAN"]);
  });

  test("while it fixed a change: the same fix is queued again", () => {
    const fixing = [...oneRun, queued(2, "fix"), assigned(2), given.failed(2)];
    const decision = onRunFailed(issue(...fixing), given.failed(2));
    expect(outcome(decision)).toEqual(["ISSUE_QUEUED 3 fix", "work dev fix 3"]);
    expect(decision.work[0]).toMatchObject({ prNumber: 9, headSha: "h1" });
  });

  test("redelivered after the issue was queued again or settled: nothing", () => {
    expect(onRunFailed(issue(...once, queued(2)), given.failed(1))).toEqual(nothing);
    expect(onRunFailed(issue(...once, given.cancelled), given.failed(1))).toEqual(nothing);
  });
});

describe("the change is merged", () => {
  const merged = given.merged("2026-01-01T11:30:30.000Z");

  test("the issue is done, with the minutes since it was approved", () => {
    const decision = onMerged(issue(...oneRun, given.mergeRequested, merged), merged);
    expect(decision).toEqual({
      facts: [{ type: "ISSUE_DONE", on, data: { prNumber: 9, mergeSha: "m1", durationMinutes: 90.5 } }],
      work: [],
    });
  });

  test("redelivered: nothing", () => {
    expect(onMerged(issue(...oneRun, given.mergeRequested, merged, given.done), merged)).toEqual(nothing);
  });
});
