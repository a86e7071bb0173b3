import { Arbitrary, Effect, Result, Schema } from "effect";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type HeadChecks, weighRequired } from "#contracts/required-checks.ts";
import type { Requirements } from "#contracts/requirements.ts";
import { evaluate } from "./evaluate.ts";
import { decodeSnapshot, type ForgeState, type Required, Snapshot, snapshotOf } from "./snapshot.ts";
import { gatePolicy, green, seen } from "./test-earned.ts";

// What holds of every verdict, whatever GitHub says. Half of the snapshots are any that the schema allows; the others are one that earned
// its merge, with some fields of any value, because nearly none of the first kind is merged.

const earned = snapshotOf(seen({}));
/** 60 of them: to generate one takes 10 ms. */
const any = fc.constantFrom(
  ...Array.from({ length: 60 }, (_, seed) =>
    Effect.runSync(Arbitrary.sampleEffect(Arbitrary.schema(Snapshot), { seed })),
  ),
);
const nearlyEarned = fc
  .tuple(any, fc.subarray(Object.keys(earned.forge) as (keyof ForgeState)[], { maxLength: 3 }))
  .map(([[other = earned], fields]): Snapshot => {
    const taken = Object.fromEntries(fields.map((field) => [field, other.forge[field]]));
    return { ...earned, forge: { ...earned.forge, ...taken } };
  });
const snapshots = fc.oneof(
  any.map(([snapshot = earned]) => snapshot),
  nearlyEarned,
);

const verdictOf = (snapshot: Snapshot) => evaluate(snapshot, gatePolicy);
const runs = { numRuns: 2_000 };

test("a verdict follows again from its snapshot as it is stored, under the same policy", () => {
  fc.assert(
    fc.property(snapshots, (snapshot) => {
      const stored = Result.getOrThrow(decodeSnapshot(JSON.stringify(Schema.encodeSync(Snapshot)(snapshot))));
      expect(verdictOf(stored)).toEqual(verdictOf(snapshot));
    }),
    { numRuns: 300 },
  );
});

test("a condition that is not met has the name of its reason, and one that is met has none", () => {
  fc.assert(
    fc.property(snapshots, (snapshot) => {
      const { passed, checks } = verdictOf(snapshot);
      expect(checks.every((check) => check.passed === (check.hold === undefined))).toBe(true);
      expect(passed).toBe(checks.every((check) => check.passed));
    }),
    runs,
  );
});

test("nothing is merged that is not open, its own, approved on this head, green, and free of what people want", () => {
  let merged = 0;
  const isEarned = ({ forge, issue, on, approvedText }: Snapshot) =>
    [
      forge.issue?.open === true && forge.issue.labelled,
      forge.open && !forge.draft && forge.ownRepository && forge.byAgent && forge.mergeable === true,
      forge.behind === null && forge.undone.length === 0 && !forge.eventsCut && !forge.othersCut,
      forge.requested.length === 0,
      forge.labels.every((label) => label.toLowerCase() !== "manual-merge"),
      forge.baseBranch === issue.defaultBranch && !forge.baseChanged,
      forge.epoch === issue.epoch && issue.prNumber === forge.number && !issue.closed && !issue.isHeld,
      forge.closedByBody.certain.some(({ number }) => number === on.number),
      forge.threads !== null && forge.threads.holding.length === 0 && forge.linked !== null,
      forge.commits.length >= forge.commitsCount && isMet(forge),
      "own" in forge.repositoryRules && forge.changed.unseen.length === 0,
      forge.changed.files.every(({ path, unreadable }) => unreadable === null && !path.startsWith(".github/")),
      forge.reviews.some(
        ({ appointed, reviewer, state, headSha, textSha256 }) =>
          appointed &&
          ![forge.author, ...forge.commits.flatMap(({ by }) => by), ...issue.askedBy].includes(reviewer) &&
          state === "APPROVED" &&
          headSha === forge.headSha &&
          (textSha256 === null || textSha256 === approvedText),
      ),
    ].every(Boolean);
  fc.assert(
    fc.property(snapshots, (snapshot) => {
      if (!verdictOf(snapshot).passed) return;
      merged += 1;
      expect(isEarned(snapshot)).toBe(true);
    }),
    runs,
  );
  // Otherwise nothing was tried.
  expect(merged).toBeGreaterThan(20);
});

/** Whether everything that is required is known, and is there. */
function isMet({ required, owners }: ForgeState): boolean {
  if (required === null || "untold" in required) return false;
  const { requirements, head, gate } = required;
  const { locked, unknownRules, mergeMethods, mergeQueue } = requirements;
  const { lines } = weighRequired(requirements, head, { ownAppId: gate.appId });
  const isOpen = !locked && unknownRules.length === 0 && mergeMethods.length > 0 && mergeQueue === null;
  if (requirements.reviews.codeOwners && (owners === null || !("lines" in owners))) return false;
  return isOpen && lines.length > 0 && lines.every(({ state }) => state === "passed");
}

/** The requirements and the reports with something else. */
function required(
  { required: now }: ForgeState,
  more: (now: Required) => { readonly requirements?: Partial<Requirements>; readonly head?: Partial<HeadChecks> },
): Partial<ForgeState> {
  if (now === null || "untold" in now) return {};
  const { requirements, head } = more(now);
  const all = { ...now, requirements: { ...now.requirements, ...requirements }, head: { ...now.head, ...head } };
  return { required: all };
}

