import { describe, expect, test } from "vitest";
import type { ChangeFact } from "#contracts/change-life.ts";
import type { Fact } from "#contracts/envelope.ts";
import type { IssueFact } from "#contracts/issue-life.ts";
import * as given from "./test-history.ts";

const {
  approved,
  decided,
  assigned,
  change,
  fact,
  issue,
  oneRun,
  opened,
  outcome,
  prCreated,
  pushed,
  queued,
  succeeded,
} = given;

const reopened = (headSha: string) => fact("PR_REOPENED", opened(headSha).data);
const onto = (headSha: string, prevSha: string) => fact("PR_SYNCHRONIZED", { ...pushed(headSha).data, prevSha });
const fix = ["ISSUE_QUEUED 3 fix", "work dev fix 3"];

describe("a head that was fixed, and that a push brought back, is fixed again", () => {
  const life: readonly IssueFact[] = [...oneRun, queued(2, "fix", "h1"), assigned(2), prCreated(2), succeeded(2, "h2")];
  const heads: readonly ChangeFact[] = [opened("h1"), onto("h2", "h1"), onto("h1", "h2")];
  const seen = { issue: issue(...life), change: change(...heads) };

  test("when Review-E objects to it again", () => {
    const objection = given.changesRequested("h1", "r1");
    const history = change(...heads, given.reviewAssigned("h1", 1), objection);
    expect(outcome(decided(objection, { ...seen, change: history }))).toEqual(fix);
  });

  test("when its required checks are red", () => {
    expect(outcome(decided(given.checksFailed("h1"), seen))).toEqual(fix);
  });

  test("when it conflicts", () => {
    const conflict = fact("MERGE_CONFLICT", { prNumber: 9, headSha: "h1" });
    expect(outcome(decided(conflict, { ...seen, issue: issue(...life, conflict) }))).toEqual(fix);
  });

  test("when a person objects to it", () => {
    const objecting = { ...seen, objection: given.objectionTo("h1") };
    expect(outcome(decided(given.personObjects("h1"), objecting))).toEqual(fix);
  });

  test("when the push that brings it back comes after it: Review-E's objection, a red check and a person's review are known then", () => {
    const back = onto("h1", "h2");
    const told = [
      ...given.reviewed(given.changesRequested("h1")),
      onto("h2", "h1"),
      given.reviewAssigned("h2", 2),
      back,
    ];
    expect(outcome(decided(back, { ...seen, change: change(...told) }))).toEqual(fix);
    const red = { ...seen, change: change(opened("h1"), given.checksFailed("h1"), onto("h2", "h1"), back) };
    expect(outcome(decided(back, { ...red, redChecks: ["test"] }))).toEqual(fix);
    expect(outcome(decided(back, { ...seen, objection: given.objectionTo("h1") }))).toEqual(fix);
  });

  test("also when the push of the fix was never delivered", () => {
    const back = onto("h1", "h3");
    const told = change(...given.reviewed(given.changesRequested("h1")), onto("h3", "h2"), back);
    expect(told.supersededHeads).toEqual(["h2", "h1", "h3"]);
    expect(outcome(decided(back, { ...seen, change: told }))).toEqual(fix);
  });

  test("but not while the push of the fix is not delivered yet", () => {
    const early = { ...seen, change: change(opened("h1")) };
    expect(outcome(decided(given.checksFailed("h1"), early))).toEqual([]);
  });

  const at = (push: Fact<"PR_SYNCHRONIZED">, second: number) =>
    fact("PR_SYNCHRONIZED", { ...push.data, updatedAt: `2026-01-01T11:00:0${second}Z` });
  const [away, back] = [at(onto("h2", "h1"), 2), at(onto("h1", "h2"), 3)];
  const objected = given.reviewed(given.changesRequested("h1"));

  test.each<[string, readonly ChangeFact[]]>([
    ["in order", [...objected, away, back]],
    ["and the push of the fix was never delivered", [...objected, back]],
    ["and the push of the fix was delivered after the one that brought it back", [...objected, back, away]],
    [
      "and nothing of the change was delivered before",
      [back, given.reviewAssigned("h1"), given.changesRequested("h1")],
    ],
  ])("at the end of the run during which it came back, %s", (_how, told) => {
    expect(outcome(decided(succeeded(2, "h2"), { ...seen, change: change(...told) }))).toEqual(fix);
  });
});

