import { Effect, Result } from "effect";
import type { Place } from "#contracts/aggregates.ts";
import { type Base, baseTopic, type Candidate, foldLine, isStale } from "#contracts/base-line.ts";
import type { Consumes } from "#contracts/choreography.ts";
import { evaluateSeen } from "#contracts/gate/evaluate.ts";
import type { Seen } from "#contracts/gate/snapshot.ts";
import { Retryable } from "#kit/errors.ts";
import { append, load, loadFromLeader } from "#kit/facts/aggregate.ts";
import { newestOf, readBaseRed } from "./base-red.ts";
import { nameBreaking } from "./broken.ts";
import {
  advanceBase,
  baseOf,
  claimBase,
  losesTurn,
  moveWaiting,
  releaseBase,
  turnsLeft,
  wantsTurn,
} from "./decide-line.ts";
import type { Fresh } from "./forge.ts";
import type { Handling } from "./handling.ts";

// One change after another is merged into a base branch, each tested on what the one before made of it. The turn is claimed on the newest
// commit of the base under optimistic concurrency, so that no two changes are merged onto one commit, whatever each gate knew.

type Cause = Consumes<"merge-gate">;

/** Claims the turn of a change that lacks nothing else, gives up that of one that does, and tells whether another one has it. */
export const takePlace = Effect.fn("takePlace")(function* (
  { cause, turnAt }: Handling,
  known: Seen & { readonly forge: Fresh },
) {
  if (known.policy.mode === "shadow") return known;
  const base = baseOf(known);
  const { number: prNumber } = known.forge;
  for (const earlier of turnsLeft(turnAt, known, base))
    yield* release(cause, earlier, { prNumber, mergeSha: null, why: "its base has another commit by now" });
  if (base === null) return known;
  const isCandidate = wantsTurn(evaluateSeen(known), known);
  const seen = isCandidate ? { ...known, baseRed: yield* readBaseRed(known) } : known;
  const { required } = seen.forge;
  if (seen.baseRed.length > 0 && required !== null && !("untold" in required))
    yield* nameBreaking(cause, { base, red: seen.baseRed, required });
  const evaluation = evaluateSeen(seen);
  if (losesTurn(evaluation, seen)) {
    const why = evaluation.checks.flatMap((check) => (check.passed ? [] : [check.why])).join("; ");
    yield* release(cause, base, { prNumber, mergeSha: null, why });
    return seen;
  }
  if (!isCandidate) return seen;
  const first = yield* claim(cause, base, { to: evaluation.passed ? "merge" : "test", seen });
  return { ...seen, ahead: first === prNumber ? null : first };
});

/** Claims the turn, or waits for it; the number of the pull request that has it then. */
const claim = Effect.fnUntraced(function* (
  cause: Cause,
  base: Base,
  { to, seen }: { readonly to: "test" | "merge"; readonly seen: Seen },
) {
  const { number: prNumber, headSha } = seen.forge;
  const step = `turn of #${prNumber} at ${base.baseSha} ${headSha} ${to} ${yield* countFacts(base)}`;
  yield* append({ service: "merge-gate", cause, step }, baseTopic(base), (history) =>
    claimBase(foldLine(history), { base, to, seen }),
  );
  const line = yield* readLine(base);
  if (isStale(line, seen.at)) {
    const what = `${base.branch} got #${line.merged?.prNumber} while #${prNumber} was looked at`;
    return yield* new Retryable({ what, delayMs: staleAfterMs });
  }
  return line.turn?.prNumber ?? prNumber;
});

/** 2 s: GitHub shows a merge that it confirmed at once, and others may go on meanwhile. */
const staleAfterMs = 2_000;

/** The state of a commit of a base branch, as the leader of EVENTS has it. */
const readLine = Effect.fn("readLine")(function* (base: Base) {
  const topic = baseTopic(base);
  return foldLine((yield* loadFromLeader(topic, yield* load(topic))).facts);
});

