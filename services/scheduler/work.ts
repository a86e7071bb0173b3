import { Clock, Effect } from "effect";
import { type Schedule, scheduleNames } from "#contracts/schedules.ts";
import type { Bus } from "#kit/bus/bus.ts";
import type { Retryable } from "#kit/errors.ts";
import { appendTick, lastTick } from "#kit/facts/ticks.ts";
import { tickDue, untilBoundaryMs } from "./decide.ts";

/** Keeps every schedule, for ever. */
export const keepTime: Effect.Effect<never, Retryable, Bus> = Effect.all(scheduleNames.map(keepSchedule), {
  concurrency: "unbounded",
}).pipe(Effect.andThen(Effect.never));

/** Reads the last tick before each decision: another replica may have published it. Between the boundaries it sleeps. */
function keepSchedule(schedule: Schedule): Effect.Effect<never, Retryable, Bus> {
  const turn = Effect.gen(function* () {
    const last = yield* lastTick(schedule);
    const nowMs = yield* Clock.currentTimeMillis;
    const due = tickDue(last.tick, nowMs, schedule);
    if (due === null) return yield* Effect.sleep(untilBoundaryMs(nowMs, schedule));
    yield* appendTick("scheduler", due, last.sequence);
    // 10 ms: with three copies of the stream a follower may show the tick before this one for a moment.
    yield* Effect.sleep("10 millis");
  });
  return Effect.forever(turn);
}
