/**
 * How long a lease lives unless it is renewed. 12 s: two renewals of 5 s. Shorter, and one slow garbage collection loses it. It ends before the ack wait does, so that an item
 * of a killed agent finds no living holder when it comes again.
 */
export const leaseTtlMs = 12_000;
/** 15 s: whoever handles a message says every 5 s that it works, so what a killed service had in hand comes again after at most 15 s. */
export const ackWaitMs = 15_000;
/** 5 s: how often whoever handles a message tells the server that it still does. */
export const workingEveryMs = 5_000;
/** A message that failed this often is dead-lettered: with waits of up to 60 s that is close to an hour, longer than most outages. */
export const deliveriesMax = 60;
