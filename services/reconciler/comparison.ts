import { Effect, Result } from "effect";
import { placeName, type RefOf, type RepositoryRef } from "#contracts/aggregates.ts";
import type { Fact, FactOf } from "#contracts/envelope.ts";
import { aggregateFilter } from "#contracts/subjects.ts";
import { clocksMs } from "#contracts/waits.ts";
import type { HandlingError } from "#kit/bus/answer-message.ts";
import { append } from "#kit/facts/aggregate.ts";
import type { GitHubRefused } from "#kit/github/github.ts";
import type { Asking, LimitReached } from "./asking.ts";
import {
  type AnyMissing,
  datedBy,
  inSeconds,
  isOnlyOld,
  lostOf,
  type Missing,
  type Repository,
  standingOf,
} from "./decide.ts";
import type { KnownRepository } from "./known.ts";
import type { LastCompared } from "./last-compared.ts";

// What the comparisons of issues, pull requests and comments have in common.

/** What the reconciler remembers between two ticks. After a restart it asks and compares everything once. */
export interface Memory {
  readonly asking: Asking;
  readonly lastCompared: LastCompared;
  /** From when on a list of a repository is read that has everything since a time, by repository and list. */
  readonly since: Map<string, string>;
}

/** The comparison of one repository at one tick. */
export interface Comparison extends Memory {
  readonly tick: Fact<"TICK">;
  /** When GitHub was asked for the lists, by the clock of this machine. */
  readonly askedAtMs: number;
  /** The repository, as GitHub spells it. */
  readonly at: RepositoryRef;
  readonly repository: Repository;
  readonly known: KnownRepository;
  /** What was missing and is published. */
  readonly found: AnyMissing[];
  /** The numbers of the issues and pull requests that are named in RECONCILED because their comparison fails again and again. */
  readonly notCompared: number[];
  /** How many comparisons in a row failed because GitHub or the bus did not answer. */
  awayInARow: number;
}

/** One issue or pull request, and what of it is compared or published by itself; absent for how it stands. */
interface Part<Kind extends "issue" | "pr"> {
  readonly on: RefOf<Kind>;
  readonly of?: "label" | "statuses" | "comments" | "comments on lines";
}

/** With `updated_at` of the list; null for what is not in the list. */
export type Listed<Kind extends "issue" | "pr"> = Part<Kind> & { readonly updatedAt: string | null };

/** 3: two may be a fault of theirs. After the third GitHub or the bus is away, and each further one would wait for its tries in vain. */
const awayMax = 3;
/** 3: then it is no passing fault, about four minutes after the first time. */
const namedAfter = 3;

/**
 * Compares one thing when it is due; `compare` returns whether it is settled: nothing is expected of it soon. One that GitHub refuses to show
 * or answers with an error, or whose history cannot be read, does not keep the others from being compared: it is named and tried again at
 * later ticks. Returns false while it fails.
 */
export const compareWhenDue = Effect.fn("compareWhenDue")(function* <R>(
  run: Comparison,
  { updatedAt, ...part }: Listed<"issue" | "pr">,
  compare: Effect.Effect<boolean, HandlingError | GitHubRefused | LimitReached, R>,
) {
  const { lastCompared, askedAtMs } = run;
  const { instant } = run.tick.data;
  const key = keyOf(part);
  const standing = lastCompared.standing(key, updatedAt, instant);
  if (standing !== "due") return standing === "settled";
  const compared = yield* Effect.result(compare);
  if (Result.isSuccess(compared)) {
    run.awayInARow = 0;
    lastCompared.compared(key, { updatedAt, isSettled: compared.success, askedAtMs }, instant);
    return true;
  }
  const error = compared.failure;
  if (error._tag === "LimitReached") return yield* error;
  yield* Effect.logWarning("not compared", `${key}: ${error.message}`);
  if (lastCompared.failed(key, updatedAt, instant) === namedAfter) run.notCompared.push(part.on.number);
  const isAway = error._tag === "Retryable" && error.delayMs === undefined;
  run.awayInARow = isAway ? run.awayInARow + 1 : 0;
  if (isAway && run.awayInARow >= awayMax) return yield* error;
  return false;
});

/**
 * Publishes what is lost of what is missing, decided on the history as it is by now: a delivery that came since the history was read leaves
 * nothing to publish. What is missing at two ticks is lost, whatever moves GitHub's time of it meanwhile. Tick and part are the cause, so a
 * tick that is redelivered publishes nothing twice. Returns whether nothing is missing.
 */
export const publishMissing = Effect.fn("publishMissing")(function* <Kind extends "issue" | "pr">(
  { tick, found, lastCompared }: Comparison,
  part: Part<Kind>,
  missingIn: (history: readonly FactOf<Kind>[]) => readonly Missing<Kind>[],
) {
  const { on, of } = part;
  const { instant } = tick.data;
  const since = lastCompared.missingSince(keyOf(part));
  const key = { service: "reconciler", cause: tick, step: `${aggregateFilter(on)} ${of ?? ""}` } as const;
  const { facts, decision } = yield* append(key, on, (history) => {
    const missing = missingIn(history).map((each) => datedBy(each, since));
    const lost = lostOf(missing, instant);
    return { missing, lost, facts: lost.map(({ draft }) => draft) };
  });
  const left = decision.missing.filter((each) => !decision.lost.includes(each));
  lastCompared.missing(
    keyOf(part),
    left.flatMap((each) => standingOf(each) ?? []),
    instant,
  );
  // That an evaluation of the gate is old says of no delivery that it is lost.
  if (facts.length > 0) found.push(...decision.lost.filter((each) => !isOnlyOld(each)));
  return decision.missing.length === 0;
});

function keyOf({ on, of }: Part<"issue" | "pr">): string {
  return of === undefined ? placeName(on) : `${placeName(on)} ${of}`;
}

/** 30 days: the reconciler does not stand still for longer, and what was written before costs requests and leads to nothing. */
const backMaxMs = 30 * 86_400_000;

/** From when on a list matters that was not read yet: from the first of these approvals on. */
export function firstSince({ tick }: Comparison, approvals: Iterable<string>): string {
  const instantMs = Date.parse(tick.data.instant);
  let firstMs = instantMs;
  for (const approvedAt of approvals) firstMs = Math.min(firstMs, Date.parse(approvedAt));
  return inSeconds(Math.max(firstMs - clocksMs, instantMs - backMaxMs));
}
