import type { Requirements } from "#contracts/requirements.ts";
import { independentOf, isCarried, withdrawn } from "./approvals.ts";
import type { OwnedFiles, OwnersRead } from "./code-owners.ts";
import type { Held } from "./condition.ts";
import type { ForgeState, Snapshot } from "./snapshot.ts";

// Whether the code owners of what a change touches have approved it, where the base requires their review. An approval of any owner of the line
// that decides for a file is enough (https://docs.github.com/articles/about-code-owners).

/** The reason for which the code owners hold a merge into a base that requires their review. */
export function ownersMissing(seen: Snapshot, requirements: Requirements): Held {
  const { owners, changed, baseBranch } = seen.forge;
  // What is not seen whole is a person's, and nobody is asked who owns it.
  if (!requirements.reviews.codeOwners || changed.unseen.length > 0) return undefined;
  if (owners === null) return ["owners-unknown", "who owns what it changes was not asked for"];
  if ("untold" in owners) return ["owners-unknown", `who owns what it changes is not known: ${owners.untold}`];
  if ("notLoaded" in owners) return ["owners-not-loaded", `${owners.place} of ${baseBranch} ${owners.notLoaded}`];
  const given = approvalsIn(seen, { owners, requirements });
  const missing = owners.lines.filter(({ owners: all }) => all.every((owner) => !isGiven(owner, given)));
  if (missing.length === 0) return undefined;
  const lines = missing
    .slice(0, linesMax)
    .map((each) => `${lineOf(each)}: ${each.owners.map(said(given)).join(" or ")})`);
  const what = `${baseBranch} requires the approval of code owners, which is missing by ${owners.place}`;
  return ["owners-missing", `${what} for ${lines.join("; ")}${moreThan(missing, "lines")}`];
}

/** By whom the code owners' approval is there, for a person; empty where nobody's is required, or nobody owns what is changed. */
export function ownersGiven(seen: Snapshot, requirements: Requirements): string {
  const { owners } = seen.forge;
  if (!requirements.reviews.codeOwners || owners === null || !("lines" in owners) || owners.lines.length === 0)
    return "";
  const given = approvalsIn(seen, { owners, requirements });
  const lines = owners.lines.slice(0, linesMax).map((each) => `${lineOf(each)}: ${giver(each, given)})`);
  return `by ${owners.place} code owners approved ${lines.join("; ")}${moreThan(owners.lines, "lines")}`;
}

/** 3: a reason is one sentence. */
const linesMax = 3;

/** Who approved, by login. `isByGitHub`: whether GitHub counts all required reviews as given, which decides where it does not tell who an owner is. */
interface Given {
  readonly now: ReadonlySet<string>;
  readonly earlier: ReadonlySet<string>;
  /** Whether an account has no part in the change. */
  readonly isFree: (login: string) => boolean;
  readonly teams: OwnersRead["teams"];
  readonly isByGitHub: boolean;
}

/**
 * The approvals that count: each reviewer's last decisive review, of those who have no part in the change. Where GitHub dismisses stale reviews, or does not tell
 * whether it does, only one of this head counts, or of one of which it is nothing but an update; otherwise an earlier one stays (`dismiss_stale_reviews_on_push` in
 * https://docs.github.com/rest/repos/rules).
 */
function approvalsIn(
  seen: Snapshot,
  { owners, requirements }: { readonly owners: OwnersRead; readonly requirements: Requirements },
): Given {
  const { forge } = seen;
  const isIndependent = independentOf(seen);
  const isFree = (reviewer: string) => isIndependent({ reviewer });
  const isOfHeadOnly = requirements.reviews.dismissStale || requirements.hidden.includes("stale reviews");
  const last = new Map<string, ForgeState["reviews"][number]>();
  for (const review of forge.reviews)
    if (decisive.includes(review.state)) last.set(review.reviewer.toLowerCase(), review);
  const counts = (login: string) => owners.approvers.includes(login) && isFree(login);
  const approved = [...last].filter(([login, { state }]) => state === "APPROVED" && counts(login));
  const isNow = ([, review]: (typeof approved)[number]) => !isOfHeadOnly || isCarried(review, forge);
  const logins = (all: typeof approved) => new Set(all.map(([login]) => login));
  return {
    now: logins(approved.filter(isNow)),
    earlier: logins(approved.filter((each) => !isNow(each))),
    isFree,
    teams: owners.teams,
    // GitHub counts also approvals that a push withdrew here.
    isByGitHub: forge.reviewDecision === "APPROVED" && forge.reviews.every(({ state }) => state !== withdrawn),
  };
}

/** A comment leaves the review before it as it is, and a pending review is none yet. */
const decisive: readonly string[] = ["APPROVED", "CHANGES_REQUESTED", "DISMISSED"];

/** The approvers behind an owner; null where nobody tells who that is: an email address, or a team whose members are not known. */
function approversOf(owner: string, { teams }: Given): readonly string[] | null {
  if (!owner.startsWith("@")) return null;
  const name = owner.slice(1).toLowerCase();
  if (!name.includes("/")) return [name];
  return teams.find((team) => team.name === name)?.approvers ?? null;
}

function isGiven(owner: string, given: Given): boolean {
  return approversOf(owner, given)?.some((login) => given.now.has(login)) ?? given.isByGitHub;
}

/** An owner whose approval is missing, and what stands in the way. */
function said(given: Given): (owner: string) => string {
  return (owner) => {
    const logins = approversOf(owner, given);
    if (logins === null) return `${owner}, ${unknownOf(owner)}, and GitHub does not count the reviews as given`;
    if (logins.length > 0 && !logins.some(given.isFree)) return `${owner}, who has a part in the change`;
    return logins.some((login) => given.earlier.has(login)) ? `${owner}, by whom an earlier head was approved` : owner;
  };
}

/** Who approved for a line. */
function giver({ owners }: OwnedFiles, given: Given): string {
  const logins = owners.flatMap((owner) => approversOf(owner, given)?.filter((login) => given.now.has(login)) ?? []);
  if (logins.length > 0) return [...new Set(logins)].map((login) => `@${login}`).join(", ");
  const unknown = owners.filter((owner) => approversOf(owner, given) === null);
  return `GitHub counts the reviews as given, and of ${unknown.join(", ")} it is ${unknownOf(unknown[0] ?? "")}`;
}

function unknownOf(owner: string): string {
  return owner.startsWith("@") ? "not known who is in it (Members: read)" : "not known whose address it is";
}

function lineOf({ line, paths, pathsCount }: OwnedFiles): string {
  const more = pathsCount - paths.length;
  return `${paths.join(", ")}${more > 0 ? ` and ${more} more` : ""} (line ${line}`;
}

function moreThan(all: readonly unknown[], what: string): string {
  const more = all.length - linesMax;
  return more > 0 ? `; and ${more} more ${what}` : "";
}
