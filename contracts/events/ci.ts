import { Schema } from "effect";
import { defineFact } from "../fact-definition.ts";

/** Facts about the forge's checks on a head SHA. The gate reads the checks themselves, never these facts. */
export const ciFacts = {
  CI_PASSED: defineFact({
    of: "pr",
    description: "Every check of one check suite on this head SHA succeeded.",
    data: Schema.Struct({ headSha: Schema.String, suiteId: Schema.Int }),
  }),
  CI_FAILED: defineFact({
    of: "pr",
    description: "A check suite on this head SHA ended without success.",
    data: Schema.Struct({ headSha: Schema.String, suiteId: Schema.Int, conclusion: Schema.String }),
  }),
} as const;
