import { type DeliveryDraft, factsOf } from "#contracts/delivery-facts.ts";
import type { FactOf } from "#contracts/envelope.ts";
import { isToldBy } from "#contracts/reconciled.ts";
import { type AnyMissing, inSeconds, isLost, type PayloadOf, type Repository } from "./decide.ts";

/** A comment as GitHub has it now, in the shape of its deliveries. */
export interface CommentSeen {
  /** The number of the issue or pull request. */
  readonly number: number;
  /** `issue` and `conversation`: below an issue or a pull request; `diff`: on a line of a pull request's diff. */
  readonly where: "issue" | "conversation" | "diff";
  readonly comment: PayloadOf<"issue_comment">["comment"];
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** The comments among these, all about one issue or pull request, of which the rig was not told as they are now. */
export function missingComments(
  repository: Repository,
  comments: readonly CommentSeen[],
  history: readonly FactOf<"issue" | "pr">[],
): readonly AnyMissing[] {
  return comments.flatMap((seen) => {
    const drafts = draftsOf(repository, seen).filter((draft) => !history.some((fact) => isToldBy(fact, draft)));
    return drafts.map((draft): AnyMissing => ({ draft, at: seen.updatedAt }));
  });
}

type CommentDraft = Extract<DeliveryDraft, { type: "ISSUE_COMMENTED" | "PR_COMMENTED" }>;

/** What the delivery of the last change of the comment would have said; nothing for one of an App. */
function draftsOf(repository: Repository, seen: CommentSeen): readonly CommentDraft[] {
  const { number, where, comment, createdAt, updatedAt } = seen;
  const about = { action: createdAt === updatedAt ? "created" : "edited", comment, repository };
  const conversation = { number, ...(where === "conversation" ? { pull_request: {} } : {}) };
  const drafts =
    where === "diff"
      ? factsOf({ event: "pull_request_review_comment", payload: { ...about, pull_request: { number } } })
      : factsOf({ event: "issue_comment", payload: { ...about, issue: conversation } });
  return drafts.filter((draft) => draft.type === "ISSUE_COMMENTED" || draft.type === "PR_COMMENTED");
}

/** 1 h: what was commented within the hour before the newest comment is read again, for a read model that is late. */
const overlapMs = 3_600_000;

/**
 * From when on the list of comments is read the next time. It stays while one page has them all, because the answer to the same question is
 * "not modified" while nothing happened. All times are GitHub's.
 */
export function nextSince(
  comments: readonly Pick<CommentSeen, "updatedAt">[],
  { since, perPage, instant }: { readonly since: string; readonly perPage: number; readonly instant: string },
): string {
  if (comments.length < perPage) return since;
  const newestMs = Math.max(...comments.map(({ updatedAt }) => Date.parse(updatedAt)));
  const over = comments.filter(
    ({ updatedAt: at }) => Date.parse(at) + overlapMs <= newestMs && isLost({ at }, instant),
  );
  // GitHub's description leaves open whether `since` includes that second.
  const lastMs = Math.max(Date.parse(since), ...over.map(({ updatedAt }) => Date.parse(updatedAt) - 1_000));
  return inSeconds(lastMs);
}
