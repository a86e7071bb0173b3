import { readyLabel } from "#contracts/labels.ts";
import { lagMs } from "#contracts/waits.ts";
import type { HoldName } from "./reasons.ts";
import type { Snapshot } from "./snapshot.ts";

// What was approved ends when the label is taken off or the issue is closed. Both count at once, by whichever comes first: GitHub's answer,
// or a delivery on which the dispatcher has not decided yet.

/** Why the issue itself holds the merge; null where it is open with its label on the approved text. */
export function issueHold(seen: Snapshot): { readonly hold: HoldName; readonly why: string } | null {
  const { on, issue, forge } = seen;
  const it = `#${on.number}`;
  if (issue.closed || forge.issue?.open === false)
    return { hold: "issue-closed", why: `${it} was closed, so nothing of it is merged` };
  if (forge.issue === null) return { hold: "issue-gone", why: `${it} is not in this repository any more` };
  if (!forge.issue.labelled || isTakenOff(seen))
    return { hold: "issue-unlabelled", why: `the label ${readyLabel} was taken off ${it}, so nothing of it is merged` };
  if (isOnOtherText(seen))
    return {
      hold: "issue-relabelled",
      why: `the label ${readyLabel} was set again on another text of ${it}, and what follows is not decided yet`,
    };
  return null;
}

/** Whether a delivery said so, and GitHub's answer may be from before. After that the label is on it again. */
function isTakenOff({ at, issue: { label } }: Snapshot): boolean {
  return label?.is === "off" && Date.parse(at) - Date.parse(label.at) <= lagMs;
}

/** Whether the label is on another text than the approved one. Where its delivery is not told, the text of now is that text. */
function isOnOtherText({ issue: { label }, forge, approvedText }: Snapshot): boolean {
  return label?.is === "other-text" || (label?.is === "off" && forge.issue?.textSha256 !== approvedText);
}
