import { leftToOthers, type Requirements } from "#contracts/requirements.ts";
import { notKnown } from "./ci.ts";
import { type Check, no, yes } from "./condition.ts";
import { ownersGiven, ownersMissing } from "./owners.ts";
import type { HoldName } from "./reasons.ts";
import type { ForgeState, Required, Snapshot } from "./snapshot.ts";

/** A reason for which the rules of the base hold a merge; undefined where they do not. */
type Held = readonly [hold: HoldName, why: string] | undefined;

/**
 * What GitHub requires of a merge besides checks, and the gate cannot bring about. Whom a ruleset lets update the branch is not asked: GitHub
 * shows nobody who may bypass it, and the gate is meant to. `isReviewed`: whether the condition `review` is met, without which nobody
 * looks for further approvals.
 */
export function rulesCheck({ forge }: Snapshot, { isReviewed }: { readonly isReviewed: boolean }): Check {
  const { required, baseBranch } = forge;
  if (required === null || "untold" in required) return notKnown("rules", required, baseBranch);
  const held =
    closedTo(required) ??
    unmergeable(required) ??
    openFor(forge, required.requirements, isReviewed) ??
    left(forge, required);
  if (held !== undefined) return no("rules", ...held);
  const given = ownersGiven(forge, required.requirements);
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

/** Whether the gate has no way to merge. */
function unmergeable({ requirements: { branch, mergeQueue, mergeMethods } }: Required): Held {
  if (mergeQueue !== null) return ["merge-queue", `${branch} has a merge queue, into which this gate puts nothing`];
  if (mergeMethods.length === 0)
    return ["no-merge-method", `the rules of ${branch} and the settings of the repository leave no way to merge`];
  return undefined;
}

/** What people have to do on the pull request itself. */
function openFor(forge: ForgeState, requirements: Requirements, isReviewed: boolean): Held {
  const { branch, signedCommits, threads } = requirements;
  const unsigned = signedCommits ? forge.commits.filter(({ verified }) => !verified) : [];
  if (unsigned.length > 0) {
    const shas = unsigned.map(({ sha }) => sha.slice(0, 7)).join(", ");
    return ["unsigned-commits", `${branch} requires signed commits, and these are not: ${shas}`];
  }
  const aside = forge.threads?.leftAside ?? 0;
  if (threads && aside > 0)
    return ["threads-required", `${branch} requires every thread to be resolved, and ${aside} of strangers are open`];
  return isReviewed ? (ownersMissing(forge, requirements) ?? approvalsMissing(forge, requirements)) : undefined;
}

/** Whether GitHub wants more approvals than those by which the condition `review` is met. */
function approvalsMissing(forge: ForgeState, { branch, reviews }: Requirements): Held {
  const { approvals, codeOwners, lastPush, teams } = reviews;
  const wanted = [
    ...(approvals > 0 ? [approvals === 1 ? "an approval" : `${approvals} approvals`] : []),
    ...(codeOwners ? ["the approval of code owners"] : []),
    ...(lastPush ? ["an approval by somebody else than the last pusher"] : []),
    ...(teams.length > 0 ? ["the approval of teams"] : []),
  ];
  const isMissing = forge.reviewDecision === null ? isUnmet(forge, reviews) : forge.reviewDecision !== "APPROVED";
  const isRequired = wanted.length > 0 || forge.reviewDecision === "REVIEW_REQUIRED";
  if (!isMissing || !isRequired) return undefined;
  const what = wanted.length > 0 ? wanted.join(", ") : "approvals that are not shown";
  return ["approvals-missing", `${branch} requires ${what}, and GitHub does not count them as given`];
}

/** Where GitHub gives no decision: too few approve, or what only GitHub can judge is required and it does not let the change be merged. */
function isUnmet(forge: ForgeState, { approvals, codeOwners, lastPush, teams }: Requirements["reviews"]): boolean {
  const last = new Map<string, string>();
  for (const { reviewer, state } of forge.reviews)
    if (reviewer !== forge.author && state !== "COMMENTED") last.set(reviewer, state);
  const given = [...last.values()].filter((state) => state === "APPROVED").length;
  const isOfOthers = codeOwners || lastPush || teams.length > 0;
  return approvals > given || (isOfOthers && !["clean", "has_hooks", "unstable"].includes(forge.standing));
}

/** What GitHub alone judges. While the head lacks commits of its base GitHub says only that, and the condition `mergeable` holds. */
function left({ standing, behind, mergeable }: ForgeState, { requirements }: Required): Held {
  const others = mergeable === true && behind === null ? leftToOthers(requirements, standing) : [];
  return others.length === 0 ? undefined : ["left-to-github", `${others.join("; ")}: a person has to merge`];
}
