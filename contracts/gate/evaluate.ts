import { issueAt, type Place, type RepositoryRef, shortName } from "#contracts/aggregates.ts";
import type { DataOf } from "#contracts/catalogue.ts";
import { isBack } from "#contracts/change-life.ts";
import { closedByText, closingNothing } from "#contracts/closing.ts";
import { isBranchOf } from "#contracts/issue-branch.ts";
import { isSettled } from "#contracts/issue-run.ts";
import { isManualMerge, manualMergeLabel } from "#contracts/labels.ts";
import type { GatePolicy } from "#contracts/policy.ts";
import { closingLine } from "#contracts/pull-request-body.ts";
import type { MergeMethod } from "#contracts/requirements.ts";
import { clocksMs } from "#contracts/waits.ts";
import { ciCheck } from "./ci.ts";
import { type Check, no, yes } from "./condition.ts";
import { issueHold } from "./issue.ts";
import { graphQlUsedUp, heldElsewhere, lastReviews, nameIn, objectionsIn } from "./others.ts";
import { personCheck } from "./person.ts";
import { rulesCheck } from "./rules.ts";
import { type ForgeState, type Seen, type Snapshot, snapshotOf } from "./snapshot.ts";
import { eventsMax, sentenceOf } from "./undone.ts";

/** What the gate found: whether the head may be merged, and for each condition whether it is met and why. */
export type Evaluation = DataOf<"GATE_EVALUATED">;

/** 100: the reconciler compares these. Behind them a lost delivery is found with the next look, after 65 minutes at first. */
const threadsMax = 100;

/**
 * The acceptance gate: a pure function of what GitHub and the histories said at one moment, and of the operator's policy. An approval is the
 * only thing in it that a model decides.
 */
export function evaluate(seen: Snapshot, policy: GatePolicy): Evaluation {
  const conditions = [
    ...[openCheck, issueCheck, originCheck, epochCheck],
    ...[ciCheck, baseCheck, reviewCheck, threadsCheck, personCheck, mergeableCheck],
  ];
  const checks = conditions.map((check) => check(seen, policy));
  const threads = seen.forge.threads?.holding.slice(0, threadsMax) ?? [];
  return { headSha: seen.forge.headSha, passed: checks.every(({ passed }) => passed), checks, threads };
}

/** What an evaluation says, to compare it with another one: without when it was made, and without its snapshot. */
export function said({ headSha, passed, checks, threads }: Evaluation): string {
  const conditions = checks.map((check) => [check.name, check.passed, check.hold, check.why, check.leftAside]);
  return JSON.stringify([headSha, passed, conditions, threads]);
}

/** The verdict on what the gate's service knows now. */
export function evaluateSeen(seen: Seen): Evaluation {
  return evaluate(snapshotOf(seen), seen.policy);
}

function openCheck({ issue, change, forge, erased }: Snapshot): Check {
  const { open, draft, labels, undone, baseBranch } = forge;
  if (!open) return no("open", "not-open", "the pull request is not open");
  if (draft) return no("open", "draft", "the pull request is a draft");
  if (labels.some(isManualMerge))
    return no("open", "manual-merge", `the label ${manualMergeLabel} leaves the merge to a person`);
  if (undone.length > 0) return no("open", "undone", undone.map(sentenceOf).join("; "));
  if (forge.eventsCut)
    return no("open", "too-many-events", `it has more than ${eventsMax} events: a person has to merge`);
  if (baseBranch !== issue.defaultBranch)
    return no("open", "other-base", `the base is ${baseBranch}, not ${issue.defaultBranch}`);
  // A base that was changed a moment ago is on GitHub before its delivery is a fact, and the delivery may never come.
  if (change.retargeted || forge.baseChanged || (change.known && change.baseBranch !== baseBranch))
    return no(
      "open",
      "base-changed",
      "the base was changed, so reviews were of another difference: a person has to merge",
    );
  if (erased.length > 0) {
    const gone = erased.map(({ author, by }) => `the comment of ${author} was deleted by ${by.login}, no person`);
    return no("open", "comment-deleted", `${[...new Set(gone)].join("; ")}: a person has to merge`);
  }
  const elsewhere = heldElsewhere(forge);
  if (elsewhere !== "") return no("open", "other-pull-request", elsewhere);
  return yes("open", "open, and no draft");
}

function issueCheck(seen: Snapshot): Check {
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
  if (linked === null) return no("issue", "links-unknown", `the linked issues are ${graphQlUsedUp}`);
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
  if (isFixAwaited(seen))
    return no("issue", "fix-awaited", `the fix of this head has ended, and GitHub does not show its own head yet`);
  return yes("issue", `closes #${number}, which the rig dispatched, and nothing else`);
}

/** Whether the head is the one that the last attempt was to fix: GitHub may show it later than the end of the run. One that is back is past it. */
function isFixAwaited({ issue: { fixOf, endedHead }, change, forge }: Snapshot): boolean {
  const isFixed = fixOf?.prNumber === forge.number && fixOf.headSha === forge.headSha;
  return isFixed && !isBack(change, forge.headSha, endedHead);
}

function isOn(on: Place, { owner, repo, number }: Place): boolean {
  return owner === on.owner && repo === on.repo && number === on.number;
}

