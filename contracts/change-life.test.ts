import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DataOf } from "./catalogue.ts";
import { type ChangeFact, endedReview, evolveChange, foldChange, isReviewable, unknownChange } from "./change-life.ts";
import { publishersOf } from "./choreography.ts";
import { anyData, anyFactOf, emptyText, factOf, factTypesOf } from "./test-facts.ts";

const types = factTypesOf("pr");
const anyHistory = fc.array(anyFactOf(types), { maxLength: 20 });

const snapshot = (headSha: string): DataOf<"PR_OPENED"> => ({
  title: "t",
  author: "dev-e[bot]",
  branch: "feature/issue-3",
  baseBranch: "main",
  headSha,
  closes: [3],
});
const opened = factOf("PR_OPENED", snapshot("one"));
const pushed = factOf("PR_SYNCHRONIZED", { ...snapshot("two"), prevSha: "one" });
const closed = (merged: boolean) =>
  factOf("PR_CLOSED", { ...snapshot("one"), merged, mergeSha: merged ? "m" : null, sender: "gate" });
const assigned = factOf("REVIEW_ASSIGNED", {
  claimId: "a",
  epoch: 1,
  agentId: "review-e",
  instanceId: "i",
  attempt: 1,
  headSha: "one",
});
const passed = factOf("REVIEW_PASSED", { claimId: "a", headSha: "one", reviewId: 1, summary: emptyText });
const refused = factOf("REVIEW_CHANGES_REQUESTED", { ...passed.data, threads: [] });
const failed = factOf("REVIEW_FAILED", { claimId: "a", headSha: "one", reason: "no verdict", details: null });
const submitted = (more: Partial<DataOf<"REVIEW_SUBMITTED">>) =>
  factOf("REVIEW_SUBMITTED", {
    reviewId: 2,
    reviewer: "ada",
    reviewerType: "User",
    state: "changes_requested",
    headSha: "one",
    ...more,
  });

describe.each(types)("any %s", (type) => {
  test("has an answer after any history", () => {
    fc.assert(
      fc.property(anyHistory, anyData(type), (history, data) => {
        const life = evolveChange(foldChange(history), factOf(type, data) as ChangeFact);
        expect(Object.keys(life).sort()).toEqual(Object.keys(unknownChange).sort());
      }),
      { numRuns: 20 },
    );
  });
});

test("only facts of GitHub's deliveries open or close a change", () => {
  const github = new Set(["PR_OPENED", "PR_SYNCHRONIZED", "PR_REOPENED", "PR_CLOSED"]);
  fc.assert(
    fc.property(anyHistory, anyFactOf(types), (history, fact) => {
      const life = foldChange(history);
      // An edit tells the whole pull request when it is its first fact.
      fc.pre(!github.has(fact.type) && (fact.type !== "PR_EDITED" || life.known));
      const { open, merged, headSha } = evolveChange(life, fact);
      expect({ open, merged, headSha }).toEqual({ open: life.open, merged: life.merged, headSha: life.headSha });
    }),
  );
});

test("no history lets the epoch of reviews decrease", () => {
  fc.assert(
    fc.property(anyHistory, (history) => {
      history.reduce((before, fact) => {
        const after = evolveChange(before, fact);
        expect(after.epoch).toBeGreaterThanOrEqual(before.epoch);
        return after;
      }, unknownChange);
    }),
  );
});

test("a change is opened, pushed to, closed and opened again", () => {
  expect(foldChange([opened])).toMatchObject({ known: true, open: true, merged: false, headSha: "one", closes: [3] });
  expect(foldChange([opened, pushed])).toMatchObject({ open: true, headSha: "two" });
  expect(foldChange([opened, closed(false)])).toMatchObject({ open: false, merged: false });
  expect(foldChange([opened, closed(true)])).toMatchObject({ open: false, merged: true });
  const reopened = factOf("PR_REOPENED", snapshot("one"));
  expect(foldChange([opened, closed(false), reopened]).open).toBe(true);
});

test("a push whose fact arrives after the PR_CLOSED does not open the change again", () => {
  expect(foldChange([opened, closed(false), pushed])).toMatchObject({ open: false, headSha: "two" });
  expect(foldChange([opened, closed(true), pushed])).toMatchObject({ open: false, merged: true });
});

test("an edit changes what a change closes, and not its head", () => {
  const edited = factOf("PR_EDITED", { ...snapshot("late"), title: "better", closes: [3, 4] });
  expect(foldChange([opened, pushed, edited])).toMatchObject({ title: "better", closes: [3, 4], headSha: "two" });
});

test.each([
  { first: factOf("PR_EDITED", snapshot("one")), open: true },
  { first: closed(false), open: false },
])("$first.type as the first fact tells the whole pull request, and a late PR_OPENED changes nothing", (row) => {
  const life = foldChange([row.first]);
  expect(life).toMatchObject({ ...snapshot("one"), known: true, open: row.open });
  expect(evolveChange(life, opened)).toBe(life);
});

