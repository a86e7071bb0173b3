import { describe, expect, test } from "vitest";
import type { DataOf } from "#contracts/catalogue.ts";
import type { Fact } from "#contracts/envelope.ts";
import type { HeadCheck } from "#contracts/required-checks.ts";
import { factOf } from "#contracts/test-facts.ts";
import { notShown, type ShownChange } from "./told.ts";
import type { ChangeEvent } from "./undone.ts";

// What deliveries told of a pull request and GitHub's lists do not show.

const second = (at: number) => `2026-01-02T03:04:0${at}Z`;
const nothingOfIt: ShownChange = {
  open: true,
  draft: false,
  title: "Sell more",
  labels: [],
  headSha: "h1",
  updatedAt: second(5),
  reviews: [],
  events: [],
  threads: { holding: [], leftAside: 0, notes: [], comments: [] },
  checks: [],
  suites: [],
};
const missing = (facts: readonly Fact[], shown: Partial<ShownChange> = {}) =>
  notShown(facts, { ...nothingOfIt, ...shown }).map(({ fact }) => fact.type);

const snapshot = { title: "", author: "dev-e[bot]", branch: "b", baseBranch: "main", headSha: "h1", closes: [] };
const edited = (at: number, more: Partial<DataOf<"PR_EDITED">> = {}) =>
  factOf("PR_EDITED", { ...snapshot, updatedAt: second(at), ...more });
const happened = (event: string, at: number, label = ""): ChangeEvent => {
  return { event, at: second(at), actor: { login: "dev-e[bot]", type: "Bot" }, label, dismissed: null };
};

describe("what a person did, and GitHub shows no more, is shown once it lists who undid it since", () => {
  const closed = factOf("PR_CLOSED", {
    ...snapshot,
    updatedAt: second(3),
    merged: false,
    mergeSha: null,
    sender: "ada",
  });

  test.each<[string, Fact, (at: number) => ChangeEvent]>([
    ["manual-merge", edited(3, { labels: ["manual-merge"] }), (at) => happened("unlabeled", at, "manual-merge")],
    ["a draft", edited(3, { draft: true }), (at) => happened("ready_for_review", at)],
    ["a closing", closed, (at) => happened("reopened", at)],
  ])("%s", (_, fact, undone) => {
    const later = edited(4, { labels: [], draft: false });
    expect(missing([fact, later])).toEqual([fact.type]);
    expect(missing([fact, later], { events: [undone(2)] })).toEqual([fact.type]);
    expect(missing([fact, later], { events: [undone(3)] })).toEqual([]);
  });

  test("and another label that was taken off is not that one", () => {
    const labelled = edited(3, { labels: ["manual-merge"] });
    expect(missing([labelled], { events: [happened("unlabeled", 4, "bug")] })).toEqual(["PR_EDITED"]);
  });
});

describe("of two deliveries about the pull request", () => {
  test("the later one by GitHub's time counts in the second that is shown, in whichever order they come", () => {
    const [draft, ready] = [edited(4, { draft: true }), edited(5, { draft: false })];
    const events = [happened("ready_for_review", 5)];
    for (const facts of [
      [draft, ready],
      [ready, draft],
    ]) {
      expect(missing(facts, { events })).toEqual([]);
      expect(missing(facts, { events, draft: true })).toEqual(["PR_EDITED"]);
    }
  });

  test("none counts that is from before what is shown, or says nothing of what is otherwise", () => {
    expect(missing([edited(4, { draft: false })], { draft: true })).toEqual([]);
    expect(missing([edited(5)], { draft: true, labels: ["manual-merge"] })).toEqual([]);
    expect(missing([factOf("PR_EDITED", snapshot)], { draft: true })).toEqual([]);
  });
});

describe("of a suite, and of a commit status, the last end that was told counts, of the head that is shown", () => {
  const [passed, failed] = [
    factOf("CI_PASSED", { headSha: "h1", suiteId: 4 }),
    factOf("CI_FAILED", { headSha: "h1", suiteId: 4, conclusion: "failure" }),
  ];
  const suite = { id: 4, appId: 5, app: "ci", status: "completed", conclusion: "success", runs: 1, workflow: null };
  const status = (state: "success" | "failure", headSha = "h1") =>
    factOf("STATUS_REPORTED", { headSha, context: "ci", state });
  const shown: HeadCheck = {
    ...{ kind: "status", name: "ci", appId: null, id: null, status: "completed" },
    ...{ conclusion: "success", since: null, isRequired: false },
  };

  test("a suite", () => {
    expect(missing([failed, passed], { suites: [suite] })).toEqual([]);
    expect(missing([passed, failed], { suites: [suite] })).toEqual(["CI_FAILED"]);
    expect(missing([passed, failed], { suites: [suite], headSha: "h2" })).toEqual([]);
    expect(missing([failed], { suites: [{ ...suite, conclusion: "cancelled" }] })).toEqual([]);
    expect(missing([passed], { suites: [{ ...suite, id: 6, conclusion: "failure" }] })).toEqual([]);
    expect(missing([passed], { suites: [{ ...suite, status: "in_progress", conclusion: null }] })).toEqual([
      "CI_PASSED",
    ]);
    expect(missing([failed], { suites: [] })).toEqual(["CI_FAILED"]);
  });

  test("a commit status", () => {
    expect(missing([status("failure"), status("success")], { checks: [shown] })).toEqual([]);
    expect(missing([status("success"), status("failure")], { checks: [shown] })).toEqual(["STATUS_REPORTED"]);
    expect(missing([status("failure", "h2")], { checks: [shown] })).toEqual([]);
    expect(missing([status("success")], { checks: [{ ...shown, kind: "run" }] })).toEqual(["STATUS_REPORTED"]);
  });
});

test("a comment that was told and deleted since is not missed, and nothing of threads that nobody can tell", () => {
  const comment = { commentId: 3, author: "ada", body: null, where: "diff" } as const;
  const [created, deleted] = (["created", "deleted"] as const).map((action) =>
    factOf("PR_COMMENTED", { ...comment, action }),
  );
  if (created === undefined || deleted === undefined) throw new Error("two comments");
  expect(missing([created, deleted])).toEqual([]);
  expect(missing([created], { threads: null })).toEqual([]);
  expect(missing([factOf("PR_COMMENTED", { ...comment, action: "created", where: "conversation" })])).toEqual([]);
});
