import { describe, expect, test } from "vitest";
import type { ChangeFact } from "#contracts/change-life.ts";
import { isOnlyOld, lostOf } from "./decide.ts";
import { awaitsThreads, type ChangeSeen, missingLook } from "./decide-change.ts";
import { at, fact, open, opened } from "./test-seen.ts";

// Given the gate's evaluations of a pull request and what GitHub shows of its threads; then whether the gate has to look again.

describe("a change that the gate holds because of its threads", () => {
  const checks = [{ name: "threads", passed: false, why: "1 review thread is open" } as const];
  const held = (minutes: number, isResolved = false) => {
    const threads = [{ id: "T1", isResolved, comments: [4] }];
    // As the gate stores it: a snapshot of its own each time.
    const snapshot = { sha256: `${minutes}`, bytes: 1, subject: `text.acme.widgets.1.${minutes}.merge-gate` };
    return fact("GATE_EVALUATED", { headSha: "two", passed: false, checks, threads, snapshot }, minutes);
  };
  const outdated = (minutes: number) => fact("GATE_OUTDATED", { headSha: "two", because: "threads" }, minutes);
  const shown = (isResolved: boolean, ...comments: readonly number[]) => {
    return { id: "T1", isResolved, comments: comments.map((databaseId) => ({ databaseId })) };
  };
  const stranger = { id: "T2", isResolved: false, comments: [{ databaseId: 9 }] };
  const looks = (threads: ChangeSeen["threads"], ...history: readonly ChangeFact[]) =>
    missingLook({ ...open, threads }, [opened, ...history], at(10));
  const inMs = (time: string) => new Date(time).toISOString();
  const asked = [
    {
      at: inMs(at(1)),
      draft: {
        ...{ type: "GATE_OUTDATED", on: { kind: "pr", owner: "acme", repo: "widgets", number: 1 } },
        data: { headSha: "two", because: "threads" },
      },
    },
  ];

  test("is compared with what the gate saw of them: as it saw them they are no news", () => {
    expect(awaitsThreads([opened, held(1)])).toBe(true);
    expect(looks([shown(false, 4, 5), stranger], held(1))).toEqual([]);
    expect(looks([shown(true, 4)], held(1, true))).toEqual([]);
  });

  test.each<[string, ChangeSeen["threads"], boolean]>([
    ["was resolved", [shown(true, 4), stranger], false],
    ["was opened again", [shown(false, 4)], true],
    ["is gone with its only comment, also an App's", [stranger], false],
    ["has lost the comment of somebody who may object", [shown(false, 5)], false],
  ])("asks the gate when a thread %s and no delivery told of it", (_, threads, isResolved) => {
    expect(looks(threads, held(1, isResolved))).toEqual(asked);
  });

  test("asks once, and again each time that the gate evaluated it and it is otherwise again", () => {
    expect(looks([shown(true, 4)], held(0), outdated(1))).toEqual([]);
    expect(looks([shown(true, 4)], held(0), outdated(0), held(1, true), outdated(1), held(1))).toEqual(asked);
  });

  test("asks later each time while the gate finds the same, because it may see the thread otherwise for good", () => {
    const same = [held(0), held(1), held(2)];
    const since = (...more: readonly ChangeFact[]) => looks([shown(true, 4)], ...same, ...more)[0]?.at;
    expect([since(), since(held(3, true), held(4))]).toEqual([at(5), at(4)].map(inMs));
    expect(since(...Array(20).fill(held(2)))).toBe(inMs(at(67)));
  });

  test("asks nothing where the threads are not known, and within a minute of the evaluation", () => {
    expect(looks(null, held(1))).toEqual([]);
    expect(lostOf(looks([], held(9)), at(10))).toHaveLength(1);
    expect(lostOf(looks([], fact("GATE_EVALUATED", held(0).data, 9.5)), at(10))).toEqual([]);
  });

  test("is the only one whose threads are read", () => {
    expect(awaitsThreads([opened])).toBe(false);
    expect(looks([shown(true, 4)])).toEqual([]);
  });
});

