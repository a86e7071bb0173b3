// `tsc -p .` checks this file and nothing runs it. Each line under @ts-expect-error must not compile.
import { Effect } from "effect";
import type { Consumes, Enqueues, Publishes } from "#contracts/choreography.ts";
import type { Fact } from "#contracts/envelope.ts";
import type { HandlingError } from "#kit/bus/answer-message.ts";
import type { Bus } from "#kit/bus/bus.ts";
import { append, publishFacts } from "#kit/facts/aggregate.ts";
import type { Held } from "#kit/work/held.ts";
import { type Answer, consumeFacts } from "./consume.ts";

type Handle = (fact: Consumes<"merge-gate">) => Effect.Effect<readonly Answer<"merge-gate">[], HandlingError, Bus>;
declare const handle: Handle;
declare const held: Held<"issue", Publishes<"dev-e", "issue">>;
declare const on: { readonly kind: "issue"; readonly owner: string; readonly repo: string; readonly number: number };
declare const cause: { readonly id: string; readonly correlationId: string; readonly traceparent: string };

export const complete = consumeFacts("merge-gate", handle);
declare const partial: (fact: Fact<"CI_PASSED">) => ReturnType<Handle>;
// @ts-expect-error a handler of some facts of the row (CI_PASSED) cannot consume for the service
export const incomplete = consumeFacts("merge-gate", partial);
// @ts-expect-error a handler of another service cannot consume for this service
export const another = consumeFacts("dispatcher", handle);
// @ts-expect-error a name that has no row cannot consume
export const nameless = consumeFacts("judge-e", handle);
// @ts-expect-error a handler may fail only with `Retryable` and `Poison`
export const careless = consumeFacts("merge-gate", () => Effect.fail(new Error("no kind")));

const merged: Publishes<"merge-gate"> = { type: "MERGED", on, data: { prNumber: 1, mergeSha: "m" } };
const done: Publishes<"dispatcher"> = {
  type: "ISSUE_DONE",
  on,
  data: { prNumber: 1, mergeSha: "m", durationMinutes: 1 },
};
declare const passed: Publishes<"review-e", "pr">;
declare const work: Enqueues<"dispatcher">;

export const answer: Answer<"merge-gate"> = { on, decide: () => ({ facts: [merged], work: [] }) };
// @ts-expect-error an answer has no fact outside the row
export const overreach: Answer<"merge-gate"> = { on, decide: () => ({ facts: [done], work: [] }) };
// @ts-expect-error an answer has no work outside the row
export const request: Answer<"merge-gate"> = { on, decide: () => ({ facts: [], work: [work] }) };

export const started = held.append("started", [
  { type: "WORK_STARTED", on, data: { claimId: "a", task: "fix", model: "m", remarks: [] } },
]);
// @ts-expect-error a holder appends no fact outside its row
export const selfMerge = held.append("end", [merged]);
export const invented = append({ service: "dev-e", cause, step: "s" }, on, () => ({
  // @ts-expect-error only a fact of the catalogue can be appended
  facts: [{ type: "HELLO", on, data: { reason: "" } }],
}));
// @ts-expect-error a fact of a pull request cannot be appended to an issue
export const mixed = append({ service: "review-e", cause, step: "s" }, on, () => ({ facts: [passed] }));
export const appended = append({ service: "dispatcher", cause, step: "s" }, on, () => ({ facts: [done] }));
// @ts-expect-error a service appends no fact outside its row
export const foreign = append({ service: "merge-gate", cause, step: "s" }, on, () => ({ facts: [done] }));
// @ts-expect-error a service publishes no fact outside its row
export const unlisted = publishFacts({ service: "merge-gate", cause, step: "s" }, [done]);
// @ts-expect-error nobody appends in the name of a row that does not exist
export const nobody = append({ service: "x", cause, step: "s" }, on, () => ({ facts: [] }));