describe("a head that a push brought back is reviewed again, although it was reviewed", () => {
  const approved = given.reviewed(given.reviewPassed("h1"));
  const back = onto("h1", "h2");

  test.each<[string, readonly ChangeFact[]]>([
    ["after a review of the head between that was posted and never ended", [onto("h2", "h1")]],
    ["also when the head between came while it was closed", [given.prClosed("unmerged"), reopened("h2")]],
  ])("%s", (_how, between) => {
    const told = change(...approved, ...between, given.reviewAssigned("h2", 2), back);
    expect(outcome(decided(back, { issue: issue(...oneRun), change: told }))).toEqual(["work review review 1"]);
    const closed = change(...approved, ...between, given.prClosed("unmerged"), reopened("h1"));
    const opening = decided(reopened("h1"), { issue: issue(...oneRun), change: closed });
    expect(outcome(opening)).toEqual(["work review review 1"]);
  });

  test("and not where the push comes that told of it already", () => {
    const now = "2026-01-01T11:00:00Z";
    const first = fact("PR_EDITED", { ...opened("h1").data, updatedAt: now });
    const push = fact("PR_SYNCHRONIZED", { ...onto("h1", "h0").data, updatedAt: now });
    const told = change(first, given.reviewAssigned("h1"), given.reviewPassed("h1"), push);
    expect(outcome(decided(push, { issue: issue(...oneRun), change: told }))).toEqual([]);
  });
});

test("an objection whose review is dismissed after its head came back leads to no fix", () => {
  const dismissed = fact("REVIEW_SUBMITTED", { ...given.personObjects("h1").data, reviewId: 1, state: "dismissed" });
  const passed = fact("REVIEW_PASSED", { ...given.reviewPassed("h2", "r2").data, reviewId: 2 });
  const between = [onto("h2", "h1"), given.reviewAssigned("h2", 2), passed];
  const told = [...given.reviewed(given.changesRequested("h1")), ...between, onto("h1", "h2"), dismissed];
  const running: readonly IssueFact[] = [...oneRun, queued(2, "fix", "h1"), assigned(2), prCreated(2)];
  const seen = { issue: issue(...running, succeeded(2, "h2")), change: change(...told) };
  expect(outcome(decided(succeeded(2, "h2"), seen))).toEqual(["work review review 1"]);
});

test("pushes without end lead to fifty reviews, and then to a person", () => {
  const life: IssueFact[] = [...oneRun];
  const history: ChangeFact[] = [opened("h0")];
  const outcomes: string[] = [];
  for (let count = 1; count <= 60; count += 1) {
    const push = onto(`x${count}`, count === 1 ? "h0" : `x${count - 1}`);
    history.push(push);
    const decision = decided(push, { issue: issue(...life), change: change(...history) });
    outcomes.push(...outcome(decision));
    life.push(...given.stored(decision));
    history.push(given.reviewAssigned(`x${count}`, count), given.reviewPassed(`x${count}`, `r${count}`));
  }
  expect(outcomes).toEqual([...Array(50).fill("work review review 1"), "ISSUE_NEEDS_HUMAN"]);
  const again = fact("ISSUE_APPROVED", given.approved.data, "2026-01-02T10:00:00.000Z");
  const after = { issue: issue(...life, again, queued(2), assigned(2), prCreated(2)), change: change(...history) };
  expect(outcome(decided(onto("y", "x60"), { ...after, change: change(...history, onto("y", "x60")) }))).toEqual([
    "work review review 1",
  ]);
});

