/**
 * The lifetime of a lease after its last renewal. 12 s covers two renewals of 5 s each, so that one slow garbage collection does not lose it.
 * It is shorter than the ack wait: when a killed agent's item is redelivered, its lease has ended.
 */
export const leaseTtlMs = 12_000;
/** The ack wait, 15 s: a message is redelivered 15 s after its service last told the server that it still works on it. */
export const ackWaitMs = 15_000;
/** A service tells the server every 5 s that it still works on a message, and an agent renews its lease as often. */
export const workingEveryMs = 5_000;
/** The deliveries of a message, 60: a failure of the last one makes a dead letter. With waits of up to 60 s that takes close to an hour, longer than most outages. */
export const deliveriesMax = 60;
/** The claims on the review of one head that may end without a result, 3, as many as an attempt has by default: then a person is asked. */
export const reviewClaimsMax = 3;
/** A message that needs an update of the rig is delivered again after 20 s. */
export const updateRetryMs = 20_000;
/** The deliveries of a message that needs an update of the rig, 10: they take 3 min, in which the services are restarted one after another. */
export const updateDeliveriesMax = 10;
/** 60 s: GitHub's clock and the rig's may differ by this much, so a comparison of their times allows for it. */
export const clocksMs = 60_000;
/** 60 s: within seconds GitHub's lists show what a delivery told of. What they do not show after that is gone, or was never there. */
export const lagMs = 60_000;
