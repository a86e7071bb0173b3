import { Schema } from "effect";
import { defineFact } from "../fact-definition.ts";

/** Facts about money: token counts as the model's answer gives them, one fact per request. */
export const costFacts = {
  TOKEN_USAGE: defineFact({
    of: "ops",
    emitter: "several",
    description: "One model request was answered; these are the tokens that it is billed for.",
    data: Schema.Struct({
      claimId: Schema.String,
      requestId: Schema.String,
      model: Schema.String,
      inputTokens: Schema.Int,
      outputTokens: Schema.Int,
      cacheWrite5mTokens: Schema.Int,
      cacheWrite1hTokens: Schema.Int,
      cacheReadTokens: Schema.Int,
      serverToolRequests: Schema.Int,
    }),
  }),
} as const;
