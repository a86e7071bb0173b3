/**
 * The schedules of the clock. A schedule has an instant at each multiple of `everyMs` since 1970-01-01T00:00:00Z: `minute` has one at each
 * full minute of UTC. A service consumes the ticks of the schedules that its row names in `wakes`.
 */
export const schedules = {
  minute: { everyMs: 60_000 },
} as const satisfies Record<string, { readonly everyMs: number }>;

/** The name of a schedule. */
export type Schedule = keyof typeof schedules;
/** The names of all schedules. */
export const scheduleNames = Object.keys(schedules) as readonly Schedule[];

/** The address of a schedule's history. */
export function ticksOf(schedule: Schedule) {
  return { kind: "tick", topic: schedule } as const;
}
