// Checked by `tsc -p .`, run by nobody: each line under @ts-expect-error is a program that must not compile.
import type {
  Consumed,
  Consumes,
  EnqueuedRole,
  Enqueues,
  Handlers,
  Published,
  Publishes,
  Row,
  ServiceName,
} from "./choreography.ts";
import type { Fact } from "./envelope.ts";

declare const handle: (fact: Fact) => string;
declare const on: { readonly kind: "issue"; readonly owner: string; readonly repo: string; readonly number: number };
declare const change: { readonly kind: "pr"; readonly owner: string; readonly repo: string; readonly number: number };

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
const holds = <Claim extends true>(claim: Claim) => claim;

// A table with a handler for every fact of the row is one; a handler sees the data of its own fact.
type Expected = "PR_OPENED" | "PR_SYNCHRONIZED" | "PR_EDITED" | "PR_REOPENED" | "PR_CLOSED" | "CI_PASSED";
type Also = "REVIEW_PASSED" | "REVIEW_SUBMITTED" | "THREAD_RESOLVED" | "RUN_SUCCEEDED";
holds<Same<Consumed<"merge-gate">, Expected | Also>>(true);
const gate: Handlers<"merge-gate", string> = {
  PR_OPENED: (fact) => fact.data.headSha,
  PR_SYNCHRONIZED: (fact) => fact.data.prevSha,
  PR_EDITED: handle,
  PR_REOPENED: handle,
  PR_CLOSED: handle,
  CI_PASSED: (fact) => `${fact.data.suiteId}`,
  REVIEW_PASSED: handle,
  REVIEW_SUBMITTED: handle,
  THREAD_RESOLVED: handle,
  RUN_SUCCEEDED: handle,
};
const { CI_PASSED: _left, ...withoutOne } = gate;

// @ts-expect-error a missing handler (CI_PASSED) does not compile
export const incomplete: Handlers<"merge-gate", string> = withoutOne;
// @ts-expect-error a handler for a fact that the row does not name (MERGED) does not compile
export const tooMany: Handlers<"merge-gate", string> = { ...gate, MERGED: (fact: Fact<"MERGED">) => fact.id };
// @ts-expect-error a handler that reads another fact's data does not compile
export const confused: Handlers<"merge-gate", string> = { ...gate, CI_PASSED: (fact) => fact.data.prevSha };
holds<Same<Consumed<"dev-e">, never>>(true);
// @ts-expect-error a fact that the service does not hear is nothing that it heard
export const unheard: Consumes<"dispatcher"> = null as unknown as Fact<"ISSUE_APPROVED">;

export const said: Publishes<"merge-gate"> = { type: "MERGED", on, data: { prNumber: 1, mergeSha: "m" } };
declare const passed: Publishes<"review-e"> & { readonly type: "REVIEW_PASSED" };
// @ts-expect-error dev-e cannot say that a review passed
export const forged: Publishes<"dev-e"> = passed;
// @ts-expect-error the dispatcher cannot say that something was merged
export const merged: Publishes<"dispatcher"> = { type: "MERGED", on, data: { prNumber: 1, mergeSha: "m" } };
// @ts-expect-error a fact of an issue does not stand in a pull request's history
export const misplaced: Publishes<"merge-gate"> = { type: "MERGED", on: change, data: { prNumber: 1, mergeSha: "m" } };
// @ts-expect-error a fact without its data does not compile
export const empty: Publishes<"merge-gate"> = { type: "MERGED", on, data: { prNumber: 1 } };
// @ts-expect-error a projection says nothing
export const loud: Publishes<"status"> = { type: "MERGED", on, data: { prNumber: 1, mergeSha: "m" } };

declare const plain: Omit<Enqueues<"dispatcher">, "role">;
export const asked: Enqueues<"dispatcher"> = { ...plain, role: "review" };
// @ts-expect-error an agent enqueues no work
export const selfMade: Enqueues<"dev-e"> = { ...plain, role: "dev" };
// @ts-expect-error work for a role that nobody has does not compile
export const roleless: Enqueues<"dispatcher"> = { ...plain, role: "judge" };

holds<Same<EnqueuedRole<"dispatcher">, "dev" | "review">>(true);
holds<Same<Published<"status">, never>>(true);
holds<Same<Extract<Published<ServiceName>, "REVIEW_PASSED">, "REVIEW_PASSED">>(true);
holds<Same<Extract<Published<Exclude<ServiceName, "review-e">>, "REVIEW_PASSED">, never>>(true);

export const misspelt: Row = {
  does: "Nothing.",
  // @ts-expect-error a fact that is not in the catalogue cannot be heard
  consumes: ["ISSUE_LABELLED"],
  consumer: "durable",
  claims: [],
  // @ts-expect-error a fact that is not in the catalogue cannot be said
  publishes: ["REVIEW_PASS"],
  enqueues: [],
};
