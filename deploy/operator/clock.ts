import { Effect } from "effect";
import { type Schedule, scheduleNames, schedules } from "#contracts/schedules.ts";
import { lastTick } from "#kit/facts/ticks.ts";
import type { Operator } from "./connection.ts";
import type { Finding } from "./finding.ts";

/** Reads the instant of the last tick of each schedule; null where none was published. */
export function readClocks(operator: Operator): Promise<readonly (readonly [Schedule, string | null])[]> {
  const lasts = scheduleNames.map((schedule) =>
    Effect.map(lastTick(schedule), ({ tick }) => [schedule, tick?.data.instant ?? null] as const),
  );
  return operator.run(Effect.all(lasts));
}

/** Whether the clock of a schedule goes. It stands still when an instant was missed and the next one is due: a tick is published within a second. */
export function clockFinding(schedule: Schedule, last: string | null, nowMs: number): Finding {
  const part = `clock ${schedule}` as const;
  const mend = "the scheduler does not run: start it, or read its log (locally in logs/ of the data directory)";
  if (last === null) return { part, state: "ill", seen: "no tick was ever published", mend };
  const ageMs = nowMs - Date.parse(last);
  const { everyMs } = schedules[schedule];
  if (ageMs < -everyMs) {
    const seen = `the last tick, ${last}, lies in the future: no tick is published before that instant`;
    return { part, state: "ill", seen, mend: "set the clocks of the machines that run the scheduler" };
  }
  if (ageMs <= 2 * everyMs) return { part, state: "well", seen: `last tick ${last}` };
  return { part, state: "ill", seen: `it stands still since ${last}, for ${Math.floor(ageMs / 60_000)} min`, mend };
}
