import { Effect } from "effect";
import type { RepositoryRef } from "#contracts/aggregates.ts";
import type { Requested } from "#contracts/gate/snapshot.ts";
import { plainLogin } from "#kit/github/logins.ts";
import type { Account, Trust } from "#kit/github/trust.ts";
import type { ChangeEvent, Judged } from "./undone.ts";
import { mayObject, type ReviewShown } from "./weigh.ts";

// Whose review a person waits for. GitHub merges without it, and it forgets a request that an agent removes.

/** What GitHub shows of the requests on a pull request: the accounts that it still waits for, the events and the reviews. */
interface Asked {
  readonly shown: readonly Account[];
  readonly events: readonly ChangeEvent[];
  readonly reviews: readonly ReviewShown[];
  readonly judged: Judged;
}

/**
 * The people who may object, whom a person asked for a review, and who gave none since. A request of an agent, of an App or for a team holds
 * nothing: GitHub asks the code owners in the name of whoever pushed.
 */
export const weighRequested = Effect.fnUntraced(function* (trust: Trust, at: RepositoryRef, asked: Asked) {
  const accounts = new Map(
    [...asked.events.flatMap(({ requested }) => requested ?? []), ...asked.shown]
      .filter(({ login, type }) => login !== "" && type === "User")
      .map((account) => [plainLogin(account.login), account]),
  );
  const waiting = [...accounts.values()].flatMap((account) => {
    const note = whyWaiting(account, asked);
    return note === null ? [] : [{ account, note }];
  });
  const weighed = yield* Effect.forEach(waiting, ({ account, note }) =>
    Effect.map(mayObject(trust, at, account), ({ value, untold }) => ({ login: account.login, note, value, untold })),
  );
  const counted = weighed.filter(({ value }) => value);
  return {
    value: counted.map(({ login, note }): Requested => ({ login, note })),
    untold: counted.flatMap(({ untold }) => untold),
  };
});

/** Why a person still waits for this account's review, mostly without a note; null where none does. */
function whyWaiting({ login }: Account, { shown, events, reviews, judged }: Asked): string | null {
  const isOf = (account: Account | undefined) => plainLogin(account?.login ?? "") === plainLogin(login);
  const own = events.filter(({ requested }) => isOf(requested));
  if (own.length === 0) return shown.some(isOf) ? "GitHub does not tell yet who asked for it" : null;
  let waits: { readonly at: string; readonly note: string } | null = null;
  for (const { event, actor, at } of own) {
    // Whoever has no login by now may have been a person.
    const isByPerson = actor.login === "" || judged.isPerson(actor);
    if (event === "review_requested" && isByPerson) waits = { at, note: "" };
    if (event !== "review_request_removed" || waits === null) continue;
    const by =
      actor.login === ""
        ? "and GitHub does not tell by whom"
        : `by ${actor.login}, which only a person who may write may`;
    waits = judged.isWriter(actor) ? null : { ...waits, note: `the request was removed ${by}` };
  }
  const since = Date.parse(waits?.at ?? "");
  const isGiven = reviews.some(
    ({ user, submitted_at: given = "" }) => isOf(user ?? undefined) && Date.parse(given) >= since,
  );
  return waits === null || isGiven ? null : waits.note;
}
