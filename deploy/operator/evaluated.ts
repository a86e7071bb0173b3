import type { Fact } from "#contracts/envelope.ts";

/** A verdict of the gate. */
export type Evaluated = Fact<"GATE_EVALUATED">;

/** Whether a fact is a verdict of the gate. */
export function isEvaluated(fact: Fact): fact is Evaluated {
  return fact.type === "GATE_EVALUATED";
}
