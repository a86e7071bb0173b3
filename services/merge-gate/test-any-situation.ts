import fc from "fast-check";
import type { Shown } from "./test-situation.ts";

// Situations for tests of properties: a change that has earned its merge, with anything that GitHub may show beside it.

const { constantFrom, array, record, option, subarray, boolean } = fc;

const writers = ["wendy", "ada"] as const;
const anybody = constantFrom(...writers, "review-e", "dev-e", "mallory", "una", "helper[bot]", "rig-review-e", "");

const review = record({
  by: anybody,
  state: constantFrom("APPROVED", "CHANGES_REQUESTED", "COMMENTED", "DISMISSED", "PENDING"),
  commit: constantFrom("h1", "h1", "h0"),
} as const);

/** Some reviews, and the approval that the merge needs at any place among them. */
const reviews = fc
  .tuple(array(review, { maxLength: 3 }), fc.nat(3), boolean())
  .map(([others, at, isApproved]) =>
    isApproved ? others.toSpliced(at, 0, { by: "review-e", state: "APPROVED", commit: "h1" }) : others,
  );

const thread = record({ by: array(anybody, { minLength: 1, maxLength: 2 }), outdated: boolean() }, {});
const resolved = fc.tuple(thread, anybody).map(([one, resolvedBy]) => ({ ...one, resolvedBy }));

const check = record({
  name: constantFrom("test", "lint"),
  conclusion: constantFrom(
    "success",
    "success",
    "success",
    "skipped",
    "neutral",
    "failure",
    "cancelled",
    "stale",
    null,
  ),
  suite: constantFrom(11, 12),
}).map((one) => ({ ...one, workflow: one.suite === 11 ? ".github/workflows/a.yml" : ".github/workflows/b.yml" }));

const label = constantFrom("manual-merge", "Manual-Merge", "large-pr-ok", "question");
const events = array(
  fc.oneof(
    record({ event: constantFrom("labeled", "unlabeled"), label: record({ name: label }), actor: anybody }),
    record({
      event: constantFrom("convert_to_draft", "ready_for_review", "closed", "reopened", "base_ref_changed"),
      actor: anybody,
    }),
    record({
      event: constantFrom("review_requested", "review_request_removed"),
      actor: anybody,
      requested_reviewer: constantFrom("wendy", "mallory"),
    }),
  ),
  { maxLength: 3 },
);

const file = constantFrom(
  "src/a.js",
  "src/b.js",
  "docs/c.md",
  ".github/workflows/a.yml",
  "src/auth/d.js",
  "CODEOWNERS",
);

const pull = record(
  {
    draft: boolean(),
    state: constantFrom("open", "open", "closed"),
    title: constantFrom("Sell more (#7)", "WIP Sell more", "Draft: Sell more"),
    labels: subarray(["manual-merge", "large-pr-ok", "question"]),
    mergeable: constantFrom(true, true, false, null),
    base: record({ ref: constantFrom("main", "next") }),
    head: record({ ref: constantFrom("feature/issue-7", "feature/issue-8") }),
  },
  { requiredKeys: [] },
);

export const required = (context: string) => ({
  type: "required_status_checks",
  parameters: { required_status_checks: [{ context }] },
});

/** Any situation: three of its parts at most are other than those of the earned change, so that some are merged. */
export const anySituation: fc.Arbitrary<Shown> = fc
  .record({
    reviews,
    threads: array(fc.oneof(thread, resolved), { maxLength: 2 }),
    checks: array(check, { minLength: 1, maxLength: 4 }),
    statuses: array(
      record({ context: constantFrom("ci", "test"), state: constantFrom("success", "pending", "failure") }),
      {
        maxLength: 2,
      },
    ),
    events,
    files: fc.uniqueArray(file, { minLength: 1, maxLength: 3 }).map((names) => names.map((filename) => ({ filename }))),
    links: subarray([7, 8]),
    commits: fc
      .tuple(option(anybody), option(anybody))
      .map(([author, committer]) => [
        { sha: "h1", message: "Sell more", ...(author && { author }), ...(committer && { committer }) },
      ]),
    rules: subarray([required("test"), required("lint"), { type: "required_signatures" }, { type: "deletion" }]),
    pull,
    issue: record({ state: constantFrom("open", "closed"), labels: subarray(["agent-ready"]) }),
  })
  .chain((all) =>
    subarray(Object.keys(all) as (keyof typeof all)[], { minLength: 0, maxLength: 3 }).map(
      (names) => Object.fromEntries(names.map((name) => [name, all[name]])) as Shown,
    ),
  );
