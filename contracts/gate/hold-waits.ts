import type { HoldName } from "./reasons.ts";

// How long each hold is waited for. Every one ends with a person who knows why.

/** After how many hours a person is asked, by what is waited for. Each is longer than what is waited for mostly takes, so that nobody is asked in vain. */
const after = {
  /** 1 h: GitHub computes within seconds whether a pull request merges. */
  computed: 1,
  /** 1 h: an operator who sees it gives a permission within minutes, and the message that asks for it is delivered again for an hour. */
  allowed: 1,
  /** 2 h: the dispatcher decides within seconds, and a message of its is delivered for an hour at most. */
  decided: 2,
  /** 2 h: the reconciler finds a lost push within two minutes, and an agent pushes again within an hour. */
  pushed: 2,
  /** 2 h: a check begins within minutes, and waits seldom longer than an hour for a machine. */
  begun: 2,
  /** 3 h: a limit of GitHub is full again after an hour, so it was used up three times by then, and an error lasts seldom so long. */
  refilled: 3,
  /** 4 h: a review may be claimed three times, and none is silent for longer than 30 minutes. */
  reviewed: 4,
  /** 6 h: GitHub ends a job that runs for longer (https://docs.github.com/actions/reference/limits). */
  ended: 6,
  /** 12 h: a fix may be claimed several times and waits for the issues before it; an agent works on one at a time. */
  fixed: 12,
  /** 12 h: a queue waits for the checks of a change, 6 h at most, and for those of a change before it. */
  queued: 12,
  /** 24 h: a person has a day to look, after a fix or at what nobody else merges. */
  lookedAt: 24,
  /** 72 h: over a weekend. The gate merges after a person gave it; once he is asked, the label has to be set again too. */
  given: 72,
} as const;

/**
 * What follows from each hold that lasts: after so many hours a person is asked; `reminded`: a person holds it himself, and is reminded of it
 * once (`gate.remindAfterDays` of the policy); `nobody`: nothing waits, because the pull request is closed or the issue ended, or the rig has limits of its own.
 */
const waits = {
  "not-open": "nobody",
  frozen: "reminded",
  draft: "reminded",
  wip: "reminded",
  "manual-merge": "reminded",
  undone: after.lookedAt,
  "too-many-events": after.lookedAt,
  "other-base": after.lookedAt,
  stacked: after.lookedAt,
  "base-changed": after.lookedAt,
  "same-head": after.lookedAt,
  "comment-deleted": after.lookedAt,
  "other-pull-request": after.given,
  "closing-line": after.lookedAt,
  "commits-cut": after.lookedAt,
  "links-unknown": after.refilled,
  "links-cut": after.lookedAt,
  "closes-others": after.lookedAt,
  "issue-settled": "nobody",
  "issue-closed": after.decided,
  "issue-gone": after.lookedAt,
  "issue-unlabelled": after.decided,
  "issue-relabelled": after.decided,
  "issue-elsewhere": after.lookedAt,
  "attempt-under-way": "nobody",
  "attempt-failed": after.decided,
  "fix-awaited": after.pushed,
  "head-elsewhere": after.lookedAt,
  "other-branch": after.lookedAt,
  "other-author": after.lookedAt,
  "other-epoch": after.pushed,
  "requirements-unknown": after.allowed,
  "check-missing": after.begun,
  "no-check": after.begun,
  "check-running": after.ended,
  "check-failed": after.fixed,
  "check-stopped": after.lookedAt,
  "base-red": after.ended,
  "checks-unknown": after.refilled,
  "checks-cut": after.lookedAt,
  "no-check-ran": after.lookedAt,
  "nothing-required": after.lookedAt,
  "unknown-rule": after.lookedAt,
  "branch-locked": "reminded",
  "not-a-pusher": after.allowed,
  "merge-queue": after.queued,
  "queued-by-others": after.lookedAt,
  "no-merge-method": after.lookedAt,
  "unsigned-commits": after.lookedAt,
  "threads-required": after.given,
  "owners-missing": after.given,
  "owners-not-loaded": after.lookedAt,
  "owners-unknown": after.allowed,
  "approvals-missing": after.given,
  "requirements-hidden": after.allowed,
  "left-to-github": after.lookedAt,
  "changes-requested": after.lookedAt,
  "not-approved": after.reviewed,
  "pusher-unknown": after.computed,
  "approver-involved": after.lookedAt,
  "review-requested": "reminded",
  "earlier-text": after.lookedAt,
  "other-diff": after.lookedAt,
  "person-path": after.lookedAt,
  "large-change": after.given,
  "files-cut": after.lookedAt,
  "rules-unknown": after.allowed,
  "rules-wrong": after.lookedAt,
  "tier-approvals": after.given,
  "tier-person": after.lookedAt,
  "threads-unknown": after.refilled,
  "threads-open": after.given,
  "comments-gone": after.lookedAt,
  "mergeable-unknown": after.computed,
  conflict: after.fixed,
  "in-line": after.lookedAt,
  behind: after.fixed,
} as const satisfies Record<HoldName, number | "reminded" | "nobody">;

/** After how many hours of this hold a person is asked; undefined where nobody is. */
export function hoursOf(name: HoldName): number | undefined {
  const wait = waits[name];
  return typeof wait === "number" ? wait : undefined;
}

/** Whether a person holds it himself: a draft, a label, a freeze. */
export function isSetByPerson(name: HoldName): boolean {
  return waits[name] === "reminded";
}

/** What follows when a hold lasts, in a sentence; empty where nothing waits. */
export function whatFollows(name: HoldName): string {
  if (isSetByPerson(name)) return "People are reminded once, on the pull request.";
  const hours = hoursOf(name);
  return hours === undefined ? "" : `After ${hours} h a person is asked.`;
}

/** Where a reason is explained: below the folder of the docs, which is a path or an address. */
export function pageOf(name: HoldName, docs: string): string {
  return `${docs}/not-merged.md#${name}`;
}
