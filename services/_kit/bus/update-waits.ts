import { Clock, Effect } from "effect";
import { updateDeliveriesMax, updateRetryMs } from "#contracts/waits.ts";
import type { BusMessage } from "./bus-message.ts";

/** The messages of one consumer that wait for an update of the rig. A process has one for each consumer. */
export interface UpdateWaits {
  /**
   * Lets a message wait for `updateRetryMs` until its next delivery. False when it may not: it was delivered `updateDeliveriesMax` times,
   * or `updateWaitsMax` others wait.
   */
  enter(message: BusMessage): Effect.Effect<boolean>;
}

/**
 * 16: each message that waits holds a place of the consumer, and whoever holds the key of a service can make any number of them. A few
 * may wait, so that an update while the rig runs leaves no dead letter behind.
 */
const updateWaitsMax = 16;

/** Makes the place where the messages of one consumer wait for an update of the rig. */
export function makeUpdateWaits(): UpdateWaits {
  const untilMs = new Map<number, number>();
  return {
    enter: ({ sequence, deliveryCount }) =>
      Effect.map(Clock.currentTimeMillis, (nowMs) => {
        untilMs.delete(sequence);
        // Another instance may have got the message since, so nobody says here that it waits no more.
        for (const [waiting, endMs] of untilMs) if (endMs <= nowMs) untilMs.delete(waiting);
        if (deliveryCount >= updateDeliveriesMax || untilMs.size >= updateWaitsMax) return false;
        untilMs.set(sequence, nowMs + updateRetryMs);
        return true;
      }),
  };
}
