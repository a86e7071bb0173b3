import { Schema } from "effect";
import { defineEvent } from "../event.ts";

/** Facts about the forge's checks on a head SHA. The gate reads the checks themselves, never these facts. */
export const ciEvents = {
  CI_PASSED: defineEvent({
    of: "pr",
    description: "Every check of one check suite on this head SHA succeeded.",
    data: Schema.Struct({ headSha: Schema.String, suiteId: Schema.Int }),
  }),
  CI_FAILED: defineEvent({
    of: "pr",
    description: "A check suite on this head SHA ended without success.",
    data: Schema.Struct({ headSha: Schema.String, suiteId: Schema.Int, conclusion: Schema.String }),
  }),
} as const;
