import { describe, expect, test } from "vitest";
import type { ChangeFact } from "#contracts/change-life.ts";
import { resume } from "./decide-queue.ts";
import * as given from "./test-history.ts";

const { decided, approved, assigned, change, issue, nothing, oneRun, opened, prCreated, queued, succeeded, outcome } =
  given;

describe("a head that nobody reviewed", () => {
  test("is enqueued for review, with the issue that it closes", () => {
    const decision = decided(opened("h1"), { issue: issue(...oneRun), change: change(opened("h1")) });
    expect(decision.facts).toEqual([]);
    expect(decision.work).toEqual([
      {
        role: "review",
        stack: "any",
        priority: "high",
        task: "review",
        owner: "acme",
        repo: "shop",
        number: 9,
        attempt: 1,
        title: "Sell more (#7)",
        baseBranch: "trunk",
        issueNumber: 7,
        prNumber: 9,
        headSha: "h1",
        reason: "PR_OPENED",
      },
    ]);
  });

  test("gets no review where it only brings an approved one up to date, whatever tells of it", () => {
    const life = {
      issue: issue(...oneRun),
      change: change(...given.reviewed(given.reviewPassed()), given.pushed("h2")),
    };
    for (const fact of [given.pushed("h2"), opened("h2"), given.prCreated(1)])
      expect(outcome(decided(fact, { ...life, isCarried: true }))).toEqual([]);
    expect(outcome(decided(given.pushed("h2"), { ...life, isCarried: false }))).toEqual(["work review review 1"]);
  });

  test("is enqueued for review when the fact of an edit is stored before its PR_OPENED", () => {
    const edited = given.fact("PR_EDITED", opened("h1").data);
    const decision = decided(opened("h1"), { issue: issue(...oneRun), change: change(edited, opened("h1")) });
    expect(outcome(decision)).toEqual(["work review review 1"]);
  });

  test("is reviewed while the coder's run is still under way (production failure 3)", () => {
    const created = given.prCreated(1);
    const running = { issue: issue(approved, queued(1), assigned(1), created), change: change(opened()) };
    expect(outcome(decided(opened(), running))).toEqual(["work review review 1"]);
    // The delivery may come before the fact of the agent.
    expect(outcome(decided(created, running))).toEqual(["work review review 1"]);
  });

  test("of a pull request that the holder of the claim did not name is not reviewed", () => {
    const running = { issue: issue(approved, queued(1), assigned(1)), change: change(opened()) };
    expect(outcome(decided(opened(), running))).toEqual([]);
    const byOther = { ...given.prCreated(1), actor: "mallory" };
    expect(outcome(decided(byOther, { ...running, issue: issue(...given.oneRun) }))).toEqual([]);
  });

  test("is left when it was reviewed, is no head any more, or its change is closed", () => {
    const life = issue(...oneRun);
    expect(decided(opened(), { issue: life, change: change(...given.reviewed(given.reviewPassed())) })).toEqual(
      nothing,
    );
    expect(decided(opened("h1"), { issue: life, change: change(opened("h1"), given.pushed("h2")) })).toEqual(nothing);
    expect(decided(opened(), { issue: life, change: change(opened(), given.prClosed("unmerged")) })).toEqual(nothing);
  });

  test("of an issue that the rig does not work on is not reviewed", () => {
    expect(decided(opened(), { issue: issue(), change: change(opened()) })).toEqual(nothing);
  });
});

describe("a head whose verdict was dismissed", () => {
  const data = {
    reviewId: 1,
    reviewer: "review-e[bot]",
    reviewerType: "Bot",
    state: "dismissed",
    headSha: "h1",
  } as const;
  const dismissed = given.fact("REVIEW_SUBMITTED", data);
  const history = [...given.reviewed(given.reviewPassed()), dismissed];

  test("is reviewed again, at once and when the run that was under way ends", () => {
    const seen = { issue: issue(...oneRun), change: change(...history) };
    expect(outcome(decided(dismissed, seen))).toEqual(["work review review 1"]);
    expect(outcome(decided(given.succeeded(1), seen))).toEqual(["work review review 1"]);
  });

  test("has no verdict, also when its dismissal is told before the verdict, or the verdict names the same review again", () => {
    const early = change(opened("h1"), given.reviewAssigned("h1"), dismissed, given.reviewPassed());
    const again = change(...history, given.reviewAssigned("h1", 2), given.reviewPassed("h1", "r2"));
    for (const { reviewedSha, reviewer } of [early, again]) expect([reviewedSha, reviewer]).toEqual([null, null]);
    expect(change(...given.reviewed(given.changesRequested()), dismissed).objection).toBeNull();
  });

  test("leads to no fix, whether the dismissal is told before the objection's own fact or before it is decided on", () => {
    const objected = given.changesRequested();
    const early = change(opened("h1"), given.reviewAssigned("h1"), dismissed, objected);
    const late = change(...given.reviewed(objected), dismissed);
    for (const seen of [early, late])
      expect(decided(objected, { issue: issue(...oneRun), change: seen })).toEqual(nothing);
  });

  test("is left when the verdict that was dismissed is an earlier one, or the issue is settled", () => {
    const earlier = { ...dismissed, data: { ...data, reviewId: 8 } };
    const left = change(...given.reviewed(given.reviewPassed()), earlier);
    expect(decided(earlier, { issue: issue(...oneRun), change: left })).toEqual(nothing);
    expect(decided(dismissed, { issue: issue(...oneRun, given.needsHuman), change: change(...history) })).toEqual(
      nothing,
    );
  });
});

