import { Schema } from "effect";
import { defineFact } from "../fact-definition.ts";
import { scheduleNames } from "../schedules.ts";

/** Facts about time. They stand on the stream TICKS, which keeps the last ones only. */
export const timeFacts = {
  TICK: defineFact({
    of: "tick",
    description:
      "An instant of a schedule was reached; after a standstill of the clock, the last instant that was missed.",
    data: Schema.Struct({
      schedule: Schema.Literals(scheduleNames).annotate({ description: "Name of the schedule." }),
      instant: Schema.String.annotate({
        description:
          "The instant itself, ISO 8601 in UTC and exactly on the schedule's boundary, such as `2026-01-02T03:04:00.000Z`. `time` of the envelope is when the tick was published, which is later.",
      }),
    }),
  }),
} as const;
