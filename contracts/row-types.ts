import type { choreography, Row, ServiceName } from "./choreography.ts";
import type { Schedule } from "./schedules.ts";

// What the compiler computes from the rows: which services are alike, are woken, or count tokens.

/** A service whose row has `wakes`. */
export type WakingService = {
  [Name in ServiceName]: (typeof choreography)[Name] extends { readonly wakes: readonly Schedule[] } ? Name : never;
}[ServiceName];

/**
 * The services of one kind, such as one for each stack: those that claim work of the roles of this one and may publish all that it
 * publishes. Code for this service also works for each of them. `Rows` is replaced only in the test of this type.
 */
export type ServicesLike<Name extends keyof Rows, Rows extends Readonly<Record<string, Row>> = typeof choreography> = {
  [Other in keyof Rows]: [RoleOf<Rows[Name]>, Rows[Name]["publishes"][number]] extends [
    RoleOf<Rows[Other]>,
    Rows[Other]["publishes"][number],
  ]
    ? Other
    : never;
}[keyof Rows];
type RoleOf<Of extends Row> = Of["claims"][number]["role"];

/** The rows that publish TOKEN_USAGE. Who claims work is one of them, because it counts the tokens of each run. */
export type CountingRow<Rows extends Readonly<Record<string, Row>> = typeof choreography> = {
  [Name in keyof Rows]: "TOKEN_USAGE" extends Rows[Name]["publishes"][number] ? Name : never;
}[keyof Rows];
