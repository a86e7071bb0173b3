import { type ChangeLife, unknownChange } from "#contracts/change-life.ts";
import { closedByText } from "#contracts/closing.ts";
import { type IssueLife, unknownIssue } from "#contracts/issue-life.ts";
import type { GatePolicy } from "#contracts/policy.ts";
import { epochIn } from "#contracts/pull-request-body.ts";
import type { HeadCheck, HeadChecks } from "#contracts/required-checks.ts";
import type { Requirements } from "#contracts/requirements.ts";
import { closedByBody } from "#kit/github/closing.ts";
import type { Evaluation } from "./evaluate.ts";
import type { ForgeState, Required, Seen } from "./snapshot.ts";

export type Review = ForgeState["reviews"][number];

export const reviewer = "review-e[bot]";
export const green: HeadCheck = {
  ...({ kind: "run", name: "test", appId: 1, id: null } as const),
  ...{ status: "completed", conclusion: "success", since: null, isRequired: false },
};
export const testRequired = { name: "test", appId: null };
export const approval: Review = {
  reviewer,
  trusted: true,
  appointed: true,
  state: "APPROVED",
  headSha: "h1",
  submittedAt: "2026-01-01T11:00:00Z",
  markedHead: null,
  textSha256: null,
  mergeBase: null,
  note: "",
};

const at = { owner: "acme", repo: "shop" };

/** So many review threads that hold the merge, with one comment each. */
export function threadsWith(
  holding: number,
  more: Partial<NonNullable<ForgeState["threads"]>> = {},
): NonNullable<ForgeState["threads"]> {
  const held = Array.from({ length: holding }, (_, at) => ({ id: `T${at}`, isResolved: false, comments: [at] }));
  return { holding: held, leftAside: 0, notes: [], comments: held.flatMap(({ comments }) => comments), ...more };
}

/** A branch that requires the check `test`, and nothing else. */
export const onlyTest: Requirements = {
  branch: "main",
  checks: [testRequired],
  strict: false,
  reviews: { approvals: 0, codeOwners: false, lastPush: false, dismissStale: false, teams: [] },
  threads: false,
  mergeMethods: ["merge", "squash", "rebase"],
  linearHistory: false,
  signedCommits: false,
  deployments: [],
  mergeQueue: null,
  workflows: [],
  codeScanning: [],
  patterns: [],
  updatesRestricted: false,
  creationsRestricted: false,
  pushers: null,
  locked: false,
  unknownRules: [],
  hidden: [],
};

/** What the base requires besides, or instead, what reported on the head, and which App the gate is. */
export function requiring(
  requirements: Partial<Requirements>,
  head: Partial<HeadChecks> = {},
  gate: Required["gate"] = { login: "merge-gate[bot]", appId: null },
): { readonly required: Required } {
  const reported = { checks: [green], suites: [], isCut: false, ...head };
  return { required: { requirements: { ...onlyTest, ...requirements }, head: reported, gate } };
}

/** A pull request with this body, and what it closes. */
export function withBody(body: string): Pick<ForgeState, "epoch" | "closedByBody"> {
  return { epoch: epochIn(body), closedByBody: closedByBody(body, at) };
}

const headSha = "h1";

/** A commit with this message, and what it closes, below the head. */
export function commitWith(message: string): ForgeState["commits"] {
  return [
    { sha: "0123456789abcdef", closes: closedByText(message, at), verified: false, by: ["dev-e[bot]"] },
    { sha: headSha, closes: [], verified: false, by: ["dev-e[bot]"] },
  ];
}

/** The policy of the tests. */
export const gatePolicy: GatePolicy = {
  mode: "act",
  nothingRequired: "all_that_ran",
  testMergeResult: true,
  remindAfterDays: 7,
  personPaths: { auth: [], payment: [], schema: [], deletion: [], policy: [], other: [] },
  largeChange: { filesMax: 20, linesMax: 500 },
  tiers: {
    low: { approvals: 0, person: false },
    medium: { paths: [], labels: [], kinds: [], filesOver: 10, linesOver: 200, approvals: 0, person: false },
    high: { paths: [], labels: [], kinds: [], filesOver: 20, linesOver: 500, approvals: 0, person: false },
  },
};

/** Pull request 9 of issue 7, which has earned its merge. */
const earned: ForgeState = {
  number: 9,
  issue: { open: true, labelled: true, labels: [], textSha256: "" },
  open: true,
  draft: false,
  title: "Sell more",
  branch: "feature/issue-7",
  baseBranch: "main",
  ...withBody("Closes #7\n\nRig-Epoch: 3\n\n> Sells more.\n"),
  linked: { places: [{ ...at, number: 7 }], count: 1 },
  commits: commitWith("Sell more\n\nIssue: #7"),
  commitsCount: 2,
  author: "dev-e[bot]",
  byAgent: true,
  ownRepository: true,
  headSha,
  pushes: [{ headSha, by: ["dev-e[bot]"], at: "2026-01-01T10:00:00Z" }],
  updates: [],
  forcedAt: null,
  requested: [],
  labels: [],
  undone: [],
  baseChanged: false,
  eventsCut: false,
  others: [],
  ...{ sameHead: [], below: null, above: [] },
  othersCut: false,
  mergeable: true,
  behind: null,
  mergeBase: "b1",
  changed: { files: [], unseen: [] },
  peopleLabels: [],
  labelsTakenOff: [],
  repositoryRules: { own: {} },
  baseSha: "b1",
  owners: null,
  standing: "clean",
  queued: null,
  reviewDecision: null,
  ...requiring({}),
  reviews: [approval],
  threads: threadsWith(0),
};

/** Issue 7, whose third attempt ended with it. */
const inReview: IssueLife = {
  ...unknownIssue,
  state: "in_review",
  attempt: 3,
  endedAttempt: 3,
  epoch: 3,
  pr: { number: 9, branch: "feature/issue-7" },
};

/** What the gate sees of issue 7 and its change, which has earned its merge. Each test takes one thing away. */
export function seen(but: {
  readonly issue?: Partial<IssueLife>;
  readonly change?: Partial<ChangeLife>;
  readonly forge?: Partial<ForgeState>;
  readonly erased?: Seen["erased"];
  readonly gone?: number;
  readonly approvedText?: string;
  readonly freeze?: Seen["freeze"];
  readonly ahead?: number;
  readonly baseRed?: Seen["baseRed"];
  readonly policy?: Partial<GatePolicy>;
}): Seen {
  return {
    at: "2026-01-01T12:00:00.000Z",
    on: { kind: "issue", ...at, number: 7 },
    issue: { ...inReview, ...but.issue },
    change: { ...unknownChange, ...but.change },
    forge: { ...earned, ...but.forge },
    erased: but.erased ?? [],
    gone: but.gone ?? 0,
    approvedText: but.approvedText ?? "",
    freeze: but.freeze ?? null,
    ahead: but.ahead ?? null,
    baseRed: but.baseRed ?? [],
    policy: { ...gatePolicy, ...but.policy },
  };
}

/** The conditions that are not met, each with its reason. */
export function failing({ checks }: Evaluation): readonly string[] {
  return checks.filter(({ passed }) => !passed).map(({ name, why }) => `${name}: ${why}`);
}
