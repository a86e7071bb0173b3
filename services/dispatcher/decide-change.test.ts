import { describe, expect, test } from "vitest";
import type { IssueFact } from "#contracts/issue-life.ts";
import * as given from "./test-history.ts";

const { decided, approved, assigned, change, issue, nothing, oneRun, opened, prCreated, queued, succeeded, outcome } =
  given;

describe("an objection to the head of a change", () => {
  const objection = given.changesRequested("h1");
  const open = change(...given.reviewed(objection));

  test("queues one fix of that head, with the objection as its reason", () => {
    const decision = decided(objection, { issue: issue(...oneRun), change: open });
    expect(outcome(decision)).toEqual(["ISSUE_QUEUED 2 fix", "work dev fix 2"]);
    expect(decision.work[0]).toMatchObject({
      prNumber: 9,
      headSha: "h1",
      reason: "Review-E asked for changes",
      baseBranch: "trunk",
    });
  });

  test.each([given.personObjects("h1"), given.personComments, given.personCommentsOnIssue, given.checksFailed("h1")])(
    "queues no second fix of that head: $type",
    (second) => {
      const seen = { change: open, objection: given.objectionTo("h1") };
      const waiting = issue(...oneRun, queued(2, "fix", "h1"));
      expect(decided(second, { issue: waiting, ...seen })).toEqual(nothing);
      const fixed = issue(...oneRun, queued(2, "fix", "h1"), assigned(2), succeeded(2, "h1"));
      expect(decided(second, { issue: fixed, ...seen })).toEqual(nothing);
    },
  );

  test.each([
    ["of a review that nobody claimed", [opened("h1"), objection]],
    [
      "of another claim than the reviewer's",
      [opened("h1"), given.reviewAssigned(), given.changesRequested("h1", "r9")],
    ],
    ["of another agent under the reviewer's claim", [opened("h1"), given.reviewAssigned(), given.byMallory(objection)]],
    ["beside the approval that ended the review", [...given.reviewed(given.reviewPassed()), objection]],
  ])("%s appends nothing", (_name, history) => {
    const forged = history.at(-1);
    if (forged?.type !== "REVIEW_CHANGES_REQUESTED") throw new Error("the last fact is no review");
    expect(decided(forged, { issue: issue(...oneRun), change: change(...history) })).toEqual(nothing);
  });

  test("to a superseded head appends nothing", () => {
    const pushed = change(...given.reviewed(objection), given.pushed("h2"));
    expect(decided(objection, { issue: issue(...oneRun), change: pushed })).toEqual(nothing);
  });

  test("to another pull request than the issue's appends nothing", () => {
    expect(
      decided({ ...objection, on: { ...objection.on, number: 10 } }, { issue: issue(...oneRun), change: open }),
    ).toEqual(nothing);
  });

  test("while a run is under way is queued as a fix when the run ends", () => {
    const running = [approved, queued(1), assigned(1), prCreated()];
    const objected = open;
    expect(decided(objection, { issue: issue(...running), change: objected })).toEqual(nothing);
    const ended = issue(...running, succeeded(1, "h1"));
    expect(outcome(decided(succeeded(1, "h1"), { issue: ended, change: objected }))).toEqual([
      "ISSUE_QUEUED 2 fix",
      "work dev fix 2",
    ]);
  });

  test("after three rounds of fixes asks a person and appends REVIEW_LOOP_EXCEEDED", () => {
    const rounds = [1, 2, 3].flatMap((round) => [
      queued(round + 1, "fix", `h${round}`),
      assigned(round + 1),
      prCreated(round + 1),
      succeeded(round + 1, `h${round + 1}`),
    ]);
    const fourth = change(opened("h1"), given.pushed("h4"), given.reviewAssigned("h4"), given.changesRequested("h4"));
    const decision = decided(given.changesRequested("h4"), { issue: issue(...oneRun, ...rounds), change: fourth });
    expect(outcome(decision)).toEqual(["REVIEW_LOOP_EXCEEDED", "ISSUE_NEEDS_HUMAN"]);
    expect(decision.facts[0]?.data).toEqual({ prNumber: 9, rounds: 3 });
    expect(decision.facts[1]?.data).toMatchObject({ reason: expect.stringContaining("3 rounds") });
  });

  test("asks a person at the first objection where the approval allows no round of fixes", () => {
    const [, ...rest] = oneRun;
    const decision = decided(objection, {
      issue: issue(given.approvedWith({ fixRoundsMax: 0 }), ...rest),
      change: open,
    });
    expect(outcome(decision)).toEqual(["REVIEW_LOOP_EXCEEDED", "ISSUE_NEEDS_HUMAN"]);
    expect(decision.facts[0]?.data).toEqual({ prNumber: 9, rounds: 0 });
  });

  test.each<[string, readonly IssueFact[]]>([
    ["settled", [...oneRun, given.needsHuman]],
    ["merged", [...oneRun, given.merged("2026-01-01T11:00:00.000Z")]],
  ])("to a change of an issue that is %s appends nothing", (_name, history) => {
    expect(decided(objection, { issue: issue(...history), change: open })).toEqual(nothing);
  });

  test("a conflict with the base queues a fix, and the issue leaves ready_to_merge", () => {
    const conflict = given.fact("MERGE_CONFLICT", { prNumber: 9, headSha: "h1" });
    const life = issue(...oneRun, given.mergeRequested, conflict);
    expect(life.state).toBe("merge_conflict");
    expect(outcome(decided(conflict, { issue: life, change: open }))).toEqual(["ISSUE_QUEUED 2 fix", "work dev fix 2"]);
  });
});

