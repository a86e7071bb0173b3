/** Who can end a hold: an agent of the rig, a person who may write to the repository, the operator of the rig, GitHub in time, or the rig itself. */
type Mover = "agent" | "person" | "operator" | "github" | "rig";

/** A reason for which the gate holds a merge: a stable name, who can end it, and how. docs/not-merged.md has a heading for each. */
interface Hold {
  readonly who: Mover;
  readonly todo: string;
}

/** Every reason for which the gate holds a merge. */
export const holds = {
  "not-open": { who: "person", todo: "Open the pull request again, or close the issue too." },
  frozen: {
    who: "operator",
    todo: "Wait for the end of the freeze: `npm run rig -- unfreeze OWNER/REPO@BRANCH` ends it.",
  },
  draft: { who: "person", todo: "Mark the pull request as ready for review." },
  wip: { who: "person", todo: "Take `WIP` or `Draft:` out of the title once it is ready." },
  "manual-merge": {
    who: "person",
    todo: "Merge it yourself, or take the label off yourself: what an agent takes off stays.",
  },
  undone: {
    who: "person",
    todo: "Set what the reason names once more and take it off yourself, as a person who may write.",
  },
  "too-many-events": { who: "person", todo: "Look at it and merge it yourself: nobody reads so many events." },
  "other-base": {
    who: "person",
    todo: "Set the base to the branch that the issue was approved for, or merge it yourself.",
  },
  stacked: {
    who: "person",
    todo: "Have the pull request below merged first, then set the base to the branch that the issue was approved for, look at the whole difference and merge it yourself.",
  },
  "base-changed": { who: "person", todo: "Look at the whole difference and merge it yourself." },
  "same-head": {
    who: "person",
    todo: "Close one of the two pull requests: checks and verdicts stand on the head that they share.",
  },
  "comment-deleted": { who: "person", todo: "Look at what was deleted and merge it yourself." },
  "other-pull-request": {
    who: "person",
    todo: "Go to the pull request that the reason names: end what holds it there, or close it yourself.",
  },
  "closing-line": { who: "person", todo: "Write the closing line as the first line of the pull request's body." },
  "commits-cut": { who: "person", todo: "Look at what the commits close and merge it yourself." },
  "links-unknown": {
    who: "github",
    todo: "Wait: a limit of GitHub is full again after an hour at most. Of an error the reason says which.",
  },
  "links-cut": { who: "person", todo: "Unlink the issues that it does not end, or merge it yourself." },
  "closes-others": {
    who: "person",
    todo: "Take the other issues out of the body, the links or the commits, or merge it yourself.",
  },
  "issue-settled": {
    who: "person",
    todo: "Take the label `agent-ready` off, if it is on, and set it again if the rig should go on, or merge it yourself.",
  },
  "issue-closed": {
    who: "person",
    todo: "Open the issue again, take the label `agent-ready` off, if it is on, and set it again.",
  },
  "issue-gone": {
    who: "person",
    todo: "Set the label `agent-ready` on the issue where it is now, or merge it yourself.",
  },
  "issue-unlabelled": {
    who: "person",
    todo: "Set the label `agent-ready` again if the rig should work on the issue, or merge it yourself.",
  },
  "issue-relabelled": {
    who: "agent",
    todo: "Wait: the dispatcher decides what follows. After two hours take the label off and set it again.",
  },
  "issue-elsewhere": { who: "person", todo: "Close this pull request, or the other one." },
  "attempt-under-way": { who: "agent", todo: "Wait for the end of the attempt." },
  "attempt-failed": { who: "agent", todo: "Wait: the dispatcher decides what follows." },
  "fix-awaited": { who: "github", todo: "Wait: GitHub shows the pushed head soon." },
  "head-elsewhere": {
    who: "person",
    todo: "Merge it yourself: the rig merges only branches of the repository itself.",
  },
  "other-branch": { who: "person", todo: "Merge it yourself: the rig merges only branches of its issues." },
  "other-author": {
    who: "person",
    todo: "Merge it yourself, or name the author in RIG_AGENT_LOGINS if it is an agent.",
  },
  "other-epoch": { who: "agent", todo: "Wait for the current claim's own push." },
  "requirements-unknown": {
    who: "operator",
    todo: "Give the gate's App the permission that the reason names.",
  },
  "check-missing": {
    who: "github",
    todo: "Wait for the check to begin; if it never does, repair its workflow or the rule that requires it.",
  },
  "no-check": {
    who: "github",
    todo: "Wait for a check to begin; if there is none, add one, or merge it yourself.",
  },
  "check-running": { who: "github", todo: "Wait for the end of the check." },
  "check-failed": {
    who: "agent",
    todo: "Wait for the fix, or run the check again if it fails by chance.",
  },
  "check-stopped": { who: "person", todo: "Run the check again, or do what it asks for." },
  "base-red": {
    who: "person",
    todo: "Wait until the base branch is mended. Set the label `fixes-main` yourself on the pull request that mends it.",
  },
  "checks-unknown": {
    who: "github",
    todo: "Wait: a limit of GitHub is full again after an hour at most. Of an error the reason says which.",
  },
  "checks-cut": { who: "person", todo: "Look at the checks of the head and merge it yourself." },
  "no-check-ran": { who: "person", todo: "Merge it yourself, or let a check run that is not skipped." },
  "nothing-required": { who: "person", todo: "Require a check of the base branch on GitHub, or merge it yourself." },
  "unknown-rule": {
    who: "person",
    todo: "Check whether the rule is met and merge it yourself, or take the rule away.",
  },
  "branch-locked": { who: "person", todo: "Unlock the branch when changes may be merged again." },
  "not-a-pusher": {
    who: "operator",
    todo: "Name the gate's App among those who may push to the branch.",
  },
  "merge-queue": {
    who: "github",
    todo: "Wait: the queue tests it with what is before it, and merges it or takes it out.",
  },
  "queued-by-others": {
    who: "person",
    todo: "Wait for the merge queue, or take it out of there: then the gate decides.",
  },
  "no-merge-method": {
    who: "person",
    todo: "Allow a way to merge that the rules of the branch leave, in the settings of the repository.",
  },
  "unsigned-commits": { who: "person", todo: "Sign the commits and push them, or merge it yourself." },
  "threads-required": { who: "person", todo: "Resolve the threads on the pull request." },
  "owners-missing": {
    who: "person",
    todo: "Have one of the owners that the reason names for each file approve it, or correct CODEOWNERS on the base branch.",
  },
  "owners-not-loaded": { who: "person", todo: "Make the CODEOWNERS file of the base branch smaller." },
  "owners-unknown": {
    who: "operator",
    todo: "Give the gate's App the permission that the reason names.",
  },
  "approvals-missing": { who: "person", todo: "Approve it as the rules of the branch want it." },
  "requirements-hidden": {
    who: "operator",
    todo: "Give the gate's App the permission that the reason names; where it names none, look on GitHub at what is missing and merge it yourself.",
  },
  "left-to-github": { who: "person", todo: "Look at what the reason names and merge it yourself once it is there." },
  "changes-requested": {
    who: "agent",
    todo: "Wait for the fix; the reviewer then approves or dismisses the review.",
  },
  "not-approved": { who: "agent", todo: "Wait for the review." },
  "pusher-unknown": {
    who: "github",
    todo: "Wait: GitHub lists who pushed the head within seconds.",
  },
  "approver-involved": {
    who: "person",
    todo: "Merge it yourself, or have another appointed reviewer approve it who has no part in it.",
  },
  "review-requested": {
    who: "person",
    todo: "Give the review that was asked for, or remove the request yourself: what an agent removes stays.",
  },
  "earlier-text": { who: "person", todo: "Merge it yourself, or push another head, which is reviewed too." },
  "other-diff": {
    who: "person",
    todo: "Dismiss the approval, so that the head is reviewed again, or merge it yourself.",
  },
  "person-path": {
    who: "person",
    todo: "Look at it and merge it yourself, or have what the reason names taken out of the change.",
  },
  "large-change": { who: "person", todo: "Set the label `large-pr-ok` yourself, or merge it yourself." },
  "files-cut": { who: "person", todo: "Look at all of its files and merge it yourself, or have it made smaller." },
  "rules-unknown": {
    who: "operator",
    todo: "Give the gate's App the permission that the reason names.",
  },
  "rules-wrong": { who: "person", todo: "Correct `.rig-agent.yaml` on the base branch, or merge it yourself." },
  "tier-approvals": {
    who: "person",
    todo: "Approve it, as one who may write and has no part in it, or merge it yourself.",
  },
  "tier-person": { who: "person", todo: "Look at it and merge it yourself." },
  "threads-unknown": {
    who: "github",
    todo: "Wait: a limit of GitHub is full again after an hour at most. Of an error the reason says which.",
  },
  "threads-open": { who: "person", todo: "Resolve the threads yourself, or wait for the answer of the agent." },
  "comments-gone": { who: "person", todo: "Look at what was deleted and merge it yourself." },
  "mergeable-unknown": {
    who: "github",
    todo: "Wait: GitHub computes it within seconds.",
  },
  conflict: { who: "agent", todo: "Wait: an agent merges the base." },
  "in-line": {
    who: "rig",
    todo: "Wait: a base branch gets one change after another, each tested on the one before. The one whose issue was approved first goes first.",
  },
  behind: {
    who: "agent",
    todo: "Wait: GitHub merges the base for the gate, or an agent does.",
  },
} as const satisfies Record<string, Hold>;

/** The name of a reason for which the gate holds a merge. */
export type HoldName = keyof typeof holds;

/** The names of all reasons. */
export const holdNames = Object.keys(holds) as readonly HoldName[];
