import type { FactOf } from "./envelope.ts";

/** The pauses that no FLEET_RESUMED has ended: until when each agent gets no work, ISO 8601 in UTC. */
export type Pauses = ReadonlyMap<string, string>;

/** Computes the pauses from the history of the topic `pauses`, oldest first. A later pause makes one longer, never shorter. */
export function foldPauses(facts: readonly FactOf<"fleet">[]): Pauses {
  const paused = new Map<string, string>();
  for (const { type, data } of facts) {
    if (type !== "FLEET_PAUSED" && type !== "FLEET_RESUMED") continue;
    const until = paused.get(data.agentId) ?? "";
    if (type === "FLEET_PAUSED" && data.until > until) paused.set(data.agentId, data.until);
    if (type === "FLEET_RESUMED" && data.until >= until) paused.delete(data.agentId);
  }
  return paused;
}
