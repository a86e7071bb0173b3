import type { Consumes } from "#contracts/choreography.ts";
import { isFixAwaited, isFixOf } from "#contracts/fix.ts";
import { endedRun } from "#contracts/issue-run.ts";
import { lagMs } from "#contracts/waits.ts";
import { type Consumed, headAtEnd, type Seen } from "./decide.ts";

// What a fact asks GitHub before a decision. work.ts asks it; the liveness test plays the answers.

/** The types of the facts that tell of a head. */
export type HeadType = "PR_OPENED" | "PR_SYNCHRONIZED" | "PR_REOPENED";

/** How the head with which a run ended stands on GitHub. */
export type Standing = Pick<Seen, "isHeadMissing" | "isHeadReplaced">;

/** The standing of a head that GitHub shows, or of which nothing is asked. */
export const shown: Standing = { isHeadMissing: false, isHeadReplaced: false };

/**
 * The head with which the last run ended, where GitHub is asked how it stands, because no delivery told of it; null where it is not asked:
 * the push of a fix may never be told, nor a push that brought the head back that was to be fixed.
 */
export function endedHeadIn(fact: Consumed, { issue, change }: Pick<Seen, "issue" | "change">): string | null {
  const ended = endedBy(fact, { issue, change });
  const isTold = !change.open || change.headSha === ended || change.supersededHeads.includes(ended ?? "");
  return isTold ? null : ended;
}

function endedBy(fact: Consumed, { issue, change }: Pick<Seen, "issue" | "change">): string | null {
  if (fact.type === "RUN_SUCCEEDED") return fact.data.headSha;
  if (!isOfHead(fact)) return null;
  const head = { prNumber: fact.on.number, headSha: fact.data.headSha };
  return change.headSha === head.headSha && isFixAwaited(issue, change, head) ? issue.endedHead : null;
}

/** 10 min: the reconciler finds a push whose delivery never came within two. */
const lateHeadMs = 600_000;

/**
 * How that head stands, by the head that GitHub shows so long after the fact. GitHub may show a push late: it is missing when GitHub shows the
 * one to fix ten minutes later, and replaced when it shows another one that the history has a minute later. `soon` and `late`: it is asked again.
 */
export function standingOf(
  { issue, change, prNumber }: Pick<Seen, "issue" | "change"> & { readonly prNumber: number },
  { headSha, ageMs }: { readonly headSha: string; readonly ageMs: number },
): Standing | "soon" | "late" {
  if (headSha !== change.headSha) return shown;
  if (isFixOf(issue, { prNumber, headSha })) return ageMs > lateHeadMs ? { ...shown, isHeadMissing: true } : "late";
  return ageMs > lagMs ? { ...shown, isHeadReplaced: true } : "soon";
}

/**
 * Whether GitHub is asked who objects: after the end of a run that counts or another head, which may have missed it, and after what somebody
 * did who may ask for a fix. An App that approves or comments asks for nothing.
 */
export function asksForObjection(
  fact: Consumes<"dispatcher">,
  { issue, change }: Pick<Seen, "issue" | "change">,
): boolean {
  if (isOfHead(fact)) return change.headSha === fact.data.headSha;
  switch (fact.type) {
    case "RUN_SUCCEEDED":
      return endedRun(issue, fact);
    case "REVIEW_SUBMITTED": {
      const { state, reviewerType } = fact.data;
      return state !== "dismissed" && (reviewerType === "User" || state === "changes_requested");
    }
    case "PR_COMMENTED":
    case "ISSUE_COMMENTED":
      return fact.data.body !== null;
    default:
      return false;
  }
}

/** The head of which GitHub is asked whether its required checks failed, where it is known to be red; null where it is not asked. */
export function redHeadIn(
  fact: Consumed,
  { issue, change, ...standing }: Pick<Seen, "issue" | "change"> & Standing,
): string | null {
  const headSha = fact.type === "RUN_SUCCEEDED" ? headAtEnd(fact, { change, ...standing }) : headIn(fact);
  const isRed = [...change.redHeads, ...issue.redHeads].includes(headSha ?? "");
  return isRed && change.open && change.headSha === headSha ? headSha : null;
}

function headIn(fact: Consumed): string | null {
  return isOfHead(fact) || fact.type === "CI_FAILED" || fact.type === "STATUS_REPORTED" ? fact.data.headSha : null;
}

function isOfHead<One extends Consumed | Consumes<"dispatcher">>(fact: One): fact is Extract<One, { type: HeadType }> {
  return fact.type === "PR_OPENED" || fact.type === "PR_SYNCHRONIZED" || fact.type === "PR_REOPENED";
}
