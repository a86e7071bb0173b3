import { frozenName } from "#contracts/freezes.ts";
import { isManualMerge, manualMergeLabel } from "#contracts/labels.ts";
import { type Check, no, yes } from "./condition.ts";
import { heldElsewhere } from "./others.ts";
import type { Snapshot } from "./snapshot.ts";
import { eventsMax, sentenceOf } from "./undone.ts";
import { isWorkInProgress } from "./work-in-progress.ts";

/** Whether the pull request is open to a merge, and no person holds it. */
export function openCheck({ on, issue, change, forge, erased, freeze }: Snapshot): Check {
  const { open, draft, title, labels, undone, baseBranch } = forge;
  if (!open) return no("open", "not-open", "the pull request is not open");
  if (freeze !== null) return no("open", "frozen", frozenBy(on, freeze));
  if (draft) return no("open", "draft", "the pull request is a draft");
  if (isWorkInProgress(title)) return no("open", "wip", "its title says that it is work in progress");
  if (labels.some(isManualMerge))
    return no("open", "manual-merge", `the label ${manualMergeLabel} leaves the merge to a person`);
  if (undone.length > 0) return no("open", "undone", undone.map(sentenceOf).join("; "));
  if (forge.eventsCut)
    return no("open", "too-many-events", `it has more than ${eventsMax} events: a person has to merge`);
  if (baseBranch !== issue.defaultBranch && forge.below !== null)
    return no("open", "stacked", `the base is ${baseBranch}, the branch of #${forge.below}, which is open`);
  if (baseBranch !== issue.defaultBranch)
    return no("open", "other-base", `the base is ${baseBranch}, not ${issue.defaultBranch}`);
  // A base that was changed a moment ago is on GitHub before its delivery is a fact, and the delivery may never come.
  if (change.retargeted || forge.baseChanged || (change.known && change.baseBranch !== baseBranch))
    return no(
      "open",
      "base-changed",
      "the base was changed, so reviews were of another difference: a person has to merge",
    );
  const [twin] = forge.sameHead;
  if (twin !== undefined)
    return no("open", "same-head", `#${twin} is open with the same head: whatever becomes of one becomes of both`);
  if (erased.length > 0) {
    const gone = erased.map(({ author, by }) => `the comment of ${author} was deleted by ${by.login}, no person`);
    return no("open", "comment-deleted", `${[...new Set(gone)].join("; ")}: a person has to merge`);
  }
  const elsewhere = heldElsewhere(forge);
  if (elsewhere !== "") return no("open", "other-pull-request", elsewhere);
  const above = forge.above.map((number) => `#${number}`).join(", ");
  return yes("open", above === "" ? "open, and no draft" : `open, and no draft; on its branch stands ${above}`);
}

function frozenBy({ owner, repo }: Snapshot["on"], { branch, reason, person, since }: NonNullable<Snapshot["freeze"]>) {
  const why = reason === "" ? "" : `: ${reason}`;
  return `${person} froze the merges into ${frozenName({ owner, repo, branch })} at ${since}${why}`;
}
