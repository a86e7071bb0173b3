import fc from "fast-check";
import { expect, test } from "vitest";
import { foldChange } from "#contracts/change-life.ts";
import { factOf } from "#contracts/test-facts.ts";
import type { ChangedFile } from "./changed-files.ts";
import { evaluate, evaluateSeen } from "./evaluate.ts";
import { snapshotOf } from "./snapshot.ts";
import { approval, gatePolicy, requiring, seen } from "./test-earned.ts";
import { tierNames } from "./tier-rules.ts";
import { riskOf } from "./tiers.ts";

// The rules of the tiers stand in docs/situations/tiers.yaml. What takes two looks, or is true of all changes, is here.

const file = (path: string, more: Partial<ChangedFile> = {}): ChangedFile => ({
  ...{ path, previousPath: null, status: "modified", additions: 1, deletions: 0 },
  ...{ unreadable: null, isSubmodule: false, packageChanges: [] },
  ...more,
});
const core = { changed: { files: [file("src/core.js")], unseen: [] } };
const { tiers } = gatePolicy;
const policy = {
  ...gatePolicy,
  tiers: { ...tiers, medium: { ...tiers.medium, paths: ["src/core.js"], approvals: 1 } },
};
const ofPerson = { ...approval, reviewer: "wendy", appointed: false };
const holdsOf = (but: Parameters<typeof seen>[0]) =>
  evaluateSeen(seen({ ...but, policy })).checks.flatMap(({ hold }) => hold ?? []);

test("an approval stays through a clean update of the head, whatever tier that head was of", () => {
  const updates = [{ headSha: "h1", from: "h0", base: "b1", mergeBase: "b0" }];
  const reviews = [approval, ofPerson].map((review) => ({ ...review, headSha: "h0", mergeBase: "b0" }));
  const forge = { ...core, reviews, pushes: null };
  expect(holdsOf({ forge: { ...forge, updates }, change: { tiers: { h0: "low" } } })).toEqual([]);
  // The same without the update is another change.
  expect(holdsOf({ forge, change: { tiers: { h0: "low" } } })).toEqual(["not-approved", "tier-approvals"]);
});

test("an evaluation names the tier of its head, and of none where not all of the files are seen", () => {
  expect(evaluateSeen(seen({ forge: core, policy })).tier).toBe("medium");
  expect(evaluateSeen(seen({ forge: { changed: { files: [], unseen: ["cut"] } }, policy })).tier).toBeUndefined();
  expect(evaluateSeen(seen({ forge: { ...core, open: false }, policy })).tier).toBeUndefined();
});

test("the tier of a head stays known, also where a later look does not see all of its files", () => {
  const evaluated = (headSha: string, more: object) =>
    factOf("GATE_EVALUATED", { headSha, passed: false, checks: [], threads: [], ...more });
  const facts = [evaluated("h0", { tier: "low" }), evaluated("h1", { tier: "high" }), evaluated("h1", {})];
  expect(foldChange(facts).tiers).toEqual({ h0: "low", h1: "high" });
  expect(foldChange([...facts, evaluated("h1", { tier: "medium" })]).tiers).toEqual({ h0: "low", h1: "medium" });
});

test("an approval that a push withdrew is no approval of a code owner", () => {
  const { required } = requiring({
    reviews: { approvals: 0, codeOwners: true, lastPush: false, dismissStale: false, teams: [] },
  });
  const lines = [{ line: 1, owners: ["@wendy"], paths: ["src/core.js"], pathsCount: 1 }];
  const owners = { place: "CODEOWNERS", approvers: ["wendy"], teams: [], lines };
  const forge = { ...core, required, owners, reviews: [approval, { ...ofPerson, headSha: "h0" }] };
  const withTier = (tier: "low" | "medium") => holdsOf({ forge, change: { tiers: { h0: tier } } });
  expect(withTier("low")).toEqual(["owners-missing", "tier-approvals"]);
  expect(withTier("medium")).toEqual([]);
});

test("of an email address in CODEOWNERS nobody tells who approved, so an approval that was withdrawn may have been his", () => {
  const { required } = requiring({
    reviews: { approvals: 0, codeOwners: true, lastPush: false, dismissStale: false, teams: [] },
  });
  const lines = [{ line: 1, owners: ["wendy@example.com"], paths: ["src/core.js"], pathsCount: 1 }];
  const owners = { place: "CODEOWNERS", approvers: [], teams: [], lines };
  const reviews = [approval, { ...ofPerson, headSha: "h0" }, { ...ofPerson, reviewer: "ada" }];
  const forge = { ...core, required, owners, reviews, reviewDecision: "APPROVED" };
  expect(holdsOf({ forge, change: { tiers: { h0: "low" } } })).toEqual(["owners-missing"]);
  expect(holdsOf({ forge, change: { tiers: { h0: "medium" } } })).toEqual([]);
});

test("a file, a label or an entry of the policy more never lowers the tier, and the order of the files does not matter", () => {
  const files = fc.array(
    fc.record({
      path: fc.constantFrom("a.js", "src/core.js", "b/c.js", ".github/x", "src/auth/a.js"),
      status: fc.constantFrom("modified", "added", "removed", "renamed"),
      additions: fc.nat(300),
    }),
    { maxLength: 14 },
  );
  const rankOf = (all: readonly Partial<ChangedFile>[], labels: readonly string[], by = policy) => {
    const changed = { files: all.map((each) => file(each.path ?? "", each)), unseen: [] };
    const risk = riskOf(snapshotOf(seen({ forge: { changed, labels } })), by);
    return tierNames.indexOf(risk?.tier ?? "low");
  };
  fc.assert(
    fc.property(files, files, fc.subarray(["risk", "x"]), (some, more, labels) => {
      const { high } = policy.tiers;
      const narrower = { ...policy, tiers: { ...policy.tiers, high: { ...high, labels: ["risk"], paths: ["b"] } } };
      const rank = rankOf(some, []);
      expect(rankOf(some.toReversed(), [])).toBe(rank);
      expect(rankOf([...some, ...more], [])).toBeGreaterThanOrEqual(rank);
      expect(rankOf(some, labels, narrower)).toBeGreaterThanOrEqual(rank);
    }),
    { numRuns: 300 },
  );
});

test("whatever the policy says of a tier, the change stays with a person by the rules before", () => {
  const large = { changed: { files: [file("a.js", { additions: 501 })], unseen: [] } };
  const { checks } = evaluate(snapshotOf(seen({ forge: large })), gatePolicy);
  expect(checks.flatMap(({ hold }) => hold ?? [])).toEqual(["large-change"]);
});
