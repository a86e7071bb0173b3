import type { RefOf } from "./aggregates.ts";
import type { DataOf } from "./catalogue.ts";
import type { FactOf } from "./envelope.ts";
import type { HoldName } from "./gate/reasons.ts";

// Who may be merged onto one commit of a base branch. The claim is on the commit and not on the branch: a history stays short, and whoever
// decides by an old answer of GitHub claims a commit that is taken already.

/** One commit of a base branch. */
export type Base = Pick<DataOf<"BASE_CLAIMED">, "owner" | "repo" | "branch" | "baseSha">;

/** The history of the merges onto one commit of a base branch. */
export function baseTopic({ owner, repo, branch, baseSha }: Base): RefOf<"fleet"> {
  return { kind: "fleet", topic: `base ${owner}/${repo} ${branch} ${baseSha}` };
}

/** A change that wants to be merged. */
export type Candidate = Pick<DataOf<"BASE_AWAITED">, "prNumber" | "issueNumber" | "approvedAt">;

/** The turn at a commit. `since`: ISO 8601 in UTC. */
export interface Turn extends Candidate {
  readonly to: DataOf<"BASE_CLAIMED">["to"];
  readonly since: string;
}

/** The state of one commit of a base branch. */
export interface BaseLine {
  readonly turn: Turn | null;
  /** The change that was merged onto it last, its merge commit, and when: ISO 8601 in UTC; null while none was. */
  readonly merged: {
    readonly prNumber: number;
    readonly issueNumber: number;
    readonly mergeSha: string;
    readonly at: string;
  } | null;
  /** Those that wait, the oldest approval first. */
  readonly waiting: readonly Candidate[];
  /** The change of the rig whose merge made this commit, and the commit before; null where somebody else made it. */
  readonly madeBy: Pick<DataOf<"BASE_ADVANCED">, "prNumber" | "issueNumber" | "prevSha"> | null;
}

/** The state of a commit that no change claimed. */
const unclaimed: BaseLine = { turn: null, merged: null, waiting: [], madeBy: null };

/**
 * How long a turn lasts at most. To be tested: 2 h, the time of a run, a review and its checks. To be merged: 70 min, after which a message
 * that requested a merge is a dead letter.
 */
const turnMs = { test: 7_200_000, merge: 4_200_000 } as const;

/** Computes the state of one commit from its facts, oldest first. */
export function foldLine(facts: readonly FactOf<"fleet">[]): BaseLine {
  return facts.reduce(evolve, unclaimed);
}

function evolve(line: BaseLine, { type, data, occurredAt }: FactOf<"fleet">): BaseLine {
  switch (type) {
    case "BASE_CLAIMED":
      if (!mayClaim(line, data, occurredAt)) return line;
      return { ...line, turn: { ...data, since: sinceOf(line, data) ?? occurredAt }, waiting: without(line, data) };
    case "BASE_AWAITED": {
      if (line.turn?.prNumber === data.prNumber) return line;
      const waiting = [...without(line, data), data];
      return { ...line, waiting: waiting.sort((one, other) => (one.approvedAt < other.approvedAt ? -1 : 1)) };
    }
    case "BASE_RELEASED": {
      const left = { ...line, waiting: without(line, data) };
      const { turn } = line;
      if (turn?.prNumber !== data.prNumber) return left;
      const { prNumber, mergeSha } = data;
      const merged =
        mergeSha === null ? line.merged : { prNumber, issueNumber: turn.issueNumber, mergeSha, at: occurredAt };
      return { ...left, turn: null, merged };
    }
    case "BASE_ADVANCED":
      return line.madeBy === null ? { ...line, madeBy: data } : line;
    default:
      return line;
  }
}

function without({ waiting }: BaseLine, { prNumber }: Pick<Candidate, "prNumber">): readonly Candidate[] {
  return waiting.filter((each) => each.prNumber !== prNumber);
}

function sinceOf({ turn }: BaseLine, { prNumber, to }: Pick<Turn, "prNumber" | "to">): string | undefined {
  return turn?.prNumber === prNumber && turn.to === to ? turn.since : undefined;
}

/** 10 min: an answer of GitHub that shows this commit as the newest one is from before the merge. Later somebody pushed the branch back. */
const staleMs = 600_000;

/** Whether GitHub's answer that this commit is the newest one is from before a merge onto it. */
export function isStale({ merged }: BaseLine, at: string): boolean {
  return merged !== null && Date.parse(at) - Date.parse(merged.at) <= staleMs;
}

/**
 * Whether a change may have the turn at an instant: nobody has it, it has it itself, the turn of the other one is over, or it goes before one
 * that is to be tested.
 */
export function mayClaim(
  line: BaseLine,
  { prNumber, goesFirst = false }: { readonly prNumber: number; readonly goesFirst?: boolean },
  at: string,
): boolean {
  const { turn } = line;
  if (isStale(line, at)) return false;
  if (turn === null || turn.prNumber === prNumber || (goesFirst && turn.to === "test")) return true;
  return Date.parse(at) - Date.parse(turn.since) > turnMs[turn.to];
}

/**
 * With these holds alone a change keeps its turn: they are what the update of its head begins with, and end without an agent's push. Whoever has to
 * push has no turn meanwhile, so that the others go on.
 */
export const keepsTurn: readonly HoldName[] = [
  ...(["behind", "not-approved", "other-diff", "pusher-unknown"] as const),
  ...(["check-missing", "no-check", "check-running", "mergeable-unknown"] as const),
  ...(["links-unknown", "checks-unknown", "threads-unknown"] as const),
];
