import { Schema } from "effect";
import { defineFact } from "../fact-definition.ts";
import { Claim } from "./agent.ts";

/** Facts about reviews. A review belongs to a head SHA: a push makes it worthless for the gate. */
export const reviewFacts = {
  REVIEW_ASSIGNED: defineFact({
    of: "pr",
    emitter: "several",
    description: "A reviewing agent holds the review of this head SHA: the claim.",
    data: Schema.Struct({ ...Claim.fields, headSha: Schema.String }),
  }),
  REVIEW_PASSED: defineFact({
    of: "pr",
    emitter: "several",
    description: "Review-E approved this head SHA and the review is posted.",
    data: Schema.Struct({ headSha: Schema.String, reviewId: Schema.Int, summary: Schema.String }),
  }),
  REVIEW_CHANGES_REQUESTED: defineFact({
    of: "pr",
    emitter: "several",
    description: "Review-E asked for changes to this head SHA and the review is posted.",
    data: Schema.Struct({
      headSha: Schema.String,
      reviewId: Schema.Int,
      summary: Schema.String,
      threads: Schema.Array(Schema.Struct({ path: Schema.String, line: Schema.Int, body: Schema.String })),
    }),
  }),
  REVIEW_FAILED: defineFact({
    of: "pr",
    emitter: "several",
    description: "The review of this head SHA ended without a verdict; a person has to look.",
    data: Schema.Struct({ headSha: Schema.String, reason: Schema.String }),
  }),
  REVIEW_LOOP_EXCEEDED: defineFact({
    of: "issue",
    description: "The rounds of review and fix that one issue may take are used up.",
    data: Schema.Struct({ prNumber: Schema.Int, rounds: Schema.Int }),
  }),
  REVIEW_SUBMITTED: defineFact({
    of: "pr",
    description: "GitHub stored a review, by an agent or a person. The gate looks again; a person's objection is work.",
    data: Schema.Struct({
      reviewId: Schema.Int,
      reviewer: Schema.String,
      reviewerType: Schema.Literals(["User", "Bot", "Other"]),
      /** How GitHub relates the reviewer to the repository; a stranger's word is no objection. */
      association: Schema.String,
      state: Schema.Literals(["approved", "changes_requested", "commented", "dismissed"]),
      headSha: Schema.String,
    }),
  }),
  THREAD_RESOLVED: defineFact({
    of: "pr",
    description: "A review thread was resolved.",
    data: Schema.Struct({ threadId: Schema.String, sender: Schema.String }),
  }),
} as const;
