import { Schema } from "effect";
import { defineFact } from "../fact-definition.ts";
import { ClaimId, Name } from "../fields.ts";

/** Facts about cost: the token counts in the model's answer, one fact per request. */
export const costFacts = {
  TOKEN_USAGE: defineFact({
    of: "ops",
    emitter: "several",
    description: "The model answered one request. The fact counts the tokens that are billed for it.",
    data: Schema.Struct({
      claimId: ClaimId,
      requestId: Name.annotate({
        description: "Id of the model's answer as its API gives it, unique for each request.",
      }),
      model: Name.annotate({ description: "Name of the model that answered, as its answer gives it." }),
      inputTokens: count(
        "Tokens of the request that are billed in full; tokens written to or read from the prompt cache are not included.",
      ),
      outputTokens: count("Tokens of the answer."),
      cacheWrite5mTokens: count("Tokens of the request that were written to the prompt cache for 5 minutes."),
      cacheWrite1hTokens: count("Tokens of the request that were written to the prompt cache for 1 hour."),
      cacheReadTokens: count("Tokens of the request that were read from the prompt cache."),
      serverToolRequests: count("Number of web searches and web fetches that the model's API made and bills."),
    }),
  }),
} as const;

/** The tokens and requests that are billed for one model request. */
export type Usage = Omit<(typeof costFacts.TOKEN_USAGE.data)["Type"], "claimId">;

function count(description: string) {
  return Schema.Int.annotate({ description });
}
