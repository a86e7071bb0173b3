import { type ChangeLife, unknownChange } from "#contracts/change-life.ts";
import { type IssueLife, unknownIssue } from "#contracts/issue-life.ts";
import type { ForgeState, Seen } from "./decide.ts";

export type Review = ForgeState["reviews"][number];
export type CheckRun = ForgeState["checks"][number];

export const reviewer = "review-e[bot]";
export const green: CheckRun = { name: "test", completed: true, conclusion: "success" };
export const approval: Review = { reviewer, trusted: true, appointed: true, state: "APPROVED", headSha: "h1" };

/** Pull request 9 of issue 7, which has earned its merge. */
const earned: ForgeState = {
  number: 9,
  open: true,
  draft: false,
  baseBranch: "main",
  body: "Sells more.\n\nCloses #7\n\nRig-Epoch: 3\n",
  author: "dev-e[bot]",
  headSha: "h1",
  labels: [],
  mergeable: true,
  checks: [green],
  requiredChecks: ["test"],
  reviews: [approval],
  threads: { holding: 0, leftAside: 0 },
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
}): Seen {
  return {
    on: { kind: "issue", owner: "acme", repo: "shop", number: 7 },
    issue: { ...inReview, ...but.issue },
    change: { ...unknownChange, ...but.change },
    forge: { ...earned, ...but.forge },
  };
}
