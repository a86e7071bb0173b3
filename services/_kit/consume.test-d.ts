// Checked by `tsc -p .`, run by nobody: each line under @ts-expect-error is a program that must not compile.
import { Effect } from "effect";
import type { Enqueues, Handlers, Publishes } from "#contracts/choreography.ts";
import { append } from "./aggregate.ts";
import type { Bus } from "./bus.ts";
import type { Held } from "./claim.ts";
import { type Answer, consumeFacts, type HandlingError } from "./consume.ts";

type Table = Handlers<"merge-gate", Effect.Effect<readonly Answer<"merge-gate">[], HandlingError, Bus>>;
declare const table: Table;
declare const held: Held<"dev-e">;
declare const on: { readonly kind: "issue"; readonly owner: string; readonly repo: string; readonly number: number };
declare const cause: { readonly id: string; readonly correlationId: string; readonly traceparent: string };
const { RUN_SUCCEEDED: _left, ...withoutOne } = table;

export const complete = consumeFacts("merge-gate", table);
// @ts-expect-error a service with a missing handler (RUN_SUCCEEDED) cannot consume
export const incomplete = consumeFacts("merge-gate", withoutOne);
// @ts-expect-error a table of another service is not this service's
export const another = consumeFacts("dispatcher", table);
// @ts-expect-error a name that has no row cannot consume
export const nameless = consumeFacts("judge-e", table);
// @ts-expect-error a handler may fail with what the bus knows an answer to, and with nothing else
export const careless = consumeFacts("merge-gate", { ...table, CI_PASSED: () => Effect.fail(new Error("no kind")) });

const merged: Publishes<"merge-gate"> = { type: "MERGED", on, data: { prNumber: 1, mergeSha: "m" } };
const done: Publishes<"dispatcher"> = {
  type: "ISSUE_DONE",
  on,
  data: { prNumber: 1, mergeSha: "m", durationMinutes: 1 },
};
declare const work: Enqueues<"dispatcher">;

export const answer: Answer<"merge-gate"> = { on, decide: () => ({ facts: [merged], work: [] }) };
// @ts-expect-error an answer says no fact outside the row
export const overreach: Answer<"merge-gate"> = { on, decide: () => ({ facts: [done], work: [] }) };
// @ts-expect-error an answer asks for no work outside the row
export const request: Answer<"merge-gate"> = { on, decide: () => ({ facts: [], work: [work] }) };

export const started = held.append("started", [
  { type: "WORK_STARTED", on, data: { claimId: "a", task: "fix", model: "m" } },
]);
// @ts-expect-error a holder says no fact outside its row
export const selfMerge = held.append("end", [merged]);
// @ts-expect-error what is appended is a fact of the catalogue
export const invented = append({ service: "x", cause, step: "s" }, on, () => [{ type: "HELLO", on, data: {} }]);
