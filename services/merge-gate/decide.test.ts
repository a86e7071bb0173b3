import { describe, expect, test } from "vitest";
import { type Evaluation, evaluateSeen } from "#contracts/gate/evaluate.ts";
import type { ForgeState } from "#contracts/gate/snapshot.ts";
import { approval, seen, threadsWith } from "#contracts/gate/test-earned.ts";
import type { IssueFact, IssueLife } from "#contracts/issue-life.ts";
import { because } from "#contracts/reason.ts";
import { factOf } from "#contracts/test-facts.ts";
import {
  isMergeOf,
  isOwnRequest,
  needsBase,
  recordConflict,
  recordMerge,
  report,
  requestMerge,
  timed,
  withdrawOrphan,
  withdrawRequest,
} from "./decide.ts";

const on = { kind: "issue", owner: "acme", repo: "shop", number: 7 } as const;
const pr = { kind: "pr", owner: "acme", repo: "shop", number: 9 } as const;
const nothing = { facts: [], work: [] };
const requested = { prNumber: 9, headSha: "h1" };

const awaiting = { state: "ready_to_merge", mergeRequested: requested } as const;
const holder = { claimId: "c", epoch: 3, agentId: "dev-e", instanceId: "i", attempt: 3 };

describe("an evaluation", () => {
  const passed = evaluateSeen(seen({}));

  test("that is the first of its change is reported", () => {
    const { at } = seen({});
    const checks = passed.checks.map((check) => ({ ...check, since: at }));
    const snapshot = { text: "{}", keptDays: 30 };
    const reported = { type: "GATE_EVALUATED", on: pr, data: { ...passed, checks, snapshot } };
    expect(report(passed, seen({}), "{}")).toEqual({ ...nothing, facts: [reported] });
  });

  test("that has the same outcome as the last one is not reported again", () => {
    expect(report(passed, seen({ change: { lastGate: { ...passed, snapshot: null } } }), "{}")).toEqual(nothing);
  });

  test("is given again when the reconciler asked for it, so that it knows what the gate saw", () => {
    const change = { lastGate: passed, gateOutdated: true };
    expect(report(passed, seen({ change }), "{}").facts).toHaveLength(1);
  });

  test.each<[string, Partial<ForgeState>]>([
    ["another head", { headSha: "h2" }],
    ["one condition less", { reviews: [] }],
    ["another reason of the same condition", { threads: threadsWith(2) }],
  ])("of %s is reported", (_name, more) => {
    const threads = threadsWith(1);
    const lastGate = evaluateSeen(seen({ forge: { threads } }));
    const now = seen({ change: { lastGate }, forge: { threads, ...more } });
    expect(report(evaluateSeen(now), now, "{}").facts).toHaveLength(1);
  });

  test("says since when each condition is as it is, also where only its words have changed", () => {
    const sinceOf = (lastGate: Evaluation, forge: Partial<ForgeState>) => {
      const now = seen({ change: { lastGate }, forge });
      const [fact] = report(evaluateSeen(now), now, "{}").facts;
      if (fact?.type !== "GATE_EVALUATED") throw new Error("nothing was reported");
      return Object.fromEntries(fact.data.checks.map(({ name, since }) => [name, since]));
    };
    const earlier = "2026-01-01T08:00:00.000Z";
    const held = evaluateSeen(seen({ forge: { threads: threadsWith(1), draft: true } }));
    const lastGate = { ...held, checks: held.checks.map((check) => ({ ...check, since: earlier })) };
    const now = "2026-01-01T12:00:00.000Z";
    expect(sinceOf(lastGate, { threads: threadsWith(2) })).toMatchObject({ threads: earlier, open: now, ci: earlier });
    expect(sinceOf(lastGate, { threads: threadsWith(1), open: false })).toMatchObject({ open: now });
    expect(sinceOf(held, { draft: true })).toMatchObject({ open: now, ci: now });
  });

  test("of which the snapshot is too long for a text names none", () => {
    const [fact] = report(passed, seen({}), null).facts;
    expect(fact).toMatchObject({ data: { snapshot: null } });
  });
});

describe("the merge of a head that has earned it", () => {
  const evaluation = evaluateSeen(seen({}));

  test("is requested", () => {
    expect(requestMerge(evaluation, seen({}))).toEqual({
      ...nothing,
      facts: [{ type: "MERGE_REQUESTED", on, data: { ...requested, baseSha: "b1" } }],
    });
  });

  test("is requested once: the gate that finds the request leaves the merge to the other", () => {
    expect(requestMerge(evaluation, seen({ issue: awaiting }))).toEqual(nothing);
  });

  test("is requested again for a later head", () => {
    const later = seen({ issue: { mergeRequested: { prNumber: 9, headSha: "h0" } } });
    expect(requestMerge(evaluation, later).facts).toHaveLength(1);
  });

  test.each<[string, Partial<IssueLife>]>([
    ["was cancelled", { state: "cancelled" }],
    ["is worked on", { holder, endedAttempt: 2 }],
    ["was claimed again", { epoch: 4 }],
    ["has another pull request", { pr: { number: 10, branch: "feature/issue-7" } }],
  ])("is not requested when the issue %s between the evaluation and the append", (_name, issue) => {
    expect(requestMerge(evaluation, seen({ issue }))).toEqual(nothing);
  });
});

