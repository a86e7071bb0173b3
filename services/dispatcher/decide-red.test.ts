import { describe, expect, test } from "vitest";
import * as given from "./test-history.ts";

const { decided, approved, assigned, change, issue, nothing, oneRun, opened, prCreated, queued, succeeded, outcome } =
  given;

describe("a red head", () => {
  const red = given.checksFailed("h1");
  const seen = { issue: issue(...oneRun), change: change(opened("h1"), red) };

  test("queues one fix that names the required checks that failed", () => {
    const decision = decided(red, { ...seen, redChecks: ["test", "lint"] });
    expect(outcome(decision)).toEqual(["ISSUE_QUEUED 2 fix", "work dev fix 2"]);
    expect(decision.work[0]).toMatchObject({ headSha: "h1", reason: "required checks failed: test, lint" });
    expect(decided(red, { ...seen, issue: issue(...oneRun, queued(2, "fix", "h1")) })).toEqual(nothing);
  });

  test("queues nothing when no required check failed: they were cancelled, or others did", () => {
    expect(decided(red, { ...seen, redChecks: [] })).toEqual(nothing);
    const running = { ...seen, issue: issue(approved, queued(1), assigned(1), prCreated()) };
    expect(decided(red, running)).toEqual(nothing);
    expect(outcome(decided(succeeded(1), { ...seen, redChecks: [] }))).toEqual(["work review review 1"]);
  });

  test("while a run is under way is fixed when the run ends", () => {
    expect(outcome(decided(succeeded(1), { ...seen, redChecks: ["test"] }))).toEqual([
      "ISSUE_QUEUED 2 fix",
      "work dev fix 2",
    ]);
  });

  test("whose failure was delivered before the push is fixed and not reviewed", () => {
    const early = {
      issue: issue(...oneRun),
      change: change(opened("h1"), given.checksFailed("h2"), given.pushed("h2")),
    };
    expect(decided(given.checksFailed("h2"), { ...early, change: change(opened("h1"), red) })).toEqual(nothing);
    expect(outcome(decided(given.pushed("h2"), { ...early, redChecks: ["test"] }))).toEqual([
      "ISSUE_QUEUED 2 fix",
      "work dev fix 2",
    ]);
    expect(outcome(decided(given.pushed("h2"), early))).toEqual(["work review review 1"]);
  });
});

describe("a red commit status", () => {
  const red = given.statusReported("failure");
  const seen = { issue: issue(...oneRun, red), change: change(opened("h1")) };

  test.each([red, given.statusReported("error")])("of the head queues one fix, as a red check does: %j", (status) => {
    const decision = decided(status, { ...seen, redChecks: ["ci/jenkins"] });
    expect(outcome(decision)).toEqual(["ISSUE_QUEUED 2 fix", "work dev fix 2"]);
    expect(decision.work[0]).toMatchObject({ headSha: "h1", reason: "required checks failed: ci/jenkins" });
    expect(decided(status, { ...seen, issue: issue(...oneRun, queued(2, "fix", "h1")) })).toEqual(nothing);
  });

  test("of what is not required, of another head, or of an issue without a pull request queues nothing", () => {
    expect(decided(red, { ...seen, redChecks: [] })).toEqual(nothing);
    expect(decided(given.statusReported("failure", "h0"), seen)).toEqual(nothing);
    expect(decided(red, { ...seen, issue: issue(approved, queued(1), assigned(1)) })).toEqual(nothing);
  });

  test("is remembered for the head that it names, also when it comes before the push or while a run is under way", () => {
    const statuses = [given.statusReported("error", "h2"), red, red, given.statusReported("success", "h3")];
    expect(issue(...statuses, ...oneRun).redHeads).toEqual(["h2", "h1"]);
  });
});

describe("a change that is not the issue's by GitHub's deliveries", () => {
  test.each([
    ["opened by a stranger", { author: "mallory" }],
    ["on another issue's branch", { branch: "feature/issue-8", closes: [7] }],
    ["of a fork", { branch: "mallory/shop:feature/issue-7" }],
  ])(
    "%s, although an agent named it in PR_CREATED, gets no fix, and a person is asked at the end of the run",
    (_, more) => {
      const foreign = given.fact("PR_OPENED", { ...opened("h1").data, ...more });
      const seen = {
        issue: issue(...oneRun),
        change: change(foreign, given.reviewAssigned(), given.changesRequested()),
      };
      for (const objection of [
        given.changesRequested(),
        given.personObjects("h1"),
        given.checksFailed("h1"),
        given.statusReported("error"),
      ]) {
        expect(decided(objection, seen)).toEqual(nothing);
      }
      const conflict = given.fact("MERGE_CONFLICT", { prNumber: 9, headSha: "h1" });
      expect(decided(conflict, seen)).toEqual(nothing);
      expect(outcome(decided(succeeded(1), seen))).toEqual(["ISSUE_NEEDS_HUMAN"]);
      expect(outcome(decided(foreign, seen))).toEqual(["ISSUE_NEEDS_HUMAN"]);
      expect(decided(foreign, { ...seen, issue: issue(approved, queued(1), assigned(1), given.prCreated()) })).toEqual(
        nothing,
      );
    },
  );
});
