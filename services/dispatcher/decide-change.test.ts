import { describe, expect, test } from "vitest";
import type { IssueFact } from "#contracts/issue-life.ts";
import { onChangeClosed, onHead, onObjection, onReviewFailed, onRunSucceeded } from "./decide.ts";
import * as given from "./test-history.ts";

const { approved, assigned, change, issue, nothing, oneRun, opened, prCreated, queued, succeeded, outcome } = given;
const on = { kind: "issue", owner: "acme", repo: "shop", number: 7 } as const;

describe("a head that nobody reviewed", () => {
  test("is put before a reviewer, with the issue that it closes", () => {
    const decision = onHead(issue(...oneRun), change(opened("h1")), opened("h1"));
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

  test("is reviewed while the coder's run is still under way (production failure 3)", () => {
    const running = issue(approved, queued(1), assigned(1));
    expect(outcome(onHead(running, change(opened()), opened()))).toEqual(["work review review 1"]);
  });

  test("is left when it was reviewed, is no head any more, or its change is closed", () => {
    const life = issue(...oneRun);
    expect(onHead(life, change(opened(), given.reviewPassed("h1")), opened())).toEqual(nothing);
    expect(onHead(life, change(opened("h1"), given.pushed("h2")), opened("h1"))).toEqual(nothing);
    expect(onHead(life, change(opened(), given.prClosed("unmerged")), opened())).toEqual(nothing);
  });

  test("of an issue that the rig does not work on is not reviewed", () => {
    expect(onHead(issue(), change(opened()), opened())).toEqual(nothing);
  });
});

describe("an objection to the head of a change", () => {
  const objection = { prNumber: 9, headSha: "h1", reason: "Review-E asked for changes" };
  const open = change(opened("h1"));

  test("queues one fix of that head, which says what is wrong", () => {
    const decision = onObjection(issue(...oneRun), open, on, objection);
    expect(outcome(decision)).toEqual(["ISSUE_QUEUED 2 fix", "work dev fix 2"]);
    expect(decision.work[0]).toMatchObject({
      prNumber: 9,
      headSha: "h1",
      reason: objection.reason,
      baseBranch: "trunk",
    });
  });

  test.each(["bob asked for changes", "checks ended with failure"])(
    "queues no second fix of that head: %s",
    (reason) => {
      const waiting = issue(...oneRun, queued(2, "fix", "h1"));
      expect(onObjection(waiting, open, on, { ...objection, reason })).toEqual(nothing);
      const fixed = issue(...oneRun, queued(2, "fix", "h1"), assigned(2), succeeded(2, "h1"));
      expect(onObjection(fixed, open, on, { ...objection, reason })).toEqual(nothing);
    },
  );

  test("to a head that was pushed over says nothing", () => {
    expect(onObjection(issue(...oneRun), change(opened("h1"), given.pushed("h2")), on, objection)).toEqual(nothing);
  });

  test("to another pull request than the issue's says nothing", () => {
    expect(onObjection(issue(...oneRun), open, on, { ...objection, prNumber: 10 })).toEqual(nothing);
  });

  test("while a run is under way waits for its end, which takes it up", () => {
    const running = [approved, queued(1), assigned(1), prCreated()];
    const objected = change(opened("h1"), given.changesRequested("h1"));
    expect(onObjection(issue(...running), objected, on, objection)).toEqual(nothing);
    const ended = issue(...running, succeeded(1, "h1"));
    expect(outcome(onRunSucceeded(ended, objected, succeeded(1, "h1")))).toEqual([
      "ISSUE_QUEUED 2 fix",
      "work dev fix 2",
    ]);
  });

  test("after three rounds of fixes asks a person, and says that the rounds are used up", () => {
    const rounds = [1, 2, 3].flatMap((round) => [
      queued(round + 1, "fix", `h${round}`),
      assigned(round + 1),
      prCreated(round + 1),
      succeeded(round + 1, `h${round + 1}`),
    ]);
    const fourth = change(opened("h1"), given.pushed("h4"));
    const decision = onObjection(issue(...oneRun, ...rounds), fourth, on, { ...objection, headSha: "h4" });
    expect(outcome(decision)).toEqual(["REVIEW_LOOP_EXCEEDED", "ISSUE_NEEDS_HUMAN"]);
    expect(decision.facts[0]?.data).toEqual({ prNumber: 9, rounds: 3 });
    expect(decision.facts[1]?.data).toMatchObject({ reason: expect.stringContaining("3 rounds") });
  });

  test.each<[string, readonly IssueFact[]]>([
    ["settled", [...oneRun, given.needsHuman]],
    ["merged", [...oneRun, given.merged("2026-01-01T11:00:00.000Z")]],
  ])("of an issue that is %s says nothing", (_name, history) => {
    expect(onObjection(issue(...history), open, on, objection)).toEqual(nothing);
  });

  test("a conflict with the base takes the issue out of ready_to_merge by a fix", () => {
    const conflict = given.fact("MERGE_CONFLICT", { prNumber: 9, headSha: "h1" });
    const life = issue(...oneRun, given.mergeRequested, conflict);
    expect(life.state).toBe("merge_conflict");
    expect(outcome(onObjection(life, open, on, objection))).toEqual(["ISSUE_QUEUED 2 fix", "work dev fix 2"]);
  });
});

describe("a run succeeded", () => {
  test("with nothing held against its head: nothing is left to do", () => {
    expect(onRunSucceeded(issue(...oneRun), change(opened("h1")), succeeded(1))).toEqual(nothing);
    const old = change(opened("h0"), given.changesRequested("h0"), given.pushed("h1"));
    expect(onRunSucceeded(issue(...oneRun), old, succeeded(1, "h1"))).toEqual(nothing);
  });

  test("but its change was closed meanwhile: the issue is queued again", () => {
    const gone = change(opened("h1"), given.prClosed("unmerged"));
    const decision = onRunSucceeded(issue(...oneRun), gone, succeeded(1));
    expect(outcome(decision)).toEqual(["ISSUE_QUEUED 2 implement", "work dev implement 2"]);
  });

  test("redelivered once the next attempt is queued: nothing", () => {
    const objected = change(opened("h1"), given.changesRequested("h1"));
    expect(onRunSucceeded(issue(...oneRun, queued(2, "fix")), objected, succeeded(1))).toEqual(nothing);
  });
});

describe("the change is closed", () => {
  const unmerged = given.prClosed("unmerged");

  test("unmerged: the issue is queued again, never cancelled (production failure 5)", () => {
    const decision = onChangeClosed(issue(...oneRun), on, unmerged);
    expect(outcome(decision)).toEqual(["ISSUE_QUEUED 2 implement", "work dev implement 2"]);
    expect(decision.work[0]).toMatchObject({ prNumber: null, headSha: null, reason: "#9 was closed without a merge" });
  });

  test.each<[string, readonly IssueFact[]]>([
    ["a run is under way", [...oneRun, queued(2, "fix"), assigned(2)]],
    ["the next attempt waits for an agent", [...oneRun, queued(2)]],
    ["the issue is cancelled", [...oneRun, given.cancelled]],
    ["it is not the issue's change", [approved, queued(1), assigned(1), succeeded(1)]],
  ])("unmerged while %s: nothing is said", (_name, history) => {
    expect(onChangeClosed(issue(...history), on, unmerged)).toEqual(nothing);
  });

  test("by a merge: that is the gate's to say", () => {
    expect(onChangeClosed(issue(...oneRun), on, given.prClosed("merged"))).toEqual(nothing);
  });
});

describe("a review that failed", () => {
  const failedReview = given.fact("REVIEW_FAILED", { headSha: "h1", reason: "the model failed" });

  test("gives the issue to a person, since nobody else will look at this head", () => {
    const decision = onReviewFailed(issue(...oneRun), change(given.opened()), on, failedReview);
    expect(outcome(decision)).toEqual(["ISSUE_NEEDS_HUMAN"]);
    expect(decision.facts[0]?.data).toEqual({ reason: "the review of #9 failed: the model failed" });
  });

  test("means nothing for a head that was pushed over, or while a run is under way", () => {
    const pushed = change(given.opened(), given.pushed("h2"));
    expect(onReviewFailed(issue(...oneRun), pushed, on, failedReview)).toEqual(nothing);
    const working = issue(...oneRun, given.queued(2, "fix"), given.assigned(2));
    expect(onReviewFailed(working, change(given.opened()), on, failedReview)).toEqual(nothing);
  });
});

test("a head of a settled issue is not reviewed", () => {
  const settled = issue(...oneRun, given.needsHuman);
  expect(onHead(settled, change(given.opened()), given.opened())).toEqual(nothing);
});
