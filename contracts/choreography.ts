import type { AggregateKind } from "./aggregates.ts";
import { catalogue, type EventsFactType, eventsFactTypes, type FactType } from "./catalogue.ts";
import type { Fact, FactDraft } from "./envelope.ts";
import { gitHubFacts } from "./github-facts.ts";
import type { Schedule } from "./schedules.ts";
import type { Role, Stack, WorkDraft } from "./work.ts";

/**
 * What one service, or one kind of person, consumes, claims, publishes and enqueues. A row is enforced three times: a missing handler or a
 * fact outside the row does not compile, the broker's permissions are generated from the row, and `npm run check` refuses a service that
 * imports another one.
 */
export interface Row {
  /** One sentence for the README. */
  readonly does: string;
  /** `person`: no process runs this row. A person runs a command, which connects as the bus user with the row's name. Absent for a service. */
  readonly runs?: "person";
  /** The row whose `main.ts` runs it, where that is not its own: a second service of one kind, for another stack (`ServicesLike`). */
  readonly program?: string;
  /** Whether it stores raw deliveries on the stream GITHUB and consumes them there. */
  readonly ingests?: true;
  /** The schedules whose ticks it consumes, with a durable consumer on the stream TICKS. */
  readonly wakes?: readonly Schedule[];
  /** The facts on EVENTS that it consumes. */
  readonly consumes: readonly EventsFactType[];
  /**
   * How it consumes these facts; absent when it consumes none. `durable`: JetStream redelivers each fact until the service acks it, up to 60
   * times. `ordered`: a projection reads the facts in stream order without acks, from the checkpoint in the service's database.
   */
  readonly consumer?: "durable" | "ordered";
  /** The work items that it claims. */
  readonly claims: readonly { readonly role: Role; readonly stack: Stack }[];
  /** The facts that it may store on EVENTS, by an append (under optimistic concurrency) or by a publish (without a condition). */
  readonly publishes: readonly FactType[];
  /** The roles whose work items it enqueues. */
  readonly enqueues: readonly Role[];
  /**
   * `everything`: the messages of all streams, with short-lived consumers of its own. It may not use a service's consumer, because that moves
   * the service's position, and may not pull work items. Absent: it reads only what its other fields need.
   */
  readonly reads?: "everything";
  /** Whether it replays dead letters (to the consumer that failed, or back on the queue) and stores deliveries again, which the webhook verifies again. */
  readonly replays?: true;
  /** The streams from which it deletes single messages. Nobody can delete from EVENTS. */
  readonly erases?: readonly ErasableStream[];
  /** The streams on which it counts the bytes of each service, with consumers that deliver subject and headers without the payload. */
  readonly meters?: readonly MeteredStream[];
  /** Whether it pauses agents: it may pause the consumers of work items, and no others. */
  readonly pauses?: true;
}

/** A stream that a row may meter: one that services fill with messages of any length. */
export type MeteredStream = "EVENTS" | "TEXT" | "DLQ";

/** A stream from which a row may delete: messages that could not be handled, those that are replayed, raw deliveries, texts. */
export type ErasableStream = "DLQ" | "GITHUB" | "REDO" | "TEXT";

/** The facts of an agent that works on issues, of each stack. */
const devFacts = [
  "ISSUE_ASSIGNED",
  "ISSUE_UNASSIGNED",
  "WORK_STARTED",
  "BRANCH_CREATED",
  "PR_CREATED",
  "RUN_SUCCEEDED",
  "RUN_FAILED",
  "TOKEN_USAGE",
] as const;

