import { Effect } from "effect";
import type { RepositoryRef } from "#contracts/aggregates.ts";
import { isFixesBase, isLargeOk, isManualMerge } from "#contracts/labels.ts";
import type { Trust } from "#kit/github/trust.ts";
import type { ChangeEvent, Judged } from "./undone.ts";
import { mayObject } from "./weigh.ts";

/**
 * Asks GitHub about the people who did something in these events that counts only of those who may write: triage lets anybody set labels,
 * close and open again. `labels`: those besides `manual-merge` of which it matters who took them off. Where GitHub does not tell it, it does not count, and `untold` names it.
 */
export const writersIn = Effect.fn("writersIn")(function* (
  trust: Trust,
  at: RepositoryRef,
  { events, labels = [] }: { readonly events: readonly ChangeEvent[]; readonly labels?: readonly string[] },
) {
  const people = events.filter((event) => isOfWriters(event, labels) && trust.isPerson(event.actor));
  const accounts = new Map(people.map(({ actor }) => [actor.login, actor]));
  const weighed = yield* Effect.forEach(
    accounts.values(),
    (account) => Effect.map(mayObject(trust, at, account), (said) => ({ ...said, login: account.login })),
    { concurrency: 4 },
  );
  const writers = new Set(weighed.flatMap(({ login, value, untold }) => (value && untold.length === 0 ? [login] : [])));
  return {
    judged: { isPerson: trust.isPerson, isWriter: ({ login }) => writers.has(login) } satisfies Judged as Judged,
    untold: weighed.flatMap(({ untold }) => untold),
  };
});

function isOfWriters({ event, label }: ChangeEvent, labels: readonly string[]): boolean {
  if (event === "unlabeled")
    return isManualMerge(label) || labels.some((each) => each.toLowerCase() === label.toLowerCase());
  if (event === "labeled") return isLargeOk(label) || isFixesBase(label);
  return ["ready_for_review", "reopened", "closed", "renamed", "review_request_removed"].includes(event);
}
