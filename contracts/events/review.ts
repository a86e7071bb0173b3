import { Schema } from "effect";
import { defineFact } from "../fact-definition.ts";
import { Attempt, Details, HeadSha, Name, Path, PrNumber, Reason, ReviewId, Sender } from "../fields.ts";
import { TextRef } from "../text.ts";
import { Claim } from "./agent.ts";

/** One comment of a review, on one line of the diff. */
const ReviewThread = Schema.Struct({
  path: Path.annotate({ description: "Path of the file in the repository, as the diff names it." }),
  line: Schema.Int.annotate({ description: "Number of the line in the file's new version, from 1." }),
  body: TextRef.annotate({ description: "Pointer to what the model asks for at this line." }),
});

/** What Review-E posted as the body of its review. */
const Summary = TextRef.annotate({
  description:
    "Pointer to the body of the review as it is posted on GitHub, cut at 2,000 characters. A model wrote it.",
});

/** Facts about reviews. A review belongs to a head SHA: a push makes it worthless for the gate. */
export const reviewFacts = {
  REVIEW_ASSIGNED: defineFact({
    of: "pr",
    emitter: "several",
    description: "A reviewing agent holds the review of this head SHA: the claim.",
    data: Schema.Struct({
      ...Claim.fields,
      attempt: Attempt.annotate({ description: "Always 1: reviews are not counted in attempts." }),
      headSha: HeadSha,
    }),
  }),
  REVIEW_PASSED: defineFact({
    of: "pr",
    version: 2,
    emitter: "several",
    description: "Review-E approved this head SHA and the review is posted.",
    data: Schema.Struct({ headSha: HeadSha, reviewId: ReviewId, summary: Summary }),
  }),
  REVIEW_CHANGES_REQUESTED: defineFact({
    of: "pr",
    version: 2,
    emitter: "several",
    description: "Review-E asked for changes to this head SHA and the review is posted.",
    data: Schema.Struct({
      headSha: HeadSha,
      reviewId: ReviewId,
      summary: Summary,
      threads: Schema.Array(ReviewThread).annotate({
        description: "Comments that stand on lines of the diff; empty when the review was found again after a restart.",
      }),
    }),
  }),
  REVIEW_FAILED: defineFact({
    of: "pr",
    version: 2,
    emitter: "several",
    description: "The review of this head SHA ended without a verdict; a person has to look.",
    data: Schema.Struct({ headSha: HeadSha, reason: Reason, details: Details }),
  }),
  REVIEW_LOOP_EXCEEDED: defineFact({
    of: "issue",
    description: "The rounds of review and fix that one issue may take are used up.",
    data: Schema.Struct({
      prNumber: PrNumber,
      rounds: Schema.Int.annotate({ description: "Number of fixes that were queued since the issue was approved." }),
    }),
  }),
  REVIEW_SUBMITTED: defineFact({
    of: "pr",
    description:
      "GitHub stored a review, by an agent or a person. The gate evaluates the change again; a person's objection is queued as a fix.",
    data: Schema.Struct({
      reviewId: ReviewId,
      reviewer: Name.annotate({
        description: "GitHub login of whoever gave the review; empty when that account is deleted.",
      }),
      reviewerType: Schema.Literals(["User", "Bot", "Other"]).annotate({
        description: "Kind of the reviewer's account: a person, an App, or anything else GitHub names.",
      }),
      association: Name.annotate({
        description:
          "How GitHub relates the reviewer to the repository. A review of anybody but `OWNER`, `MEMBER` or `COLLABORATOR` is no objection.",
      }),
      state: Schema.Literals(["approved", "changes_requested", "commented", "dismissed"]).annotate({
        description: "What the review says, in GitHub's words.",
      }),
      headSha: HeadSha.annotate({
        description: "Commit SHA that the review was given on, 40 hex digits; empty when GitHub names none.",
      }),
    }),
  }),
  THREAD_RESOLVED: defineFact({
    of: "pr",
    description: "A review thread was resolved.",
    data: Schema.Struct({
      threadId: Name.annotate({ description: "Id of the review thread in GitHub's GraphQL API (`node_id`)." }),
      sender: Sender.annotate({
        description: "GitHub login of whoever resolved the thread; empty when the delivery names nobody.",
      }),
    }),
  }),
} as const;
