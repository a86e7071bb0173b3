import { bytesFilter, deliveriesFilter, leaseBucket } from "#contracts/subjects.ts";
import { leaseTtlMs } from "#contracts/waits.ts";

/**
 * The settings of one stream under the names and in the units of the JetStream API: durations in nanoseconds,
 * sizes in bytes, -1 for no limit, `max_age` 0 for forever (NATS ADR-31, https://docs.nats.io/nats-concepts/jetstream/streams).
 */
export interface StreamSettings {
  readonly name: string;
  readonly description: string;
  readonly subjects: readonly string[];
  readonly retention: "limits" | "workqueue";
  readonly storage: "file" | "memory";
  readonly discard: "old" | "new";
  readonly discard_new_per_subject: boolean;
  readonly max_age: number;
  readonly max_bytes: number;
  readonly max_msg_size: number;
  readonly max_msgs: number;
  readonly max_msgs_per_subject: number;
  readonly duplicate_window: number;
  readonly allow_direct: boolean;
  readonly allow_atomic: boolean;
  readonly allow_rollup_hdrs: boolean;
  readonly deny_delete: boolean;
  readonly deny_purge: boolean;
  /** A publisher may give a message a time to live, after which the server deletes it (NATS ADR-43). */
  readonly allow_msg_ttl?: true;
  /** Each subject is a counter: a message adds the number in its header `Nats-Incr`, and the server stores the sum (NATS ADR-49). */
  readonly allow_msg_counter?: true;
  /** Every message that is stored is also published on core NATS, under another subject (NATS ADR-28). Absent: none is. */
  readonly republish?: { readonly src: string; readonly dest: string; readonly headers_only: boolean };
}

/** A stream that the rig needs, and the reason in one sentence. */
export interface StreamSpec {
  readonly why: string;
  readonly config: StreamSettings;
}

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;

/**
 * 26 MiB: GitHub sends deliveries of up to 25 MB (https://docs.github.com/en/webhooks/webhook-events-and-payloads);
 * the rest is room for headers. The server refuses more than its `max_payload`, which has to be at least this.
 */
export const deliveryBytesMax = 26 * mebibyte;

const ordinary = {
  retention: "limits",
  storage: "file",
  discard: "old",
  discard_new_per_subject: false,
  max_age: 0,
  max_bytes: -1,
  // 1 MiB: a text has at most 256,000 characters of at most 3 bytes each (`services/_kit/facts/text.ts`); no fact comes near.
  max_msg_size: mebibyte,
  max_msgs: -1,
  max_msgs_per_subject: -1,
  // 2 min, the server's default: a publisher retries for seconds, and the identity of facts is checked by OCC.
  duplicate_window: nanoseconds(2 * minuteMs),
  allow_direct: false,
  allow_atomic: false,
  allow_rollup_hdrs: false,
  deny_delete: false,
  deny_purge: false,
} as const satisfies Partial<StreamSettings>;

/** Every fact that was ever published. */
const events = spec("Facts are the only record of the rig, so they are kept for ever and nobody can delete one.", {
  ...ordinary,
  name: "EVENTS",
  subjects: ["evt.>"],
  allow_direct: true,
  // Facts that belong together are appended together or not at all (NATS ADR-50).
  allow_atomic: true,
  deny_delete: true,
  deny_purge: true,
});

/** The ticks of the clock. Nobody reads them whole: the scheduler reads the last one of each schedule, services are woken by each. */
const ticks = spec("Ticks have a stream of their own, so that they never fill a history that is read whole.", {
  ...ordinary,
  name: "TICKS",
  subjects: ["tick.>"],
  max_msg_size: 4 * kibibyte,
  // 1440 ticks are a day of minutes. A count and not an age: the last tick stays however long the clock stands still, and with it
  // the sequence that the next one expects and the instant before which nothing is published.
  max_msgs_per_subject: 1440,
  allow_direct: true,
});

/** What people, models and repositories wrote. A subject that is taken keeps its text, so that nobody can put another one there. */
const text = spec(
  "Text that somebody wrote is stored apart from the facts that point to it, so that it can be erased.",
  {
    ...ordinary,
    name: "TEXT",
    subjects: ["text.>"],
    // 10 GiB: ten thousand of the longest texts. Without a bound an agent could fill the disk.
    max_bytes: 10 * 1024 * mebibyte,
    discard: "new",
    discard_new_per_subject: true,
    max_msgs_per_subject: 1,
    allow_direct: true,
    // What is kept for some days only, such as what a verdict of the gate was on.
    allow_msg_ttl: true,
  },
);