/** What the merge closes besides its issue, and by what: the body, a link made by hand, a commit's message, or the merge's own message. */
function closedBesides({ on, forge }: Snapshot): readonly string[] {
  const { title, message } = mergeMessage(on, forge);
  const places = [
    ...forge.closedByBody.possible.map((place) => ({ place, by: "the body" })),
    ...(forge.linked?.places ?? []).map((place) => ({ place, by: "a link on GitHub" })),
    ...forge.commits.flatMap((commit) =>
      commit.closes.map((place) => ({ place, by: `commit ${commit.sha.slice(0, 7)}` })),
    ),
    ...closedByText(`${title}\n\n${message}`, on).map((place) => ({ place, by: "the message of the merge" })),
  ];
  const others = places.filter(({ place }) => !isOn(on, place));
  return others.map(({ place, by }) => {
    const isHere = place.owner === on.owner && place.repo === on.repo;
    return `${isHere ? `#${place.number}` : shortName(issueAt(place))} (${by})`;
  });
}

/** How the gate merges: the first of the ways that GitHub leaves. */
export function mergeMethod({ required }: ForgeState): MergeMethod {
  return (
    (required !== null && "requirements" in required ? required.requirements.mergeMethods[0] : undefined) ?? "merge"
  );
}

/**
 * The message of the commit that merges: as GitHub writes it by default, but the title, which others may edit, closes nothing. A rebase
 * takes none.
 */
export function mergeMessage({ owner }: Pick<RepositoryRef, "owner">, forge: ForgeState) {
  const { number, branch, title } = forge;
  const from = `pull request #${number} from ${owner}/${branch}`;
  if (mergeMethod(forge) === "squash")
    return { title: `${closingNothing(title)} (#${number})`, message: `Squash ${from}` };
  return { title: `Merge ${from}`, message: closingNothing(title) };
}

/** An agent can name any pull request in PR_CREATED, so whose it is comes from GitHub: its repository, its branch and its author. */
function originCheck({ on, forge }: Snapshot): Check {
  const { ownRepository, branch, author, byAgent } = forge;
  if (!ownRepository) return no("origin", "head-elsewhere", "the head is in another repository");
  if (!isBranchOf(on.number, branch))
    return no("origin", "other-branch", `the head is ${branch}, which is no branch of #${on.number}`);
  if (!byAgent) return no("origin", "other-author", `opened by ${author}, who is no agent of this rig`);
  return yes("origin", `opened by ${author} from the branch of #${on.number}`);
}

function epochCheck({ issue, forge }: Snapshot): Check {
  const { epoch } = forge;
  return epoch === issue.epoch
    ? yes("epoch", `of the current claim (epoch ${issue.epoch})`)
    : no("epoch", "other-epoch", `the body has epoch ${epoch ?? "none"}, the current claim is ${issue.epoch}`);
}

function baseCheck(seen: Snapshot): Check {
  return rulesCheck(seen, { isReviewed: reviewCheck(seen).passed });
}

/**
 * Each reviewer's last review counts, comments aside. People who may write to the repository can object. Only a login that the operator
 * appointed (Review-E's) can approve, only the current head, and never its own change.
 */
function reviewCheck({ issue, forge, approvedText }: Snapshot): Check {
  const last = lastReviews(forge);
  const against = objectionsIn(forge);
  if (against.length > 0)
    return no("review", "changes-requested", `changes requested by ${against.map(nameIn).join(", ")}`);
  const approvals = last.filter(
    (review) => review.appointed && review.state === "APPROVED" && review.headSha === forge.headSha,
  );
  if (approvals.length === 0)
    return no("review", "not-approved", "no appointed reviewer but the author has approved this head");
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

/** Everybody may begin a thread. One in which nobody wrote who may object holds nothing, and is shown to the person. */
function threadsCheck({ forge: { threads }, gone }: Snapshot): Check {
  if (threads === null) return no("threads", "threads-unknown", graphQlUsedUp);
  const { holding, leftAside, notes } = threads;
  const open = holding.length === 0 ? [] : [`${holding.length} review threads are open`];
  const lost =
    gone === 0
      ? []
      : [
          `${gone} comments that held the merge are gone, and GitHub did not tell who deleted them: a person has to merge`,
        ];
  const found = [...open, ...notes, ...lost].join("; ");
  const held =
    found === ""
      ? yes("threads", "none is open")
      : no("threads", holding.length > 0 ? "threads-open" : "comments-gone", found);
  if (leftAside === 0) return held;
  return { ...held, why: `${held.why}; ${leftAside} of strangers hold nothing and are left aside`, leftAside };
}

function mergeableCheck({ forge: { mergeable, behind, baseBranch } }: Snapshot): Check {
  if (mergeable === null) return no("mergeable", "mergeable-unknown", "GitHub has not computed it yet");
  if (!mergeable) return no("mergeable", "conflict", "conflicts with its base");
  if (behind === null) return yes("mergeable", "merges cleanly");
  const why = {
    strict: "which demands heads to be up to date",
    shared: "and a merge may undo what others merged there",
  };
  return no("mergeable", "behind", `behind ${baseBranch}, ${why[behind]}: the base has to be merged into it`);
}
