import { expect, test } from "vitest";
import { foldLine, isStale, mayClaim } from "./base-line.ts";
import type { FactOf } from "./envelope.ts";
import { factOf } from "./test-facts.ts";

const base = { owner: "acme", repo: "shop", branch: "main", baseSha: "b1" };
const at = (minutes: number) => new Date(Date.UTC(2026, 0, 1, 0, minutes)).toISOString();
const change = (prNumber: number) => ({ ...base, prNumber, issueNumber: prNumber + 100, approvedAt: at(-prNumber) });
const claimed = (prNumber: number, minutes = 0, to: "test" | "merge" = "test") =>
  factOf("BASE_CLAIMED", { ...change(prNumber), headSha: "h", to }, { occurredAt: at(minutes) });
const first = (prNumber: number) => {
  return factOf(
    "BASE_CLAIMED",
    { ...change(prNumber), headSha: "h", to: "test", goesFirst: true },
    { occurredAt: at(1) },
  );
};
const awaited = (prNumber: number) => factOf("BASE_AWAITED", change(prNumber), { occurredAt: at(0) });
const released = (prNumber: number, mergeSha: string | null = null) =>
  factOf("BASE_RELEASED", { ...base, prNumber, mergeSha, reason: "" }, { occurredAt: at(5) });

const line = (...facts: readonly FactOf<"fleet">[]) => {
  const { turn, merged, waiting } = foldLine(facts);
  return [turn?.prNumber ?? null, merged?.prNumber ?? null, waiting.map(({ prNumber }) => prNumber)];
};

test.each<[string, readonly FactOf<"fleet">[], ReturnType<typeof line>]>([
  ["nobody claimed it", [], [null, null, []]],
  ["the first one has its turn", [claimed(1), claimed(2)], [1, null, []]],
  ["the oldest approval waits first", [claimed(1), awaited(2), awaited(3)], [1, null, [3, 2]]],
  ["who waits twice waits once", [claimed(1), awaited(2), awaited(2)], [1, null, [2]]],
  ["who has its turn does not wait", [awaited(1), claimed(1), awaited(1)], [1, null, []]],
  [
    "a turn that is given up is free, and its change waits no more",
    [claimed(1), awaited(2), released(1)],
    [null, null, [2]],
  ],
  ["who only waited leaves the turn alone", [claimed(1), awaited(2), released(2)], [1, null, []]],
  ["a merge ends the turn", [claimed(1, 0, "merge"), awaited(2), released(1, "m1")], [null, 1, [2]]],
  [
    "onto a commit that has got its merge nothing is merged",
    [claimed(1), released(1, "m1"), claimed(2, 6)],
    [null, 1, []],
  ],
  [
    "a branch that is pushed back to it may have another one",
    [claimed(1), released(1, "m1"), claimed(2, 16)],
    [2, 1, []],
  ],
  ["a turn to be tested is over after two hours", [claimed(1), claimed(2, 121)], [2, null, []]],
  ["one to be merged after seventy minutes", [claimed(1, 0, "merge"), claimed(2, 71)], [2, null, []]],
  ["a turn is not made longer by another claim", [claimed(1), claimed(1, 60), claimed(2, 121)], [2, null, []]],
  ["a change that mends the base goes before one that is tested", [claimed(1), first(2)], [2, null, []]],
  ["and not before one that is merged", [claimed(1, 0, "merge"), first(2)], [1, null, []]],
  ["but by the claim to be merged", [claimed(1), claimed(1, 110, "merge"), claimed(2, 121)], [1, null, []]],
])("%s", (_, facts, expected) => {
  expect(line(...facts)).toEqual(expected);
});

test("a look that began before a merge is asked again, and may claim nothing", () => {
  const merged = foldLine([claimed(1, 0, "merge"), released(1, "m1")]);
  expect([
    isStale(merged, at(4)),
    mayClaim(merged, { prNumber: 2 }, at(4)),
    mayClaim(merged, { prNumber: 1 }, at(4)),
  ]).toEqual([true, false, false]);
});
