import { Schema } from "effect";
import { reasonCharactersMax } from "./reason.ts";
import { TextRef } from "./text.ts";

// The fields that several contracts share, each defined once. docs/events.md and docs/asyncapi.yaml show the description as the field's
// meaning. A fact that needs a more exact meaning gives the field its own description.
// EVENTS keeps everything for ever, so each text field of a fact has a maximum length. A longer text is a `TextRef` (contracts/text.ts).

/** A name that GitHub, the rig or a model's API gave, such as a login, a label or a model: at most 256 characters. */
export const Name = atMost(256);
/** The name of a branch: at most 512 characters. Git allows 255 bytes; a fork's branch has owner and repository before its name. */
export const BranchName = atMost(512);
/** A title: at most 1,024 UTF-16 units. GitHub allows 256 characters, each of at most two units. */
export const Title = atMost(1_024);
/** The URL of a web page: at most 1,024 characters. */
export const Url = atMost(1_024);
/** A NATS subject, with owner and repository percent-encoded: at most 1,024 characters. */
export const Subject = atMost(1_024);
/** The path of a file: at most 4,096 characters, because Linux allows 4,096 bytes. */
export const Path = atMost(4_096);
/** A commit SHA: 40 hex digits, 64 in a repository of SHA-256. */
const Sha = atMost(64);

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
  description: "Title of the issue when the label was set. Untrusted text of the issue's author; it stays on EVENTS.",
});

/** The claim's id. */
export const ClaimId = Name.annotate({
  description: "Id of the claim: a random UUID that the agent made when it claimed the work.",
});
/** The claim's epoch. */
export const Epoch = Schema.Int.annotate({
  description:
    "Number of the claim among all claims of this issue or pull request, from 1. Only the claim with the highest epoch is valid.",
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
export const Reason = atMost(reasonCharactersMax).annotate({
  description: "Why this happened: one sentence that the rig writes for a person. No service reads it to decide.",
});
/** What others wrote about the reason. */
export const Details = Schema.NullOr(TextRef).annotate({
  description:
    "Pointer to text of others about the reason, such as the output of a test or an answer of GitHub; null when there is none.",
});

/** Who caused a delivery. */
export const Sender = Name.annotate({
  description:
    "GitHub login of the account whose action made GitHub send the delivery; an App's ends with `[bot]`. Empty where GitHub does not say who it was.",
});
/** The kind of that account. */
export const SenderType = Schema.Literals(["User", "Bot", "Other"]).annotate({
  description: "Kind of that account, as GitHub names it: a person, a bot, or something else.",
});
/** A review on GitHub. */
export const ReviewId = Schema.Int.annotate({ description: "Id that GitHub gave the review." });
/** A check suite on GitHub. */
export const SuiteId = Schema.Int.annotate({
  description: "Id that GitHub gave the check suite: all checks of one App on one commit.",
});

/** When something changed last on GitHub: at most 32 characters. */
export const UpdatedAt = Schema.optionalKey(
  atMost(32).annotate({
    description:
      "GitHub's `updated_at` of what the fact is about, when GitHub told of it or was asked: ISO 8601 in UTC, in seconds. Absent when the delivery has none.",
  }),
);

/** When a text was edited after its label was set. Only the reconciler learns it: a delivery has the text that the label was set on. */
export const EditedAt = Schema.optionalKey(
  atMost(32).annotate({
    description:
      "When title or body were edited after the label was set, as GitHub says: ISO 8601 in UTC. The text that the label was set on is then unknown, so the label is refused. Absent where that text stands here.",
  }),
);

/** A time, as `toISOString` writes it: 24 characters. */
export const Time = atMost(24);

/** An instant of a schedule, as `toISOString` writes it: 24 characters. */
export const Instant = atMost(24).annotate({
  description:
    "The instant: ISO 8601 in UTC, exactly on the schedule's boundary, such as `2026-01-02T03:04:00.000Z`. The envelope's `time` is later: it says when the tick was published.",
});

/** The first cause of something. */
export const CorrelationId = Schema.String.annotate({
  description:
    "Id of the first cause: a GitHub delivery (its GUID), an instant (`tick/<schedule>/<instant>`), or an action of a person (`dlq/…`, `erase/…`, `freeze/…`). Everything that follows from it has the same id.",
});
/** The direct cause of something. */
export const CausationId = Schema.String.annotate({
  description:
    "Id of the direct cause: a fact, a claim, a GitHub delivery (its GUID), an instant (`tick/<schedule>/<instant>`), or an action of a person (`dlq/…`, `erase/…`, `freeze/…`).",
});
/** The trace and span of something. */
export const Traceparent = Schema.String.annotate({
  description: "Trace id and span id as a W3C `traceparent` (https://www.w3.org/TR/trace-context/).",
});

function atMost(charactersMax: number) {
  return Schema.String.check(Schema.isMaxLength(charactersMax));
}
