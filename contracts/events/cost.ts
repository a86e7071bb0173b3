import { Schema } from "effect";
import { defineEvent } from "../event.ts";

/** Facts about money: token counts as the model's answer gives them, one fact per request. */
export const costEvents = {
  TOKEN_USAGE: defineEvent({
    of: "ops",
    emitter: "each agent",
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
