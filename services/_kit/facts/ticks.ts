import { Clock, Effect, Result } from "effect";
import type { FactDraft, FactOf } from "#contracts/envelope.ts";
import { type Schedule, ticksOf } from "#contracts/schedules.ts";
import { readFact } from "#contracts/stored-fact.ts";
import { aggregateFilter, factSubject, streamOf } from "#contracts/subjects.ts";
import { Bus, wrongLastSequence } from "#kit/bus/bus.ts";
import { Retryable } from "#kit/errors.ts";
import { outgoing } from "./aggregate.ts";
import { firstCause, stampFacts } from "./stamp.ts";

/** The last tick of a schedule and its sequence on the stream; null and 0 before the first tick. */
export interface LastTick {
  readonly tick: FactOf<"tick"> | null;
  readonly sequence: number;
}

/** Reads the last tick of a schedule. Fails with `Retryable` while the bus is away or when the tick cannot be decoded. */
export const lastTick = Effect.fn("lastTick")(function* (
  schedule: Schedule,
): Effect.fn.Return<LastTick, Retryable, Bus> {
  const bus = yield* Bus;
  const subject = factSubject(ticksOf(schedule), "TICK", "scheduler");
  const stored = yield* bus.last(streamOf("tick"), subject);
  if (stored === null) return { tick: null, sequence: 0 };
  const decoded = readFact(subject, stored.payload);
  if (Result.isFailure(decoded))
    return yield* new Retryable({ what: `read ${subject}`, cause: decoded.failure.reason });
  if (decoded.success.type !== "TICK") return yield* new Retryable({ what: `read ${subject}`, cause: "it is no tick" });
  return { tick: decoded.success, sequence: stored.sequence };
});

/**
 * Appends a tick only if the last tick of its schedule has the sequence `lastSequence` (optimistic concurrency), so that only one replica
 * appends each instant. The cause is the instant, `tick/<schedule>/<instant>`, so every replica computes the same id. When another tick was
 * appended meanwhile, it appends nothing and succeeds. Fails with `Retryable` when the stream refuses or the bus is away.
 */
export const appendTick = Effect.fn("appendTick")(function* (
  service: string,
  draft: FactDraft<"TICK">,
  lastSequence: number,
) {
  const bus = yield* Bus;
  const id = `tick/${draft.data.schedule}/${draft.data.instant}`;
  const key = { service, cause: firstCause(id), step: "tick" };
  const expect = { filter: aggregateFilter(draft.on), lastSequence };
  for (const fact of stampFacts(key, [draft], yield* Clock.currentTimeMillis)) {
    const answer = yield* bus.publish({ ...outgoing(fact), expect });
    if (answer.stored || answer.code === wrongLastSequence) continue;
    return yield* new Retryable({ what: `append ${id}`, cause: answer.description });
  }
});
