import { Effect } from "effect";
import type { Place } from "#contracts/aggregates.ts";
import { type ForgeState, requirementsIn } from "#contracts/gate/snapshot.ts";
import type { Tiers } from "#contracts/gate/tier-rules.ts";
import { plainLogin } from "#kit/github/logins.ts";
import type { Trust } from "#kit/github/trust.ts";
import { readUpdates } from "#kit/github/updates.ts";
import type { ChangeShown } from "./change-shown.ts";
import { approvalsOf, forcedAtIn, readPushes } from "./pushes.ts";
import { weighRequested } from "./requested.ts";
import type { Judged } from "./undone.ts";
import { weighReviews } from "./weigh.ts";

/** A pull request as GitHub shows it, what it says itself, and what its base requires. */
interface Asking {
  readonly trust: Trust;
  readonly judged: Judged;
  readonly said: Pick<ForgeState, "open" | "ownRepository" | "branch" | "baseBranch" | "headSha">;
  readonly told: ChangeShown;
  /** Whether the approvals of people count, so that GitHub is asked whether they may write. */
  readonly countsApprovals: boolean;
}

/**
 * Reads whose approval of which head counts: the reviews with their weight, the updates by which the head follows from an approved one, who pushed
 * that, and whose review is still to come.
 */
export const readApprovals = Effect.fn("readApprovals")(function* (
  change: Place,
  { trust, judged, said, told, countsApprovals }: Asking,
) {
  const { events, reviews: listed, commits, parents, pull } = told;
  const reviews = yield* weighReviews(trust, change, { reviews: listed, events, countsApprovals });
  const updates = yield* updatesOf(change, { said, parents, commits, reviews: reviews.value });
  const pushed = yield* readPushes(change, { ...said, updates, reviews: reviews.value });
  const requested = yield* weighRequested(trust, change, { shown: pull.asked, events, reviews: listed, judged });
  const { pushes } = pushed;
  const value = { reviews: reviews.value, updates, pushes, forcedAt: forcedAtIn(events), requested: requested.value };
  return { value, untold: [reviews, pushed, requested].flatMap(({ untold }) => untold) };
});

/** Whether the rules of the base want approvals, or a tier of risk does. */
export function wantsApprovals(required: ForgeState["required"], tiers: Tiers): boolean {
  const isRequired = (requirementsIn({ required })?.reviews.approvals ?? 0) > 0;
  return isRequired || Object.values(tiers).some(({ approvals }) => approvals > 0);
}

/** The updates by which the head follows from an approved one, where it is not approved itself. */
const updatesOf = Effect.fnUntraced(function* (
  change: Place,
  {
    said,
    parents,
    commits,
    reviews,
  }: Pick<Asking, "said"> & Pick<ChangeShown, "parents" | "commits"> & Pick<ForgeState, "reviews">,
) {
  // Whoever brought the branch up to date and approves that head takes no earlier approval away.
  const madeBy = new Map(commits.map(({ sha, by }) => [sha, by.map(plainLogin)]));
  const ofOthers = reviews.filter(({ headSha, reviewer }) => !madeBy.get(headSha)?.includes(plainLogin(reviewer)));
  const approved = approvalsOf(ofOthers);
  if (!said.open || !said.ownRepository || approved.length === 0) return [];
  return yield* readUpdates(change, { ...said, commits: parents, approved });
});
