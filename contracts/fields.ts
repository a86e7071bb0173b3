import { Schema } from "effect";
import { reasonCharactersMax, TextRef } from "./text.ts";

// The fields that several contracts carry, each defined once. The description is the field's meaning: docs/events.md and
// docs/asyncapi.yaml show it. A fact for which it is not exact gives the field a description of its own.
// EVENTS keeps everything for ever, so each text field of a fact has a bound; what has none is a `TextRef` (contracts/text.ts).

/** A name that GitHub, the rig or a model's API gave (a login, a label, a model): 256 characters, four times what GitHub allows. */
export const Name = bounded(256);
/** The name of a branch: git takes 255 bytes, and a fork's has owner and repository before it. */
export const BranchName = bounded(512);
/** A title: GitHub takes 256 characters, each of at most two UTF-16 units. */
export const Title = bounded(1_024);
/** An address of a page. */
export const Url = bounded(1_024);
/** A subject on the bus, with owner and repository percent-encoded. */
export const Subject = bounded(1_024);
/** The path of a file: 4,096 bytes is what Linux takes. */
export const Path = bounded(4_096);
/** A commit SHA: 40 hex digits, 64 in a repository of SHA-256. */
const Sha = bounded(64);

/** The owner of a repository. */
export const Owner = Schema.NonEmptyString.check(Schema.isMaxLength(256)).annotate({
  description: "Login of the person or organization that owns the repository on GitHub.",
});
/** The name of a repository. */
export const Repo = Schema.NonEmptyString.check(Schema.isMaxLength(256)).annotate({
  description: "Name of the repository, without its owner.",
});

/** A pull request's number. */
export const PrNumber = Schema.Int.annotate({
  description: "Number of the pull request on GitHub, in the repository that the fact is about.",
});
/** A head SHA. */
export const HeadSha = Sha.annotate({
  description: "Commit SHA of the head of the pull request's branch, 40 hex digits, as GitHub names it.",
});
/** The SHA of a merge. */
export const MergeSha = Sha.annotate({
  description: "SHA of the merge commit on the base branch, 40 hex digits, as GitHub names it.",
});
/** The branch that the rig works on for an issue. */
export const IssueBranch = BranchName.annotate({
  description: "Name of the branch that the agent pushes: `feature/issue-<number>`, then words of the issue's title.",
});
/** The repository's default branch. */
export const DefaultBranch = BranchName.annotate({
  description: "Default branch of the repository when the label was set. Changes start from it and are merged into it.",
});
/** An issue's title. */
export const IssueTitle = Title.annotate({
  description:
    "Title of the issue when the label was set. Untrusted text of whoever wrote the issue; it stays on EVENTS.",
});

/** The claim's id. */
export const ClaimId = Name.annotate({
  description: "Id of the claim: a random UUID that the agent made when it claimed the work.",
});
/** The claim's number. */
export const Epoch = Schema.Int.annotate({
  description:
    "Counts the claims of this issue or pull request from 1; the claim with the highest epoch is the valid one.",
});
/** An agent's name. */
export const AgentId = Name.annotate({
  description: "Name of the agent, which is the name of its service, such as `dev-e`.",
});
/** The number of an attempt. */
export const Attempt = Schema.Int.annotate({
  description: "Number of the attempt: one dispatch of the issue, counted from 1 and never used again.",
});
/** Why something happened. */
export const Reason = bounded(reasonCharactersMax).annotate({
  description: "Why this happened, in one sentence of the rig's own, for a person; nothing is decided by it.",
});
/** What others wrote about why it happened. */
export const Details = Schema.NullOr(TextRef).annotate({
  description:
    "Pointer to what others wrote about it, such as the output of a test or an answer of GitHub; null when there is nothing.",
});

/** Who caused a delivery. */
export const Sender = Name.annotate({
  description: "GitHub login of the account whose action made GitHub send the delivery; an App's ends with `[bot]`.",
});
/** A review on GitHub. */
export const ReviewId = Schema.Int.annotate({ description: "Id that GitHub gave the review." });
/** A check suite on GitHub. */
export const SuiteId = Schema.Int.annotate({
  description: "Id that GitHub gave the check suite: all checks of one App on one commit.",
});

/** An instant of a schedule, in the 24 characters that `toISOString` makes. */
export const Instant = bounded(24).annotate({
  description:
    "The instant itself, ISO 8601 in UTC and exactly on the schedule's boundary, such as `2026-01-02T03:04:00.000Z`. `time` of the envelope is when the tick was published, which is later.",
});

/** The story that something belongs to. */
export const CorrelationId = Schema.String.annotate({
  description:
    "Id of what began the story: a GitHub delivery (its GUID), an instant (`tick/<schedule>/<instant>`), or what a person did (`dlq/…`, `erase/…`); everything that follows carries the same.",
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

function bounded(charactersMax: number) {
  return Schema.String.check(Schema.isMaxLength(charactersMax));
}