/** All rows: what each service consumes and publishes. Start every change of the rig here. */
export const choreography = {
  webhook: {
    does: "Stores every signed GitHub delivery, then publishes the facts that follow from it.",
    ingests: true,
    consumes: [],
    claims: [],
    publishes: [...gitHubFacts, "THREAD_RESOLVED", "BASE_CHECKED", "REPOSITORY_MOVED", "INSTALLATION_CHANGED"],
    enqueues: [],
  },
  reconciler: {
    does: "Compares GitHub with what the rig knows, each minute, and publishes the facts whose deliveries never came.",
    wakes: ["minute"],
    consumes: [],
    claims: [],
    publishes: [...gitHubFacts, "GATE_OUTDATED", "RECONCILED"],
    enqueues: [],
  },
  dispatcher: {
    does: "Decides what the agents work on: queues issues, fixes and reviews, and settles issues.",
    consumes: [
      "ISSUE_LABELED",
      "ISSUE_UNLABELED",
      "ISSUE_CLOSED",
      "ISSUE_COMMENTED",
      "PR_CREATED",
      "RUN_SUCCEEDED",
      "RUN_FAILED",
      "PR_OPENED",
      "PR_SYNCHRONIZED",
      "PR_REOPENED",
      "PR_CLOSED",
      "PR_COMMENTED",
      "REVIEW_CHANGES_REQUESTED",
      "REVIEW_FAILED",
      "REVIEW_SUBMITTED",
      "CI_FAILED",
      "STATUS_REPORTED",
      "MERGE_CONFLICT",
      "MERGE_FAILED",
      "GATE_OVERDUE",
      "MERGED",
    ],
    consumer: "durable",
    claims: [],
    publishes: [
      "ISSUE_APPROVED",
      "ISSUE_LABEL_CONFIRMED",
      "ISSUE_LABEL_REFUSED",
      "ISSUE_QUEUED",
      "ISSUE_NEEDS_HUMAN",
      "ISSUE_CANCELLED",
      "ISSUE_DONE",
      "REVIEW_LOOP_EXCEEDED",
    ],
    enqueues: ["dev", "review"],
  },
  "dev-e": {
    does: "Claims an issue, writes the change, runs the tests, opens the pull request, answers reviews.",
    consumes: [],
    claims: [{ role: "dev", stack: "node" }],
    publishes: devFacts,
    enqueues: [],
  },
  "review-e": {
    does: "Claims a changed pull request, reads it and posts one review under its own identity.",
    consumes: [],
    claims: [{ role: "review", stack: "any" }],
    publishes: [
      "REVIEW_ASSIGNED",
      "REVIEW_UNASSIGNED",
      "REVIEW_PASSED",
      "REVIEW_CHANGES_REQUESTED",
      "REVIEW_FAILED",
      "TOKEN_USAGE",
    ],
    enqueues: [],
  },
  "merge-gate": {
    does: "Merges a pull request only when GitHub, asked again, shows that every condition of the gate is met.",
    consumes: [
      "PR_OPENED",
      "PR_SYNCHRONIZED",
      "PR_EDITED",
      "PR_REOPENED",
      "PR_CLOSED",
      "CI_PASSED",
      "CI_FAILED",
      "STATUS_REPORTED",
      "REVIEW_PASSED",
      "REVIEW_SUBMITTED",
      "THREAD_RESOLVED",
      "PR_COMMENTED",
      "GATE_OUTDATED",
      "RUN_SUCCEEDED",
      "ISSUE_QUEUED",
      "ISSUE_UNLABELED",
      "ISSUE_CLOSED",
      "ISSUE_NEEDS_HUMAN",
      "MERGES_FROZEN",
      "MERGES_UNFROZEN",
      "BASE_RELEASED",
      "BASE_CHECKED",
    ],
    consumer: "durable",
    claims: [],
    publishes: [
      "GATE_EVALUATED",
      "GATE_UNSHOWN",
      "GATE_REMINDED",
      "GATE_OVERDUE",
      "BRANCH_UPDATE_REQUESTED",
      "MERGE_REQUESTED",
      "MERGE_QUEUED",
      "MERGED",
      "MERGE_FAILED",
      "MERGE_CONFLICT",
      "ADMIN_BYPASS_DETECTED",
      "BASE_BROKEN",
      "REVERT_PROPOSED",
      "BASE_CLAIMED",
      "BASE_AWAITED",
      "BASE_RELEASED",
      "BASE_ADVANCED",
    ],
    enqueues: [],
  },
  status: {
    does: "Projects every fact into the tables that operators read.",
    consumes: eventsFactTypes,
    consumer: "ordered",
    claims: [],
    publishes: [],
    enqueues: [],
  },
  scheduler: {
    does: "Publishes a tick at each instant of each schedule, once for any number of replicas.",
    consumes: [],
    claims: [],
    publishes: ["TICK"],
    enqueues: [],
  },
  meter: {
    does: "Counts the bytes that each service stores in an hour, and pauses an agent that stores more than the policy allows.",
    wakes: ["minute"],
    consumes: [],
    claims: [],
    publishes: ["FLEET_PAUSED", "FLEET_RESUMED"],
    enqueues: [],
    meters: ["EVENTS", "TEXT", "DLQ"],
    pauses: true,
  },
  operator: {
    does: "A person with the command `npm run rig`: reads everything, replays or dismisses dead letters, erases text, freezes merges.",
    runs: "person",
    consumes: [],
    claims: [],
    publishes: ["DEAD_LETTER_REPLAYED", "DEAD_LETTER_DISMISSED", "TEXT_ERASED", "MERGES_FROZEN", "MERGES_UNFROZEN"],
    enqueues: [],
    reads: "everything",
    replays: true,
    erases: ["DLQ", "GITHUB", "REDO", "TEXT"],
  },
} as const satisfies Record<string, Row>;

