import type { Publishes } from "#contracts/choreography.ts";
import type { FactOf } from "#contracts/envelope.ts";
import { type Schedule, schedules, ticksOf } from "#contracts/schedules.ts";

/**
 * The tick that is due: that of the last boundary, unless it or a later one was published. So a standstill is followed by one tick and
 * not by a burst, and a clock that steps back publishes nothing until it has passed the last tick again.
 */
export function tickDue(
  last: FactOf<"tick"> | null,
  nowMs: number,
  schedule: Schedule,
): Publishes<"scheduler", "tick"> | null {
  const boundaryMs = nowMs - (nowMs % schedules[schedule].everyMs);
  if (last !== null && boundaryMs <= Date.parse(last.data.instant)) return null;
  const instant = new Date(boundaryMs).toISOString();
  return { type: "TICK", on: ticksOf(schedule), data: { schedule, instant } };
}

/** The time until the next boundary, at least 1 ms. */
export function untilBoundaryMs(nowMs: number, schedule: Schedule): number {
  const { everyMs } = schedules[schedule];
  return everyMs - (nowMs % everyMs);
}
