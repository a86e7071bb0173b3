// Checked by `tsc -p .`, run by nobody: each line under @ts-expect-error is a program that must not compile.
import {
  type Consumed,
  type Consumes,
  choreography,
  type EnqueuedRole,
  type Enqueues,
  type Published,
  type Publishes,
  type Row,
  type ServiceName,
} from "./choreography.ts";
import type { Fact } from "./envelope.ts";
import type { CountingRow, ServicesLike } from "./row-types.ts";
import type { WorkDraft } from "./work.ts";

declare const on: { readonly kind: "issue"; readonly owner: string; readonly repo: string; readonly number: number };
declare const change: { readonly kind: "pr"; readonly owner: string; readonly repo: string; readonly number: number };

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
const holds = <Claim extends true>(claim: Claim) => claim;

// A switch without a default does not compile unless it has a case for each fact of the row. Each case has the data of its own fact.
holds<Same<Consumed<"merge-gate">, "PR_OPENED" | "PR_SYNCHRONIZED" | "PR_EDITED" | "PR_REOPENED" | "PR_CLOSED" | Also>>(
  true,
);
type Also =
  | "CI_PASSED"
  | "CI_FAILED"
  | "PR_COMMENTED"
  | "REVIEW_PASSED"
  | "REVIEW_SUBMITTED"
  | "THREAD_RESOLVED"
  | "GATE_OUTDATED"
  | "RUN_SUCCEEDED"
  | "ISSUE_QUEUED"
  | "ISSUE_UNLABELED"
  | "ISSUE_CLOSED"
  | "ISSUE_NEEDS_HUMAN"
  | "MERGES_FROZEN"
  | "MERGES_UNFROZEN"
  | "BASE_RELEASED"
  | "BASE_CHECKED"
  | "STATUS_REPORTED";
type Pushed = Extract<Consumes<"dispatcher">, { type: "PR_SYNCHRONIZED" | "PR_OPENED" }>;
export function complete(fact: Pushed): string {
  switch (fact.type) {
    case "PR_OPENED":
      return fact.data.headSha;
    case "PR_SYNCHRONIZED":
      return fact.data.prevSha;
  }
}
// @ts-expect-error a fact of the row without a case (PR_OPENED) does not compile
export function incomplete(fact: Pushed): string {
  switch (fact.type) {
    case "PR_SYNCHRONIZED":
      return fact.data.prevSha;
  }
}
export function tooMany(fact: Consumes<"dispatcher">): string {
  // @ts-expect-error a case for a fact that the row does not name (ISSUE_APPROVED) does not compile
  if (fact.type === "ISSUE_APPROVED") return "";
  // @ts-expect-error a case that reads another fact's data does not compile
  return fact.type === "PR_OPENED" ? fact.data.prevSha : "";
}
holds<Same<Consumed<"dev-e">, never>>(true);
// @ts-expect-error a service does not consume a fact outside its row
export const unconsumed: Consumes<"dispatcher"> = null as unknown as Fact<"ISSUE_APPROVED">;

export const published: Publishes<"merge-gate"> = { type: "MERGED", on, data: { prNumber: 1, mergeSha: "m" } };
declare const passed: Publishes<"review-e"> & { readonly type: "REVIEW_PASSED" };
// @ts-expect-error dev-e cannot publish that a review passed
export const forged: Publishes<"dev-e"> = passed;
// @ts-expect-error the dispatcher cannot publish that something was merged
export const merged: Publishes<"dispatcher"> = { type: "MERGED", on, data: { prNumber: 1, mergeSha: "m" } };
// @ts-expect-error a fact of an issue cannot be in a pull request's history
export const misplaced: Publishes<"merge-gate"> = { type: "MERGED", on: change, data: { prNumber: 1, mergeSha: "m" } };
// @ts-expect-error a fact without its data does not compile
export const empty: Publishes<"merge-gate"> = { type: "MERGED", on, data: { prNumber: 1 } };
// @ts-expect-error status publishes nothing
export const loud: Publishes<"status"> = { type: "MERGED", on, data: { prNumber: 1, mergeSha: "m" } };

declare const asked: WorkDraft<"review">;
export const enqueued: Enqueues<"dispatcher"> = asked;
// @ts-expect-error an agent enqueues no work
export const selfMade: Enqueues<"dev-e"> = asked;
// @ts-expect-error work for a role that nobody has does not compile
export const roleless: Enqueues<"dispatcher"> = { ...asked, role: "judge" };
// @ts-expect-error a review is of one head
export const headless: Enqueues<"dispatcher"> = { ...asked, headSha: null };
// @ts-expect-error the item of one role is not that of another
export const mistaken: Enqueues<"dispatcher"> = { ...asked, role: "dev" };

holds<Same<EnqueuedRole<"dispatcher">, "dev" | "review">>(true);
holds<Same<Published<"status">, never>>(true);
holds<Same<Extract<Published<ServiceName>, "REVIEW_PASSED">, "REVIEW_PASSED">>(true);
holds<Same<Extract<Published<Exclude<ServiceName, "review-e">>, "REVIEW_PASSED">, never>>(true);

// A row with `wakes` consumes ticks, here a service `sentinel` that does not exist.
const sentinel = {
  does: "Looks after what stands still.",
  wakes: ["minute"],
  consumes: [],
  claims: [],
  publishes: [],
  enqueues: [],
} as const satisfies Row;
export const hourly: Row = {
  ...sentinel,
  // @ts-expect-error a schedule that is not in the list cannot be in `wakes`
  wakes: ["fortnight"],
};
export const listening: Row = {
  ...sentinel,
  // @ts-expect-error a tick is no fact on EVENTS
  consumes: ["TICK"],
};
// @ts-expect-error the dispatcher does not publish ticks
export const early: Publishes<"dispatcher"> = null as unknown as Publishes<"scheduler">;

// What is written for Dev-E works for a second row of its kind, for another stack, and for no other row.
const devE = choreography["dev-e"];
export const agents = {
  "dev-e": devE,
  "dev-e-python": { ...devE, program: "dev-e", claims: [{ role: "dev", stack: "any" }] },
  mute: { ...devE, publishes: ["ISSUE_ASSIGNED", "ISSUE_UNASSIGNED"] },
  idle: { ...devE, claims: [] },
  thrifty: { ...devE, publishes: ["ISSUE_ASSIGNED", "ISSUE_UNASSIGNED", "RUN_FAILED"] },
  "review-e": choreography["review-e"],
} as const satisfies Record<string, Row>;
holds<Same<ServicesLike<"dev-e", typeof agents>, "dev-e" | "dev-e-python">>(true);
holds<Same<ServicesLike<"review-e", typeof agents>, "review-e">>(true);

holds<Same<CountingRow<typeof agents>, "dev-e" | "dev-e-python" | "idle" | "review-e">>(true);
// Of the rows that are: each agent counts, and nobody who claims no work does. A row for another agent changes nothing here.
type Claiming = {
  [Name in ServiceName]: (typeof choreography)[Name]["claims"] extends readonly [] ? never : Name;
}[ServiceName];
holds<Same<CountingRow, Claiming>>(true);

export const misspelt: Row = {
  does: "Nothing.",
  // @ts-expect-error a fact that is not in the catalogue cannot be consumed
  consumes: ["ISSUE_LABELLED"],
  consumer: "durable",
  claims: [],
  // @ts-expect-error a fact that is not in the catalogue cannot be published
  publishes: ["REVIEW_PASS"],
  enqueues: [],
};

export const forgetful: Row = {
  ...sentinel,
  // @ts-expect-error nobody erases facts
  erases: ["EVENTS"],
};
