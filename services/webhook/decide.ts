import type { Decision } from "#contracts/choreography.ts";
import type { DeliveryDraft } from "#contracts/delivery-facts.ts";
import type { Fact } from "#contracts/envelope.ts";
import { isReconciled } from "#contracts/reconciled.ts";

/** What a delivery adds to a history: its facts, without those that the reconciler published while the delivery did not come. */
export function decide(
  facts: readonly DeliveryDraft[],
  history: readonly Fact[],
): Decision<"webhook", "issue" | "pr" | "fleet"> {
  return { facts: facts.filter((fact) => !isReconciled(history, fact)), work: [] };
}
