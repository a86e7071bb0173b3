import { Schema } from "effect";
import { defineFact } from "../fact-definition.ts";
import { ClaimId, Name } from "../fields.ts";

/** Facts about money: token counts as the model's answer gives them, one fact per request. */
export const costFacts = {
  TOKEN_USAGE: defineFact({
    of: "ops",
    emitter: "several",
    description: "One model request was answered; these are the tokens that it is billed for.",
    data: Schema.Struct({
      claimId: ClaimId,
      requestId: Name.annotate({
        description: "Id of the model's answer as its API gives it, unique for each request.",
      }),
      model: Name.annotate({ description: "Name of the model that answered, as its answer gives it." }),
      inputTokens: count(
        "Tokens of the request that are billed in full: without those written to or read from the prompt cache.",
      ),
      outputTokens: count("Tokens of the answer."),
      cacheWrite5mTokens: count("Tokens of the request that were written to the prompt cache for 5 minutes."),
      cacheWrite1hTokens: count("Tokens of the request that were written to the prompt cache for 1 hour."),
      cacheReadTokens: count("Tokens of the request that were read from the prompt cache."),
      serverToolRequests: count(
        "Number of web searches and web fetches that the model's API made itself and bills for.",
      ),
    }),
  }),
} as const;

function count(description: string) {
  return Schema.Int.annotate({ description });
}
