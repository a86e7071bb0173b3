import { describe, expect, test } from "vitest";
import type { DataOf } from "#contracts/catalogue.ts";
import type { ChangeFact } from "#contracts/change-life.ts";
import { factsOf } from "#contracts/delivery-facts.ts";
import type { Fact } from "#contracts/envelope.ts";
import type { IssueFact } from "#contracts/issue-life.ts";
import { lostOf } from "./decide.ts";
import {
  awaitsChecks,
  awaitsThreads,
  type ChangeSeen,
  issueOfPull,
  missingOnChange,
  missingStatuses,
} from "./decide-change.ts";
import { at, fact, noon, open, opened, pull, repository, snapshot, typesOf } from "./test-seen.ts";

// Given what the rig knows of a pull request and what GitHub has now; then what the rig lacks.
const instant = at(60);

describe("a pull request", () => {
  const missing = (seen: Partial<ChangeSeen>, ...history: readonly ChangeFact[]) =>
    missingOnChange({ ...open, ...seen }, history);

  test("that the rig was never told of lacks PR_OPENED with what a delivery would have said", () => {
    expect(missing({})).toEqual([
      {
        at: noon,
        draft: { type: "PR_OPENED", on: { kind: "pr", owner: "acme", repo: "widgets", number: 1 }, data: snapshot },
      },
    ]);
  });

  test("that the rig knows as it is lacks nothing", () => {
    expect(missing({}, opened)).toEqual([]);
  });

  test("that was pushed lacks PR_SYNCHRONIZED from the head that the rig knows", () => {
    const before = fact("PR_OPENED", { ...snapshot, headSha: "one" });
    expect(missing({}, before)).toMatchObject([
      { draft: { type: "PR_SYNCHRONIZED", data: { headSha: "two", prevSha: "one" } } },
    ]);
  });

  test("that only an edit told of lacks PR_OPENED: nobody asks for a review because of an edit", () => {
    const now = { ...snapshot, labels: ["size/S"] };
    const edited = fact("PR_EDITED", now);
    const labelled = { pull: { ...pull, labels: [{ name: "size/S" }] } };
    expect(typesOf(missing(labelled, edited))).toEqual(["PR_OPENED"]);
    expect(missing(labelled, edited, fact("PR_OPENED", now))).toEqual([]);
    const pushed = { pull: { ...labelled.pull, head: { ...pull.head, sha: "three" } } };
    expect(typesOf(missing(pushed, edited))).toEqual(["PR_SYNCHRONIZED"]);
  });

  test("that a person closed lacks PR_CLOSED, one that was opened and closed both", () => {
    const closed = { open: false, closedBy: "bob" };
    expect(missing(closed, opened)).toMatchObject([
      { draft: { type: "PR_CLOSED", data: { merged: false, sender: "bob" } } },
    ]);
    expect(typesOf(missing(closed))).toEqual(["PR_OPENED", "PR_CLOSED"]);
  });

  test("that a person merged lacks PR_CLOSED with the merge commit", () => {
    const merged = { open: false, closedBy: "bob", pull: { ...pull, merged: true, merge_commit_sha: "m" } };
    expect(missing(merged, opened)).toMatchObject([
      { draft: { type: "PR_CLOSED", data: { merged: true, mergeSha: "m" } } },
    ]);
  });

  test("that was opened again lacks PR_REOPENED", () => {
    const closed = fact("PR_CLOSED", { ...snapshot, merged: false, mergeSha: null, sender: "bob" });
    expect(typesOf(missing({}, opened, closed))).toEqual(["PR_REOPENED"]);
    expect(missing({ open: false }, opened, closed)).toEqual([]);
  });

  test.each<[string, Partial<ChangeSeen["pull"]>]>([
    ["title", { title: "Other" }],
    ["closing line", { closes: [] }],
    ["epoch", { body: "Closes #7\n\nRig-Epoch: 2\n" }],
    ["base branch", { base: { ref: "release" } }],
    ["labels", { labels: [{ name: "manual-merge" }] }],
    ["draft status", { draft: true }],
  ])("whose %s changed lacks PR_EDITED", (_name, more) => {
    expect(typesOf(missing({ pull: { ...pull, ...more } }, opened))).toEqual(["PR_EDITED"]);
  });

  test("whose comments alone moved its time lacks nothing, and neither does one whose first delivery said less", () => {
    expect(missing({ pull: { ...pull, updated_at: at(9) } }, opened)).toEqual([]);
    const { epoch: _, draft: __, labels: ___, ...less } = snapshot;
    expect(missing({}, fact("PR_OPENED", less))).toEqual([]);
  });

  test("whose push is not lost yet has lost nothing yet, not even the check of its head", () => {
    const suite = { id: 5, head_sha: "two", conclusion: "failure", updated_at: at(-5), completed: true };
    const pushedNow = { pull: { ...pull, updated_at: "2026-01-02T12:59:30Z" }, suites: [suite] };
    const before = fact("PR_OPENED", { ...snapshot, headSha: "one" });
    expect(lostOf(missing(pushedNow, before), instant)).toEqual([]);
    const both = ["PR_SYNCHRONIZED", "CI_FAILED"];
    expect(typesOf(lostOf(missing({ suites: [suite] }, before), instant))).toEqual(both);
  });

  test("whose check has just ended has lost the review that came before: a check does not move the head", () => {
    const review = { id: 3, state: "COMMENTED", user: { login: "bob", type: "User" }, commit_id: "two" };
    const suite = { id: 5, head_sha: "two", conclusion: "failure", updated_at: instant, completed: true };
    const both = missing({ reviews: [{ ...review, submittedAt: noon }], suites: [suite] }, opened);
    expect(typesOf(both)).toEqual(["REVIEW_SUBMITTED", "CI_FAILED"]);
    expect(typesOf(lostOf(both, instant))).toEqual(["REVIEW_SUBMITTED"]);
  });

  describe("with reviews", () => {
    const review = { id: 3, state: "CHANGES_REQUESTED", user: { login: "bob", type: "User" }, commit_id: "two" };
    const given = { ...review, submittedAt: noon };
    const told = (state: "changes_requested" | "dismissed") =>
      fact("REVIEW_SUBMITTED", {
        ...{ reviewId: 3, reviewer: "bob", reviewerType: "User", state, headSha: "two" },
      });

    test("lacks the one that was never delivered", () => {
      expect(missing({ reviews: [given] }, opened)).toMatchObject([
        { draft: { type: "REVIEW_SUBMITTED", data: { reviewId: 3, reviewer: "bob", state: "changes_requested" } } },
      ]);
      expect(missing({ reviews: [given] }, opened, told("changes_requested"))).toEqual([]);
    });

    test("lacks the one of another person, and a second one of the same, whatever was told of the first", () => {
      const others = [
        { ...given, id: 4, user: { login: "eve", type: "User" } },
        { ...given, id: 5 },
      ];
      expect(missing({ reviews: [given, ...others] }, opened, told("changes_requested"))).toMatchObject([
        { draft: { type: "REVIEW_SUBMITTED", data: { reviewId: 4, reviewer: "eve" } } },
        { draft: { type: "REVIEW_SUBMITTED", data: { reviewId: 5, reviewer: "bob" } } },
      ]);
    });

    test("lacks the dismissal of one that it knows, once", () => {
      const dismissed = { ...given, state: "DISMISSED" };
      const lacks = missing({ reviews: [dismissed] }, opened, told("changes_requested"));
      expect(lacks).toMatchObject([{ draft: { type: "REVIEW_SUBMITTED", data: { state: "dismissed" } } }]);
      expect(missing({ reviews: [dismissed] }, opened, told("changes_requested"), told("dismissed"))).toEqual([]);
    });

    test("lacks nothing for a draft of a review", () => {
      expect(missing({ reviews: [{ ...given, state: "PENDING" }] }, opened)).toEqual([]);
    });
  });

  describe("with check suites", () => {
    const suite = { id: 5, head_sha: "two", conclusion: "success" as string | null, updated_at: noon, completed: true };
    const passed = fact("CI_PASSED", { headSha: "two", suiteId: 5 });
    const failed = fact("CI_FAILED", { headSha: "two", suiteId: 5, conclusion: "failure" });

    test("lacks CI_PASSED or CI_FAILED for one that ended, and nothing for one that runs", () => {
      expect(typesOf(missing({ suites: [suite] }, opened))).toEqual(["CI_PASSED"]);
      expect(typesOf(missing({ suites: [{ ...suite, conclusion: "failure" }] }, opened))).toEqual(["CI_FAILED"]);
      expect(missing({ suites: [{ ...suite, completed: false, conclusion: null }] }, opened)).toEqual([]);
      expect(missing({ suites: [suite] }, opened, passed)).toEqual([]);
    });

    test("lacks the outcome of checks that ran again and ended in another way", () => {
      expect(typesOf(missing({ suites: [suite] }, opened, failed))).toEqual(["CI_PASSED"]);
      expect(missing({ suites: [suite] }, opened, failed, passed)).toEqual([]);
    });

    test("is compared each minute until its checks have ended and were told", () => {
      expect(awaitsChecks(open, [opened])).toBe(true);
      expect(awaitsChecks({ ...open, suites: [{ ...suite, completed: false }] }, [opened, passed])).toBe(true);
      expect(awaitsChecks({ ...open, suites: [suite] }, [opened])).toBe(true);
      expect(awaitsChecks({ ...open, suites: [suite] }, [opened, passed])).toBe(false);
    });

    test("is compared each minute while the suites that GitHub shows are of another head, whatever was told of them", () => {
      const before = { ...suite, head_sha: "one" };
      const told = fact("CI_PASSED", { headSha: "one", suiteId: 5 });
      expect(awaitsChecks({ ...open, suites: [before] }, [opened, told])).toBe(true);
      expect(awaitsChecks({ ...open, suites: [before, suite] }, [opened, told, passed])).toBe(false);
    });

    test("is compared each minute while a status is pending", () => {
      const pending = { context: "ci/jenkins", state: "pending", updatedAt: noon };
      expect(awaitsChecks({ ...open, suites: [suite], statuses: [pending] }, [opened, passed])).toBe(true);
    });

    type Condition = DataOf<"GATE_EVALUATED">["checks"][number];
    const held = (headSha: string, ...failed: readonly Condition["name"][]) => {
      const names = ["ci", "threads", "review"] as const;
      const checks = names.map((name) => ({ name, passed: !failed.includes(name), why: "" }));
      return fact("GATE_EVALUATED", { headSha, passed: failed.length === 0, checks, threads: [] });
    };

    test.each<[string, Fact<"GATE_EVALUATED">, { checks: boolean; threads: boolean }]>([
      ["its checks", held("two", "ci"), { checks: true, threads: false }],
      ["its threads", held("two", "threads"), { checks: false, threads: true }],
      ["its review", held("two", "review"), { checks: false, threads: false }],
      ["nothing", held("two"), { checks: false, threads: false }],
      ["all of it on another head", held("one", "ci", "threads"), { checks: false, threads: false }],
    ])(
      "held by %s is compared each minute only for the checks or the threads that hold this head",
      (_name, gate, wanted) => {
        const history = [opened, passed, gate];
        const checks = awaitsChecks({ ...open, suites: [suite] }, history);
        expect({ checks, threads: awaitsThreads(history) }).toEqual(wanted);
      },
    );
  });

  describe("with commit statuses", () => {
    const seen = (state: string, minutes = 0) => ({ context: "ci/jenkins", state, updatedAt: at(minutes) });
    const reported = (state: "success" | "failure", minutes = 0) =>
      fact("STATUS_REPORTED", { headSha: "two", context: "ci/jenkins", state, updatedAt: at(minutes) });
    const lacks = (change: Partial<ChangeSeen>, ...history: readonly IssueFact[]) =>
      missingStatuses({ ...open, ...change }, history);

    test("lacks STATUS_REPORTED of its issue for one that ended, in the words of a delivery, and nothing for a pending one", () => {
      const payload = { sha: "two", context: "ci/jenkins", state: "failure", repository, updated_at: noon };
      const delivered = factsOf({ event: "status", payload: { ...payload, branches: [{ name: "feature/issue-7" }] } });
      expect(lacks({ statuses: [seen("failure")] }).map(({ draft }) => draft)).toEqual(delivered);
      expect(delivered).toMatchObject([{ type: "STATUS_REPORTED", on: { kind: "issue", number: 7 } }]);
      expect(lacks({ statuses: [seen("pending")] })).toEqual([]);
      expect(lacks({ statuses: [seen("failure")] }, reported("failure"))).toEqual([]);
    });

    test("lacks the later state of a context, also one of the same second, and none that GitHub has not any more", () => {
      const now = { statuses: [seen("success", 1)] };
      expect(typesOf(lacks(now, reported("failure")))).toEqual(["STATUS_REPORTED"]);
      expect(typesOf(lacks({ statuses: [seen("success")] }, reported("failure")))).toEqual(["STATUS_REPORTED"]);
      expect(lacks(now, reported("failure"), reported("success", 1))).toEqual([]);
      expect(lacks({ statuses: [seen("failure")] }, reported("success", 1))).toEqual([]);
    });

    test("of a fork or on no issue's branch lacks nothing, as from a delivery", () => {
      const statuses = [seen("failure")];
      const fork = { ...pull, head: { ...pull.head, repo: { full_name: "mallory/widgets" } } };
      expect(lacks({ statuses, pull: fork })).toEqual([]);
      expect(lacks({ statuses, pull: { ...pull, head: { ...pull.head, ref: "topic" } } })).toEqual([]);
    });
  });

  test("belongs to the issue of its branch, one of a fork to none", () => {
    expect(issueOfPull(repository, pull)).toBe(7);
    const fork = { ...pull, head: { ...pull.head, repo: { full_name: "mallory/widgets" } } };
    expect(issueOfPull(repository, fork)).toBeUndefined();
  });
});