/** Why a change that was to be merged may not be any more, by a last look right before; null where the base is as it was tested. */
export const whyMoved = Effect.fn("whyMoved")(function* (seen: Seen, last: Seen) {
  const base = baseOf(seen);
  if (base === null) return null;
  if (last.forge.baseSha !== base.baseSha) {
    return `${base.branch} moved on from ${base.baseSha.slice(0, 7)}, on which the head was tested`;
  }
  const { turn } = yield* readLine(base);
  return turn?.prNumber === seen.forge.number ? null : `another change has its turn at ${base.branch}`;
});

/** Part of each step: what is decided follows from the state, and a message that is redelivered may have to claim again what it released. */
function countFacts(base: Base) {
  return Effect.map(load(baseTopic(base)), ({ facts }) => facts.length);
}

interface Ending {
  readonly prNumber: number;
  readonly mergeSha: string | null;
  readonly why: string;
}

/** Ends the turn of a change. */
const release = Effect.fn("release")(function* (cause: Cause, base: Base, of: Ending) {
  const step = `release of #${of.prNumber} at ${base.baseSha} ${yield* countFacts(base)}`;
  yield* append({ service: "merge-gate", cause, step }, baseTopic(base), (history) =>
    releaseBase(foldLine(history), { base, ...of }),
  );
});

/** Ends the turn of a change that was merged. `byGate`: then it was merged onto the commit at which it had its turn, which the next one remembers. */
export const advance = Effect.fn("advance")(function* (
  cause: Cause,
  seen: Seen,
  { baseSha, mergeSha, byGate }: { readonly baseSha: string; readonly mergeSha: string; readonly byGate: boolean },
) {
  const { owner, repo, number: issueNumber } = seen.on;
  const { number: prNumber, baseBranch: branch } = seen.forge;
  const base: Base = { owner, repo, branch, baseSha };
  const next: Base = { ...base, baseSha: mergeSha };
  if (byGate)
    yield* append({ service: "merge-gate", cause, step: `${mergeSha} of ${baseSha}` }, baseTopic(next), (history) =>
      advanceBase(foldLine(history), { ...next, prNumber, issueNumber, prevSha: baseSha }),
    );
  yield* release(cause, base, { prNumber, mergeSha, why: `merged as ${mergeSha.slice(0, 7)}` });
});

/**
 * Looks at those that waited for a turn, the oldest approval first, until one of them has it. The others go on waiting behind that one without
 * a look: each costs a dozen requests to GitHub. Returns what kept a look from its end.
 */
export const wakeLine = Effect.fn("wakeLine")(function* <E, R>(
  cause: Extract<Cause, { type: "BASE_RELEASED" }>,
  lookAt: (place: Place) => Effect.Effect<void, E, R>,
) {
  const { owner, repo, branch, baseSha, mergeSha } = cause.data;
  const base: Base = { owner, repo, branch, baseSha };
  const { waiting } = yield* readLine(base);
  const failed: E[] = [];
  if (waiting.length === 0) return failed;
  // A turn may be released because somebody pushed the branch: then they claim it at the commit that it has now.
  const next: Base = { ...base, baseSha: mergeSha ?? (yield* newestAfter(base)) };
  for (const [at, { prNumber: number }] of waiting.entries()) {
    if ((yield* readLine(next)).turn !== null) {
      yield* move(cause, next, waiting.slice(at));
      // A turn that ended meanwhile wakes nobody who waits there only since.
      if ((yield* readLine(next)).turn !== null) break;
    }
    const looked = yield* Effect.result(lookAt({ owner, repo, number }));
    if (Result.isFailure(looked)) failed.push(looked.failure);
  }
  return failed;
});

function newestAfter(base: Base) {
  return Effect.catchTag(newestOf(base), "GitHubRefused", () => Effect.succeed(base.baseSha));
}

const move = Effect.fnUntraced(function* (cause: Cause, base: Base, waiting: readonly Candidate[]) {
  const step = `move to ${base.baseSha} ${yield* countFacts(base)}`;
  yield* append({ service: "merge-gate", cause, step }, baseTopic(base), (history) =>
    moveWaiting(foldLine(history), base, waiting),
  );
});

/** Ends the turn of a change that is not merged after all. */
export const leaveLine = Effect.fn("leaveLine")(function* (cause: Cause, seen: Seen, why: string) {
  const base = baseOf(seen);
  if (base !== null) yield* release(cause, base, { prNumber: seen.forge.number, mergeSha: null, why });
});