const review = "work review review 1";
const secondAttempt = ["ISSUE_APPROVED", "ISSUE_QUEUED 2 implement", "work dev implement 2"];

describe("a head that came while a person was asked", () => {
  const waits = [...oneRun, given.needsHuman];
  const pushed = change(...given.reviewed(given.changesRequested()), given.pushed("h2"));
  const later = given.fact("ISSUE_APPROVED", approved.data, "2026-01-01T11:00:00.000Z");
  const again = issue(...waits, later, queued(2), assigned(2), prCreated(2), succeeded(2, "h2"));

  test("gets no review then", () => {
    expect(decided(given.pushed("h2"), { issue: issue(...waits), change: pushed })).toEqual(nothing);
  });

  test("is enqueued for review with the new approval, once", () => {
    const decision = decided(given.labeled(), { issue: issue(...waits), change: pushed });
    expect(outcome(decision)).toEqual([...secondAttempt, review]);
    expect(decision.work[1]).toMatchObject({ number: 9, issueNumber: 7, headSha: "h2", reason: "ISSUE_LABELED" });
    const reviewed = change(...given.reviewed(given.changesRequested()), given.pushed("h2"), ...reviewOf("h2"));
    expect(outcome(decided(given.labeled(), { issue: issue(...waits), change: reviewed }))).toEqual(secondAttempt);
  });

  test("is enqueued for review when the run ends and the agent had nothing to add", () => {
    const decision = decided(succeeded(2, "h2"), { issue: again, change: pushed });
    expect(outcome(decision)).toEqual([review]);
    expect(decision.work[0]).toMatchObject({ headSha: "h2", reason: "RUN_SUCCEEDED" });
    const reviewed = change(...given.reviewed(given.changesRequested()), given.pushed("h2"), ...reviewOf("h2"));
    expect(decided(succeeded(2, "h2"), { issue: again, change: reviewed })).toEqual(nothing);
  });

  test("is not reviewed at the end of a run that pushed another one, because its own fact follows", () => {
    const waitsForPush = issue(...waits, later, queued(2), assigned(2), prCreated(2), succeeded(2, "h3"));
    expect(decided(succeeded(2, "h3"), { issue: waitsForPush, change: pushed })).toEqual(nothing);
  });

  test("is fixed instead when a required check of it failed", () => {
    expect(outcome(decided(succeeded(2, "h2"), { issue: again, change: pushed, redChecks: ["test"] }))).toEqual([
      "ISSUE_QUEUED 3 fix",
      "work dev fix 3",
    ]);
  });

  test.each<[string, readonly ChangeFact[], number]>([
    ["is closed", [opened(), given.pushed("h2"), given.prClosed("unmerged")], 9],
    ["is unknown", [], 9],
    ["a stranger opened", [given.fact("PR_OPENED", { ...opened("h2").data, author: "mallory" })], 9],
    ["is of another issue's branch", [given.fact("PR_OPENED", { ...opened("h2").data, branch: "feature/issue-8" })], 9],
    ["is not the issue's by its history", [opened("h2")], 10],
  ])("of a change that %s is not", (_name, facts, prNumber) => {
    const seen = { change: change(...facts), prNumber };
    expect(outcome(decided(given.labeled(), { ...seen, issue: issue(...waits) }))).toEqual(secondAttempt);
    expect(decided(succeeded(2, "h2"), { ...seen, issue: again }).work.map(({ role }) => role)).not.toContain("review");
  });

  test("is enqueued also when the dispatcher was killed after its facts, as it is by then", () => {
    const { facts } = decided(given.labeled(), { issue: issue(...waits), change: pushed });
    const own = given.stored({ facts });
    const moved = change(opened("h1"), given.pushed("h3"));
    const seen = { on: given.labeled().on, issue: issue(...waits, ...own), prNumber: 9, byAgent: true };
    expect(resume(own, { ...seen, change: moved }).work).toMatchObject([
      { role: "dev", attempt: 2 },
      { role: "review", headSha: "h3", reason: "ISSUE_LABELED" },
    ]);
    const attempt = given.stored({ facts: facts.filter(({ type }) => type === "ISSUE_QUEUED") });
    expect(resume(attempt, { ...seen, change: moved }).work).toMatchObject([{ role: "dev" }]);
  });
});

