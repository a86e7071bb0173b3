import { describe, expect, test } from "vitest";
import { unknownChange } from "#contracts/change-life.ts";
import type { IssueLife } from "#contracts/issue-life.ts";
import { because } from "#contracts/text.ts";
import {
  evaluate,
  type ForgeState,
  recordConflict,
  recordMerge,
  report,
  requestMerge,
  type Seen,
  withdrawRequest,
} from "./decide.ts";
import { earned, inReview } from "./test-earned.ts";

const on = { kind: "issue", owner: "acme", repo: "shop", number: 7 } as const;
const pr = { kind: "pr", owner: "acme", repo: "shop", number: 9 } as const;
const nothing = { facts: [], work: [] };
const requested = { prNumber: 9, headSha: "h1" };

function seen(issue: Partial<IssueLife> = {}, forge: Partial<ForgeState> = {}): Seen {
  return { on, issue: { ...inReview, ...issue }, forge: { ...earned, ...forge } };
}

const awaiting = { state: "ready_to_merge", mergeRequested: requested } as const;
const holder = { claimId: "c", epoch: 3, agentId: "dev-e", instanceId: "i", attempt: 3 };

describe("an evaluation", () => {
  const { forge, issue } = seen();
  const passed = evaluate(forge, issue, 7);

  test("that is the first of its change is reported", () => {
    expect(report(passed, pr, unknownChange)).toEqual({
      ...nothing,
      facts: [{ type: "GATE_EVALUATED", on: pr, data: passed }],
    });
  });

  test("that has the same outcome as the last one is not reported again", () => {
    expect(report(passed, pr, { ...unknownChange, lastGate: passed })).toEqual(nothing);
  });

  test.each<[string, Partial<ForgeState>]>([
    ["another head", { headSha: "h2" }],
    ["one condition less", { reviews: [] }],
    ["another reason of the same condition", { unresolvedThreads: 2 }],
  ])("of %s is reported", (_name, more) => {
    const last = evaluate({ ...forge, unresolvedThreads: 1 }, issue, 7);
    const next = evaluate({ ...forge, unresolvedThreads: 1, ...more }, issue, 7);
    expect(report(next, pr, { ...unknownChange, lastGate: last }).facts).toHaveLength(1);
  });
});

describe("the merge of a head that has earned it", () => {
  test("is requested", () => {
    expect(requestMerge(seen())).toEqual({ ...nothing, facts: [{ type: "MERGE_REQUESTED", on, data: requested }] });
  });

  test("is requested once: the gate that finds the request leaves the merge to the other", () => {
    expect(requestMerge(seen(awaiting))).toEqual(nothing);
  });

  test("is requested again for a later head", () => {
    const later = seen({ mergeRequested: { prNumber: 9, headSha: "h0" } });
    expect(requestMerge(later).facts).toHaveLength(1);
  });

  test.each<[string, Partial<IssueLife>]>([
    ["was cancelled", { state: "cancelled" }],
    ["is worked on", { holder, endedAttempt: 2 }],
    ["was claimed again", { epoch: 4 }],
    ["has another pull request", { pr: { number: 10, branch: "feature/issue-7" } }],
  ])("is not requested when the issue %s between the evaluation and the append", (_name, issue) => {
    expect(requestMerge(seen(issue))).toEqual(nothing);
  });
});

describe("a request that was not fulfilled", () => {
  test("is withdrawn with the reason", () => {
    const failed = {
      type: "MERGE_FAILED",
      on,
      data: { ...requested, ...because("GitHub answered 409", "the head moved") },
    };
    expect(withdrawRequest(seen(awaiting), because("GitHub answered 409", "the head moved"))).toEqual({
      ...nothing,
      facts: [failed],
    });
  });

  test.each<[string, Partial<IssueLife>]>([
    ["was never made", {}],
    ["is of another head", { ...awaiting, mergeRequested: { prNumber: 9, headSha: "h0" } }],
    ["became a merge", { ...awaiting, state: "deploying" }],
  ])("is not withdrawn when it %s", (_name, issue) => {
    expect(withdrawRequest(seen(issue), because("why"))).toEqual(nothing);
  });
});

describe("a merge on GitHub", () => {
  const merged = { type: "MERGED", on, data: { prNumber: 9, mergeSha: "m1" } };
  const by = (mergedBy: string) => ({ mergeSha: "m1", mergedBy });

  test("that this gate requested is recorded", () => {
    expect(recordMerge(seen(awaiting), by("ada"), "gate[bot]")).toEqual({ ...nothing, facts: [merged] });
  });

  test("that this gate's login made is recorded, also when the request was withdrawn meanwhile", () => {
    expect(recordMerge(seen(), by("gate[bot]"), "gate[bot]")).toEqual({ ...nothing, facts: [merged] });
  });

  test("that somebody else made is recorded after ADMIN_BYPASS_DETECTED", () => {
    const bypass = { type: "ADMIN_BYPASS_DETECTED", on, data: { prNumber: 9, mergedBy: "ada" } };
    expect(recordMerge(seen(), by("ada"), "gate[bot]")).toEqual({ ...nothing, facts: [bypass, merged] });
  });

  test("is recorded once", () => {
    expect(recordMerge(seen({ mergeSha: "m1" }), by("ada"), "gate[bot]")).toEqual(nothing);
  });

  test("is not recorded before GitHub names its commit", () => {
    expect(recordMerge(seen(awaiting), { mergeSha: null, mergedBy: "ada" }, "gate[bot]")).toEqual(nothing);
  });
});

describe("a conflict with the base", () => {
  test("is recorded for the head that has it", () => {
    expect(recordConflict(seen())).toEqual({ ...nothing, facts: [{ type: "MERGE_CONFLICT", on, data: requested }] });
  });

  test.each<[string, Partial<IssueLife>]>([
    ["a run is under way, which may resolve it", { holder }],
    ["an attempt waits for an agent", { endedAttempt: 2 }],
    ["it is known", { state: "merge_conflict" }],
  ])("is not recorded while %s", (_name, issue) => {
    expect(recordConflict(seen(issue))).toEqual(nothing);
  });
});
