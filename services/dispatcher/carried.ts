import { Effect } from "effect";
import type { IssueRef } from "#contracts/aggregates.ts";
import type { ChangeLife } from "#contracts/change-life.ts";
import type { Fact } from "#contracts/envelope.ts";
import { isOfText } from "#contracts/gate/review.ts";
import { isSameDiff } from "#contracts/gate/updates.ts";
import { reviewedIn } from "#contracts/review-marker.ts";
import { loadIssue } from "#kit/facts/aggregate.ts";
import { approvedTextHash } from "#kit/facts/text.ts";
import { GitHub } from "#kit/github/github.ts";
import { waitForGitHub } from "#kit/github/lag.ts";
import { pullRequestReviews } from "#kit/github/reviews.ts";
import { readUpdates } from "#kit/github/updates.ts";

/** The issue that is decided on, and its change. */
interface Asked {
  readonly fact: Pick<Fact, "occurredAt">;
  readonly on: IssueRef;
  readonly change: ChangeLife;
  readonly prNumber: number | null;
}

/**
 * Whether the head of a change is nothing but an update of the one that Review-E approved last, of the text that is approved now. The gate counts that
 * approval, so the head gets no review. GitHub is asked only where Review-E approved an earlier head. A head of which it does not tell, also not a
 * minute later, is reviewed.
 */
export const readCarried = Effect.fn("readCarried")(function* (asked: Asked) {
  return yield* Effect.catchTag(askCarried(asked), "GitHubRefused", ({ message }) =>
    Effect.as(waitForGitHub(asked.fact, message), false),
  );
});

const askCarried = Effect.fnUntraced(function* ({ fact, on, change, prNumber }: Asked) {
  const approved = approvedHead(change);
  if (prNumber === null || approved === null) return false;
  const github = yield* GitHub;
  const asking = github.call("read the last review and the commits", on, async (octokit, at) => {
    const [reviews, commits] = await Promise.all([
      pullRequestReviews(octokit, at, prNumber),
      octokit.paginate(octokit.rest.pulls.listCommits, { ...at, pull_number: prNumber, per_page: 100 }),
    ]);
    const listed = commits.map(({ sha, parents }) => ({ sha, parents: parents.map((parent) => parent.sha) }));
    return { review: reviews.find(({ id }) => id === change.reviewId), commits: listed };
  });
  const { review, commits } = yield* asking;
  const { headSha, baseBranch } = change;
  if (review === undefined || !commits.some(({ sha }) => sha === headSha))
    yield* waitForGitHub(fact, `GitHub does not list the last review or the head ${headSha} of #${prNumber} yet`);
  const marked = reviewedIn(review?.body ?? "");
  const { textSince, ...issue } = yield* loadIssue(on);
  const of = { submittedAt: review?.submitted_at ?? "", ...marked };
  const isOfNow = isOfText(of, { textSince, approvedText: approvedTextHash(issue) });
  if (review?.state !== "APPROVED" || marked.markedHead !== approved || !isOfNow) return false;
  const updates = yield* readUpdates(on, { headSha, baseBranch, commits, approved: [approved] });
  return updates.length > 0 && isSameDiff(updates, { reviewed: marked.mergeBase, now: null });
});

/** The earlier head that Review-E approved; null where it objected to it, or reviewed none, and where the head is reviewed itself. */
function approvedHead({ open, headSha, reviewedSha, objection }: ChangeLife): string | null {
  const isObjection = objection !== null && objection.headSha === reviewedSha;
  return !open || isObjection || reviewedSha === headSha ? null : reviewedSha;
}
