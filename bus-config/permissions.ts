import { catalogue, type FactType } from "#contracts/catalogue.ts";
import { choreography, type Row } from "#contracts/choreography.ts";
import { claimedKind } from "#contracts/claims.ts";
import {
  announcementFilter,
  bytesFilter,
  deadLetterSubject,
  deliveriesFilter,
  factFilter,
  inboxPrefix,
  leaseBucket,
  leaseFilter,
  streamOf,
  textFilter,
  textsFilter,
  workFilter,
} from "#contracts/subjects.ts";
import { type ConsumerSpec, consumersFor, consumersOf } from "./consumers.ts";
import { fieldsOf, jsonSchemaOf } from "./json-schema.ts";
import { streams } from "./streams.ts";

/** What one user may send and listen to: allow lists of NATS subjects; everything else is refused, and so is `deny`. */
export interface Permissions {
  readonly publish: readonly string[];
  /** Subjects that stay refused although `publish` covers them. */
  readonly deny?: readonly string[];
  readonly subscribe: readonly string[];
}

/**
 * One nkey user. `account` is RIG for the administrator and for a user that reads everything. Each other user has an account of its own.
 * The server publishes its answer to a request on the reply subject that the request names, and does not check that the requester may publish
 * there (nats-server 2.14.5). Inside RIG an agent could use that to have a stored text published as a fact of another service, or a stream
 * purged. From an account of its own, a message reaches RIG only on a subject that the account imports.
 */
export interface BusUser {
  readonly name: string;
  readonly account: string;
  readonly why: string;
  readonly permissions: Permissions;
}

/**
 * What the broker allows the service or the person of a row; `rows` are all rows of the choreography. `$JS.API.CONSUMER.CREATE` is allowed
 * only to a row that `reads` everything: a user that may create a consumer can read every message of the stream, and have it delivered to
 * any subject.
 */
export function permissionsOf(name: string, row: Row, rows: Readonly<Record<string, Row>> = choreography): Permissions {
  const own = consumersOf(name, row);
  return {
    publish: [
      ...row.publishes.map((type) => factFilter(type, name)),
      ...(row.publishes.some(hasText) ? [textFilter(name)] : []),
      ...(row.ingests === true ? [deliveriesFilter] : []),
      ...row.enqueues.map((role) => workFilter({ role })),
      ...own.flatMap(consumption),
      ...(row.reads === "everything" ? readingEverything : reading(row)),
      ...leasing(row),
      ...replaying(row, rows),
      ...erasing(row),
      ...metering(row),
      ...pausing(row, rows),
      "$JS.API.INFO",
    ],
    ...(row.reads === "everything" ? { deny: consumersFor(rows).flatMap(changing) } : {}),
    subscribe: row.reads === "everything" ? [">"] : listening(name, row),
  };
}

/** Its own inbox, and announcements: an idle agent is told that a work item was stored, and need not poll for it. */
function listening(name: string, row: Row): readonly string[] {
  return [`${inboxPrefix(name)}.>`, ...row.claims.map(announcementFilter)];
}

/** Pulling from one durable consumer; then answering for the messages and dead-lettering, or resetting it to a checkpoint. */
function consumption({ stream, config: { durable_name, ack_policy, headers_only } }: ConsumerSpec): readonly string[] {
  const pulling = [
    `$JS.API.CONSUMER.INFO.${stream}.${durable_name}`,
    `$JS.API.CONSUMER.MSG.NEXT.${stream}.${durable_name}`,
  ];
  if (ack_policy === "none") return [...pulling, `$JS.API.CONSUMER.RESET.${stream}.${durable_name}`];
  return [
    ...pulling,
    // Exactly the five tokens of an ack (NATS ADR-15). A pattern with a wildcard before the stream, or with an open end, would also match
    // acks of other consumers in one of the two forms, and `+NXT` on such an ack pulls that consumer's messages.
    `$JS.ACK.${stream}.${durable_name}.*.*.*.*.*`,
    // What has no payload becomes no dead letter.
    ...(headers_only === true ? [] : [deadLetterSubject(stream, durable_name)]),
  ];
}

/** Whether a fact points to a text, so that its publisher has to store one. */
function hasText(type: FactType): boolean {
  return fieldsOf(jsonSchemaOf(catalogue[type].data, type)).some(({ path }) => path.endsWith(".sha256"));
}

/**
 * What a service reads: the histories of the facts that it publishes, the work item on a subject that it enqueues to, and the texts that it
 * works from or stores.
 */
function reading(row: Row): readonly string[] {
  return [
    ...[...new Set(row.publishes.map((type) => streamOf(catalogue[type].of)))].flatMap(directGet),
    ...(row.enqueues.length > 0 ? directGet("WORK") : []),
    // The last text on a subject or a filter, one at a time; a filter in the payload would read the whole stream.
    ...(row.claims.length > 0 || row.publishes.some(hasText) ? [`$JS.API.DIRECT.GET.TEXT.${textsFilter}`] : []),
    // A stream that was created again counts from 1: whoever keeps a checkpoint has to know.
    ...(row.consumer === "ordered" ? ["$JS.API.STREAM.INFO.EVENTS"] : []),
  ];
}

/** From any server that has the stream, and from its leader what only the leader names or knows. */
function directGet(stream: string): readonly string[] {
  return [`$JS.API.DIRECT.GET.${stream}`, `$JS.API.DIRECT.GET.${stream}.>`, `$JS.API.STREAM.MSG.GET.${stream}`];
}

