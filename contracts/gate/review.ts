import { clocksMs } from "#contracts/waits.ts";
import { approvalsIn } from "./approvals.ts";
import { type Check, no, yes } from "./condition.ts";
import { nameIn, objectionsIn } from "./others.ts";
import type { ForgeState, Requested, Snapshot } from "./snapshot.ts";
import { isSameDiff } from "./updates.ts";

/**
 * Each reviewer's last review counts, comments aside. People who may write to the repository can object. Only a login that the operator
 * appointed (Review-E's) can approve, only the current head, and nobody who has a part in the change.
 */
export function reviewCheck(seen: Snapshot): Check {
  const { issue, forge, approvedText } = seen;
  const against = objectionsIn(forge);
  if (against.length > 0)
    return no("review", "changes-requested", `changes requested by ${against.map(nameIn).join(", ")}`);
  const approvals = approvalsIn(seen);
  if ("passed" in approvals) return approvals;
  const ofText = approvals.filter((review) => isOfText(review, { textSince: issue.textSince, approvedText }));
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
  if (forge.requested.length > 0)
    return no(
      "review",
      "review-requested",
      `a person waits for the review of ${forge.requested.map(named).join(", ")}`,
    );
  return yes("review", approvals.map((review) => approvedBy(review, forge)).join(", "));
}

/** Whether a review is of the text that is approved now: its marker names it, and the text is not approved again since. */
export function isOfText(
  { submittedAt, textSha256 }: Pick<ForgeState["reviews"][number], "submittedAt" | "textSha256">,
  { textSince, approvedText }: { readonly textSince: string | null; readonly approvedText: string },
): boolean {
  const isEarlier = Date.parse(submittedAt) < Date.parse(textSince ?? "") - clocksMs;
  return !isEarlier && (textSha256 === null || textSha256 === approvedText);
}

function approvedBy({ reviewer, headSha }: ForgeState["reviews"][number], forge: ForgeState): string {
  const short = headSha.slice(0, 7);
  const carried = headSha === forge.headSha ? "" : ` as ${short}, into which only ${forge.baseBranch} was merged since`;
  return `approved by ${reviewer}${carried}`;
}

function named({ login, note }: Requested): string {
  return note === "" ? login : `${login} (${note})`;
}

/**
 * Whether the diff of a head began elsewhere when it was reviewed. Where the base has got commits of the head since, the merge undoes of them
 * what the head undoes, which that diff did not show; where it has lost some, the merge brings them, which it did not show either.
 */
function isOfOtherDiff(
  review: ForgeState["reviews"][number],
  { headSha, updates, mergeBase: now }: ForgeState,
): boolean {
  return !isSameDiff(review.headSha === headSha ? [] : updates, { reviewed: review.mergeBase, now });
}
