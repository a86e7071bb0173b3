import { Clock, Effect } from "effect";
import { type MeteredStream, type RowName, rowNames, rowOf } from "#contracts/choreography.ts";
import type { Fact } from "#contracts/envelope.ts";
import { pauses } from "#contracts/events/fleet.ts";
import { bytesSubject, meterConsumer } from "#contracts/subjects.ts";
import type { Bus } from "#kit/bus/bus.ts";
import { addToCounter } from "#kit/bus/counter.ts";
import { openHeaders } from "#kit/bus/headers.ts";
import type { Answer } from "#kit/consume/consume.ts";
import { Retryable } from "#kit/errors.ts";
import { append, load } from "#kit/facts/aggregate.ts";
import { firstCause } from "#kit/facts/stamp.ts";
import { OperatorPolicy } from "#kit/policy/policy.ts";
import { pauseWork } from "#kit/work/pause.ts";
import { type Count, isAbove, pausedBy, pauseEndOf, resumedAt, sumByEmitter } from "./decide.ts";

/** Counts what is stored on each stream of the row, for ever. */
export const countStreams: Effect.Effect<never, Retryable, Bus | OperatorPolicy> = Effect.suspend(() =>
  Effect.all((rowOf("meter").meters ?? []).map(countStream), { concurrency: "unbounded" }),
).pipe(Effect.andThen(Effect.never));

/** A message is acked after it was counted: when the process is killed between the two, it is counted twice and never left out. */
const countStream = Effect.fnUntraced(function* (stream: MeteredStream) {
  const nextBatch = yield* openHeaders(stream, meterConsumer("meter"));
  for (;;) {
    const batch = yield* nextBatch;
    for (const count of sumByEmitter(batch)) yield* countBytes(count);
    for (const message of batch) message.ack();
  }
});

const countBytes = Effect.fnUntraced(function* ({ emitter, hour, bytes }: Count) {
  const { bytesPerHourMax } = (yield* OperatorPolicy).fleet;
  const total = { emitter, hour, bytes: yield* addToCounter("BYTES", bytesSubject(hour, emitter), bytes) };
  if (!isAbove(total, bytesPerHourMax, yield* Clock.currentTimeMillis)) return;
  yield* Effect.logError("bytes above the bound").pipe(Effect.annotateLogs({ ...total, bytesPerHourMax }));
  const agent = rowNames.find((name) => name === emitter && rowOf(name).claims.length > 0);
  if (agent === undefined) return;
  // The meter's own facts can always be read: anything else is a bug.
  yield* pauseAgent(agent, total, bytesPerHourMax).pipe(
    Effect.catchTag("Poison", (error) => Effect.die(error)),
    // Nothing acked is lost: the part restarts until the rig is updated.
    Effect.catchTag("NeedsUpdate", ({ what }) => Effect.fail(new Retryable({ what }))),
  );
});

/** Pauses the agent at the server, then appends the fact: an agent that is paused without a fact is paused again by the next batch. */
const pauseAgent = Effect.fnUntraced(function* (agent: RowName, total: Count, bytesMax: number) {
  const { facts } = yield* load(pauses);
  if (pausedBy(total, bytesMax, facts).length === 0) return;
  yield* pauseWork(agent, pauseEndOf(total.hour));
  const key = { service: "meter", cause: firstCause(`bytes/${agent}/${total.hour}`), step: "pause" } as const;
  yield* append(key, pauses, (history) => ({ facts: pausedBy(total, bytesMax, history) }));
});

/** Appends the ends of the pauses that are over. The server has resumed these agents by itself. */
export function endPauses({ data }: Fact<"TICK">): Effect.Effect<readonly Answer<"meter", "fleet">[]> {
  return Effect.succeed([{ on: pauses, decide: (history) => ({ facts: resumedAt(data.instant, history), work: [] }) }]);
}
