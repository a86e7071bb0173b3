import type { IssueRef } from "#contracts/aggregates.ts";
import {
  type Base,
  type BaseLine,
  baseTopic,
  type Candidate,
  isStale,
  keepsTurn,
  mayClaim,
  type Turn,
} from "#contracts/base-line.ts";
import type { Decision } from "#contracts/choreography.ts";
import type { Evaluation } from "#contracts/gate/evaluate.ts";
import type { Seen } from "#contracts/gate/snapshot.ts";
import type { IssueFact } from "#contracts/issue-life.ts";
import { isFixesBase } from "#contracts/labels.ts";
import { because } from "#contracts/reason.ts";

// Whose turn it is at a commit of a base branch.

type Outcome = Decision<"merge-gate", "fleet">;
const nothing: Outcome = { facts: [], work: [] };

/** Whether a verdict lacks nothing but what the turn is for: the newest commit of the base. */
export function wantsTurn({ checks }: Evaluation): boolean {
  return checks.every(({ passed, hold }) => passed || hold === "behind");
}

/** Whether a change whose verdict is this gives its turn up: it waits for more than its update and the checks and the review of that. */
export function losesTurn({ checks }: Evaluation): boolean {
  return checks.some(({ passed, hold }) => !passed && (hold === undefined || !keepsTurn.includes(hold)));
}

/** The base of a change as it was read; null where nothing has to be tested on it. */
export function baseOf({ on, forge }: Pick<Seen, "on" | "forge">): Base | null {
  const { baseSha, baseBranch: branch } = forge;
  return baseSha === null ? null : { owner: on.owner, repo: on.repo, branch, baseSha };
}

/** Claims the turn at a commit, or waits for it where another change has it. The commit that has got its merge has no turn any more. */
export function claimBase(
  line: BaseLine,
  { base, to, seen }: { readonly base: Base; readonly to: Turn["to"]; readonly seen: Seen },
): Outcome {
  const { at, on, issue, forge } = seen;
  const candidate: Candidate = { prNumber: forge.number, issueNumber: on.number, approvedAt: issue.approvedAt ?? at };
  const data = { ...base, ...candidate };
  const isOwn = line.turn?.prNumber === forge.number;
  const goesFirst = seen.baseRed.length > 0 && forge.peopleLabels.some(isFixesBase);
  if (mayClaim(line, { prNumber: forge.number, goesFirst }, at)) {
    if (isOwn && line.turn?.to === to) return nothing;
    return {
      ...nothing,
      facts: [
        {
          type: "BASE_CLAIMED",
          on: baseTopic(base),
          data: { ...data, headSha: forge.headSha, to, ...(goesFirst ? { goesFirst } : {}) },
        },
      ],
    };
  }
  if (isStale(line, at) || line.waiting.some(({ prNumber }) => prNumber === forge.number)) return nothing;
  return { ...nothing, facts: [{ type: "BASE_AWAITED", on: baseTopic(base), data }] };
}

/** Ends the turn of a change, or takes it out of those that wait. */
export function releaseBase(
  line: BaseLine,
  {
    base,
    prNumber,
    mergeSha,
    why,
  }: { readonly base: Base; readonly prNumber: number; readonly mergeSha: string | null; readonly why: string },
): Outcome {
  const isThere = line.turn?.prNumber === prNumber || line.waiting.some((each) => each.prNumber === prNumber);
  if (!isThere) return nothing;
  const data = { ...base, prNumber, mergeSha, reason: because(why).reason };
  return { ...nothing, facts: [{ type: "BASE_RELEASED", on: baseTopic(base), data }] };
}

/** Lets those that waited at a commit wait at the one after it, where another change has its turn already. */
export function carryOver(line: BaseLine, base: Base, waiting: readonly Candidate[]): Outcome {
  const isKnown = ({ prNumber }: Candidate) =>
    line.turn?.prNumber === prNumber || line.waiting.some((each) => each.prNumber === prNumber);
  const left = waiting.filter((each) => !isKnown(each));
  const on = baseTopic(base);
  return {
    ...nothing,
    facts: left.map(({ prNumber, issueNumber, approvedAt }) => {
      return { type: "BASE_AWAITED", on, data: { ...base, prNumber, issueNumber, approvedAt } };
    }),
  };
}

/** 20: more red checks say no more, and the fact stays for ever. */
const brokenMax = 20;

/** Records once that a merge of the gate broke its base: these checks fail on its commit, and did not on the one before. */
export function recordBroken(
  {
    on,
    prNumber,
    mergeSha,
    branch,
  }: { readonly on: IssueRef; readonly prNumber: number; readonly mergeSha: string; readonly branch: string },
  broken: readonly string[],
  history: readonly IssueFact[],
): Decision<"merge-gate", "issue"> {
  const isTold = history.some(({ type, data }) => type === "BASE_BROKEN" && data.mergeSha === mergeSha);
  if (isTold || broken.length === 0) return { facts: [], work: [] };
  const checks = broken.slice(0, brokenMax);
  return { facts: [{ type: "BASE_BROKEN", on, data: { prNumber, mergeSha, branch, checks } }], work: [] };
}