describe("a request that was not fulfilled", () => {
  const why = because("GitHub answered 409", "the head moved");
  const earlier = { prNumber: 9, headSha: "h0" };

  test.each([
    ["", requested],
    [" although it is of another head than the current one", earlier],
  ])("is withdrawn with the reason%s", (_name, mergeRequested) => {
    const failed = { type: "MERGE_FAILED", on, data: { ...mergeRequested, ...why } };
    const now = seen({ issue: { ...awaiting, mergeRequested } });
    expect(withdrawRequest(mergeRequested, why, now)).toEqual({ ...nothing, facts: [failed] });
  });

  test.each<[string, Partial<IssueLife>]>([
    ["was never made", {}],
    [
      "was made by another gate since, for a later head",
      { ...awaiting, mergeRequested: { prNumber: 9, headSha: "h2" } },
    ],
    ["became a merge", { ...awaiting, state: "deploying" }],
  ])("is not withdrawn when it %s", (_name, issue) => {
    expect(withdrawRequest(requested, why, seen({ issue }))).toEqual(nothing);
    expect(withdrawRequest(null, why, seen({ issue }))).toEqual(nothing);
  });
});

describe("a request that another message made", () => {
  const request = { ...factOf("MERGE_REQUESTED", requested), causationId: "dead" };
  const later = (ms: number) => new Date(Date.parse(request.occurredAt) + ms).toISOString();
  const orphan = (ms: number, id = "cause", { headSha = "h1", history = [request] } = {}) =>
    withdrawOrphan({ ...seen({ issue: awaiting, forge: { headSha } }), at: later(ms) }, { cause: { id }, history });

  test("more than an hour ago is taken over: its message is a dead letter", () => {
    expect(orphan(3_600_001).facts).toMatchObject([{ type: "MERGE_FAILED", on, data: requested }]);
  });

  test("an hour ago or less, for another head, or by this very message is not", () => {
    expect(orphan(3_600_000)).toEqual(nothing);
    expect(orphan(3_600_001, "dead")).toEqual(nothing);
    expect(orphan(3_600_001, "cause", { headSha: "h2" })).toEqual(nothing);
  });

  test("counts by its last one: what another message requested before is past", () => {
    const again = { ...request, causationId: "alive", occurredAt: later(3_600_000) };
    expect(orphan(3_600_001, "cause", { history: [request, again] })).toEqual(nothing);
  });
});

describe("the merge is asked of GitHub", () => {
  const cause = { id: "cause" };
  const request = { ...factOf("MERGE_REQUESTED", requested), causationId: cause.id };
  const rivals = { ...request, causationId: "another" };
  const may = (issue: Partial<IssueLife>, history: readonly IssueFact[] = [request]) =>
    isOwnRequest(evaluateSeen(seen({})), seen({ issue: { ...awaiting, ...issue } }), { cause, history });

  test("by the gate that requested it, also when its message is redelivered", () => {
    expect(may({})).toBe(true);
    expect(may({}, [rivals, request])).toBe(true);
  });

  test("by no other gate", () => {
    expect(may({}, [rivals])).toBe(false);
    expect(may({}, [request, rivals])).toBe(false);
    expect(may({}, [])).toBe(false);
  });

  test.each<[string, Partial<IssueLife>]>([
    ["was withdrawn", { state: "in_review", mergeRequested: null }],
    ["is of another head by now", { mergeRequested: { prNumber: 9, headSha: "h2" } }],
    ["is of another pull request", { mergeRequested: { prNumber: 8, headSha: "h1" } }],
    ["is of an issue that was cancelled", { state: "cancelled" }],
    ["is of an issue that a person is asked about", { state: "needs_human" }],
  ])("not when the request %s since its message was delivered first", (_name, issue) => {
    expect(may(issue)).toBe(false);
  });
});

describe("a merge on GitHub", () => {
  const merged = { type: "MERGED", on, data: { prNumber: 9, mergeSha: "m1" } };
  const by = (mergedBy: string) => ({ mergeSha: "m1", mergedBy, gateLogin: "gate[bot]", byQueue: false });

  test("that this gate's login made is recorded, also when the request was withdrawn meanwhile", () => {
    expect(recordMerge(by("gate[bot]"), seen({}))).toEqual({ ...nothing, facts: [merged] });
  });

  test.each([
    ["", seen({})],
    [", while a request for it stands", seen({ issue: awaiting })],
  ])("that somebody else made is recorded after ADMIN_BYPASS_DETECTED%s", (_, found) => {
    const bypass = { type: "ADMIN_BYPASS_DETECTED", on, data: { prNumber: 9, mergedBy: "ada" } };
    expect(recordMerge(by("ada"), found)).toEqual({ ...nothing, facts: [bypass, merged] });
  });

  test("is recorded once", () => {
    expect(recordMerge(by("ada"), seen({ issue: { mergeSha: "m1" } }))).toEqual(nothing);
  });
});

