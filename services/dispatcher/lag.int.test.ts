import { describe, expect, test } from "vitest";
import type { Fact, FactDraft } from "#contracts/envelope.ts";
import {
  commentBy,
  openIssue,
  type Person,
  reviewBy,
  type Standing,
  threadBy,
  untold,
  writer,
} from "#kit/github/test-people.ts";
import * as given from "./test-history.ts";
import {
  commented,
  draft,
  fix,
  type Instead,
  inReview,
  mention,
  playDispatcher,
  refuse,
  reviewed,
  runEnds,
  underWay,
} from "./test-played.ts";

// What the dispatcher decides while GitHub does not show yet, or not any more, what it told of. GitHub is played, the bus is in memory.

const { decidedAfter } = playDispatcher();

describe("what GitHub told of and does not show yet is asked for again for a minute:", () => {
  const onMain = [...given.oneRun, given.fact("PR_OPENED", { ...given.opened("h1").data, baseBranch: "main" })];
  const runs = (...ends: readonly (string | null)[]): Instead => {
    const check_runs = ends.map((conclusion, id) => {
      return { id, name: `test ${id}`, status: "in_progress", conclusion, app: { id: 5 }, output: {} };
    });
    return (path) => (path.endsWith("/check-runs") ? { body: { total_count: ends.length, check_runs } } : undefined);
  };
  const statuses = [{ id: 1, context: "ci", state: "pending", description: null }];
  const pending: Instead = (path) => (path.endsWith("/status") ? { body: { statuses } } : undefined);
  const red = draft("CI_FAILED", given.checksFailed("h1").data);
  const redStatus = draft("STATUS_REPORTED", { headSha: "h1", context: "ci", state: "failure" });
  const written = commentBy(writer, { body: "Nice." });
  const edited = { action: "edited", updatedAt: "2026-01-02T03:04:06Z" } as const;
  const ofNext = { reviews: [reviewBy(writer, { commit_id: "h2" })] };

  /** `late` is what follows after the minute. */
  type Lag = Partial<{
    standing: Standing;
    history: readonly Fact[];
    instead: Instead;
    late: readonly string[];
  }>;

  test.each<[string, Lag & { readonly told: FactDraft }]>([
    ["a review", { told: reviewed(writer) }],
    ["the head of a review", { told: reviewed(writer, { headSha: "h2" }), standing: ofNext, late: fix }],
    ["a mention on the pull request", { told: commented("PR_COMMENTED", writer) }],
    ["a mention on a line", { told: commented("PR_COMMENTED", writer, { where: "diff" }) }],
    ["a mention on the issue", { told: commented("ISSUE_COMMENTED", writer) }],
    ["an edit", { told: commented("PR_COMMENTED", writer, edited), standing: { onPull: [written] } }],
    ["the pull request", { told: reviewed(writer), standing: { reviews: [reviewBy(writer)] }, instead: refuse(404) }],
    ["the pull request of a run", { told: runEnds, history: underWay, instead: refuse(404) }],
    ["the end of a failed check", { told: red, instead: runs(null) }],
    ["a failed commit status", { told: redStatus, instead: pending }],
  ])("%s", async (_, { told, standing = {}, history = onMain, instead, late = [] }) => {
    const decidedAt = (ageMs: number) => decidedAfter(told, standing, history, { instead, ageMs });
    await expect(decidedAt(50_000)).rejects.toMatchObject({ _tag: "Retryable", delayMs: 15_000 });
    expect(await decidedAt(60_001)).toEqual(late);
  });

  test("a mention on a line that it shows, and a check that failed while others run, lead to a fix at once", async () => {
    const [node] = threadBy([writer]).comments.nodes;
    const threads = [{ ...threadBy([]), comments: { nodes: [{ ...node, fullDatabaseId: "1", body: mention }] } }];
    expect(await decidedAfter(commented("PR_COMMENTED", writer, { where: "diff" }), { threads })).toEqual(fix);
    expect(await decidedAfter(red, {}, onMain, { instead: runs("failure", null) })).toEqual(fix);
  });

  test("checks that all passed by now, and a pull request that it says is gone, lead to nothing at once", async () => {
    expect(await decidedAfter(red, {}, onMain, { instead: runs("success") })).toEqual([]);
    expect(await decidedAfter(reviewed(writer), {}, inReview, { instead: refuse(410) })).toEqual([]);
  });
});

test("a closing from before the label's last change ends what waits for a person, if GitHub has the issue closed", async () => {
  const removed = given.fact("ISSUE_UNLABELED", { ...given.unlabeled.data, updatedAt: "2026-01-02T03:04:05Z" });
  const history = [...given.oneRun, given.needsHuman, removed];
  const told = given.fact("ISSUE_CLOSED", { ...given.closed.data, updatedAt: "2026-01-02T03:04:04Z" });
  const closed: Instead = (path) =>
    path.endsWith("/issues/7") ? { body: { ...openIssue, state: "closed" } } : undefined;
  expect(await decidedAfter(told, {}, history, { instead: closed })).toEqual(["ISSUE_CANCELLED"]);
  expect(await decidedAfter(told, {}, history)).toEqual([]);
});

test.each<[string, Person, Instead?]>([
  ["the pull request", writer, refuse(403)],
  ["who may write", untold],
])("a remark about which GitHub refuses to tell %s becomes a dead letter", async (_what, person, instead) => {
  const refused = decidedAfter(reviewed(person), { reviews: [reviewBy(person)] }, inReview, { instead });
  await expect(refused).rejects.toMatchObject({ _tag: "Poison" });
});