test.each([
  ["a push cuts off while the model judges", () => []],
  [
    "end with a fault after the model answered",
    (claimId: string, headSha: string) => [
      fact("REVIEW_UNASSIGNED", { claimId, headSha, counts: true, reason: "503", details: null }),
    ],
  ],
])("reviews that %s count among the fifty", (_, endOf: (claimId: string, headSha: string) => readonly ChangeFact[]) => {
  const history: ChangeFact[] = [opened("h0")];
  const outcomes: string[] = [];
  for (let count = 1; count <= 60; count += 1) {
    const push = onto(`x${count}`, count === 1 ? "h0" : `x${count - 1}`);
    history.push(push);
    outcomes.push(...outcome(decided(push, { issue: issue(...oneRun), change: change(...history) })));
    history.push(given.reviewAssigned(`x${count}`, count), ...endOf(`r${count}`, `x${count}`));
  }
  expect(outcomes.slice(0, 51)).toEqual([...Array(50).fill("work review review 1"), "ISSUE_NEEDS_HUMAN"]);
});

test("pull requests without end that agents name on an issue lead to ten, and then to a person", () => {
  const life: IssueFact[] = [approved, queued(1), assigned(1)];
  const outcomes = Array.from({ length: 12 }, (_, at) => {
    const created = { ...prCreated(1), data: { ...prCreated(1).data, prNumber: at + 10 } };
    life.push({ ...created, id: `created ${at}` });
    const named = { ...created, id: `created ${at}` };
    return outcome(decided(named, { issue: issue(...life), change: change(opened("h1")), prNumber: at + 10 }));
  });
  expect(outcomes).toEqual([...Array(10).fill(["work review review 1"]), ["ISSUE_NEEDS_HUMAN"], ["ISSUE_NEEDS_HUMAN"]]);
});

test("the label after fifty reviews begins their count again, and the head that nobody reviewed is reviewed", () => {
  const heads: ChangeFact[] = [opened("x0")];
  for (let count = 1; count <= 50; count += 1) {
    heads.push(given.reviewAssigned(`x${count - 1}`, count), given.reviewPassed(`x${count - 1}`, `r${count}`));
    heads.push(onto(`x${count}`, `x${count - 1}`));
  }
  const label = fact("ISSUE_LABELED", given.labeled().data, "2026-01-02T10:00:00.000Z");
  const decision = decided(label, { issue: issue(...oneRun, given.needsHuman), change: change(...heads) });
  expect(outcome(decision)).toEqual([
    "ISSUE_APPROVED",
    "ISSUE_QUEUED 2 implement",
    "work dev implement 2",
    "work review review 1",
  ]);
});

test("claims on a review that were released are no reviews", () => {
  const released = Array.from({ length: 60 }, (_, at) => [
    given.reviewAssigned("h1", at + 1),
    fact("REVIEW_UNASSIGNED", { claimId: `r${at + 1}`, headSha: "h1", counts: false, reason: "away", details: null }),
  ]).flat();
  const history = [opened("h1"), ...released, onto("h2", "h1")];
  const push = onto("h2", "h1");
  expect(outcome(decided(push, { issue: issue(...oneRun), change: change(...history) }))).toEqual([
    "work review review 1",
  ]);
});

describe("a change that was merged into another branch than the issue's leads to a person", () => {
  const into = (baseBranch: string) =>
    fact("PR_CLOSED", { ...opened("h1").data, baseBranch, merged: true, mergeSha: "m1", sender: "dev-e[bot]" });
  const inScratch = into("scratch");

  test("when it is told, and at the end of the run that was under way then", () => {
    const merged = change(opened("h1"), inScratch);
    const seen = { issue: issue(...oneRun), change: merged, isMergedElsewhere: true };
    const told = decided(inScratch, seen);
    expect(outcome(told)).toEqual(["ISSUE_NEEDS_HUMAN"]);
    expect(told.facts[0]?.data).toMatchObject({ reason: "#9 was merged into scratch, not into trunk" });
    expect(outcome(decided(succeeded(1), seen))).toEqual(["ISSUE_NEEDS_HUMAN"]);
  });

  test.each(["trunk", "main"])(
    "and one that was merged into the default branch is the gate's business: %s",
    (branch) => {
      const merged = change(opened("h1"), into(branch));
      expect(outcome(decided(into(branch), { issue: issue(...oneRun), change: merged }))).toEqual([]);
    },
  );
});
