import { Schema } from "effect";
import { defineFact } from "../fact-definition.ts";
import { Instant } from "../fields.ts";
import { scheduleNames } from "../schedules.ts";

/** Facts about time. They are stored on the stream TICKS, which keeps the last 1440 of each schedule. */
export const timeFacts = {
  TICK: defineFact({
    of: "tick",
    description:
      "An instant of a schedule was reached. If the scheduler did not run for some time, only the last missed instant gets a tick.",
    data: Schema.Struct({
      schedule: Schema.Literals(scheduleNames).annotate({ description: "Name of the schedule." }),
      instant: Instant,
    }),
  }),
} as const;