/** The review of a later head, which passes. */
function reviewOf(headSha: string): readonly ChangeFact[] {
  return [given.reviewAssigned(headSha, 2), given.reviewPassed(headSha, "r2")];
}

describe("a head whose review failed before the issue was approved again", () => {
  const failed = change(...given.reviewed(given.reviewFailed()));
  const waits = [...oneRun, given.needsHuman];
  const later = given.fact("ISSUE_APPROVED", approved.data, "2026-01-01T11:00:00.000Z");
  const again = issue(...waits, later, queued(2), assigned(2), prCreated(2), succeeded(2));

  test("is reviewed again, and nobody is asked about the failure a second time", () => {
    expect(outcome(decided(given.labeled(), { issue: issue(...waits), change: failed }))).toEqual([
      ...secondAttempt,
      review,
    ]);
    expect(outcome(decided(succeeded(2), { issue: again, change: failed }))).toEqual([review]);
  });

  test("and fails again leads to a person again", () => {
    const second = given.fact("REVIEW_FAILED", given.reviewFailed("h1", "r2").data, "2026-01-01T11:30:00.000Z");
    const twice = change(...given.reviewed(given.reviewFailed()), given.reviewAssigned("h1", 2), second);
    expect(outcome(decided(succeeded(2), { issue: again, change: twice }))).toEqual(["ISSUE_NEEDS_HUMAN"]);
    expect(outcome(decided(second, { issue: again, change: twice }))).toEqual(["ISSUE_NEEDS_HUMAN"]);
  });
});

describe("a review that failed", () => {
  const failedReview = given.reviewFailed();
  const open = change(...given.reviewed(failedReview));

  test("asks a person, because nobody else will review this head", () => {
    const decision = decided(failedReview, { issue: issue(...oneRun), change: open });
    expect(outcome(decision)).toEqual(["ISSUE_NEEDS_HUMAN"]);
    expect(decision.facts[0]?.data).toEqual({ reason: "the review of #9 failed: the model failed", details: null });
  });

  test.each([
    ["that nobody claimed", [given.opened(), failedReview]],
    ["of another claim than the reviewer's", [given.opened(), given.reviewAssigned(), given.reviewFailed("h1", "r9")]],
    [
      "of another agent under the reviewer's claim",
      [given.opened(), given.reviewAssigned(), given.byMallory(failedReview)],
    ],
    ["beside the approval that ended the review", [...given.reviewed(given.reviewPassed()), failedReview]],
  ])("%s changes nothing", (_name, history) => {
    const forged = history.at(-1);
    if (forged?.type !== "REVIEW_FAILED") throw new Error("the last fact is no failed review");
    expect(decided(forged, { issue: issue(...oneRun), change: change(...history) })).toEqual(nothing);
  });

  test.each(["merged", "unmerged"] as const)("changes nothing once the change is closed, %s", (end) => {
    const closed = change(...given.reviewed(failedReview), given.prClosed(end));
    expect(decided(failedReview, { issue: issue(...oneRun), change: closed })).toEqual(nothing);
  });

  test("changes nothing for a superseded head, or while a run is under way", () => {
    const pushed = change(...given.reviewed(failedReview), given.pushed("h2"));
    expect(decided(failedReview, { issue: issue(...oneRun), change: pushed })).toEqual(nothing);
    const working = issue(...oneRun, given.queued(2, "fix"), given.assigned(2));
    expect(decided(failedReview, { issue: working, change: open })).toEqual(nothing);
  });

  test.each([
    ["settled", [given.needsHuman]],
    ["merged", [given.merged("2026-01-01T11:00:00.000Z")]],
  ])("changes nothing once the issue is %s", (_name, end) => {
    expect(decided(failedReview, { issue: issue(...oneRun, ...end), change: open })).toEqual(nothing);
    const objecting = { change: open, objection: given.objectionTo("h1") };
    expect(decided(succeeded(1), { issue: issue(...oneRun, ...end), ...objecting })).toEqual(nothing);
  });

  test("of another pull request than the issue's changes nothing", () => {
    const other = given.fact("PR_CREATED", { ...given.prCreated(2).data, prNumber: 10 });
    const life = issue(...oneRun, given.queued(2), given.assigned(2), other);
    expect(decided(failedReview, { issue: { ...life, endedAttempt: 2, holder: null }, change: open })).toEqual(nothing);
  });
});

test("a head of a settled issue is not reviewed", () => {
  const settled = issue(...oneRun, given.needsHuman);
  expect(decided(given.opened(), { issue: settled, change: change(given.opened()) })).toEqual(nothing);
});

test("a review that failed while the run was under way leads to a person once the run has ended", () => {
  const { reviewed, reviewFailed } = given;
  const life = { issue: issue(...oneRun), change: change(...reviewed(reviewFailed())) };
  expect(outcome(decided(succeeded(1), life))).toEqual(["ISSUE_NEEDS_HUMAN"]);
});
