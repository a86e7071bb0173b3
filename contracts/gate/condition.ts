import type { DataOf } from "#contracts/catalogue.ts";
import { sentence } from "#contracts/reason.ts";
import type { HoldName } from "./reasons.ts";

/** One condition of the gate, whether it is met, and why. */
export type Check = DataOf<"GATE_EVALUATED">["checks"][number];

/** A reason for which something holds a merge; undefined where it does not. */
export type Held = readonly [hold: HoldName, why: string] | undefined;

/** The condition is met. */
export function yes(name: Check["name"], why: string): Check {
  return { name, passed: true, why: sentence(why) };
}

/** The condition is not met, for a reason that has a name. */
export function no(name: Check["name"], hold: HoldName, why: string): Check {
  return { name, passed: false, why: sentence(why), hold };
}
