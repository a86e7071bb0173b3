import type { Effect } from "effect";
import type { Publishes } from "#contracts/choreography.ts";
import { draftOf } from "#contracts/test-facts.ts";
import type { HandlingError } from "#kit/bus/answer-message.ts";
import type { Bus } from "#kit/bus/bus.ts";
import type { ClaimLost, Held } from "./held.ts";

/** The run of a test's agent. */
export type Run = (
  held: Held<"issue", Publishes<"dev-e", "issue">>,
) => Effect.Effect<void, HandlingError | ClaimLost, Bus>;

/** Appends RUN_SUCCEEDED if the claim is still held. */
export const succeed: Run = ({ claim, item, append }) => {
  const result = { prNumber: 1, headSha: "s", turns: 1, summary: { text: "" } };
  return append("end", [
    draftOf("RUN_SUCCEEDED", item.number, { claimId: claim.claimId, attempt: item.attempt, ...result }),
  ]);
};
