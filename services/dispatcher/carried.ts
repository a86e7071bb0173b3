import { Effect } from "effect";
import type { IssueRef } from "#contracts/aggregates.ts";
import type { ChangeLife } from "#contracts/change-life.ts";
import { isSameDiff } from "#contracts/gate/updates.ts";
import { reviewedIn } from "#contracts/review-marker.ts";
import { loadIssue } from "#kit/facts/aggregate.ts";
import { approvedTextHash } from "#kit/facts/text.ts";
import { GitHub } from "#kit/github/github.ts";
import { retryUnknown } from "#kit/github/not-known-yet.ts";
import { pullRequestReviews } from "#kit/github/reviews.ts";
import { readUpdates } from "#kit/github/updates.ts";

/** The issue that is decided on, and its change. */
interface Asked {
  readonly on: IssueRef;
  readonly change: ChangeLife;
  readonly prNumber: number | null;
}

/**
 * Whether the head of a change is nothing but an update of the one that Review-E approved last, of the text that is approved now. The gate counts that
 * approval, so the head gets no review. GitHub is asked only where Review-E approved an earlier head.
 */
export const readCarried = Effect.fn("readCarried")(function* ({ on, change, prNumber }: Asked) {
  if (prNumber === null || approvedHead(change) === null) return false;
  const github = yield* GitHub;
  const asking = github.call("read the last review and the commits", on, async (octokit, at) => {
    const [reviews, commits] = await Promise.all([
      pullRequestReviews(octokit, at, prNumber),
      octokit.paginate(octokit.rest.pulls.listCommits, { ...at, pull_number: prNumber, per_page: 100 }),
    ]);
    const review = reviews.find(({ id, state }) => id === change.reviewId && state === "APPROVED");
    const listed = commits.map(({ sha, parents }) => ({ sha, parents: parents.map((parent) => parent.sha) }));
    return { marked: reviewedIn(review?.body ?? ""), commits: listed };
  });
  const { marked, commits } = yield* Effect.catchTag(asking, "GitHubRefused", retryUnknown);
  const approved = approvedHead(change);
  const isOfText = marked.textSha256 === approvedTextHash(yield* loadIssue(on));
  if (approved === null || marked.markedHead !== approved || !isOfText) return false;
  const { headSha, baseBranch } = change;
  const reading = readUpdates(on, { headSha, baseBranch, commits, approved: [approved] });
  const updates = yield* Effect.catchTag(reading, "GitHubRefused", retryUnknown);
  return updates.length > 0 && isSameDiff(updates, { reviewed: marked.mergeBase, now: null });
});

/** The earlier head that Review-E approved; null where it objected to it, or reviewed none, and where the head is reviewed itself. */
function approvedHead({ open, headSha, reviewedSha, objection }: ChangeLife): string | null {
  const isObjection = objection !== null && objection.headSha === reviewedSha;
  return !open || isObjection || reviewedSha === headSha ? null : reviewedSha;
}
