import { simplePullAnswer } from "./answers/pull.ts";
import { currentLine, reviewAnswer, reviewCommentPayload } from "./answers/review.ts";
import { type Scene, send } from "./events.ts";
import type { PullIssue, ReviewCommentRecord, ReviewRecord, ThreadRecord } from "./records.ts";

/** `pull_request_review.submitted`, then `pull_request_review_comment.created` for each of its line comments. */
export async function tellReview(scene: Scene, issue: PullIssue, review: ReviewRecord): Promise<void> {
  const { context, repository } = scene;
  const answer = reviewAnswer(context, repository, issue, review);
  const pull = simplePullAnswer(context, repository, issue);
  send(scene, "pull_request_review", "submitted", {
    review: { ...answer, body: review.body === "" ? null : review.body, state: review.state.toLowerCase() },
    pull_request: pull,
  });
  for (const comment of repository.reviewComments.filter((each) => each.reviewId === review.id)) {
    await tellReviewComment(scene, "created", issue, comment);
  }
}

/** `pull_request_review_comment.created`, `edited` or `deleted`. */
export async function tellReviewComment(
  scene: Scene,
  action: "created" | "edited" | "deleted",
  issue: PullIssue,
  comment: ReviewCommentRecord,
  more: object = {},
): Promise<void> {
  const { context, repository } = scene;
  const line = await currentLine(context, repository, issue, comment);
  send(scene, "pull_request_review_comment", action, {
    ...more,
    comment: reviewCommentPayload(context, repository, issue, comment, line),
    pull_request: simplePullAnswer(context, repository, issue),
  });
}

/** `pull_request_review.dismissed`. */
export function tellDismissed(scene: Scene, issue: PullIssue, review: ReviewRecord): void {
  const { context, repository } = scene;
  const answer = reviewAnswer(context, repository, issue, review);
  send(scene, "pull_request_review", "dismissed", {
    review: { ...answer, body: review.body === "" ? null : review.body, state: "dismissed" },
    pull_request: simplePullAnswer(context, repository, issue),
  });
}

/** `pull_request_review_thread.resolved` or `unresolved`, with the thread's comments. */
export async function tellThread(
  scene: Scene,
  action: "resolved" | "unresolved",
  issue: PullIssue,
  thread: ThreadRecord,
): Promise<void> {
  const { context, repository } = scene;
  const comments = repository.reviewComments.filter((each) => each.threadId === thread.id);
  const lines = await Promise.all(comments.map((each) => currentLine(context, repository, issue, each)));
  const payloads = comments.map((each, at) =>
    reviewCommentPayload(context, repository, issue, each, lines[at] ?? null),
  );
  send(scene, "pull_request_review_thread", action, {
    thread: { node_id: thread.id, comments: payloads },
    pull_request: simplePullAnswer(context, repository, issue),
  });
}