describe("a conflict with the base", () => {
  const conflicting = evaluateSeen(seen({ forge: { mergeable: false } }));

  test("is recorded for the head that has it", () => {
    expect(recordConflict(conflicting, seen({}))).toEqual({
      ...nothing,
      facts: [{ type: "MERGE_CONFLICT", on, data: requested }],
    });
  });

  test.each<[string, Partial<IssueLife>]>([
    ["a run is under way, which may resolve it", { holder }],
    ["an attempt waits for an agent", { endedAttempt: 2 }],
    ["it is known", { state: "merge_conflict", conflictSha: requested.headSha }],
  ])("is not recorded while %s", (_name, issue) => {
    expect(recordConflict(conflicting, seen({ issue }))).toEqual(nothing);
  });

  test.each<[string, Partial<ForgeState>]>([
    ["a conflict", { mergeable: false }],
    ["a conflict of a change that is not reviewed", { mergeable: false, reviews: [] }],
    ["a head behind a strict base, when nothing else is missing,", { behind: "strict" }],
    ["a head behind a base into which others merged what it had before", { behind: "shared", mergeBase: null }],
  ])("%s asks an agent to merge the base", (_name, forge) => {
    const now = seen({ forge });
    expect(needsBase(evaluateSeen(now), now.forge)).toBe(true);
  });

  test.each<[string, Partial<ForgeState>]>([
    ["without a review", { behind: "strict", reviews: [] }],
    ["with an objection", { behind: "strict", reviews: [{ ...approval, state: "CHANGES_REQUESTED" }] }],
    ["of a change that is closed", { behind: "strict", open: false }],
    ["of a change that is closed and conflicts", { mergeable: false, open: false }],
    ["that is not behind", {}],
  ])("a head behind a strict base %s asks nobody yet", (_name, forge) => {
    const now = seen({ forge });
    expect(needsBase(evaluateSeen(now), now.forge)).toBe(false);
  });

  test("is recorded once more when a merge of the same head was requested since, which it ends", () => {
    const issue = { ...awaiting, conflictSha: requested.headSha };
    expect(recordConflict(conflicting, seen({ issue })).facts).toHaveLength(1);
  });

  test("of an issue that is settled is not recorded, because nobody would answer it", () => {
    expect(recordConflict(conflicting, seen({ issue: { state: "needs_human" } }))).toEqual(nothing);
  });

  test("is recorded for a later head, although that of an earlier one is known", () => {
    const issue = { state: "merge_conflict", conflictSha: "an earlier head" } as const;
    expect(recordConflict(conflicting, seen({ issue })).facts).toHaveLength(1);
  });
});

test("a pull request that was merged more than a minute before the approval is no merge of what is approved", () => {
  const issue = { defaultBranch: "main", approvedAt: "2026-01-01T12:00:00.000Z" };
  const at = (mergedAt: string | null, more: object = {}) =>
    isMergeOf(issue, { merged: true, mergedAt, baseBranch: "main", intoDefault: true, ...more });
  expect([at("2026-01-01T11:58:59Z"), at("2026-01-01T11:59:00Z"), at("2026-01-01T12:30:00Z")]).toEqual([
    false,
    true,
    true,
  ]);
  expect([
    at(null),
    isMergeOf({ ...issue, approvedAt: null }, { merged: true, mergedAt: null, baseBranch: "main", intoDefault: false }),
  ]).toEqual([true, true]);
  expect(at("2026-01-01T12:30:00Z", { baseBranch: "release", intoDefault: false })).toBe(false);
  expect(at("2026-01-01T12:30:00Z", { merged: false })).toBe(false);
});

test("with another head each wait begins again, but for what no head mends", () => {
  const [then, now] = ["2026-01-01T08:00:00.000Z", "2026-01-01T12:00:00.000Z"];
  const held = evaluateSeen(seen({ forge: { reviews: [], threads: null } }));
  const last = { ...held, checks: held.checks.map((check) => ({ ...check, since: then })) };
  const since = (headSha: string) => {
    const checks = timed(held, { lastGate: { ...last, headSha }, at: now });
    return checks.flatMap(({ hold, since: at }) => (hold === undefined ? [] : [[hold, at]]));
  };
  expect(since("h1")).toEqual([
    ["not-approved", then],
    ["threads-unknown", then],
  ]);
  expect(since("h0")).toEqual([
    ["not-approved", now],
    ["threads-unknown", then],
  ]);
});
