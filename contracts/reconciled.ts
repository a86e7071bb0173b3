import type { DeliveryDraft } from "./delivery-facts.ts";
import type { Fact } from "./envelope.ts";

/** The row that publishes what a delivery would have said when the delivery did not come. */
const reconciler = "reconciler";

/**
 * Whether the reconciler has published what this delivery says. A lost delivery may still come, days later when a person asks for it, and
 * what it says is then old: without this check a label of last week would approve an issue again that was settled since. What the
 * reconciler saw of an issue, a pull request or a check suite covers every delivery of it up to GitHub's `updated_at` of that moment.
 */
export function isReconciled(history: readonly Fact[], draft: DeliveryDraft): boolean {
  return history.some((fact) => fact.actor === reconciler && covers(fact, draft));
}

function covers(fact: Fact, draft: DeliveryDraft): boolean {
  switch (draft.type) {
    case "ISSUE_LABELED":
    case "ISSUE_UNLABELED":
    case "ISSUE_CLOSED":
    case "PR_EDITED":
    case "PR_REOPENED":
    case "PR_CLOSED":
      return isWhole(fact) && isUpTo(draft.data.updatedAt, fact.data.updatedAt);
    case "PR_OPENED":
    case "PR_SYNCHRONIZED":
      // They ask for a review, and say which heads were there before. An edit does neither.
      return isOfChange(fact) && fact.type !== "PR_EDITED" && isUpTo(draft.data.updatedAt, fact.data.updatedAt);
    case "CI_PASSED":
    case "CI_FAILED":
      return isOfSuite(fact, draft.data) && isUpTo(draft.data.updatedAt, fact.data.updatedAt);
    case "REVIEW_SUBMITTED":
      return (
        fact.type === "REVIEW_SUBMITTED" &&
        fact.data.reviewId === draft.data.reviewId &&
        (fact.data.state === draft.data.state || fact.data.state === "dismissed")
      );
    case "ISSUE_COMMENTED":
    case "PR_COMMENTED":
      // A deletion has the time of the last edit, and comes after it.
      return draft.data.action !== "deleted" && isToldBy(fact, draft);
    case "STATUS_REPORTED":
      return isToldBy(fact, draft);
    default:
      // A thread may be resolved more than once, and the fact only makes the gate evaluate again.
      return false;
  }
}

/** Whether a fact says how the whole issue or pull request stands on GitHub, and not only what one review or one check suite says. */
function isWhole(fact: Fact): fact is Fact<(typeof issueTypes)[number] | ChangeType> {
  return (issueTypes as readonly string[]).includes(fact.type) || isOfChange(fact);
}

const issueTypes = ["ISSUE_LABELED", "ISSUE_UNLABELED", "ISSUE_CLOSED"] as const;
type ChangeType = "PR_OPENED" | "PR_SYNCHRONIZED" | "PR_EDITED" | "PR_REOPENED" | "PR_CLOSED";
const changeTypes: readonly string[] = ["PR_OPENED", "PR_SYNCHRONIZED", "PR_EDITED", "PR_REOPENED", "PR_CLOSED"];

/** Whether a fact, or the draft of one, says how the whole pull request stands on GitHub. */
export function isOfChange<Each extends { readonly type: string }>(
  each: Each,
): each is Extract<Each, { readonly type: ChangeType }> {
  return changeTypes.includes(each.type);
}

/** Whether a fact is about this check suite. GitHub keeps the suite's id when its checks run again. */
export function isOfSuite(
  fact: Fact,
  { suiteId, headSha }: { readonly suiteId: number; readonly headSha: string },
): fact is Fact<"CI_PASSED" | "CI_FAILED"> {
  const isCheck = fact.type === "CI_PASSED" || fact.type === "CI_FAILED";
  return isCheck && fact.data.suiteId === suiteId && fact.data.headSha === headSha;
}

type CommentDraft = Extract<DeliveryDraft, { type: "ISSUE_COMMENTED" | "PR_COMMENTED" }>;

/**
 * Whether a fact, by whomever, tells what this draft says of a comment or a commit status, or something later. GitHub's times have seconds:
 * of two states of one status within a second neither is the later one.
 */
export function isToldBy(
  fact: Fact,
  draft: CommentDraft | Extract<DeliveryDraft, { type: "STATUS_REPORTED" }>,
): boolean {
  if (draft.type !== "STATUS_REPORTED") {
    const isOf = isOfComment(fact, draft);
    return isOf && (fact.data.action === "deleted" || isUpTo(draft.data.updatedAt, fact.data.updatedAt));
  }
  const { headSha, context, state, updatedAt } = draft.data;
  if (fact.type !== "STATUS_REPORTED" || fact.data.headSha !== headSha || fact.data.context !== context) return false;
  const isSame = fact.data.state === state || !isUpTo(fact.data.updatedAt, updatedAt);
  return isSame && isUpTo(updatedAt, fact.data.updatedAt);
}

/** GitHub counts comments of the conversation and comments on lines apart, so an id alone may be of another comment. */
function isOfComment(fact: Fact, { data, type }: CommentDraft): fact is Fact<"ISSUE_COMMENTED" | "PR_COMMENTED"> {
  if (fact.type !== "ISSUE_COMMENTED" && fact.type !== "PR_COMMENTED") return false;
  const whereOf = (each: object) => ("where" in each ? each.where : null);
  return fact.type === type && fact.data.commentId === data.commentId && whereOf(fact.data) === whereOf(data);
}

function isUpTo(at: string | undefined, seen: string | undefined): boolean {
  return at !== undefined && seen !== undefined && Date.parse(at) <= Date.parse(seen);
}