/** Who claims work renews a lease on it, through the KV bucket (NATS ADR-8). */
function leasing(row: Row): readonly string[] {
  if (row.claims.length === 0) return [];
  const stream = `KV_${leaseBucket}`;
  const kinds = row.claims.map(({ role }) => claimedKind[role]);
  return [
    ...[...new Set(kinds)].map(leaseFilter),
    `$JS.API.STREAM.INFO.${stream}`,
    // The leader answers, so that no follower that is behind shows a lease that has ended.
    `$JS.API.STREAM.MSG.GET.${stream}`,
  ];
}

/** Streams that lose nothing when somebody reads them. WORK is not among them: whoever consumes an item there takes it from the agents. */
const readableStreams = streams.map(({ config }) => config).filter(({ retention }) => retention === "limits");

/** Looking at every stream and consumer, and reading messages one by one or with consumers that the reader creates and removes. */
const readingEverything: readonly string[] = [
  "$JS.API.STREAM.NAMES",
  "$JS.API.STREAM.LIST",
  "$JS.API.STREAM.INFO.>",
  "$JS.API.STREAM.MSG.GET.>",
  "$JS.API.DIRECT.GET.>",
  "$JS.API.CONSUMER.NAMES.>",
  "$JS.API.CONSUMER.LIST.>",
  "$JS.API.CONSUMER.INFO.>",
  ...readableStreams.flatMap(({ name }) => [
    `$JS.API.CONSUMER.CREATE.${name}.>`,
    `$JS.API.CONSUMER.DELETE.${name}.>`,
    `$JS.API.CONSUMER.MSG.NEXT.${name}.>`,
  ]),
];

/** What nobody else may do with a service's consumer: change it, remove it, or pull from it, which moves its position. */
function changing({ stream, config: { durable_name } }: ConsumerSpec): readonly string[] {
  return [
    `$JS.API.CONSUMER.CREATE.${stream}.${durable_name}`,
    `$JS.API.CONSUMER.CREATE.${stream}.${durable_name}.>`,
    `$JS.API.CONSUMER.DELETE.${stream}.${durable_name}`,
    `$JS.API.CONSUMER.MSG.NEXT.${stream}.${durable_name}`,
  ];
}

/** Where a dead letter is replayed: on the subject of the one consumer that failed, or back on the work queue. And where deliveries are. */
function replaying(row: Row, rows: Readonly<Record<string, Row>>): readonly string[] {
  if (row.replays !== true) return [];
  const targets = consumersFor(rows).filter(({ stream }) => stream === "REDO" || stream === "WORK");
  return [deliveriesFilter, ...targets.flatMap(({ config }) => config.filter_subjects)];
}

/** Deleting single messages, which the server overwrites on the disk. */
function erasing(row: Row): readonly string[] {
  return (row.erases ?? []).map((stream) => `$JS.API.STREAM.MSG.DELETE.${stream}`);
}

/** Adding to the counters of bytes, and reading what they come to. */
function metering(row: Row): readonly string[] {
  return row.meters === undefined ? [] : [bytesFilter, "$JS.API.STREAM.MSG.GET.BYTES"];
}

/** Pausing the consumers of work items, which are those of agents. */
function pausing(row: Row, rows: Readonly<Record<string, Row>>): readonly string[] {
  if (row.pauses !== true) return [];
  const work = consumersFor(rows).filter(({ stream }) => stream === "WORK");
  return work.map(({ config }) => `$JS.API.CONSUMER.PAUSE.WORK.${config.durable_name}`);
}

/** The account that holds the streams. */
export const hubAccount = "RIG";

const admin: BusUser = {
  name: "admin",
  account: hubAccount,
  why: "`bus-config/apply.ts`, and nothing else: the only user that can create and change streams and consumers.",
  permissions: { publish: [">"], subscribe: [">"] },
};

/** Who only reads facts and texts: in an account of its own, so that no answer of the server reaches a subject of others. */
const reader: BusUser = {
  name: "reader",
  account: "READER",
  why: "`npm run rig -- gate explain` and `gate replay`: a person who reads what was decided, and can publish nothing.",
  permissions: {
    publish: [...directGet("EVENTS"), `$JS.API.DIRECT.GET.TEXT.${textsFilter}`, "$JS.API.INFO"],
    subscribe: [`${inboxPrefix("reader")}.>`],
  },
};

/** The users of the bus: one per row, the one that only reads, and the one that sets it up. */
function usersOf(rows: Readonly<Record<string, Row>>): readonly BusUser[] {
  const users = Object.entries(rows).map(([name, row]) => ({
    name,
    account: row.reads === "everything" ? hubAccount : name.toUpperCase().replaceAll("-", "_"),
    why: row.does,
    permissions: permissionsOf(name, row, rows),
  }));
  return [...users, reader, admin];
}

/** Every user of the bus but the system's, generated from the choreography. */
export const busUsers: readonly BusUser[] = usersOf(choreography);

/** The user of the system account, which reads the server's own state and sees no message of the rig. */
export const systemUser = "sys";

/** The name of the environment variable that holds a user's public nkey when nats-server reads its configuration. */
export function nkeyVariable(user: string): string {
  return `RIG_NKEY_${user.toUpperCase().replaceAll("-", "_")}`;
}
