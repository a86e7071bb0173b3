import { type Check, no } from "./condition.ts";
import { lastReviews } from "./others.ts";
import type { ForgeState, Snapshot } from "./snapshot.ts";

// Whose approval is an independent one, and of which head it is.

type Review = ForgeState["reviews"][number];

/** The state of an approval that a push withdrew, because the head that it made is of a higher tier. GitHub has no such state. */
export const withdrawn = "WITHDRAWN";

/** GitHub does not tell logins apart by case. */
function plain(login: string): string {
  return login.trim().toLowerCase();
}

/** The heads whose approval counts: the head itself, and those of which it is nothing but an update. */
export function approvableHeads({ headSha, updates }: Pick<ForgeState, "headSha" | "updates">): readonly string[] {
  return [headSha, ...updates.map(({ from }) => from)];
}

/**
 * The logins of those who have a part in the change: its author, who wrote, co-wrote or committed its commits, who pushed the approved head, and
 * who asked for it by the label. An account that is gone has no login, and is nobody.
 */
function involvedIn({ issue, forge }: Snapshot): ReadonlySet<string> {
  const { author, commits, pushes, updates } = forge;
  // Whoever brings a branch up to date adds nothing of his own.
  const own = commits.filter(({ sha }) => !updates.some(({ headSha }) => headSha === sha));
  const all = [author, ...own.flatMap(({ by }) => by), ...(pushes ?? []).flatMap(({ by }) => by), ...issue.askedBy].map(
    plain,
  );
  return new Set(all.filter((login) => login !== ""));
}

/** Whether a reviewer has no part in the change. */
export function independentOf(seen: Snapshot): (review: Pick<Review, "reviewer">) => boolean {
  const involved = involvedIn(seen);
  return ({ reviewer }) => reviewer !== "" && !involved.has(plain(reviewer));
}

/** How many who may write, or are appointed, and have no part in the change approve it, each by his last review. */
export function countApprovals(seen: Snapshot): number {
  const isIndependent = independentOf(seen);
  return lastReviews(seen.forge).filter((review) => review.state === "APPROVED" && isIndependent(review)).length;
}

/** The people who may write, have no part in the change and approve it, each by the last review: nobody who is appointed. */
export function peopleWhoApprove(seen: Snapshot): readonly string[] {
  const isIndependent = independentOf(seen);
  return lastReviews(seen.forge)
    .filter((review) => review.state === "APPROVED" && !review.appointed && isIndependent(review))
    .map(({ reviewer }) => reviewer);
}

/**
 * Whether a review is of this head. GitHub may name the head of now for a review that was submitted before a push by force: then its marker
 * names another head, or it is not later than that push. The two lists that tell of the push may each be from before it.
 */
function isOf(headSha: string, review: Review, { headSha: now, pushes, forcedAt }: ForgeState): boolean {
  if (review.headSha !== headSha) return false;
  if (review.markedHead !== null) return review.markedHead === headSha;
  const submittedMs = Date.parse(review.submittedAt);
  const push = pushes?.find((each) => each.headSha === headSha);
  if (push !== undefined && !(submittedMs >= Date.parse(push.at))) return false;
  const isPlain = forcedAt === null || (push !== undefined && headSha !== now);
  return isPlain || submittedMs > Date.parse(forcedAt);
}

/** Whether a review is of the head of now, or of one of which that is nothing but an update. */
export function isCarried(review: Review, forge: ForgeState): boolean {
  return approvableHeads(forge).some((head) => isOf(head, review, forge));
}

/** The approvals of the head by appointed reviewers who have no part in the change; the condition that is not met where there are none. */
export function approvalsIn(seen: Snapshot): readonly Review[] | Check {
  const { forge } = seen;
  const { headSha, pushes } = forge;
  const approvals = lastReviews(forge).filter(
    (review) => review.appointed && review.state === "APPROVED" && isCarried(review, forge),
  );
  if (approvals.length === 0)
    return no(
      "review",
      "not-approved",
      "no appointed reviewer has approved this head (the author's approval does not count)",
    );
  const listed = approvals.filter((review) => pushes?.some((push) => push.headSha === review.headSha) !== false);
  if (listed.length === 0)
    return no("review", "pusher-unknown", `GitHub does not list yet who pushed ${approvals[0]?.headSha ?? headSha}`);
  const independent = listed.filter(independentOf(seen));
  if (independent.length > 0) return independent;
  const names = approvals.map(({ reviewer }) => reviewer).join(", ");
  return no(
    "review",
    "approver-involved",
    `approved by ${names}, who wrote, pushed or asked for the change: somebody else has to approve it`,
  );
}
