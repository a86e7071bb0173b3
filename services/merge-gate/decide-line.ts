import type { RepositoryRef } from "#contracts/aggregates.ts";
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
import type { DataOf } from "#contracts/catalogue.ts";
import type { Decision } from "#contracts/choreography.ts";
import { isMending } from "#contracts/gate/base-red.ts";
import type { Check } from "#contracts/gate/condition.ts";
import type { Overdue } from "#contracts/gate/deadlines.ts";
import type { Evaluation } from "#contracts/gate/evaluate.ts";
import { hasQueue } from "#contracts/gate/queue.ts";
import type { Seen } from "#contracts/gate/snapshot.ts";
import type { IssueFact } from "#contracts/issue-life.ts";
import { because } from "#contracts/reason.ts";

// Whose turn it is at a commit of a base branch.

type Outcome = Decision<"merge-gate", "fleet">;
const nothing: Outcome = { facts: [], work: [] };

type OfHead = Pick<Seen, "issue" | "forge">;

/** Whether a verdict lacks nothing but what the turn is for: the newest commit of the base, which GitHub brings. */
export function wantsTurn({ checks }: Evaluation, seen: OfHead): boolean {
  return checks.every(({ passed, hold }) => passed || hold === "behind") && !awaitsAgent(seen);
}

/** Whether a change whose verdict is this gives its turn up: it waits for more than its update and the checks and the review of that. */
export function losesTurn({ checks }: Evaluation, seen: OfHead): boolean {
  const isHeld = checks.some(({ passed, hold }) => !passed && (hold === undefined || !keepsTurn.includes(hold)));
  return isHeld || awaitsAgent(seen);
}

/** Whether an agent has to merge the base into this head: the others go on meanwhile. */
function awaitsAgent({ issue, forge }: OfHead): boolean {
  return forge.behind !== null && issue.conflictSha === forge.headSha;
}

/** The commit of the base at which a change had its turn last, by its issue's history; null where that names none. */
export function lastTurnIn(history: readonly IssueFact[]): string | null {
  const asked = history.flatMap((fact) =>
    fact.type === "MERGE_REQUESTED" || fact.type === "BRANCH_UPDATE_REQUESTED" ? (fact.data.baseSha ?? []) : [],
  );
  return asked.at(-1) ?? null;
}

/** The base of a change as it was read; null where nothing has to be tested on it, or where a merge queue of GitHub is the line. */
export function baseOf({
  on,
  forge,
}: {
  readonly on: RepositoryRef;
  readonly forge: Pick<Seen["forge"], "baseSha" | "baseBranch" | "required">;
}): Base | null {
  const { baseSha, baseBranch: branch } = forge;
  return baseSha === null || hasQueue(forge) ? null : { owner: on.owner, repo: on.repo, branch, baseSha };
}

/** Where a change may have had its turn last and wants none any more: at an older commit of its base, or of the branch that was its base before. */
export function turnsLeft(
  turnAt: string | null,
  { on, forge, issue }: Pick<Seen, "on" | "forge" | "issue">,
  base: Base | null,
): readonly Base[] {
  if (turnAt === null) return [];
  const branches = [...new Set([forge.baseBranch, issue.defaultBranch])];
  const left = branches.filter((branch) => branch !== base?.branch || turnAt !== base.baseSha);
  return left.map((branch) => ({ owner: on.owner, repo: on.repo, branch, baseSha: turnAt }));
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
  const goesFirst = seen.baseRed.length > 0 && isMending(seen.issue, forge);
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

/** Records by which merge of the gate the base got a commit. */
export function advanceBase(line: BaseLine, data: DataOf<"BASE_ADVANCED">): Outcome {
  return line.madeBy === null ? { ...nothing, facts: [{ type: "BASE_ADVANCED", on: baseTopic(data), data }] } : nothing;
}

/** Lets those that waited at a commit wait at the one after it, where another change has its turn already: its end wakes them. */
export function moveWaiting(line: BaseLine, base: Base, waiting: readonly Candidate[]): Outcome {
  const isKnown = ({ prNumber }: Candidate) =>
    line.turn?.prNumber === prNumber || line.waiting.some((each) => each.prNumber === prNumber);
  const left = line.turn === null ? [] : waiting.filter((each) => !isKnown(each));
  const on = baseTopic(base);
  return {
    ...nothing,
    facts: left.map(({ prNumber, issueNumber, approvedAt }) => {
      return { type: "BASE_AWAITED", on, data: { ...base, prNumber, issueNumber, approvedAt } };
    }),
  };
}

/** 24 h, as whoever waits in line has. */
const inVainMs = 86_400_000;

/**
 * What is brought up to date again and again for a day and not merged, because people push to its base faster than its checks end: with each head
 * all waits restart. null for every other change.
 */
export function updatedInVain(checks: readonly Check[], at: string, history: readonly IssueFact[]): Overdue | null {
  const held = checks.flatMap(({ passed, hold }) => (passed ? [] : [hold]));
  const [first] = held;
  if (first === undefined || !held.every((hold) => hold !== undefined && keepsTurn.includes(hold))) return null;
  const begun = history.findLastIndex(({ type }) => type === "ISSUE_APPROVED" || type === "ISSUE_QUEUED") + 1;
  const updates = history.slice(begun).filter(({ type }) => type === "BRANCH_UPDATE_REQUESTED");
  const since = updates[0]?.occurredAt;
  if (since === undefined || updates.length < 2 || Date.parse(at) - Date.parse(since) <= inVainMs) return null;
  const why = `brought up to date ${updates.length} times since ${since}: its base moves on before its checks end`;
  return { hold: first, since, why };
}
