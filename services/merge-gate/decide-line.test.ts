import { expect, test } from "vitest";
import type { BaseLine } from "#contracts/base-line.ts";
import type { Check } from "#contracts/gate/condition.ts";
import { evaluateSeen } from "#contracts/gate/evaluate.ts";
import { requiring, seen } from "#contracts/gate/test-earned.ts";
import type { IssueFact } from "#contracts/issue-life.ts";
import { factOf } from "#contracts/test-facts.ts";
import {
  baseOf,
  claimBase,
  lastTurnIn,
  losesTurn,
  moveWaiting,
  releaseBase,
  updatedInVain,
  wantsTurn,
} from "./decide-line.ts";

const base = { owner: "acme", repo: "shop", branch: "main", baseSha: "b1" };
const free: BaseLine = { turn: null, merged: null, waiting: [], madeBy: null };
const candidate = (prNumber: number) => ({ prNumber, issueNumber: 1, approvedAt: "2026-01-01T10:00:00.000Z" });
const since = "2026-01-01T11:30:00.000Z";
const turnOf = (prNumber: number): BaseLine => ({ ...free, turn: { ...candidate(prNumber), to: "test", since } });
const claims = (line: BaseLine, to: "test" | "merge" = "test") => claimBase(line, { base, to, seen: seen({}) }).facts;
const types = (facts: readonly { readonly type: string }[]) => facts.map(({ type }) => type);

test("a change claims a turn that nobody has, and waits once for another's", () => {
  const issue = { approvedAt: "2026-01-01T10:30:00.000Z" };
  const own = { ...base, prNumber: 9, issueNumber: 7, approvedAt: issue.approvedAt };
  expect(claimBase(free, { base, to: "test", seen: seen({ issue }) }).facts).toMatchObject([
    { type: "BASE_CLAIMED", on: { topic: "base acme/shop main b1" }, data: { ...own, headSha: "h1", to: "test" } },
  ]);
  expect(types(claims(turnOf(8)))).toEqual(["BASE_AWAITED"]);
  expect(claims({ ...turnOf(8), waiting: [candidate(9)] })).toEqual([]);
});

test("it claims its own turn again only for the merge", () => {
  expect(claims(turnOf(9))).toEqual([]);
  expect(claims(turnOf(9), "merge")).toMatchObject([{ type: "BASE_CLAIMED", data: { to: "merge" } }]);
});

test("a commit that has just got its merge is neither claimed nor waited for", () => {
  const merged = { prNumber: 8, issueNumber: 1, mergeSha: "m1", at: "2026-01-01T12:00:01.000Z" };
  expect(claims({ ...free, merged })).toEqual([]);
});

test.each<[string, Parameters<typeof seen>[0]["forge"], boolean, boolean]>([
  ["lacks nothing", {}, true, false],
  ["lacks only the newest commit of its base", { behind: "strict" }, true, false],
  ["waits for its review after the update", { reviews: [] }, false, false],
  ["is behind and not reviewed", { behind: "strict", reviews: [] }, false, false],
  ["conflicts", { mergeable: false }, false, true],
  ["is a draft", { draft: true }, false, true],
  ["is closed", { open: false }, false, true],
  ["is behind, and a person's to merge", { behind: "strict", labels: ["manual-merge"] }, false, true],
])("a change that %s", (_, forge, wants, loses) => {
  const now = seen({ forge: forge ?? {} });
  const evaluation = evaluateSeen(now);
  expect([wantsTurn(evaluation, now), losesTurn(evaluation, now)]).toEqual([wants, loses]);
});

test("a change into which an agent has to merge the base gives its turn up, and claims none before another head", () => {
  const stands = (conflictSha: string) => {
    const now = seen({ issue: { conflictSha }, forge: { behind: "strict" } });
    const evaluation = evaluateSeen(now);
    return [wantsTurn(evaluation, now), losesTurn(evaluation, now)];
  };
  expect([stands("h1"), stands("h0")]).toEqual([
    [false, true],
    [true, false],
  ]);
});

test("a base with a merge queue of GitHub has no line of the rig", () => {
  const on = { owner: "acme", repo: "shop" };
  const into = { baseBranch: "main", baseSha: "b1" };
  expect(baseOf({ on, forge: { ...into, ...requiring({}) } })).toEqual(base);
  expect(baseOf({ on, forge: { ...into, ...requiring({ mergeQueue: { method: null } }) } })).toBeNull();
});

test("a change knows the commit of the base at which it had its turn last", () => {
  const [asked, updated] = [
    factOf("MERGE_REQUESTED", { prNumber: 9, headSha: "h1", baseSha: "b1" }),
    factOf("BRANCH_UPDATE_REQUESTED", { prNumber: 9, headSha: "h1", baseSha: "b2" }),
  ];
  expect([[], [asked], [asked, updated], [updated, asked]].map(lastTurnIn)).toEqual([null, "b1", "b2", "b1"]);
});

test("only a change that has the turn, or waits for it, gives it up", () => {
  const gives = (line: BaseLine) =>
    types(releaseBase(line, { base, prNumber: 9, mergeSha: null, why: "a draft" }).facts);
  expect([turnOf(9), { ...turnOf(8), waiting: [candidate(9)] }, turnOf(8), free].map(gives)).toEqual([
    ["BASE_RELEASED"],
    ["BASE_RELEASED"],
    [],
    [],
  ]);
});

test("those that waited wait at the next commit too, each once", () => {
  const line = { ...turnOf(8), waiting: [candidate(9)] };
  const { facts } = moveWaiting(line, base, [8, 9, 10].map(candidate));
  expect(facts.map(({ data }) => data.prNumber)).toEqual([10]);
});

test("nobody is brought to a commit at which no turn will end: its end would be all that wakes him", () => {
  expect(moveWaiting(free, base, [candidate(9)]).facts).toEqual([]);
});

test("a change that is brought up to date for a day, and whose base always moves on, is told to a person", () => {
  const update = (headSha: string, occurredAt: string) =>
    factOf("BRANCH_UPDATE_REQUESTED", { prNumber: 9, headSha }, { occurredAt });
  const updates = [update("h1", "2026-01-01T10:00:00.000Z"), update("h2", "2026-01-02T09:00:00.000Z")];
  const runs = { name: "ci", passed: false, hold: "check-running", why: "test is under way" } as const;
  const told = (checks: readonly Check[], at: string, history: readonly IssueFact[]) =>
    updatedInVain(checks, at, history)?.why ?? null;
  expect(told([runs], "2026-01-02T10:00:00.001Z", updates)).toBe(
    "brought up to date 2 times since 2026-01-01T10:00:00.000Z: its base moves on before its checks end",
  );
  expect(told([runs], "2026-01-02T10:00:00.000Z", updates)).toBeNull();
  expect(told([runs], "2026-01-09T10:00:00.000Z", updates.slice(0, 1))).toBeNull();
  const queued = { attempt: 2, task: "fix", reason: "red", prNumber: 9, headSha: "h1" } as const;
  expect(told([runs], "2026-01-09T10:00:00.000Z", [...updates, factOf("ISSUE_QUEUED", queued)])).toBeNull();
  const draft = { name: "open", passed: false, hold: "draft", why: "the pull request is a draft" } as const;
  expect(told([draft, runs], "2026-01-09T10:00:00.000Z", updates)).toBeNull();
});
