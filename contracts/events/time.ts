import { Schema } from "effect";
import { defineFact } from "../fact-definition.ts";
import { Instant } from "../fields.ts";
import { scheduleNames } from "../schedules.ts";

/** Facts about time. They stand on the stream TICKS, which keeps the last ones only. */
export const timeFacts = {
  TICK: defineFact({
    of: "tick",
    description:
      "An instant of a schedule was reached; after a standstill of the clock, the last instant that was missed.",
    data: Schema.Struct({
      schedule: Schema.Literals(scheduleNames).annotate({ description: "Name of the schedule." }),
      instant: Instant,
    }),
  }),
} as const;
