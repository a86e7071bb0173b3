import { Effect } from "effect";
import type { IssueRef } from "#contracts/aggregates.ts";
import type { IssueStanding } from "#contracts/issue-label.ts";
import { isReadyLabel } from "#contracts/labels.ts";
import { Retryable } from "#kit/errors.ts";
import { textHash } from "#kit/facts/text.ts";
import { GitHub, type GitHubRefused } from "./github.ts";
import { retryUnknown } from "./not-known-yet.ts";

/** An issue with the names of all labels on it. */
export interface LabelledIssue extends IssueStanding {
  readonly labels: readonly string[];
}

/**
 * Asks GitHub how an issue stands now; null when it was deleted or moved to another repository. `updatedAt` is the time of the delivery that
 * asks: an answer that is older, or that GitHub does not know the issue, is no answer yet, and fails with `Retryable`. `what` names the question
 * where GitHub does not answer it.
 */
export const readIssue = Effect.fn("readIssue")(function* (
  on: IssueRef,
  { updatedAt }: { readonly updatedAt?: string },
  what: string,
) {
  const github = yield* GitHub;
  const asking = github.call(what, on, async (octokit, at) => {
    return (await octokit.rest.issues.get({ ...at, issue_number: on.number })).data;
  });
  const issue = yield* Effect.catchTag(asking, "GitHubRefused", whenGone);
  if (issue === null || !issue.repository_url.toLowerCase().endsWith(`/repos/${on.owner}/${on.repo}`.toLowerCase())) {
    return null;
  }
  if (updatedAt !== undefined && Date.parse(issue.updated_at) < Date.parse(updatedAt)) {
    return yield* new Retryable({ what: `GitHub's answer about #${on.number} is older than its delivery` });
  }
  const labels = issue.labels.map((label) => (typeof label === "string" ? label : label.name) ?? "");
  const standing: LabelledIssue = {
    open: issue.state === "open",
    labelled: labels.some(isReadyLabel),
    labels,
    title: issue.title,
    bodySha256: textHash(issue.body ?? ""),
  };
  return standing;
});

/** GitHub answers 410 for an issue that was deleted, and 404 also for one that it does not know yet. */
function whenGone(refused: GitHubRefused): Effect.Effect<null, Retryable | GitHubRefused> {
  return refused.status === 410 ? Effect.succeed(null) : retryUnknown(refused);
}