test("a review belongs to the head that it was made of and ends its claim", () => {
  expect(foldChange([opened, assigned]).reviewer?.claimId).toBe("a");
  expect(foldChange([opened, assigned, passed])).toMatchObject({ reviewer: null, epoch: 1, reviewedSha: "one" });
  expect(foldChange([opened, assigned, passed, pushed])).toMatchObject({ headSha: "two", reviewedSha: "one" });
});

const byMallory = <F extends ChangeFact>(fact: F): F => ({ ...fact, actor: "mallory" });
const assignedWith = (more: Partial<DataOf<"REVIEW_ASSIGNED">>) =>
  factOf("REVIEW_ASSIGNED", { ...assigned.data, claimId: "x", ...more });

describe("a claim on a review", () => {
  const life = foldChange([opened, assigned]);

  test("of the next epoch counts", () => {
    expect(evolveChange(life, assignedWith({ epoch: 2 }))).toMatchObject({ reviewer: { claimId: "x" }, epoch: 2 });
  });

  test.each([
    ["of the last epoch", assignedWith({ epoch: 1 })],
    ["of an epoch far ahead, which would block all later claims,", assignedWith({ epoch: 2_147_483_647 })],
    ["in the name of another agent", byMallory(assignedWith({ epoch: 2 }))],
    ["of a head that is not the change's", assignedWith({ epoch: 2, headSha: "zero" })],
  ])("%s does not count", (_, forged) => {
    expect(evolveChange(life, forged)).toBe(life);
  });

  test.each([
    ["was reviewed", [opened, assigned, passed]],
    ["is superseded", [opened, pushed]],
    ["is of a closed change", [opened, closed(false)]],
    ["is of an unknown change", []],
  ])("on a head that %s does not count", (_, history) => {
    const before = foldChange(history);
    expect(evolveChange(before, assignedWith({ epoch: before.epoch + 1 }))).toBe(before);
  });
});

describe.each([passed, refused, failed] as const)("$type", (end) => {
  const later = assignedWith({ claimId: "b", epoch: 2 });
  const life = foldChange([opened, assigned, later]);
  const of = (more: Partial<typeof end.data>) => ({ ...end, data: { ...end.data, ...more } }) as typeof end;

  test("of the holder ends the review", () => {
    const ended = evolveChange(life, of({ claimId: "b" }));
    expect(ended).toMatchObject({ reviewer: null, reviewedSha: end === failed ? null : "one" });
    expect(endedReview(ended, of({ claimId: "b" }))).toBe(true);
  });

  test.each([
    ["of another claim", of({ claimId: "x" })],
    ["of a claim with a past epoch", of({ claimId: "a" })],
    ["of another agent that copied the claim's id", byMallory(of({ claimId: "b" }))],
    ["of another head than the claimed one", of({ claimId: "b", headSha: "two" })],
  ])("%s changes nothing", (_, forged) => {
    expect(evolveChange(life, forged)).toBe(life);
  });

  test("is the review's end only as the very fact that ended it", () => {
    const history = [opened, assigned, { ...end, id: "end" }, { ...end, id: "second" }];
    expect(endedReview(foldChange(history), { ...end, id: "end" })).toBe(true);
    expect(endedReview(foldChange(history), { ...end, id: "second" })).toBe(false);
    expect(endedReview(foldChange(history), byMallory({ ...end, id: "end" }))).toBe(false);
  });
});

test("whatever an agent publishes under the claim or in the name of another one changes nothing", () => {
  const ofAgent = anyFactOf(types.filter((type) => publishersOf(type).includes("review-e")));
  fc.assert(
    fc.property(fc.array(anyFactOf(types), { maxLength: 6 }), ofAgent, (history, fact) => {
      const life = foldChange([opened, assigned, ...history]);
      expect(evolveChange(life, byMallory(fact))).toBe(life);
    }),
    { numRuns: 1_000 },
  );
});

test("an objection names the head, the review and who raised it", () => {
  expect(foldChange([opened, assigned, refused]).objection).toEqual({
    headSha: "one",
    reviewId: 1,
    reason: "Review-E asked for changes",
  });
});

test("a review on GitHub neither is an objection nor hides one, because everybody may submit one", () => {
  expect(foldChange([opened, submitted({})]).objection).toBeNull();
  const { objection } = foldChange([opened, assigned, refused]);
  expect(objection).not.toBeNull();
  expect(foldChange([opened, assigned, refused, submitted({ reviewer: "mallory" })]).objection).toEqual(objection);
});

