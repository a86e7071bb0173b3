import { describe, expect, test } from "vitest";
import { evaluateSeen } from "#contracts/gate/evaluate.ts";
import { type QueueEvent, queueLogin } from "#contracts/gate/queue.ts";
import { requiring, seen } from "#contracts/gate/test-earned.ts";
import { foldIssue, type IssueFact } from "#contracts/issue-life.ts";
import { factOf } from "#contracts/test-facts.ts";
import { endOfQueue, isMergedByQueue, isOnlyQueued, recordQueued } from "./decide-queue.ts";

const gateLogin = "merge-gate[bot]";
const of = { prNumber: 9, headSha: "h1" };
const nothing = { facts: [], work: [] };
const requested = factOf("MERGE_REQUESTED", of, { occurredAt: "2026-01-01T11:00:00.000Z" });
const queued = factOf("MERGE_QUEUED", of, { occurredAt: "2026-01-01T11:00:01.000Z" });
const failed = factOf("MERGE_FAILED", { ...of, reason: "red", details: null });
const isIn = (by = gateLogin): QueueEvent => ({ isIn: true, by, reason: "" });
const isOut = (reason: string, by = queueLogin): QueueEvent => ({ isIn: false, by, reason });
/** What the gate sees of a change that is in the queue no more, after these facts. */
const gone = (history: readonly IssueFact[], at = "2026-01-01T11:05:00.000Z") => ({
  ...seen({
    issue: { ...seen({}).issue, ...pickQueue(history) },
    forge: requiring({ mergeQueue: { method: "merge" } }),
  }),
  at,
});

function pickQueue(history: readonly IssueFact[]) {
  const { state, mergeRequested, mergeQueued } = foldIssue(history);
  return { state, mergeRequested, mergeQueued };
}

function endAfter(history: readonly IssueFact[], events: readonly QueueEvent[], at?: string) {
  const now = gone(history, at);
  return endOfQueue(evaluateSeen(now), now, { events, gateLogin, history });
}

describe("that it is in the queue", () => {
  const standing = { state: "ready_to_merge", mergeRequested: of } as const;

  test("is recorded once for each request", () => {
    expect(recordQueued(seen({ issue: standing })).facts).toMatchObject([{ type: "MERGE_QUEUED", data: of }]);
    expect(recordQueued(gone([requested, queued]))).toEqual(nothing);
    expect(recordQueued(gone([requested, queued, failed, requested])).facts).toHaveLength(1);
  });

  test("is not recorded where no request for this head stands", () => {
    expect(recordQueued(seen({}))).toEqual(nothing);
    expect(recordQueued(seen({ issue: standing, forge: { headSha: "h2" } }))).toEqual(nothing);
  });

  test("is all that is waited for only where nothing else holds", () => {
    const entry = { by: gateLogin, isOwn: true, state: "QUEUED", position: 1 };
    expect(isOnlyQueued(evaluateSeen(seen({ forge: { queued: entry } })))).toBe(true);
    expect(isOnlyQueued(evaluateSeen(seen({ forge: { queued: entry, draft: true } })))).toBe(false);
  });
});

describe("a change that the queue has no more", () => {
  const once = [requested, queued];

  test.each<[string, readonly QueueEvent[]]>([
    ["nothing at all", []],
    ["only that it went in", [isIn()]],
    ["that it merged it", [isIn(), isOut("merged")]],
    ["that somebody merged it already", [isIn(), isOut("ALREADY_MERGED")]],
  ])("is waited for while GitHub lists %s", (_name, events) => {
    expect(endAfter(once, events)).toBeNull();
  });

  test("is waited for while GitHub lists only how an earlier entry ended", () => {
    const again = [requested, queued, failed, requested, queued];
    expect(endAfter(again, [isIn(), isOut("failed_checks")])).toBeNull();
    expect(endAfter(again, [isIn(), isOut("failed_checks"), isIn(), isOut("failed_checks")])).not.toBeNull();
  });

  test("is waited for while GitHub lists only how the entry of somebody else ended", () => {
    const ofWendy = [isIn("wendy"), isOut("MANUAL", "wendy")];
    expect(endAfter(once, ofWendy)).toBeNull();
    expect(endAfter(once, [...ofWendy, isIn(), isOut("CI_FAILURE")])).toMatchObject({ asksPerson: false });
  });

  test("is asked for again with GitHub's words, five times at most for one head", () => {
    const events = [isIn(), isOut("failed_checks")];
    const said = { reason: "the merge queue took it out", details: { text: "failed_checks" } };
    expect(endAfter(once, events)).toEqual({ ...said, asksPerson: false });
    const asked = (count: number) => Array.from({ length: count }, () => requested);
    expect(endAfter([...asked(4), queued], events)).toEqual({ ...said, asksPerson: false });
    expect(endAfter([...asked(5), queued], events)).toEqual({ ...said, asksPerson: true });
  });

  test("is a person's at once where somebody took it out by hand", () => {
    expect(endAfter(once, [isIn(), isOut("manual", "wendy")])).toMatchObject({
      reason: "wendy took it out of the merge queue",
      asksPerson: true,
    });
    expect(endAfter(once, [isIn(), isOut("manual", gateLogin)])).toMatchObject({ asksPerson: false });
    expect(endAfter(once, [isIn(), isOut("", "")])).toMatchObject({ asksPerson: false });
  });

  test("of which GitHub lists no end within an hour is asked for again", () => {
    const now = (at: string) => {
      const lastGate = evaluateSeen(seen({}));
      const checks = lastGate.checks.map((check) => ({ ...check, since: "2026-01-01T11:30:00.000Z" }));
      return { ...gone(once, at), change: { ...seen({}).change, lastGate: { ...lastGate, checks } } };
    };
    const endAt = (at: string) =>
      endOfQueue(evaluateSeen(now(at)), now(at), { events: [isIn()], gateLogin, history: once });
    expect(endAt("2026-01-01T12:30:00.000Z")).toBeNull();
    expect(endAt("2026-01-01T12:30:00.001Z")).toMatchObject({ asksPerson: false });
  });
});

describe("a merge by the queue", () => {
  const by = (mergedBy: string, events: readonly QueueEvent[], history: readonly IssueFact[] = []) =>
    isMergedByQueue({ mergedBy, gateLogin }, gone(history), events);

  test("is the gate's only where the gate put it in last", () => {
    expect(by(queueLogin, [isIn()])).toBe(true);
    expect(by(queueLogin, [isIn(), isOut("manual", "wendy"), isIn("wendy")])).toBe(false);
    expect(by(queueLogin, [])).toBe(false);
    expect(by(queueLogin, [], [requested, queued])).toBe(true);
    expect(by("wendy", [isIn()], [requested, queued])).toBe(false);
  });
});
