import { hiddenBehind, isMergeable, leftToOthers, type Requirements } from "#contracts/requirements.ts";
import { countApprovals } from "./approvals.ts";
import { notKnown } from "./ci.ts";
import { type Check, type Held, no, yes } from "./condition.ts";
import { ownersGiven, ownersMissing } from "./owners.ts";
import { heldInQueue, isQueuedByGate } from "./queue.ts";
import type { ForgeState, Required, Snapshot } from "./snapshot.ts";

/**
 * What the other conditions say. `isReviewed`: `review` is met, without which nobody looks for further approvals. `isAllElseThere`: so is all
 * else for which GitHub holds a merge.
 */
interface Elsewhere {
  readonly isReviewed: boolean;
  readonly isAllElseThere: boolean;
}

/**
 * What GitHub requires of a merge besides checks, and the gate cannot bring about. Whom a ruleset lets update the branch is not asked: GitHub
 * shows nobody who may bypass it, and the gate is meant to.
 */
export function rulesCheck(seen: Snapshot, { isReviewed, isAllElseThere }: Elsewhere): Check {
  const { forge } = seen;
  const { required, baseBranch } = forge;
  if (required === null || "untold" in required) return notKnown("rules", required, forge);
  const held =
    closedTo(required) ??
    unmergeable(required) ??
    openFor(seen, required.requirements, isReviewed) ??
    left(forge, required) ??
    heldInQueue(forge) ??
    (isAllElseThere ? unseen(forge, required) : undefined);
  if (held !== undefined) return no("rules", ...held);
  const given = ownersGiven(seen, required.requirements);
  return yes("rules", `${baseBranch} requires nothing else of a merge${given === "" ? "" : `; ${given}`}`);
}

/** Whether the branch is closed to the gate. */
function closedTo({ requirements, gate }: Required): Held {
  const { branch, unknownRules, locked, pushers } = requirements;
  if (unknownRules.length > 0)
    return ["unknown-rule", `${branch} has rules that are not known here: ${unknownRules.join(", ")}`];
  if (locked) return ["branch-locked", `${branch} is locked: nobody merges into it`];
  if (pushers !== null && !mayPush(gate.login, pushers))
    return ["not-a-pusher", `the protection of ${branch} lets only others push, and not ${gate.login}`];
  return undefined;
}

/**
 * An App pushes only where it is named. A user may do so also as a member of a team or as an administrator, which the list does not tell;
 * there GitHub judges.
 */
function mayPush(login: string, { apps }: NonNullable<Requirements["pushers"]>): boolean {
  return !login.endsWith("[bot]") || apps.some((slug) => `${slug}[bot]` === login);
}

/** Whether the gate has no way to merge. A merge queue has a method of its own. */
function unmergeable({ requirements: { branch, mergeQueue, mergeMethods } }: Required): Held {
  if (mergeQueue === null && mergeMethods.length === 0)
    return ["no-merge-method", `the rules of ${branch} and the settings of the repository leave no way to merge`];
  return undefined;
}

/** What people have to do on the pull request itself. */
function openFor(seen: Snapshot, requirements: Requirements, isReviewed: boolean): Held {
  const { forge } = seen;
  const { branch, signedCommits, threads } = requirements;
  const unsigned = signedCommits ? forge.commits.filter(({ verified }) => !verified) : [];
  if (unsigned.length > 0) {
    const shas = unsigned.map(({ sha }) => sha.slice(0, 7)).join(", ");
    return ["unsigned-commits", `${branch} requires signed commits, and these are not: ${shas}`];
  }
  const aside = forge.threads?.leftAside ?? 0;
  if (threads && aside > 0)
    return ["threads-required", `${branch} requires every thread to be resolved, and ${aside} of strangers are open`];
  return isReviewed ? (ownersMissing(seen, requirements) ?? approvalsMissing(seen, requirements)) : undefined;
}

/**
 * Whether more approvals are wanted than those by which the condition `review` is met. GitHub counts also the approval of somebody who has a part
 * in the change, such as the person who asked an agent for it; the gate does not.
 */
function approvalsMissing(seen: Snapshot, { branch, reviews }: Requirements): Held {
  const { forge } = seen;
  const { approvals, codeOwners, lastPush, teams } = reviews;
  const given = countApprovals(seen);
  const wanted = [
    ...(approvals > 0 ? [approvals === 1 ? "an approval" : `${approvals} approvals`] : []),
    ...(codeOwners ? ["the approval of code owners"] : []),
    ...(lastPush ? ["an approval by somebody else than the last pusher"] : []),
    ...(teams.length > 0 ? ["the approval of teams"] : []),
  ];
  const isMissing = forge.reviewDecision === null ? isUnmet(forge, reviews) : forge.reviewDecision !== "APPROVED";
  const isRequired = wanted.length > 0 || forge.reviewDecision === "REVIEW_REQUIRED";
  if (!isMissing && approvals > given)
    return ["approvals-missing", `${branch} requires ${wanted[0]}; given without a part in the change: ${given}`];

  if (!isMissing || !isRequired) return undefined;
  const what = wanted.length > 0 ? wanted.join(", ") : "approvals that are not shown";
  return ["approvals-missing", `${branch} requires ${what}, and GitHub does not count them as given`];
}

/** Where GitHub gives no decision: what only GitHub can judge is required, and it does not let the change be merged. */
function isUnmet(forge: ForgeState, { codeOwners, lastPush, teams }: Requirements["reviews"]): boolean {
  const isOfOthers = codeOwners || lastPush || teams.length > 0;
  return isOfOthers && !isQueuedByGate(forge) && !isMergeable(forge.standing);
}

/**
 * What GitHub alone judges. While the head lacks commits of its base GitHub says only that, and the condition `mergeable` holds; what is in the
 * merge queue, GitHub has let in.
 */
function left(forge: ForgeState, { requirements }: Required): Held {
  const { standing, behind, mergeable } = forge;
  const others =
    mergeable === true && behind === null && !isQueuedByGate(forge) ? leftToOthers(requirements, standing) : [];
  return others.length === 0 ? undefined : ["left-to-github", `${others.join("; ")}: a person has to merge`];
}

/** What may be required and is not shown, where nothing else tells why GitHub does not let the change be merged. */
function unseen({ standing }: ForgeState, { requirements }: Required): Held {
  const hidden = hiddenBehind(requirements, standing);
  return hidden === null ? undefined : ["requirements-hidden", hidden];
}
