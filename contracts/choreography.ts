import { type FactType, factTypes } from "./catalogue.ts";
import type { Fact, FactDraft } from "./envelope.ts";
import type { Role, Stack, WorkDraft } from "./work.ts";

/**
 * What one service does, hears, takes and says. The row is the law three times: a handler that is missing or
 * a fact outside the row does not compile, the broker's permissions are generated from the row, and a service
 * that imports another one fails the check.
 */
export interface Row {
  /** One sentence for the README. */
  readonly does: string;
  /** Whether it reads raw deliveries from the stream GITHUB, and stores them there. */
  readonly ingests?: true;
  /** The facts that it hears. */
  readonly consumes: readonly FactType[];
  /** `decide` hears every fact until it is acked; `project` reads the stream in order from its own checkpoint. */
  readonly hears: "durable" | "in order";
  /** The work items that it takes. */
  readonly claims: readonly { readonly role: Role; readonly stack: Stack }[];
  /** The facts that it says. */
  readonly publishes: readonly FactType[];
  /** The work that it puts on the queue. */
  readonly puts: readonly Role[];
}

/** Who hears what and says what: the whole rig on one page. Change it first. */
export const choreography = {
  webhook: {
    does: "Stores every signed GitHub delivery, then says what it means.",
    ingests: true,
    consumes: [],
    hears: "durable",
    claims: [],
    publishes: [
      "ISSUE_LABELED",
      "ISSUE_CLOSED",
      "PR_OPENED",
      "PR_SYNCHRONIZED",
      "PR_EDITED",
      "PR_REOPENED",
      "PR_CLOSED",
      "REVIEW_SUBMITTED",
      "THREAD_RESOLVED",
      "CI_PASSED",
      "CI_FAILED",
    ],
    puts: [],
  },
  dispatcher: {
    does: "Decides what is worked on: queues issues, fixes and reviews, and ends an issue's life.",
    consumes: [
      "ISSUE_LABELED",
      "ISSUE_CLOSED",
      "RUN_SUCCEEDED",
      "RUN_FAILED",
      "PR_OPENED",
      "PR_SYNCHRONIZED",
      "PR_REOPENED",
      "PR_CLOSED",
      "REVIEW_CHANGES_REQUESTED",
      "REVIEW_FAILED",
      "REVIEW_SUBMITTED",
      "CI_FAILED",
      "MERGE_CONFLICT",
      "MERGED",
    ],
    hears: "durable",
    claims: [],
    publishes: [
      "ISSUE_APPROVED",
      "ISSUE_QUEUED",
      "ISSUE_NEEDS_HUMAN",
      "ISSUE_CANCELLED",
      "ISSUE_DONE",
      "REVIEW_LOOP_EXCEEDED",
    ],
    puts: ["dev", "review"],
  },
  "dev-e": {
    does: "Claims an issue, writes the change, runs the tests, opens the pull request, answers reviews.",
    consumes: [],
    hears: "durable",
    claims: [{ role: "dev", stack: "node" }],
    publishes: [
      "ISSUE_ASSIGNED",
      "ISSUE_UNASSIGNED",
      "WORK_STARTED",
      "BRANCH_CREATED",
      "PR_CREATED",
      "RUN_SUCCEEDED",
      "RUN_FAILED",
      "TOKEN_USAGE",
    ],
    puts: [],
  },
  "review-e": {
    does: "Claims a changed pull request, reads it and posts one review under its own identity.",
    consumes: [],
    hears: "durable",
    claims: [{ role: "review", stack: "any" }],
    publishes: ["REVIEW_ASSIGNED", "REVIEW_PASSED", "REVIEW_CHANGES_REQUESTED", "REVIEW_FAILED", "TOKEN_USAGE"],
    puts: [],
  },
  "merge-gate": {
    does: "Merges what GitHub, asked afresh, shows to have earned it, and nothing else.",
    consumes: [
      "PR_OPENED",
      "PR_SYNCHRONIZED",
      "PR_EDITED",
      "PR_REOPENED",
      "PR_CLOSED",
      "CI_PASSED",
      "REVIEW_PASSED",
      "REVIEW_SUBMITTED",
      "THREAD_RESOLVED",
      "RUN_SUCCEEDED",
    ],
    hears: "durable",
    claims: [],
    publishes: [
      "GATE_EVALUATED",
      "MERGE_REQUESTED",
      "MERGED",
      "MERGE_FAILED",
      "MERGE_CONFLICT",
      "ADMIN_BYPASS_DETECTED",
    ],
    puts: [],
  },
  status: {
    does: "Projects every fact into the tables that operators read.",
    consumes: factTypes,
    hears: "in order",
    claims: [],
    publishes: [],
    puts: [],
  },
} as const satisfies Record<string, Row>;

/** The name of a service, as in its folder, its nkey user and its durable consumers. */
export type ServiceName = keyof typeof choreography;
export const serviceNames = Object.keys(choreography) as readonly ServiceName[];

/** The row of a service with its lists widened, for code that works on any row. */
export function rowOf(name: ServiceName): Row {
  return choreography[name];
}

/** The facts that a service hears, and those that it may say. */
export type Consumed<Name extends ServiceName> = (typeof choreography)[Name]["consumes"][number];
export type Published<Name extends ServiceName> = (typeof choreography)[Name]["publishes"][number];
/** The work that a service may put. */
export type PutRole<Name extends ServiceName> = (typeof choreography)[Name]["puts"][number];

/** What a service may say: a fact of its row. */
export type Says<Name extends ServiceName> = FactDraft<Published<Name>>;
/** What a service may ask for: work of its row. */
export type Asks<Name extends ServiceName> = WorkDraft<PutRole<Name>>;
/** What a service heard. */
export type Hears<Name extends ServiceName> = Fact<Consumed<Name>>;

/** One handler for every fact of the row: a missing one does not compile. */
export type Handlers<Name extends ServiceName, Answer> = {
  readonly [Type in Consumed<Name>]: (fact: Fact<Type>) => Answer;
};