/** The name of a row. Its nkey user on the bus has the same name. */
export type RowName = keyof typeof choreography;
/** The names of all rows. */
export const rowNames = Object.keys(choreography) as readonly RowName[];

/** The name of a service: a row that a process runs. Its folder and its durable consumers have the same name. */
export type ServiceName = {
  [Name in RowName]: (typeof choreography)[Name] extends { readonly runs: "person" } ? never : Name;
}[RowName];
/** The names of the rows that a process runs. */
export const serviceNames = rowNames.filter((name): name is ServiceName => rowOf(name).runs === undefined);

/** Returns a row as the general type `Row`, for code that works on any row. */
export function rowOf(name: RowName): Row {
  return choreography[name];
}

/** The fact types that a service consumes. */
export type Consumed<Name extends ServiceName> = (typeof choreography)[Name]["consumes"][number];
/** The fact types that a row may publish. */
export type Published<Name extends RowName> = (typeof choreography)[Name]["publishes"][number];
/** The roles whose work a service may enqueue. */
export type EnqueuedRole<Name extends ServiceName> = (typeof choreography)[Name]["enqueues"][number];

/** The facts that a service consumes. */
export type Consumes<Name extends ServiceName> = Fact<Consumed<Name>>;
/** The draft of a fact that a row may publish; `Kind` limits it to one kind of aggregate. */
export type Publishes<Name extends RowName, Kind extends AggregateKind = AggregateKind> = Extract<
  FactDraft<Published<Name>>,
  { readonly on: { readonly kind: Kind } }
>;
/** The draft of a work item that a service may enqueue. */
export type Enqueues<Name extends ServiceName> = WorkDraft<EnqueuedRole<Name>>;

/** The outcome of a decision: `facts` to append to the aggregate, `work` to enqueue. */
export interface Decision<Name extends ServiceName, Kind extends AggregateKind = AggregateKind> {
  readonly facts: readonly Publishes<Name, Kind>[];
  readonly work: readonly Enqueues<Name>[];
}

/** The names of the rows that publish a fact type, and of those that did so in the past. */
export function publishersOf(type: FactType): readonly string[] {
  return [...rowNames.filter((name) => rowOf(name).publishes.includes(type)), ...catalogue[type].pastPublishers];
}

/** Whether the row of the service consumes this fact. */
export function isConsumedBy<Name extends ServiceName>(name: Name, fact: Fact): fact is Extract<Fact, Consumes<Name>> {
  return rowOf(name).consumes.some((type) => type === fact.type);
}
