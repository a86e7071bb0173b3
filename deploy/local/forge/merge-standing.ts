import { appOf, mayPush } from "./access.ts";
import { latestRuns } from "./answers/check.ts";
import { latestStatuses } from "./answers/status.ts";
import type { ForgeContext } from "./context.ts";
import type { PullIssue, RepositoryRecord, ReviewRecord } from "./records.ts";
import { type Demands, demandsOn, passes } from "./rules.ts";

/** What `mergeable` and `mergeable_state` say (https://docs.github.com/graphql/reference/enums#mergestatestatus). */
export interface MergeStanding {
  readonly mergeable: boolean | null;
  readonly state: "clean" | "dirty" | "blocked" | "behind" | "unstable" | "unknown" | "draft";
  /** Why the rules of the base refuse the merge, in GitHub's words; empty when they do not. */
  readonly refusals: readonly string[];
}

/** What git finds when it tries: conflicts, and whether the head contains the base's tip. */
export interface Trial {
  readonly conflicts: boolean;
  readonly upToDate: boolean;
}

/** Says whether a pull request may be merged: by this login, or (null) by somebody whom no rule lets pass. */
export function mergeStanding(
  context: ForgeContext,
  repository: RepositoryRecord,
  issue: PullIssue,
  trial: Trial,
  login: string | null = null,
): MergeStanding {
  if (issue.state === "closed") return { mergeable: null, state: "unknown", refusals: [] };
  if (trial.conflicts) return { mergeable: false, state: "dirty", refusals: [] };
  const demands = demandsOn(repository, issue.pull.baseRef).filter(
    (each) => login === null || !passes(context, repository, each, { login, way: "pull_request" }),
  );
  const refusals = demands.flatMap((each) => refusalsOf(context, repository, issue, each));
  const isBehind = !trial.upToDate && demands.some((each) => each.strict);
  const all = isBehind ? [...refusals, "The head branch is not up to date with the base branch."] : refusals;
  if (issue.pull.draft) return { mergeable: true, state: "draft", refusals: all };
  if (refusals.length > 0) return { mergeable: true, state: "blocked", refusals: all };
  if (isBehind) return { mergeable: true, state: "behind", refusals: all };
  const isGreen = outcomesOf(repository, issue.pull.headSha).every((each) => each.outcome === "green");
  return { mergeable: true, state: isGreen ? "clean" : "unstable", refusals: [] };
}

/** What the reviewers with write access decided: the latest verdict of each counts, and comments do not change it. */
export function reviewDecision(
  context: ForgeContext,
  repository: RepositoryRecord,
  issue: PullIssue,
): "APPROVED" | "CHANGES_REQUESTED" | "REVIEW_REQUIRED" | null {
  const verdicts = verdictsOn(context, repository, issue);
  if (verdicts.some((each) => each.state === "CHANGES_REQUESTED")) return "CHANGES_REQUESTED";
  const approvals = verdicts.filter((each) => each.state === "APPROVED").length;
  const wanted = Math.max(0, ...demandsOn(repository, issue.pull.baseRef).map((each) => each.reviews?.approvals ?? 0));
  if (approvals >= Math.max(1, wanted)) return "APPROVED";
  return wanted > 0 ? "REVIEW_REQUIRED" : null;
}

/** The latest verdict of each reviewer who may write; a dismissed one is none, and nobody judges his own change. */
function verdictsOn(context: ForgeContext, repository: RepositoryRecord, issue: PullIssue): ReviewRecord[] {
  const verdicts = new Map<string, ReviewRecord>();
  for (const review of repository.reviews.filter((each) => each.number === issue.number)) {
    if (review.state !== "COMMENTED" && review.author !== issue.author) verdicts.set(review.author, review);
  }
  return [...verdicts.values()].filter((each) => mayPush(context, repository, each.author));
}

function refusalsOf(
  context: ForgeContext,
  repository: RepositoryRecord,
  issue: PullIssue,
  demands: Demands,
): readonly string[] {
  const checks = checkRefusals(repository, issue.pull.headSha, demands);
  const threads = repository.threads.filter((each) => each.number === issue.number && each.resolvedBy === null);
  const talk = demands.conversationResolution && threads.length > 0;
  return [
    ...checks,
    ...reviewRefusals(context, repository, issue, demands),
    ...(talk ? ["A conversation must be resolved before this pull request can be merged."] : []),
    ...(demands.update ? ["Cannot update this protected ref."] : []),
    ...demands.unmet,
  ];
}

/** Why the checks that are demanded do not let a commit pass; a status counts as a check. */
export function checkRefusals(repository: RepositoryRecord, sha: string, demands: Demands): readonly string[] {
  const outcomes = outcomesOf(repository, sha);
  return demands.checks.flatMap(({ context: name, appId }) => {
    const found = outcomes.filter((each) => each.name === name && (appId === null || each.appId === appId));
    if (found.length === 0) return [`Required status check "${name}" is expected.`];
    if (found.some((each) => each.outcome === "running")) return [`Required status check "${name}" is in progress.`];
    return found.some((each) => each.outcome === "red") ? [`Required status check "${name}" is failing.`] : [];
  });
}

/** Whether all checks that are demanded of a commit passed, or one of them failed, or one has not ended. */
export function checksOn(
  repository: RepositoryRecord,
  sha: string,
  demands: readonly Demands[],
): "green" | "red" | "running" {
  const refusals = demands.flatMap((each) => checkRefusals(repository, sha, each));
  if (refusals.some((each) => each.endsWith("is failing."))) return "red";
  return refusals.length === 0 ? "green" : "running";
}

function reviewRefusals(
  context: ForgeContext,
  repository: RepositoryRecord,
  issue: PullIssue,
  { reviews }: Demands,
): readonly string[] {
  if (reviews === null) return [];
  const verdicts = verdictsOn(context, repository, issue);
  if (verdicts.some((each) => each.state === "CHANGES_REQUESTED")) return ["Changes have been requested."];
  const approving = verdicts
    .filter((each) => each.state === "APPROVED")
    .filter((each) => !reviews.lastPush || each.commitId === issue.pull.headSha);
  if (approving.length >= reviews.approvals) return [];
  const { approvals } = reviews;
  return [
    `At least ${approvals} approving review${approvals === 1 ? " is" : "s are"} required by reviewers with write access.`,
  ];
}

interface Outcome {
  readonly name: string;
  readonly appId: number;
  readonly outcome: "green" | "red" | "running";
}

/** What all checks and commit statuses say about a commit. */
function outcomesOf(repository: RepositoryRecord, sha: string): Outcome[] {
  const suites = repository.suites.filter((each) => each.headSha === sha);
  const runs = suites.flatMap((suite) => latestRuns(suite).map((run) => ({ run, appId: appOf(suite.app).id })));
  const isGreen = ["success", "neutral", "skipped"];
  return [
    ...runs.map(({ run, appId }): Outcome => {
      if (run.status !== "completed") return { name: run.name, appId, outcome: "running" };
      return { name: run.name, appId, outcome: isGreen.includes(run.conclusion ?? "") ? "green" : "red" };
    }),
    ...latestStatuses(repository, sha).map(({ context, creator, state }): Outcome => {
      const outcome = state === "success" ? "green" : state === "pending" ? "running" : "red";
      return { name: context, appId: appOf(creator).id, outcome };
    }),
  ];
}
