import { isFixAwaited } from "#contracts/fix.ts";
import { isSettled } from "#contracts/issue-run.ts";
import { readyLabel } from "#contracts/labels.ts";
import { closingLine } from "#contracts/pull-request-body.ts";
import { lagMs } from "#contracts/waits.ts";
import { closedBesides, isOn } from "./closes.ts";
import { type Check, no, yes } from "./condition.ts";
import { graphQlLacks } from "./others.ts";
import type { HoldName } from "./reasons.ts";
import type { Snapshot } from "./snapshot.ts";

/** Whether the merge closes the issue that the rig dispatched, and nothing else, and no work on it is under way. */
export function issueCheck(seen: Snapshot): Check {
  const { on, issue, forge } = seen;
  const { number } = on;
  if (!forge.closedByBody.certain.some((place) => isOn(on, place)))
    return no(
      "issue",
      "closing-line",
      `the body has no "${closingLine(number)}" that GitHub reads for certain: write it as its first line`,
    );
  const { commits, commitsCount, linked } = forge;
  if (commits.length < commitsCount)
    return no(
      "issue",
      "commits-cut",
      `GitHub lists ${commits.length} of ${commitsCount} commits: what else they close is unknown`,
    );
  if (!commits.some(({ sha }) => sha === forge.headSha))
    return no("issue", "commits-cut", "GitHub lists the commits without the head: what else they close is unknown");
  if (linked === null) return no("issue", "links-unknown", `the linked issues are ${graphQlLacks(forge)}`);
  if (linked.places.length < linked.count)
    return no(
      "issue",
      "links-cut",
      `GitHub shows ${linked.places.length} of ${linked.count} linked issues: what else the merge closes is unknown`,
    );
  const others = closedBesides(seen);
  if (others.length > 0) return no("issue", "closes-others", `the merge closes others too: ${others.join(", ")}`);
  if (issue.state === "new" || isSettled(issue))
    return no("issue", "issue-settled", `#${number} is ${issue.state}, not dispatched`);
  const held = issueHold(seen);
  if (held !== null) return no("issue", held.hold, held.why);
  if (issue.prNumber !== forge.number)
    return no("issue", "issue-elsewhere", `#${number} is worked on in another pull request`);
  if (issue.isHeld || issue.endedAttempt < issue.attempt)
    return no("issue", "attempt-under-way", `attempt ${issue.attempt} on #${number} has not ended`);
  if (issue.state === "failed")
    return no(
      "issue",
      "attempt-failed",
      `attempt ${issue.attempt} on #${number} failed, and what follows is not decided yet`,
    );
  if (isFixAwaited(issue, seen.change, { prNumber: forge.number, headSha: forge.headSha }))
    return no("issue", "fix-awaited", `the fix of this head has ended, and GitHub does not show its own head yet`);
  return yes("issue", `closes #${number}, which the rig dispatched, and nothing else`);
}

// What was approved ends when the label is taken off or the issue is closed. Both count at once, by whichever comes first: GitHub's answer,
// or a delivery on which the dispatcher has not decided yet.

/** Why the issue itself holds the merge; null where it is open with its label on the approved text. */
function issueHold(seen: Snapshot): { readonly hold: HoldName; readonly why: string } | null {
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
  if (issue.label?.is === "undecided")
    return {
      hold: "issue-relabelled",
      why: `the label ${readyLabel} was set again on ${it}, and whether whoever set it may is not decided yet`,
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
