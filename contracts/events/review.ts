import { Schema } from "effect";
import { defineFact } from "../fact-definition.ts";
import { Attempt, ClaimId, Details, HeadSha, Name, Path, PrNumber, Reason, ReviewId, Sender } from "../fields.ts";
import { TextRef } from "../text.ts";
import { Claim, Counts } from "./agent.ts";

/** One comment of a review, on one line of the diff. */
const ReviewThread = Schema.Struct({
  path: Path.annotate({ description: "Path of the file in the repository, as the diff names it." }),
  line: Schema.Int.annotate({ description: "Number of the line in the file's new version, from 1." }),
  body: TextRef.annotate({ description: "Pointer to what the model asks for at this line." }),
});

/** The body of Review-E's review. */
const Summary = TextRef.annotate({
  description: "Pointer to the body of the review as posted on GitHub, cut at 2,000 characters. A model wrote it.",
});

/** Facts about reviews. A review belongs to one head SHA; after a push the gate no longer counts it. */
export const reviewFacts = {
  REVIEW_ASSIGNED: defineFact({
    of: "pr",
    emitter: "several",
    description:
      "A reviewing agent claimed the review of this head SHA. It counts only for the head of an open pull request, with the epoch that follows the last one.",
    data: Schema.Struct({
      ...Claim.fields,
      attempt: Attempt.annotate({ description: "Always 1: reviews are not counted in attempts." }),
      headSha: HeadSha,
    }),
  }),
  REVIEW_UNASSIGNED: defineFact({
    of: "pr",
    emitter: "several",
    description:
      "The holder released the review because something outside failed or its service was stopped. The item is redelivered.",
    data: Schema.Struct({ claimId: ClaimId, headSha: HeadSha, counts: Counts, reason: Reason, details: Details }),
  }),
  REVIEW_PASSED: defineFact({
    of: "pr",
    version: 3,
    emitter: "several",
    description: "Review-E approved this head SHA and the review is posted.",
    data: Schema.Struct({ claimId: ClaimId, headSha: HeadSha, reviewId: ReviewId, summary: Summary }),
  }),
  REVIEW_CHANGES_REQUESTED: defineFact({
    of: "pr",
    version: 3,
    emitter: "several",
    description: "Review-E asked for changes to this head SHA and the review is posted.",
    data: Schema.Struct({
      claimId: ClaimId,
      headSha: HeadSha,
      reviewId: ReviewId,
      summary: Summary,
      threads: Schema.Array(ReviewThread).annotate({
        description:
          "Comments on lines of the diff; empty when the review had been posted before a restart and was found again.",
      }),
    }),
  }),
  REVIEW_FAILED: defineFact({
    of: "pr",
    version: 3,
    emitter: "several",
    description: "The review of this head SHA ended without a verdict. A person has to look at it.",
    data: Schema.Struct({ claimId: ClaimId, headSha: HeadSha, reason: Reason, details: Details }),
  }),
  REVIEW_LOOP_EXCEEDED: defineFact({
    of: "issue",
    description: "The issue used up its fix rounds (`fixRoundsMax`). A person is asked.",
    data: Schema.Struct({
      prNumber: PrNumber,
      rounds: Schema.Int.annotate({ description: "Number of fixes that were queued since the issue was approved." }),
    }),
  }),
  REVIEW_SUBMITTED: defineFact({
    of: "pr",
    version: 2,
    emitter: "several",
    description:
      "A review was submitted or dismissed on GitHub, by anybody. The gate evaluates the change again. The dispatcher queues a fix if GitHub confirms that somebody who may object asks for changes.",
    data: Schema.Struct({
      reviewId: ReviewId,
      reviewer: Name.annotate({
        description: "GitHub login of the account that gave the review; empty when that account is deleted.",
      }),
      reviewerType: Schema.Literals(["User", "Bot", "Other"]).annotate({
        description: "Kind of the reviewer's account: a person, an App, or anything else GitHub names.",
      }),
      state: Schema.Literals(["approved", "changes_requested", "commented", "dismissed"]).annotate({
        description: "State of the review, as GitHub names it.",
      }),
      headSha: HeadSha.annotate({
        description: "Commit SHA that the review was given on, 40 hex digits; empty when GitHub names none.",
      }),
    }),
  }),
  THREAD_RESOLVED: defineFact({
    of: "pr",
    version: 3,
    description: "A review thread was resolved.",
    data: Schema.Struct({
      threadId: Name.annotate({ description: "Id of the review thread in GitHub's GraphQL API (`node_id`)." }),
      sender: Sender.annotate({
        description: "GitHub login of the account that resolved the thread; empty when the delivery names nobody.",
      }),
    }),
  }),
} as const;
