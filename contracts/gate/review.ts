import { clocksMs } from "#contracts/waits.ts";
import { type Check, no, yes } from "./condition.ts";
import { lastReviews, nameIn, objectionsIn } from "./others.ts";
import type { ForgeState, Snapshot } from "./snapshot.ts";

/**
 * Each reviewer's last review counts, comments aside. People who may write to the repository can object. Only a login that the operator
 * appointed (Review-E's) can approve, only the current head, and never its own change.
 */
export function reviewCheck({ issue, forge, approvedText }: Snapshot): Check {
  const last = lastReviews(forge);
  const against = objectionsIn(forge);
  if (against.length > 0)
    return no("review", "changes-requested", `changes requested by ${against.map(nameIn).join(", ")}`);
  const approvals = last.filter(
    (review) => review.appointed && review.state === "APPROVED" && review.headSha === forge.headSha,
  );
  if (approvals.length === 0)
    return no(
      "review",
      "not-approved",
      "no appointed reviewer has approved this head (the author's approval does not count)",
    );
  const since = Date.parse(issue.textSince ?? "") - clocksMs;
  const isOfOther = ({ submittedAt, textSha256 }: (typeof approvals)[number]) =>
    Date.parse(submittedAt) < since || (textSha256 !== null && textSha256 !== approvedText);
  const ofText = approvals.filter((review) => !isOfOther(review));
  if (ofText.length === 0)
    return no(
      "review",
      "earlier-text",
      "the approval is of an earlier text of the issue: a person has to merge, or another head follows",
    );
  if (ofText.every((review) => isOfOtherDiff(review, forge)))
    return no(
      "review",
      "other-diff",
      `the approval is from before ${forge.baseBranch} got or lost commits of this head: a person has to dismiss it for another review, or to merge`,
    );
  return yes("review", `approved by ${approvals.map(({ reviewer }) => reviewer).join(", ")}`);
}

/**
 * Whether the diff of a head began elsewhere when it was reviewed. Where the base has got commits of the head since, the merge undoes of them
 * what the head undoes, which that diff did not show; where it has lost some, the merge brings them, which it did not show either.
 */
function isOfOtherDiff(review: ForgeState["reviews"][number], { mergeBase }: ForgeState): boolean {
  return review.mergeBase !== null && mergeBase !== null && review.mergeBase !== mergeBase;
}
