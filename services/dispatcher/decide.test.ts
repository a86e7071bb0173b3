import { describe, expect, test } from "vitest";
import type { IssueFact } from "#contracts/issue-life.ts";
import { because } from "#contracts/reason.ts";
import { emptyText, plainSettings } from "#contracts/test-facts.ts";
import * as given from "./test-history.ts";

const { decided, approved, assigned, issue, nothing, oneRun, queued, outcome } = given;
const node = { effective: plainSettings };
const on = { kind: "issue", owner: "acme", repo: "shop", number: 7 } as const;
const firstAttempt = ["ISSUE_APPROVED", "ISSUE_QUEUED 1 implement", "work dev implement 1"];

describe("the label agent-ready", () => {
  test("approves the issue and queues its first attempt", () => {
    const decision = decided(given.labeled(), { issue: issue(), config: node });
    expect(outcome(decision)).toEqual(firstAttempt);
    expect(decision.facts[0]?.data).toEqual({
      title: "Sell more",
      body: emptyText,
      priority: "normal",
      defaultBranch: "trunk",
      ...plainSettings,
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
    const decision = decided(given.labeled(...labels), { issue: issue(), config: node });
    expect(decision.facts[0]?.data).toMatchObject({ priority });
    expect(decision.work[0]).toMatchObject({ priority });
  });

  test.each<[string, readonly IssueFact[]]>([
    ["waits for an agent", [approved, queued(1)]],
    ["is worked on", [approved, queued(1), assigned(1)]],
    ["is in review", oneRun],
    ["is about to be merged", [...oneRun, given.mergeRequested]],
    ["failed once", [approved, queued(1), assigned(1), given.failed(1)]],
  ])("appends nothing for an issue that %s", (_name, history) => {
    expect(decided(given.labeled(), { issue: issue(...history), config: node })).toEqual(nothing);
    expect(decided(given.labeled(), { issue: issue(...history), config: { wrong: because("no file") } })).toEqual(
      nothing,
    );
  });

  test.each<[string, readonly IssueFact[]]>([
    ["was given to a person", [...oneRun, given.needsHuman]],
    ["was cancelled", [...oneRun, given.cancelled]],
    ["is done", [...oneRun, given.merged("2026-01-01T11:00:00.000Z"), given.done]],
  ])("queues the next attempt of an issue that %s", (_name, history) => {
    const again = ["ISSUE_APPROVED", "ISSUE_QUEUED 2 implement", "work dev implement 2"];
    expect(outcome(decided(given.labeled(), { issue: issue(...history), config: node }))).toEqual(again);
  });

  test("asks a person when the repository's file is missing or wrong, and queues nothing", () => {
    const decision = decided(given.labeled(), {
      issue: issue(),
      config: { wrong: because(".rig-agent.yaml is wrong. Correct it.", "stack: what?") },
    });
    expect(outcome(decision)).toEqual(["ISSUE_NEEDS_HUMAN"]);
    expect(decision.facts[0]?.data).toEqual({
      reason: ".rig-agent.yaml is wrong. Correct it.",
      details: { text: "stack: what?" },
    });
  });
});

test("a label that is handled after the issue was closed queues nothing and says so once, a later label queues", () => {
  const { confirmed, labeled, closed } = given;
  const isClosed = { ...confirmed, standing: { open: false, labelled: true, title: "Sell more", bodySha256: "" } };
  expect(decided(labeled(), { ...isClosed, issue: issue(labeled(), closed) })).toEqual(nothing);
  const opened = decided(labeled(), { issue: issue(labeled(), closed) });
  expect(opened.facts).toMatchObject([
    { type: "ISSUE_LABEL_REFUSED", data: { reason: expect.stringMatching(/^the issue was closed after the label/) } },
  ]);
  const told = issue(labeled(), closed, ...given.stored(opened));
  expect(decided(labeled(), { issue: told })).toEqual(nothing);
  const again = issue(labeled(), closed, labeled());
  expect(outcome(decided(labeled(), { issue: again }))).toContain("ISSUE_APPROVED");
});

describe("the issue is closed", () => {
  test.each<[string, readonly IssueFact[]]>([
    ["queued", [approved, queued(1)]],
    ["worked on", [approved, queued(1), assigned(1)]],
    ["in review", oneRun],
    ["failed", [approved, queued(1), assigned(1), given.failed(1)]],
  ])("before a merge, while it is %s: it is cancelled", (_name, history) => {
    const decision = decided(given.closed, { issue: issue(...history) });
    expect(outcome(decision)).toEqual(["ISSUE_CANCELLED"]);
    expect(decision.facts[0]?.data).toEqual({ reason: "closed by ada" });
  });

  test.each<[string, readonly IssueFact[]]>([
    ["that is asked for", [...oneRun, given.mergeRequested]],
    ["that happened", [...oneRun, given.mergeRequested, given.merged("2026-01-01T11:00:00.000Z")]],
  ])("by its own merge %s: nothing is appended", (_name, history) => {
    expect(decided(given.closed, { issue: issue(...history) })).toEqual(nothing);
  });

  test.each<[string, readonly IssueFact[]]>([
    ["unknown", []],
    ["done", [...oneRun, given.merged("2026-01-01T11:00:00.000Z"), given.done]],
    ["cancelled", [...oneRun, given.cancelled]],
  ])("while it is %s: nothing is appended", (_name, history) => {
    expect(decided(given.closed, { issue: issue(...history) })).toEqual(nothing);
  });

  test("while a person is asked: he wants nothing more of it", () => {
    const asked = issue(...oneRun, given.needsHuman);
    expect(outcome(decided(given.closed, { issue: asked }))).toEqual(["ISSUE_CANCELLED"]);
    const merged = issue(...oneRun, given.needsHuman, given.cancelled, given.merged("2026-01-01T11:00:00.000Z"));
    expect(merged.state).toBe("deploying");
  });
});

describe("a run failed", () => {
  const once = [approved, queued(1), assigned(1), given.failed(1)];

  test("the first time: the issue is queued again, with the reason", () => {
    const decision = decided(given.failed(1), { issue: issue(...once) });
    expect(outcome(decision)).toEqual(["ISSUE_QUEUED 2 implement", "work dev implement 2"]);
    expect(decision.work[0]).toMatchObject({ reason: "tests: it broke" });
  });

  test("the second time: a person is asked, with the reason and the pointer to the output", () => {
    const twice = [...once, queued(2), assigned(2), given.failed(2)];
    const decision = decided(given.failed(2), { issue: issue(...twice) });
    expect(outcome(decision)).toEqual(["ISSUE_NEEDS_HUMAN"]);
    expect(decision.facts[0]?.data).toEqual({ reason: "attempt 2 failed (tests): it broke", details: emptyText });
  });

  test("once, where the approval allows no second attempt: a person is asked", () => {
    const [, ...rest] = once;
    const history = [given.approvedWith({ failedAttemptsMax: 1 }), ...rest];
    expect(outcome(decided(given.failed(1), { issue: issue(...history) }))).toEqual(["ISSUE_NEEDS_HUMAN"]);
  });

  test.each(["auth", "quota", "erased"] as const)("for %s: a person is asked at once", (failure) => {
    const history = [approved, queued(1), assigned(1), given.failed(1, failure)];
    expect(outcome(decided(given.failed(1, failure), { issue: issue(...history) }))).toEqual(["ISSUE_NEEDS_HUMAN"]);
  });

  test("while it fixed a change: the same fix is queued again", () => {
    const fixing = [...oneRun, queued(2, "fix"), assigned(2), given.failed(2)];
    const decision = decided(given.failed(2), { issue: issue(...fixing) });
    expect(outcome(decision)).toEqual(["ISSUE_QUEUED 3 fix", "work dev fix 3"]);
    expect(decision.work[0]).toMatchObject({ prNumber: 9, headSha: "h1" });
  });

  test.each([
    ["another agent under the same ids", given.byMallory(given.failed(1, "auth"))],
    ["the same agent under the same claim", given.failed(1, "auth")],
    ["an agent under a claim that nobody holds", given.failed(1, "auth", "c9")],
  ])("and %s publishes beside it that nobody can repair it: nothing follows from that", (_name, forged) => {
    const [real] = once.slice(-1);
    const copied = forged.actor === "mallory" ? { ...forged, id: real?.id ?? "" } : forged;
    expect(decided(copied, { issue: issue(...once, copied) })).toEqual(nothing);
    expect(outcome(decided(given.failed(1), { issue: issue(...once, copied) }))).toEqual([
      "ISSUE_QUEUED 2 implement",
      "work dev implement 2",
    ]);
  });

  test("redelivered after the issue was queued again or settled: nothing", () => {
    expect(decided(given.failed(1), { issue: issue(...once, queued(2)) })).toEqual(nothing);
    expect(decided(given.failed(1), { issue: issue(...once, given.cancelled) })).toEqual(nothing);
  });
});

describe("the change is merged", () => {
  const merged = given.merged("2026-01-01T11:30:30.000Z");

  test("the issue is done, with the minutes since it was approved", () => {
    const decision = decided(merged, { issue: issue(...oneRun, given.mergeRequested, merged) });
    expect(decision).toEqual({
      facts: [{ type: "ISSUE_DONE", on, data: { prNumber: 9, mergeSha: "m1", durationMinutes: 90.5 } }],
      work: [],
    });
  });

  test("redelivered: nothing", () => {
    expect(decided(merged, { issue: issue(...oneRun, given.mergeRequested, merged, given.done) })).toEqual(nothing);
  });
});
