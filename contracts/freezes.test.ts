import { expect, test } from "vitest";
import type { FactOf } from "./envelope.ts";
import { foldFreezes, freezeOf, frozenName, frozenNamed, withMoves } from "./freezes.ts";
import { factOf } from "./test-facts.ts";

const at = { owner: "acme", repo: "shop" };
const frozen = (branch: string | null, reason = "release") =>
  factOf("MERGES_FROZEN", { ...at, branch, reason, person: "wendy" });
const unfrozen = (branch: string | null, repo = "shop") =>
  factOf("MERGES_UNFROZEN", { ...at, repo, branch, person: "ada" });
const into = (branch: string, repo = "shop") => ({ owner: "acme", repo, branch });
const held = (facts: readonly FactOf<"fleet">[], of = into("main")) => freezeOf(foldFreezes(facts), of)?.reason ?? null;

test.each<[string, readonly FactOf<"fleet">[], string | null]>([
  ["nobody froze", [], null],
  ["somebody froze", [frozen("main")], "release"],
  ["somebody froze with the whole repository", [frozen(null)], "release"],
  ["somebody froze another branch of", [frozen("next")], null],
  ["somebody froze and unfroze", [frozen("main"), unfrozen("main")], null],
  ["somebody froze twice, whose first reason stands", [frozen("main"), frozen("main", "later")], "release"],
  ["somebody froze twice and unfroze once", [frozen("main"), frozen("main"), unfrozen("main")], null],
  ["is frozen still with the whole repository", [frozen("main"), frozen(null, "all"), unfrozen("main")], "all"],
  [
    "is frozen itself where the whole repository is no more",
    [frozen(null), frozen("main", "one"), unfrozen(null)],
    "one",
  ],
  ["is frozen where another branch is no more", [frozen("main"), unfrozen("next")], "release"],
  ["is frozen where another repository is no more", [frozen("main"), unfrozen("main", "site")], "release"],
])("the branch that %s", (_, facts, reason) => {
  expect(held(facts)).toBe(reason);
});

test("a repository is the same in whichever letters, and a branch is not", () => {
  expect(held([frozen("main")], into("main", "SHOP"))).toBe("release");
  expect(held([frozen("main")], into("Main"))).toBeNull();
  expect(held([frozen("main"), unfrozen("main", "Shop")])).toBeNull();
});

test("a repository that gets another name keeps its freeze, and one that had the name before gets none", () => {
  const since = "2026-01-02T03:00:00.000Z";
  const standing = foldFreezes([{ ...frozen("main"), occurredAt: since }]);
  const moved = (fromRepo: string, repo: string, occurredAt: string) =>
    factOf("REPOSITORY_MOVED", { fromOwner: "acme", fromRepo, owner: "acme", repo }, { occurredAt });
  const holds = (repo: string) => {
    const moves = [
      moved("shop", "old", "2026-01-02T02:00:00.000Z"),
      moved("Shop", "store", "2026-01-02T04:00:00.000Z"),
      moved("store", "market", "2026-01-02T05:00:00.000Z"),
    ];
    return freezeOf(withMoves(standing, moves), into("main", repo)) !== null;
  };
  expect(["shop", "market", "store", "old", "site"].filter(holds)).toEqual(["shop", "market"]);
});

test.each([
  ["acme/shop", { ...at, branch: null }],
  ["acme/shop@main", { ...at, branch: "main" }],
  ["acme/shop@release/1.0@next", { ...at, branch: "release/1.0@next" }],
])("%s is read as it is written", (text, named) => {
  expect(frozenNamed(text)).toEqual(named);
  expect(frozenName(named)).toBe(text);
});

test.each(["", "acme", "acme/", "acme/shop#1", "acme/shop@", "acme/shop/x", "acme/shop main"])(
  "%j names nothing",
  (text) => {
    expect(frozenNamed(text)).toBeNull();
  },
);