describe("a change of which the gate's last evaluation is old", () => {
  const evaluated = fact("GATE_EVALUATED", { headSha: "two", passed: false, checks: [], threads: [] });
  const again = (minutes: number) => fact("GATE_OUTDATED", { headSha: "two", because: "time" }, minutes);
  const looks = (minutes: number, ...history: readonly ChangeFact[]) =>
    missingLook(open, [opened, evaluated, ...history], at(minutes)).map(({ draft }) => draft.data);
  const asked = [{ headSha: "two", because: "time" }];

  test.each<[string, number, readonly ChangeFact[]]>([
    ["an hour and five minutes", 66, []],
    ["twice as long", 60 + 131, [again(60)]],
    ["four times as long", 180 + 261, [again(60), again(180)]],
    ["a day at last", 2_000 + 1_441, [60, 180, 420, 900, 1_860, 2_000].map(again)],
  ])("asks it again after %s, whatever was lost, and not before", (_, minutes, history) => {
    expect(looks(minutes, ...history)).toEqual(asked);
    expect(looks(minutes - 1, ...history)).toEqual([]);
  });

  test("asks as early each time where the head has earned its merge, and nothing was lost by it", () => {
    const earned = fact("GATE_EVALUATED", { ...evaluated.data, passed: true });
    expect(missingLook(open, [opened, earned, again(60), again(120)], at(186))).toHaveLength(1);
    expect(missingLook(open, [opened, evaluated], at(66)).filter((each) => !isOnlyOld(each))).toEqual([]);
  });
});

test.each(["in-line", "base-red"] as const)(
  "a change that only waits for others is looked at as early each time: %s",
  (hold) => {
    const missing = { name: "mergeable", passed: false, hold, why: "" } as const;
    const looks = (
      ...checks: readonly (typeof missing | { name: "ci"; passed: false; hold: "check-running"; why: "" })[]
    ) => {
      const evaluated = fact("GATE_EVALUATED", { headSha: "two", passed: false, checks, threads: [] });
      const again = [60, 120].map((minutes) => fact("GATE_OUTDATED", { headSha: "two", because: "time" }, minutes));
      return missingLook(open, [opened, evaluated, ...again], at(186));
    };
    expect(looks(missing)).toHaveLength(1);
    expect(looks(missing, { name: "ci", passed: false, hold: "check-running", why: "" })).toEqual([]);
  },
);

test("the gate is asked to look at a change that it never evaluated, 65 minutes after its opening, and later each time", () => {
  const again = (minutes: number) => fact("GATE_OUTDATED", { headSha: "two", because: "time" }, minutes);
  const looks = (minutes: number, ...more: readonly ChangeFact[]) =>
    missingLook(open, [opened, ...more], at(minutes)).map(({ draft }) => draft.data);
  expect([looks(65), looks(66)]).toEqual([[], [{ headSha: "two", because: "time" }]]);
  expect([looks(196, again(66)), looks(197, again(66))].map(({ length }) => length)).toEqual([0, 1]);
});

test("the gate is asked to look when the deadline of a condition passes, and once for each", () => {
  const check = { name: "ci", passed: false, why: "required and not run: ci", hold: "requirements-unknown" } as const;
  const held = fact(
    "GATE_EVALUATED",
    {
      ...{ headSha: "two", passed: false, threads: [] },
      checks: [{ ...check, since: new Date(at(0)).toISOString() }],
    },
    0,
  );
  const asked = fact("GATE_OUTDATED", { headSha: "two", because: "time" }, 61);
  const looks = (minutes: number, ...more: readonly ChangeFact[]) =>
    missingLook(open, [opened, held, ...more], at(minutes)).map((look) => look.at);
  expect([looks(60), looks(61)]).toEqual([[], [new Date(at(60)).toISOString()]]);
  // It was asked for once, so the next look is due after twice 65 minutes, as for every evaluation.
  expect([looks(62, asked), looks(190, asked), looks(193, asked)].map(({ length }) => length)).toEqual([0, 0, 1]);
});