describe.each([given.personObjects("h1"), given.personComments, given.personCommentsOnIssue])("$type", (fact) => {
  const seen = { issue: issue(...oneRun), change: change(opened("h1")) };

  test("queues a fix of the head that GitHub confirms an objection to", () => {
    const decision = decided(fact, { ...seen, objection: given.objectionTo("h1") });
    expect(outcome(decision)).toEqual(["ISSUE_QUEUED 2 fix", "work dev fix 2"]);
    expect(decision.work[0]).toMatchObject({ prNumber: 9, headSha: "h1", reason: "bob asked for changes" });
  });

  test("alone queues nothing, because everybody may review and comment", () => {
    expect(decided(fact, seen)).toEqual(nothing);
  });

  test.each<[string, readonly IssueFact[]]>([
    ["settled", [...oneRun, given.needsHuman]],
    ["merged", [...oneRun, given.merged("2026-01-01T11:00:00.000Z")]],
    ["worked on", [...oneRun, queued(2, "fix", "h0"), assigned(2)]],
    ["without a change", [approved, queued(1), assigned(1), given.failed(1)]],
  ])("of an issue that is %s queues nothing", (_name, history) => {
    expect(decided(fact, { issue: issue(...history), objection: given.objectionTo("h1") })).toEqual(nothing);
  });
});

