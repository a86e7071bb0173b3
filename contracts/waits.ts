/**
 * How long a lease lives unless it is renewed. 12 s: two renewals of 5 s. With less time, one slow garbage collection would lose it. It ends before the ack wait does, so that a killed agent's item
 * is redelivered when its lease has ended.
 */
export const leaseTtlMs = 12_000;
/** 15 s: whoever handles a message tells the server every 5 s that it works, so a killed service's messages are redelivered after at most 15 s. */
export const ackWaitMs = 15_000;
/** 5 s: how often whoever handles a message tells the server that it still does. */
export const workingEveryMs = 5_000;
/** A message that failed this often is dead-lettered: with waits of up to 60 s that is close to an hour, longer than most outages. */
export const deliveriesMax = 60;
