import { Schema } from "effect";
import { defineFact } from "../fact-definition.ts";

/** One condition of the acceptance gate, as found on GitHub at one moment. `why` tells a person what is missing. */
const GateCheck = Schema.Struct({
  name: Schema.Literals(["open", "issue", "epoch", "ci", "review", "threads", "mergeable"]),
  passed: Schema.Boolean,
  why: Schema.String,
});

/** Facts of the acceptance gate. One actor merges. */
export const mergeFacts = {
  GATE_EVALUATED: defineFact({
    of: "pr",
    description: "The gate looked at what GitHub says of this head SHA, and the answer differs from the last one.",
    data: Schema.Struct({ headSha: Schema.String, passed: Schema.Boolean, checks: Schema.Array(GateCheck) }),
  }),
  MERGE_REQUESTED: defineFact({
    of: "issue",
    description: "The gate passed and the merge of exactly this head SHA is about to be asked for.",
    data: Schema.Struct({ prNumber: Schema.Int, headSha: Schema.String }),
  }),
  MERGED: defineFact({
    of: "issue",
    description: "The pull request of the issue is merged.",
    data: Schema.Struct({ prNumber: Schema.Int, mergeSha: Schema.String }),
  }),
  MERGE_FAILED: defineFact({
    of: "issue",
    description: "GitHub refused the merge that the gate asked for.",
    data: Schema.Struct({ prNumber: Schema.Int, headSha: Schema.String, reason: Schema.String }),
  }),
  MERGE_CONFLICT: defineFact({
    of: "issue",
    description: "The pull request cannot be merged because its base moved; its author has to rebase.",
    data: Schema.Struct({ prNumber: Schema.Int, headSha: Schema.String }),
  }),
  ADMIN_BYPASS_DETECTED: defineFact({
    of: "issue",
    description: "Somebody else than the gate merged the pull request.",
    data: Schema.Struct({ prNumber: Schema.Int, mergedBy: Schema.String }),
  }),
} as const;
