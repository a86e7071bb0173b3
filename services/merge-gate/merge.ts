import { Effect } from "effect";
import { changeAt } from "#contracts/aggregates.ts";
import type { Decision } from "#contracts/choreography.ts";
import { type Evaluation, evaluateSeen } from "#contracts/gate/evaluate.ts";
import { hasQueue, isQueuedByGate } from "#contracts/gate/queue.ts";
import type { Seen } from "#contracts/gate/snapshot.ts";
import { isChangeOf } from "#contracts/issue-branch.ts";
import { foldIssue } from "#contracts/issue-life.ts";
import { because, type Why } from "#contracts/reason.ts";
import { Retryable } from "#kit/errors.ts";
import { append, load, loadFromLeader, loadIssue } from "#kit/facts/aggregate.ts";
import { GitHub } from "#kit/github/github.ts";
import { retryUnknown } from "#kit/github/not-known-yet.ts";
import { readBaseRed } from "./base-red.ts";
import {
  canUpdate,
  isAskedAgain,
  isMergeOf,
  isOwnRequest,
  needsBase,
  recordConflict,
  recordMerge,
  requestMerge,
  standingRequest,
  withdrawOrphan,
  withdrawRequest,
} from "./decide.ts";
import { lastTurnIn } from "./decide-line.ts";
import { isMergedByQueue, recordQueued } from "./decide-queue.ts";
import { type Fresh, merge, readFresh } from "./forge.ts";
import { readFreeze } from "./freezes.ts";
import type { Following, Handling } from "./handling.ts";
import { advance, leaveLine, whyMoved } from "./line.ts";
import { lookAt } from "./look.ts";
import { waitFor } from "./not-yet.ts";
import { enqueue } from "./queue-calls.ts";
import { waitUntilShown } from "./shown.ts";
import { updateBranch } from "./update.ts";

// How the gate merges, and how it ends a merge that it had requested.

/** What a verdict is about, with everything that only the merge needs of GitHub. */
export type Merging = Seen & { readonly forge: Fresh };

/** Why a merge that was requested is withdrawn where the change lacks something again. */
export const closedAgain = because("the gate closed again before the merge");

/** 2 s: others merge into the base meanwhile, one after another. */
export const askedAgainMs = 2_000;

/**
 * Appends MERGE_REQUESTED, then asks for the merge. The fact comes first and under optimistic concurrency, so that of two gates one
 * merges, and so that the issue which the merge closes is not taken for a cancelled one.
 */