describe("a run succeeded", () => {
  test("but created no pull request of the issue: the attempt failed, and another one or a person follows", () => {
    const withoutChange = [approved, queued(1), assigned(1), succeeded(1)];
    const decision = decided(succeeded(1), { issue: issue(...withoutChange), change: change(opened("h1")) });
    expect(outcome(decision)).toEqual(["ISSUE_QUEUED 2 implement", "work dev implement 2"]);
    const reason = "internal: the run named #9, and no PR_CREATED for a branch of #7";
    expect(decision.facts[0]?.data).toMatchObject({ reason });
    const twice = issue(...withoutChange, queued(2), assigned(2), succeeded(2));
    expect(outcome(decided(succeeded(2), { issue: twice }))).toEqual(["ISSUE_NEEDS_HUMAN"]);
    const fix = issue(...oneRun, queued(2, "fix"), assigned(2), succeeded(2));
    expect(outcome(decided(succeeded(2), { issue: fix }))).toEqual(["ISSUE_QUEUED 3 fix", "work dev fix 3"]);
  });

  test.each<[string, readonly IssueFact[]]>([
    ["", []],
    [", also when the gate finds its conflict first", [given.fact("MERGE_CONFLICT", { prNumber: 9, headSha: "h1" })]],
  ])("by a fix that changed nothing: the attempt failed, and another one or a person follows%s", (_name, more) => {
    const ends = (attempt: number) =>
      [queued(attempt, "fix"), assigned(attempt), prCreated(attempt), succeeded(attempt), ...more] as const;
    const objected = change(...given.reviewed(given.changesRequested()));
    const decision = decided(succeeded(2), { issue: issue(...oneRun, ...ends(2)), change: objected });
    expect(outcome(decision)).toEqual(["ISSUE_QUEUED 3 fix", "work dev fix 3"]);
    expect(decision.facts[0]?.data).toMatchObject({ reason: "no-diff: the fix changed nothing", headSha: "h1" });
    const twice = issue(...oneRun, ...ends(2), ...ends(3));
    expect(outcome(decided(succeeded(3), { issue: twice, change: objected }))).toEqual(["ISSUE_NEEDS_HUMAN"]);
  });

  test("and its head is approved: nothing is left to do", () => {
    const approvedHead = change(...given.reviewed(given.reviewPassed()));
    expect(decided(succeeded(1), { issue: issue(...oneRun), change: approvedHead })).toEqual(nothing);
  });

  test("and a person objects to what it pushed: a fix is queued, also before the push is known", () => {
    for (const known of [opened("h1"), opened("h0")]) {
      const seen = { issue: issue(...oneRun), change: change(known), objection: given.objectionTo("h1") };
      expect(outcome(decided(succeeded(1), seen))).toEqual(["ISSUE_QUEUED 2 fix", "work dev fix 2"]);
    }
  });

  test("and nothing is known of its change yet: nothing is queued, because PR_OPENED follows", () => {
    expect(decided(succeeded(1), { issue: issue(...oneRun) })).toEqual(nothing);
  });

  test("and its change, whose review failed, was merged meanwhile: nobody is asked about the review", () => {
    const merged = change(...given.reviewed(given.reviewFailed()), given.prClosed("merged"));
    expect(decided(succeeded(1), { issue: issue(...oneRun), change: merged })).toEqual(nothing);
  });

  test("but its change was closed meanwhile: the issue is queued again", () => {
    const gone = change(opened("h1"), given.prClosed("unmerged"));
    const decision = decided(succeeded(1), { issue: issue(...oneRun), change: gone });
    expect(outcome(decision)).toEqual(["ISSUE_QUEUED 2 implement", "work dev implement 2"]);
  });

  test.each([
    ["another agent under the same claim", given.byMallory(succeeded(1))],
    ["the same agent under the same claim", succeeded(1, "h1", "c1")],
    ["an agent under a claim that nobody holds", succeeded(1, "h1", "c9")],
  ])("and %s publishes a second end after it: nothing follows from that", (_name, fact) => {
    const forged = { ...fact, id: "forged" };
    const gone = change(opened("h1"), given.prClosed("unmerged"));
    expect(decided(forged, { issue: issue(...oneRun, forged), change: gone })).toEqual(nothing);
  });

  test("redelivered once the next attempt is queued: nothing", () => {
    const objected = change(...given.reviewed(given.changesRequested()));
    expect(decided(succeeded(1), { issue: issue(...oneRun, queued(2, "fix")), change: objected })).toEqual(nothing);
  });
});

describe("the change is closed", () => {
  const unmerged = given.prClosed("unmerged");

  test("unmerged: the issue is queued again, never cancelled (production failure 5)", () => {
    const decision = decided(unmerged, { issue: issue(...oneRun) });
    expect(outcome(decision)).toEqual(["ISSUE_QUEUED 2 implement", "work dev implement 2"]);
    expect(decision.work[0]).toMatchObject({ prNumber: null, headSha: null, reason: "#9 was closed without a merge" });
  });

  test.each<[string, readonly IssueFact[]]>([
    ["a run is under way", [...oneRun, queued(2, "fix"), assigned(2)]],
    ["the next attempt waits for an agent", [...oneRun, queued(2)]],
    ["the issue is cancelled", [...oneRun, given.cancelled]],
    ["it is not the issue's change", [approved, queued(1), assigned(1), given.failed(1)]],
  ])("unmerged while %s: nothing is appended", (_name, history) => {
    expect(decided(unmerged, { issue: issue(...history) })).toEqual(nothing);
  });

  test("and opened again, of which was told before: nothing is appended", () => {
    const at = (second: number) => ({ updatedAt: `2026-01-01T11:00:0${second}Z` });
    const late = given.fact("PR_CLOSED", { ...unmerged.data, ...at(2) });
    const reopened = given.fact("PR_REOPENED", { ...opened("h1").data, ...at(3) });
    const seen = { issue: issue(...oneRun), change: change(opened("h1"), reopened, late) };
    expect(seen.change.open).toBe(true);
    expect(decided(late, seen)).toEqual(nothing);
    const closedAfter = change(opened("h1"), reopened, given.fact("PR_CLOSED", { ...unmerged.data, ...at(4) }));
    expect(outcome(decided(unmerged, { ...seen, change: closedAfter }))).toContain("ISSUE_QUEUED 2 implement");
  });

  test("by a merge: nothing is appended, because MERGED is the gate's fact", () => {
    expect(decided(given.prClosed("merged"), { issue: issue(...oneRun) })).toEqual(nothing);
  });
});
