import { Clock, Effect } from "effect";
import { type ChangeRef, changeAt } from "#contracts/aggregates.ts";
import type { ChangeLife } from "#contracts/change-life.ts";
import type { IssueLife } from "#contracts/issue-life.ts";
import { Retryable } from "#kit/errors.ts";
import { loadChange } from "#kit/facts/aggregate.ts";
import { approvedTextHash } from "#kit/facts/text.ts";
import { retryUnknown } from "#kit/github/not-known-yet.ts";
import type { Trust } from "#kit/github/trust.ts";
import { OperatorPolicy } from "#kit/policy/policy.ts";
import { type Asking, type Fresh, readFresh } from "./forge.ts";
import { readFreeze } from "./freezes.ts";
import { goneIn, weighErased } from "./weigh.ts";

/** A pull request, with its state by its history. */
export interface Change {
  readonly pr: ChangeRef;
  readonly change: ChangeLife;
}

/**
 * Everything that the gate decides on, asked of GitHub afresh. The history of the pull request is read after GitHub's answers, which it may be ahead of.
 * Fails with `Retryable` while GitHub shows an earlier head than was told.
 */
export const lookAt = Effect.fn("lookAt")(function* (
  asking: Asking,
  { pr, issue }: Pick<Change, "pr"> & { readonly issue: IssueLife },
) {
  const { on, trust, branches } = asking;
  const forge = yield* readFresh(pr, { on, trust, branches }).pipe(Effect.catchTag("GitHubRefused", retryUnknown));
  const change = yield* loadChange(pr);
  if (forge.headSha !== change.headSha && change.supersededHeads.includes(forge.headSha)) {
    return yield* new Retryable({ what: `GitHub does not show the head ${change.headSha} of #${pr.number} yet` });
  }
  const deleted = yield* deletedOn({ pr, change }, { fresh: forge, trust });
  const { gate: policy } = yield* OperatorPolicy;
  const freeze = yield* readFreeze({ ...on, branch: forge.baseBranch });
  const at = new Date(yield* Clock.currentTimeMillis).toISOString();
  return {
    at,
    on,
    issue,
    change,
    forge,
    ...deleted,
    approvedText: approvedTextHash(issue),
    policy,
    freeze,
    ...notAsked,
  };
});

/** What is asked only of a change that lacks nothing else (line.ts). */
const notAsked = { baseRed: [], ahead: null } as const;

/** The comments that somebody deleted, on this pull request and the issue's others: those that no person deleted, and how many are gone unseen. */
const deletedOn = Effect.fn("deletedOn")(function* (
  { pr, change }: Change,
  { fresh, trust }: { readonly fresh: Fresh; readonly trust: Trust },
) {
  const others = yield* Effect.forEach(fresh.others, ({ number, threads }) =>
    Effect.map(loadChange(changeAt({ ...pr, number })), (other) => ({ change: other, threads })),
  );
  const all = [{ change, threads: fresh.threads }, ...others];
  const erased = all.flatMap((each) => each.change.erased);
  return { erased: yield* weighErased(trust, pr, erased), gone: goneIn(all) };
});