export const mergeOnce = Effect.fn("mergeOnce")(function* (handling: Following, evaluation: Evaluation, seen: Merging) {
  const { headSha } = evaluation;
  const pr = changeAt({ ...seen.on, number: seen.forge.number });
  if (standingRequest(seen.issue) !== null) yield* takeOver(handling, seen);
  yield* appendOnIssue(handling, `merge ${headSha}`, seen, (now) => requestMerge(evaluation, now));
  // Whoever requested it merges, also when its message is redelivered after a crash, while the request stands; everybody else leaves it to that one.
  const { facts: history } = yield* load(seen.on);
  const freeze = yield* readFreeze({ ...seen.on, branch: seen.forge.baseBranch });
  const requested: Merging = { ...seen, issue: foldIssue(history), freeze };
  if (!isOwnRequest(evaluation, requested, { cause: handling.cause, history })) {
    // Without a request nobody merges it: it was settled meanwhile.
    if (standingRequest(requested.issue) === null)
      yield* leaveLine(handling.cause, requested, "nothing of it is merged");
    return;
  }
  // The issue may have been closed since the evaluation, its label taken off, or merges frozen, and no later fact would wake the gate for that.
  const again = evaluateSeen(requested);
  if (!again.passed) {
    yield* close(handling, again, { seen: requested, why: closedAgain });
    yield* leaveLine(handling.cause, requested, closedAgain.reason);
    yield* waitUntilShown(seen.on, seen.forge, handling.trust);
    return yield* new Retryable({ what: `#${pr.number} is not as it was evaluated` });
  }
  const { last, known } = yield* lookJustBefore(handling, requested);
  if (isMergeOf(last.issue, last.forge)) return yield* appendMerged(handling, last.forge, last);
  const moved = yield* whyMoved(requested, last);
  if (moved !== null) {
    const standing = standingRequest(requested.issue);
    yield* appendOnIssue(handling, `moved ${headSha}`, last, (then) => withdrawRequest(standing, because(moved), then));
    // The next look claims the turn at the newest commit of the base, or waits for it, as those do that waited here.
    yield* leaveLine(handling.cause, requested, moved);
    return yield* new Retryable({ what: moved, delayMs: askedAgainMs });
  }
  if (!isOwnRequest(evaluation, last, { cause: handling.cause, history: known }))
    return yield* new Retryable({ what: `the request for the merge of #${pr.number} stands no more` });
  if (last.forge.headSha !== headSha || !evaluateSeen(last).passed) return yield* endJustBefore(handling, last);
  const asking = hasQueue(last.forge) ? Effect.as(enqueue(pr, last.forge), null) : merge(pr, last.forge);
  const merged = yield* Effect.catchTag(asking, "GitHubRefused", (refused) => Effect.succeed(refused));
  if (merged === null) return yield* appendQueued(handling, last);
  if (typeof merged === "string") return yield* appendMerged(handling, { mergeSha: merged }, seen);
  // This gate may have merged, or put it into the queue, before a crash: then GitHub refuses a second time, and that is no failure.
  const fresh = yield* readFresh(pr, handling).pipe(Effect.catchTag("GitHubRefused", retryUnknown));
  const now: Merging = { ...requested, issue: yield* loadIssue(seen.on), forge: fresh };
  if (isMergeOf(now.issue, fresh)) return yield* appendMerged(handling, fresh, now);
  if (isQueuedByGate(fresh) && fresh.headSha === headSha) return yield* appendQueued(handling, now);
  const after = evaluateSeen(now);
  const wait = waitFor(after, fresh);
  if (wait !== null) return yield* wait;
  const isMoved = fresh.baseSha !== seen.forge.baseSha;
  if (fresh.headSha === headSha && (isMoved || after.passed)) {
    const isAgain = isMoved || isAskedAgain(merged, { headSha, history });
    yield* appendOnIssue(handling, `refused ${headSha}`, now, (then) =>
      withdrawRequest(standingRequest(requested.issue), { ...merged.why, asksPerson: !isAgain }, then),
    );
    // No webhook wakes the gate for a base that has moved on.
    if (isAgain) return yield* new Retryable({ what: merged.message, delayMs: askedAgainMs });
    return yield* leaveLine(handling.cause, requested, merged.why.reason);
  }
  yield* close(handling, after, { seen: { ...now, issue: requested.issue }, why: merged.why });
  yield* leaveLine(handling.cause, requested, merged.why.reason);
});

/**
 * Asks GitHub again right before the merge: what people want may have changed since the evaluation, or be told only now. What the rig itself decided
 * meanwhile is read last, and from the leader: another gate may have ended the request, and somebody may have frozen the branch.
 */
const lookJustBefore = Effect.fnUntraced(function* (handling: Following, { on, issue, forge }: Merging) {
  const seen: Merging = yield* lookAt(handling, { pr: changeAt({ ...on, number: forge.number }), issue });
  if (!seen.forge.merged) yield* waitUntilShown(on, seen.forge, handling.trust);
  const freeze = yield* readFreeze({ ...on, branch: seen.forge.baseBranch });
  const { facts: known } = yield* loadFromLeader(on, yield* load(on));
  const baseRed = yield* readBaseRed(seen);
  const last: Merging = { ...seen, baseRed, issue: foldIssue(known), freeze };
  return { last, known };
});

