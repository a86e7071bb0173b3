import type { Place } from "#contracts/aggregates.ts";
import { closedByText } from "#contracts/closing.ts";
import type { ForgeState } from "#contracts/gate/snapshot.ts";
import { accountOf } from "#kit/github/actors.ts";
import type { Account } from "#kit/github/trust.ts";
import type { ListedCommit } from "#kit/github/updates.ts";
import type { CommitNode, EventNode, ReviewerNode, ReviewNode } from "./change-query.ts";
import { contributorsOf } from "./contributors.ts";
import type { ChangeEvent } from "./undone.ts";
import type { ReviewShown } from "./weigh.ts";

// What GraphQL shows of the lists of a pull request, as REST names it.

/** A review as REST lists it; its id is 0 where GitHub does not tell it. */
export function reviewOf({ fullDatabaseId, state, body, submittedAt, commit, author }: ReviewNode): ReviewShown {
  return {
    id: Number(fullDatabaseId ?? 0),
    user: author === null ? null : accountOf(author),
    state,
    commit_id: commit?.oid ?? null,
    body,
    ...(submittedAt === null ? {} : { submitted_at: submittedAt }),
  };
}

/** A commit, with the issues that its message closes and who has a part in it. */
export function commitOf({ commit }: CommitNode, change: Place): ForgeState["commits"][number] {
  const { oid: sha, message, signature } = commit;
  const verified = signature?.isValid === true;
  return { sha, closes: closedByText(message, change), verified, by: contributorsOf(commit) };
}

/** A commit with those before it; empty for one that GitHub does not name. */
export function parentsOf({ commit: { oid: sha, parents } }: CommitNode): ListedCommit {
  return { sha, parents: parents.nodes.map((node) => node?.oid ?? "") };
}

/** REST's names of the events that the query asks for (https://docs.github.com/rest/using-the-rest-api/issue-event-types). */
const eventNames: Readonly<Record<string, string>> = {
  LabeledEvent: "labeled",
  UnlabeledEvent: "unlabeled",
  ConvertToDraftEvent: "convert_to_draft",
  ReadyForReviewEvent: "ready_for_review",
  ClosedEvent: "closed",
  ReopenedEvent: "reopened",
  ReviewDismissedEvent: "review_dismissed",
  RenamedTitleEvent: "renamed",
  BaseRefChangedEvent: "base_ref_changed",
  AutomaticBaseChangeSucceededEvent: "automatic_base_change_succeeded",
  ReviewRequestedEvent: "review_requested",
  ReviewRequestRemovedEvent: "review_request_removed",
  HeadRefForcePushedEvent: "head_ref_force_pushed",
  HeadRefRestoredEvent: "head_ref_restored",
};

/** An event as REST lists it. */
export function eventOf({ __typename, createdAt, actor, label, review, ...of }: EventNode): ChangeEvent {
  const { previousTitle: from, currentTitle: to, previousReviewState } = of;
  const reviewId = Number(review?.fullDatabaseId ?? 0);
  const [requested] = reviewerOf(of.requestedReviewer);
  return {
    event: eventNames[__typename] ?? "",
    at: createdAt,
    actor: accountOf(actor),
    label: label?.name ?? "",
    dismissed: reviewId === 0 ? null : { reviewId, state: (previousReviewState ?? "").toLowerCase() },
    ...(from === undefined || to === undefined ? {} : { renamed: { from, to } }),
    ...(requested === undefined ? {} : { requested }),
  };
}

/** The user whose review is asked for; nobody where it is an App or a team. */
export function reviewerOf(reviewer: ReviewerNode | null | undefined): readonly Account[] {
  const { __typename: type, login } = reviewer ?? {};
  return type === undefined || login === undefined ? [] : [{ login, type }];
}
