import { roleOf } from "./answers/repository.ts";
import type { ForgeContext } from "./context.ts";
import type { CheckRunRecord, PullIssue, RepositoryRecord, ReviewRecord } from "./records.ts";

/** What `mergeable` and `mergeable_state` say (https://docs.github.com/graphql/reference/enums#mergestatestatus). */
export interface MergeStanding {
  readonly mergeable: boolean | null;
  readonly state: "clean" | "dirty" | "blocked" | "unstable" | "unknown" | "draft";
  /** Why the protection of the base refuses the merge, in GitHub's words; empty when it does not. */
  readonly refusals: readonly string[];
}

/** The check that a protected main requires. */
export const requiredCheck = "test";

/** Says whether a pull request may be merged; `conflicts` is what a trial merge found. */
export function mergeStanding(
  context: Pick<ForgeContext, "users">,
  repository: RepositoryRecord,
  issue: PullIssue,
  trial: { readonly conflicts: boolean },
): MergeStanding {
  if (issue.state === "closed") return { mergeable: null, state: "unknown", refusals: [] };
  if (trial.conflicts) return { mergeable: false, state: "dirty", refusals: [] };
  const check = checkOf(repository, issue.pull.headSha);
  const refusals = isProtected(repository, issue.pull.baseRef)
    ? protectionRefusals(context, repository, issue, check)
    : [];
  if (issue.pull.draft) return { mergeable: true, state: "draft", refusals };
  if (refusals.length > 0) return { mergeable: true, state: "blocked", refusals };
  const failing = check !== null && check.conclusion !== "success";
  return { mergeable: true, state: failing ? "unstable" : "clean", refusals };
}

/** Only main is ever protected. */
export function isProtected(repository: RepositoryRecord, branch: string): boolean {
  return repository.protectMain && branch === "main";
}

/** What the reviewers who may write decided: each one's latest approval or request for changes counts, comments do not change it. */
export function reviewDecision(
  context: Pick<ForgeContext, "users">,
  repository: RepositoryRecord,
  issue: PullIssue,
): "APPROVED" | "CHANGES_REQUESTED" | "REVIEW_REQUIRED" | null {
  const verdicts = new Map<string, ReviewRecord["state"]>();
  for (const review of repository.reviews.filter((each) => each.number === issue.number)) {
    const role = roleOf(context, repository, review.author);
    if (review.state !== "COMMENTED" && role !== "read" && role !== "triage") verdicts.set(review.author, review.state);
  }
  const states = [...verdicts.values()];
  if (states.includes("CHANGES_REQUESTED")) return "CHANGES_REQUESTED";
  if (states.includes("APPROVED")) return "APPROVED";
  return isProtected(repository, issue.pull.baseRef) ? "REVIEW_REQUIRED" : null;
}

/** The numbers that a body closes (https://docs.github.com/issues/tracking-your-work-with-issues/linking-a-pull-request-to-an-issue). */
export function closingNumbers(body: string | null): number[] {
  const found = (body ?? "").matchAll(/\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+#(\d+)\b/gi);
  return [...new Set([...found].map((match) => Number(match[1])))];
}

function protectionRefusals(
  context: Pick<ForgeContext, "users">,
  repository: RepositoryRecord,
  issue: PullIssue,
  check: CheckRunRecord | null,
): readonly string[] {
  const refusals: string[] = [];
  if (check === null) refusals.push(`Required status check "${requiredCheck}" is expected.`);
  else if (check.status !== "completed") refusals.push(`Required status check "${requiredCheck}" is in progress.`);
  else if (check.conclusion !== "success") refusals.push(`Required status check "${requiredCheck}" is failing.`);
  const decision = reviewDecision(context, repository, issue);
  if (decision === "CHANGES_REQUESTED") refusals.push("Changes have been requested.");
  if (decision === "REVIEW_REQUIRED") {
    refusals.push("At least 1 approving review is required by reviewers with write access.");
  }
  return refusals;
}

function checkOf(repository: RepositoryRecord, sha: string): CheckRunRecord | null {
  return repository.suites.find((each) => each.headSha === sha)?.run ?? null;
}