/** Ends a merge of which the last look found that it must not be. The message is looked at once more, so that the verdict is told. */
const endJustBefore = Effect.fnUntraced(function* (handling: Following, last: Merging) {
  const { forge } = last;
  const evaluation = evaluateSeen(last);
  const wait = waitFor(evaluation, forge);
  if (wait !== null) return yield* wait;
  yield* close(handling, evaluation, { seen: last, why: closedAgain });
  yield* leaveLine(handling.cause, last, closedAgain.reason);
  return yield* new Retryable({ what: `#${forge.number} is not as it was evaluated` });
});

/**
 * Ends what was requested. Where only the newest commits of the base are missing, GitHub merges them, or an agent where GitHub cannot; otherwise
 * the request is withdrawn.
 */
export const close = Effect.fn("close")(function* (
  handling: Following,
  evaluation: Evaluation,
  { seen, why }: { readonly seen: Seen; readonly why: Why },
) {
  const { headSha } = seen.forge;
  const lacksBase = needsBase(evaluation, seen.forge) && isChangeOf(seen.on.number, seen.forge);
  const byGitHub = lacksBase && canUpdate(seen.forge);
  if (!lacksBase || byGitHub) {
    const request = standingRequest(seen.issue);
    yield* appendOnIssue(handling, `withdraw ${headSha}`, seen, (now) => withdrawRequest(request, why, now));
  }
  if (!lacksBase || (byGitHub && !(yield* updateBranch(handling, evaluation, seen)))) return;
  yield* appendOnIssue(handling, `conflict ${headSha}`, seen, (now) => recordConflict(evaluation, now));
  // An agent needs its time, and the others go on meanwhile.
  yield* leaveLine(handling.cause, seen, "an agent has to merge the base");
});

/** Shows the verdict, then appends MERGED: no later look shows it. GitHub's answer to the merge names nobody: without `mergedBy` it was this gate. */
export const appendMerged = Effect.fn("appendMerged")(function* (
  handling: Following,
  { mergeSha, mergedBy, queueEvents = [] }: Pick<Fresh, "mergeSha"> & Partial<Pick<Fresh, "mergedBy" | "queueEvents">>,
  seen: Seen,
) {
  // GitHub names the commit a moment after the merge, and no later fact would wake the gate for it.
  if (mergeSha === null) {
    return yield* new Retryable({ what: `GitHub does not name the commit that merged #${seen.forge.number} yet` });
  }
  yield* handling.show;
  const github = yield* GitHub;
  const gateLogin = yield* github.login;
  const by = { mergedBy: mergedBy ?? gateLogin, gateLogin };
  const done = { mergeSha, ...by, byQueue: isMergedByQueue(by, seen, queueEvents) };
  // The turn ends first: once the issue is done, no message about it is looked at, also not one that is redelivered after a crash.
  const baseSha = lastTurnIn((yield* load(seen.on)).facts);
  const byGate = done.mergedBy === gateLogin;
  if (baseSha !== null) yield* advance(handling.cause, seen, { baseSha, mergeSha, byGate });
  yield* appendOnIssue(handling, "merged", seen, (now) => recordMerge(done, now));
});

/** Appends MERGE_QUEUED, once for each request. */
export function appendQueued(handling: Handling, seen: Seen) {
  return appendOnIssue(handling, `queued ${seen.forge.headSha}`, seen, recordQueued);
}

/** Appends what a rule decides on the issue's history, as it is by now. The issue and a step are the idempotency key beside the cause. */
export function appendOnIssue(
  { cause, requests }: Handling,
  step: string,
  seen: Seen,
  decide: (seen: Seen) => Decision<"merge-gate", "issue">,
) {
  return append({ service: "merge-gate", cause, step: `#${seen.on.number} ${step} ${requests}` }, seen.on, (history) =>
    decide({ ...seen, issue: foldIssue(history) }),
  );
}

/** Withdraws what a message requested that is a dead letter by now: no gate would ever merge this head, because each leaves it to that one. */
function takeOver({ cause, requests }: Handling, seen: Seen) {
  const key = { service: "merge-gate", cause, step: `#${seen.on.number} take over ${requests}` } as const;
  return append(key, seen.on, (history) => withdrawOrphan({ ...seen, issue: foldIssue(history) }, { cause, history }));
}
