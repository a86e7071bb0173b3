/**
 * The schedules of the clock by name. A schedule has an instant at each multiple of `everyMs` since 1970-01-01T00:00:00Z, for `minute`
 * at each full minute of UTC. A service is woken by a schedule that its row names in `wakes`.
 */
export const schedules = {
  minute: { everyMs: 60_000 },
} as const satisfies Record<string, { readonly everyMs: number }>;

/** The name of a schedule. */
export type Schedule = keyof typeof schedules;
/** Every schedule, in the order of the list. */
export const scheduleNames = Object.keys(schedules) as readonly Schedule[];

/** The history of a schedule's ticks. */
export function ticksOf(schedule: Schedule) {
  return { kind: "tick", topic: schedule } as const;
}
