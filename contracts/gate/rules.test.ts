import { describe, expect, test } from "vitest";
import { evaluateSeen } from "./evaluate.ts";
import type { ForgeState } from "./snapshot.ts";
import { approval, commitWith, failing, requiring, seen, threadsWith } from "./test-earned.ts";

const reviews = { approvals: 0, codeOwners: false, lastPush: false, dismissStale: false, teams: [] };
/** No file says who owns what. */
const owners = { place: null, lines: [], approvers: [], teams: [] };
const ofApps = (...apps: readonly string[]) => requiring({ pushers: { users: ["ada"], teams: [], apps } });
const asUser = { login: "ada", appId: null };
const [_commit] = commitWith("Sell more");
const gate = (forge: Partial<ForgeState>) => evaluateSeen(seen({ forge }));

test.each<[string, Partial<ForgeState>, string, string]>([
  [
    "has a rule that is not known here",
    requiring({ unknownRules: ["new_rule"] }),
    "unknown-rule",
    "main has rules that are not known here: new_rule",
  ],
  ["is locked", requiring({ locked: true }), "branch-locked", "main is locked: nobody merges into it"],
  [
    "lets other Apps push",
    ofApps("deployer"),
    "not-a-pusher",
    "the protection of main lets only others push, and not merge-gate[bot]",
  ],
  [
    "has a merge queue",
    requiring({ mergeQueue: { method: "squash" } }),
    "merge-queue",
    "main has a merge queue, into which this gate puts nothing",
  ],
  [
    "leaves no way to merge",
    requiring({ mergeMethods: [] }),
    "no-merge-method",
    "the rules of main and the settings of the repository leave no way to merge",
  ],
  [
    "requires signed commits, of which one is not",
    requiring({ signedCommits: true }),
    "unsigned-commits",
    "main requires signed commits, and these are not: 0123456, h1",
  ],
  [
    "requires each thread to be resolved, also those of strangers",
    { ...requiring({ threads: true }), threads: threadsWith(0, { leftAside: 2 }) },
    "threads-required",
    "main requires every thread to be resolved, and 2 of strangers are open",
  ],
  [
    "requires more approvals than there are",
    requiring({ reviews: { ...reviews, approvals: 2 } }),
    "approvals-missing",
    "main requires 2 approvals, and GitHub does not count them as given",
  ],
  [
    "requires more approvals than GitHub counts",
    { ...requiring({ reviews: { ...reviews, approvals: 1 } }), reviewDecision: "REVIEW_REQUIRED" },
    "approvals-missing",
    "main requires an approval, and GitHub does not count them as given",
  ],
  [
    "requires code owners and a last push, which GitHub does not show as met",
    { ...requiring({ reviews: { ...reviews, codeOwners: true, lastPush: true } }), standing: "blocked", owners },
    "approvals-missing",
    "main requires the approval of code owners, an approval by somebody else than the last pusher, and GitHub does not count them as given",
  ],
  [
    "requires approvals unseen, as GitHub says",
    { reviewDecision: "REVIEW_REQUIRED" },
    "approvals-missing",
    "main requires approvals that are not shown, and GitHub does not count them as given",
  ],
  [
    "requires a deployment that GitHub does not show as made",
    { ...requiring({ deployments: ["staging"] }), standing: "blocked" },
    "left-to-github",
    "a deployment to staging is required, which GitHub judges: a person has to merge",
  ],
])("a base that %s holds the merge for a person, who is told why", (_name, forge, hold, why) => {
  const evaluation = gate(forge);
  expect(failing(evaluation)).toEqual([`rules: ${why}`]);
  expect(evaluation.checks.find(({ name }) => name === "rules")).toMatchObject({ hold });
});

describe("it holds nothing", () => {
  test.each<[string, Partial<ForgeState>]>([
    ["where only a ruleset says who may update: the gate may be let through", requiring({ updatesRestricted: true })],
    ["where the protection names the gate's App", ofApps("deployer", "merge-gate")],
    [
      "where the gate is a user, who may push as an administrator or of a team",
      requiring({ pushers: { users: [], teams: [], apps: [] } }, {}, asUser),
    ],
    [
      "where all commits are signed",
      { ...requiring({ signedCommits: true }), commits: commitWith("").map((each) => ({ ...each, verified: true })) },
    ],
    ["where every thread is resolved", requiring({ threads: true })],
    ["where one approval is required", requiring({ reviews: { ...reviews, approvals: 1 } })],
    [
      "where a second one has approved",
      {
        ...requiring({ reviews: { ...reviews, approvals: 2 } }),
        reviews: [approval, { ...approval, reviewer: "ada", trusted: false, appointed: false }],
      },
    ],
    [
      "where GitHub counts the reviews as given",
      {
        ...requiring({ reviews: { ...reviews, approvals: 3, codeOwners: true, lastPush: true } }),
        ...{ reviewDecision: "APPROVED", standing: "blocked", owners },
      },
    ],
    [
      "where GitHub lets it be merged with its deployments",
      { ...requiring({ deployments: ["staging"] }), standing: "unstable" },
    ],
    ["where a linear history is required", requiring({ linearHistory: true, mergeMethods: ["squash", "rebase"] })],
  ])("%s", (_name, forge) => {
    expect(failing(gate(forge))).toEqual([]);
  });
});

test("approvals of others are not asked for before the appointed reviewer's is there", () => {
  const wanted = { ...requiring({ reviews: { ...reviews, approvals: 2 } }), reviewDecision: "REVIEW_REQUIRED" };
  expect(failing(gate({ ...wanted, reviews: [] }))).toEqual([expect.stringMatching(/^review: /)]);
});

test("what GitHub judges is not waited for while the head lacks commits of its base, so that an agent merges the base", () => {
  const forge = {
    ...requiring({ deployments: ["staging"], strict: true }),
    standing: "behind",
    behind: "strict",
  } as const;
  expect(failing(gate(forge))).toEqual([expect.stringMatching(/^mergeable: behind main/)]);
});
