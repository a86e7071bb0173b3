import type { Scene } from "./events.ts";
import type { PullIssue, ReviewRecord } from "./records.ts";
import { tellDismissed } from "./review-events.ts";
import { demandsOn } from "./rules.ts";
import { noteEvent } from "./timeline.ts";

/** Dismisses a verdict and tells it (https://docs.github.com/rest/pulls/reviews#dismiss-a-review-for-a-pull-request). */
export function dismissReview(scene: Scene, issue: PullIssue, review: ReviewRecord, message: string | null): void {
  noteEvent(scene, issue, {
    event: "review_dismissed",
    dismissed: { state: review.state, reviewId: review.id, message },
  });
  review.state = "DISMISSED";
  tellDismissed(scene, issue, review);
}

/** Dismisses the approvals of a pull request whose head moved, where the rules of its base want that. */
export function dismissStale(scene: Scene, issue: PullIssue): void {
  const { repository } = scene;
  if (!demandsOn(repository, issue.pull.baseRef).some((each) => each.reviews?.dismissStale === true)) return;
  for (const review of repository.reviews.filter((each) => each.number === issue.number)) {
    if (review.state === "APPROVED" && review.commitId !== issue.pull.headSha)
      dismissReview(scene, issue, review, null);
  }
}
