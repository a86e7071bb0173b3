import { Schema } from "effect";

// The fields that several contracts carry, each defined once. The description is the field's meaning: docs/events.md and
// docs/asyncapi.yaml show it. A fact for which it is not exact gives the field a description of its own.

/** The owner of a repository. */
export const Owner = Schema.NonEmptyString.annotate({
  description: "Login of the person or organization that owns the repository on GitHub.",
});
/** The name of a repository. */
export const Repo = Schema.NonEmptyString.annotate({ description: "Name of the repository, without its owner." });

/** A pull request's number. */
export const PrNumber = Schema.Int.annotate({
  description: "Number of the pull request on GitHub, in the repository that the fact is about.",
});
/** A head SHA. */
export const HeadSha = Schema.String.annotate({
  description: "Commit SHA of the head of the pull request's branch, 40 hex digits, as GitHub names it.",
});
/** The SHA of a merge. */
export const MergeSha = Schema.String.annotate({
  description: "SHA of the merge commit on the base branch, 40 hex digits, as GitHub names it.",
});
/** The branch that the rig works on for an issue. */
export const IssueBranch = Schema.String.annotate({
  description: "Name of the branch that the agent pushes: `feature/issue-<number>`, then words of the issue's title.",
});
/** The repository's default branch. */
export const DefaultBranch = Schema.String.annotate({
  description: "Default branch of the repository when the label was set. Changes start from it and are merged into it.",
});
/** An issue's title. */
export const IssueTitle = Schema.String.annotate({
  description: "Title of the issue when the label was set. Untrusted text of whoever wrote the issue.",
});

/** The claim's id. */
export const ClaimId = Schema.String.annotate({
  description: "Id of the claim: a random UUID that the agent made when it claimed the work.",
});
/** The claim's number. */
export const Epoch = Schema.Int.annotate({
  description:
    "Counts the claims of this issue or pull request from 1; the claim with the highest epoch is the valid one.",
});
/** An agent's name. */
export const AgentId = Schema.String.annotate({
  description: "Name of the agent, which is the name of its service, such as `dev-e`.",
});
/** The number of an attempt. */
export const Attempt = Schema.Int.annotate({
  description: "Number of the attempt: one dispatch of the issue, counted from 1 and never used again.",
});
/** Why something happened. */
export const Reason = Schema.String.annotate({
  description:
    "Why this happened, written for a person; nothing is decided by it. It may quote untrusted text, such as the output of a test.",
});

/** Who caused a delivery. */
export const Sender = Schema.String.annotate({
  description: "GitHub login of the account whose action made GitHub send the delivery; an App's ends with `[bot]`.",
});
/** A review on GitHub. */
export const ReviewId = Schema.Int.annotate({ description: "Id that GitHub gave the review." });
/** A check suite on GitHub. */
export const SuiteId = Schema.Int.annotate({
  description: "Id that GitHub gave the check suite: all checks of one App on one commit.",
});

/** The story that something belongs to. */
export const CorrelationId = Schema.String.annotate({
  description:
    "Id of what began the story, a GitHub delivery (its GUID) or an instant (`tick/<schedule>/<instant>`); everything that follows carries the same.",
});
/** What something follows from. */
export const CausationId = Schema.String.annotate({
  description:
    "Id of what this follows from: a fact, a claim, a GitHub delivery (its GUID) or an instant (`tick/<schedule>/<instant>`).",
});
/** The place in a trace. */
export const Traceparent = Schema.String.annotate({
  description: "Trace id and span id as a W3C `traceparent` (https://www.w3.org/TR/trace-context/).",
});