/** Raw deliveries. The message id is a code of the delivery's GUID. */
const github = spec(
  "A delivery is stored before GitHub gets its answer, so that it can be translated to facts again.",
  {
    ...ordinary,
    name: "GITHUB",
    subjects: [deliveriesFilter],
    max_age: nanoseconds(90 * dayMs),
    max_msg_size: deliveryBytesMax,
    // 1 h: a person's or a script's redelivery follows a failure within minutes; the facts of later ones repeat known ids.
    duplicate_window: nanoseconds(hourMs),
    allow_direct: true,
  },
);

/** Work items that nobody has finished. */
const work = spec("A work item waits here until an agent acks it; a second item on its subject is refused (10077).", {
  ...ordinary,
  name: "WORK",
  subjects: ["work.>"],
  retention: "workqueue",
  discard: "new",
  discard_new_per_subject: true,
  max_msgs_per_subject: 1,
  allow_direct: true,
  // Wakes idle agents. An agent is in an account of its own, where it does not receive what another account publishes on `work.>`; and
  // the server announces only what is stored.
  republish: { src: "work.>", dest: "queued.>", headers_only: true },
});

/** What the server says about messages that it stopped delivering. */
const advisories = spec(
  "The server announces only once, on core NATS, that it stopped delivering a message; this stream keeps it.",
  {
    ...ordinary,
    name: "ADVISORIES",
    subjects: ["$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>", "$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.>"],
    max_age: nanoseconds(30 * dayMs),
  },
);

/** Messages that no consumer could handle. */
const deadLetters = spec(
  "A message that cannot be handled waits here for a person instead of being retried for ever.",
  {
    ...ordinary,
    name: "DLQ",
    subjects: ["dlq.>"],
    // 1 GiB holds forty of the largest deliveries; then the oldest is deleted, and the newest still shows what is wrong.
    max_bytes: 1024 * mebibyte,
    max_msg_size: deliveryBytesMax,
    allow_direct: true,
  },
);

/** Dead letters that a person replays to the consumer that could not handle them. */
const replays = spec(
  "A replayed message is delivered only to the consumer that failed, not to those that handled it.",
  {
    ...ordinary,
    name: "REDO",
    subjects: ["redo.>"],
    retention: "workqueue",
    max_msg_size: deliveryBytesMax,
    // The operator looks for what is to be erased.
    allow_direct: true,
  },
);

/**
 * The KV bucket of leases, as a stream (NATS ADR-8). On the disk although a lease lives for seconds: a server that is killed forgets
 * its memory streams altogether, not only their messages, and then no agent could claim anything (measured with 2.14.5).
 */
const leases = spec("A lease that is not renewed is deleted, and then nobody waits for its holder any more.", {
  ...ordinary,
  name: `KV_${leaseBucket}`,
  subjects: [`$KV.${leaseBucket}.>`],
  discard: "new",
  max_age: nanoseconds(leaseTtlMs),
  // The server refuses a window that is longer than the age.
  duplicate_window: nanoseconds(leaseTtlMs),
  max_msg_size: 4 * kibibyte,
  max_msgs_per_subject: 1,
  // Not direct: any server that has the stream answers a direct get, a follower without the last renewals too. Who reads a lease asks the leader.
  allow_direct: false,
  // No rollup: with that header one lease would delete all others. A lease is deleted by a marker on its own key.
  deny_delete: true,
});

/** How much each service stored. */
const bytes = spec("A counter for each service and hour adds up how many bytes the service stored.", {
  ...ordinary,
  name: "BYTES",
  subjects: [bytesFilter],
  max_age: nanoseconds(7 * dayMs),
  max_msg_size: 4 * kibibyte,
  max_msgs_per_subject: 1,
  allow_direct: true,
  allow_msg_counter: true,
});

/** Every stream of the rig, in the order in which `apply.ts` creates them. */
export const streams: readonly StreamSpec[] = [
  events,
  ticks,
  text,
  github,
  work,
  advisories,
  deadLetters,
  replays,
  leases,
  bytes,
];

/** The unit of the JetStream API: a duration in milliseconds as nanoseconds. */
export function nanoseconds(durationMs: number): number {
  return durationMs * 1_000_000;
}

function spec(why: string, config: Omit<StreamSettings, "description">): StreamSpec {
  return { why, config: { ...config, description: why } };
}