/** A base that requires the review of code owners, and a file that one owns. */
function withOwners(forge: ForgeState): Partial<ForgeState> {
  return required(forge, ({ requirements }) => {
    return { requirements: { reviews: { ...requirements.reviews, codeOwners: true } } };
  });
}
const owned = {
  ...{ place: "CODEOWNERS", approvers: [], teams: [] },
  lines: [{ line: 1, owners: ["@ann"], paths: ["a.ts"], pathsCount: 1 }],
} as const;

const workflow: ForgeState["changed"]["files"][number] = {
  ...{ path: ".github/workflows/test.yml", previousPath: null, status: "modified", additions: 1, deletions: 0 },
  ...{ unreadable: null, isSubmodule: false, packageChanges: [] },
};

/** What holds a merge, each by itself. */
const holding: readonly ((forge: ForgeState) => Partial<ForgeState>)[] = [
  () => ({ open: false }),
  () => ({ issue: null }),
  ({ issue }) => ({ issue: issue && { ...issue, open: false } }),
  ({ issue }) => ({ issue: issue && { ...issue, labelled: false } }),
  () => ({ draft: true }),
  ({ labels }) => ({ labels: [...labels, "MANUAL-MERGE"] }),
  ({ undone }) => ({ undone: [...undone, { what: "label", login: "dev-e" }] }),
  (forge) =>
    required(forge, ({ head }) => {
      const failed = { ...green, appId: null, conclusion: "failure", isRequired: true };
      return { head: { checks: [...head.checks, failed] } };
    }),
  (forge) => required(forge, () => ({ head: { isCut: true } })),
  (forge) => required(forge, () => ({ requirements: { locked: true } })),
  (forge) => required(forge, () => ({ requirements: { unknownRules: ["new_rule"] } })),
  (forge) => required(forge, () => ({ requirements: { mergeMethods: [] } })),
  (forge) => ({
    ...required(forge, () => ({ requirements: { hidden: ["lock"], updatesRestricted: false } })),
    standing: "blocked",
  }),
  (forge) => required(forge, () => ({ requirements: { mergeQueue: { method: null } } })),
  (forge) => ({ ...withOwners(forge), owners: { ...owned, lines: [{ ...owned.lines[0], owners: ["@nobody"] }] } }),
  (forge) => ({ ...withOwners(forge), owners: { untold: "refused" } }),
  (forge) => ({ ...withOwners(forge), owners: { place: "CODEOWNERS", notLoaded: "is too large" } }),
  () => ({ required: { untold: "refused" } }),
  () => ({ required: null }),
  () => ({ mergeable: null }),
  () => ({ mergeable: false }),
  () => ({ behind: "strict" }),
  () => ({ threads: null }),
  ({ requested }) => ({ requested: [...requested, { login: "ada", note: "" }] }),
  ({ commits, reviews }) => ({
    commits: commits.map((each) => ({ ...each, by: reviews.map(({ reviewer }) => reviewer) })),
  }),
  () => ({ ownRepository: false }),
  () => ({ byAgent: false }),
  ({ changed }) => ({ changed: { ...changed, files: [...changed.files, workflow] } }),
  ({ changed }) => ({ changed: { ...changed, unseen: [...changed.unseen, "GitHub lists 3,000 files"] } }),
  () => ({ repositoryRules: { wrong: "no YAML" } }),
  () => ({ repositoryRules: { untold: "refused" } }),
  ({ reviews }) => {
    const [review] = earned.forge.reviews;
    if (review === undefined) return {};
    return { reviews: [...reviews, { ...review, reviewer: "ann", state: "CHANGES_REQUESTED" }] };
  },
];

test("what holds a merge never opens one, and holds it by itself", () => {
  fc.assert(
    fc.property(snapshots, fc.constantFrom(...holding), (snapshot, hold) => {
      const held = { ...snapshot, forge: { ...snapshot.forge, ...hold(snapshot.forge) } };
      if (snapshot.forge.author === "ann") return;
      expect(verdictOf(held).passed).toBe(false);
    }),
    runs,
  );
});

test("the order in which GitHub lists things does not matter, but for the reviews of one reviewer", () => {
  const shuffled = <T>(list: readonly T[], seed: number): readonly T[] =>
    list
      .map((each, at) => ({ each, key: Math.sin(seed + at) }))
      .sort((a, b) => a.key - b.key)
      .map(({ each }) => each);
  fc.assert(
    fc.property(snapshots, fc.integer({ min: 0, max: 1_000 }), (snapshot, seed) => {
      const { forge } = snapshot;
      const byReviewer = [...Map.groupBy(forge.reviews, ({ reviewer }) => reviewer).values()];
      const other = {
        ...forge,
        labels: shuffled(forge.labels, seed),
        ...required(forge, ({ head }) => ({ head: { checks: shuffled(head.checks, seed) } })),
        commits: shuffled(forge.commits, seed),
        changed: { files: shuffled(forge.changed.files, seed), unseen: shuffled(forge.changed.unseen, seed) },
        reviews: shuffled(byReviewer, seed).flat(),
      };
      expect(verdictOf({ ...snapshot, forge: other }).passed).toBe(verdictOf(snapshot).passed);
    }),
    runs,
  );
});