test("a push that arrives after a later one, and a second opening, restore no old head", () => {
  const at = (second: number) => ({ updatedAt: `2026-01-01T10:00:0${second}Z` });
  const dated = { ...opened, data: { ...opened.data, ...at(1) } };
  const last = factOf("PR_SYNCHRONIZED", { ...snapshot("four"), prevSha: "three", ...at(4) });
  const late = factOf("PR_SYNCHRONIZED", { ...snapshot("two"), prevSha: "one", ...at(2) });
  const life = foldChange([dated, last, late]);
  expect(life).toMatchObject({ headSha: "four", supersededHeads: ["three", "one", "two"] });
  const reopened = factOf("PR_REOPENED", { ...snapshot("two"), ...at(2) });
  expect(foldChange([dated, last, reopened])).toMatchObject({ headSha: "four", open: true });
  const third = factOf("PR_SYNCHRONIZED", { ...snapshot("three"), prevSha: "two" });
  expect(foldChange([opened, third, pushed]).headSha).toBe("three");
  expect(foldChange([opened, pushed, opened]).headSha).toBe("two");
  const back = factOf("PR_SYNCHRONIZED", { ...snapshot("one"), prevSha: "two" });
  expect(foldChange([opened, pushed, back]).headSha).toBe("one");
});

test("a change whose base was changed stays known as such", () => {
  const edited = (baseBranch: string) => factOf("PR_EDITED", { ...snapshot("one"), baseBranch });
  expect(foldChange([opened, edited("main")]).retargeted).toBe(false);
  expect(foldChange([opened, edited("other"), edited("main")]).retargeted).toBe(true);
});

test("a review that failed ends, and its head may be reviewed again", () => {
  const life = foldChange([opened, assigned, failed]);
  expect(life).toMatchObject({ reviewer: null, reviewedSha: null, reviewFailure: { headSha: "one" } });
  expect(isReviewable(life, "one")).toBe(true);
  const again = [assignedWith({ claimId: "b", epoch: 2 }), { ...passed, data: { ...passed.data, claimId: "b" } }];
  expect(foldChange([opened, assigned, failed, ...again])).toMatchObject({ reviewedSha: "one", reviewFailure: null });
});

test("a failed check is no objection: its head is kept, and a failure of another head hides it in no order", () => {
  const red = (headSha: string) => factOf("CI_FAILED", { headSha, suiteId: 1, conclusion: "failure" });
  expect(foldChange([opened, red("one"), red("one")])).toMatchObject({ objection: null, redHeads: ["one"] });
  for (const early of [
    [opened, pushed, red("two"), red("one")],
    [opened, red("two"), red("one"), pushed],
    [red("two"), red("one"), opened, pushed],
    [red("one"), red("two"), opened, pushed],
  ]) {
    expect(foldChange(early)).toMatchObject({ headSha: "two", redHeads: expect.arrayContaining(["one", "two"]) });
  }
});

describe("the gate's evaluation", () => {
  const evaluated = (passed: boolean, ...comments: readonly number[]) => {
    const threads = comments.length === 0 ? [] : [{ id: "T1", isResolved: false, comments }];
    return factOf("GATE_EVALUATED", { headSha: "one", passed, checks: [], threads });
  };

  test("is the last one", () => {
    expect(foldChange([opened, evaluated(false), evaluated(true)]).lastGate?.passed).toBe(true);
  });

  test("is asked for again because of threads until it is given", () => {
    const outdated = (because: "threads" | "time") => factOf("GATE_OUTDATED", { headSha: "one", because });
    expect(foldChange([opened, evaluated(false), outdated("time")]).gateOutdated).toBe(false);
    expect(foldChange([opened, evaluated(false), outdated("threads"), outdated("time")]).gateOutdated).toBe(true);
    expect(foldChange([opened, evaluated(false), outdated("threads"), evaluated(false)]).gateOutdated).toBe(false);
  });

  test("is kept as far as comments held the merge, until GitHub told who deleted them", () => {
    const ada = { login: "ada", type: "User" } as const;
    const deleted = (commentId: number, deletedBy?: typeof ada) =>
      factOf("PR_COMMENTED", {
        ...{ commentId, author: "ada", action: "deleted", body: null, where: "diff" },
        ...(deletedBy === undefined ? {} : { deletedBy }),
      });
    const held = [opened, evaluated(false, 4, 5), evaluated(false, 5, 6), evaluated(true)];
    expect(foldChange(held).holdingComments).toEqual([4, 5, 6]);
    expect(foldChange([...held, deleted(4, ada), deleted(5)]).holdingComments).toEqual([5, 6]);
    // The gate read the comment before it was deleted, and published its evaluation after.
    expect(foldChange([opened, deleted(4, ada), evaluated(false, 4, 5)]).holdingComments).toEqual([5]);
  });
});

test("the id of Review-E's last verdict stays known, whatever became of it", () => {
  const back = factOf("PR_SYNCHRONIZED", { ...snapshot("one"), prevSha: "two" });
  const dismissed = submitted({ reviewId: 1, state: "dismissed" });
  for (const after of [[pushed, back], [dismissed], [dismissed, dismissed]]) {
    expect(foldChange([opened, assigned, passed, ...after])).toMatchObject({ reviewedSha: null, reviewId: 1 });
  }
  expect(foldChange([opened, assigned, dismissed, passed])).toMatchObject({ reviewedSha: null, reviewId: 1 });
});
