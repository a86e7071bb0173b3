import { Effect, Result } from "effect";
import { type ChangeRef, changeAt, issueAt, type Place } from "#contracts/aggregates.ts";
import { type ChangeFact, type ChangeLife, endedReview, foldChange } from "#contracts/change-life.ts";
import type { Consumes } from "#contracts/choreography.ts";
import type { Check } from "#contracts/gate/condition.ts";
import { type Overdue, overdueAt } from "#contracts/gate/deadlines.ts";
import { type Evaluation, evaluateSeen } from "#contracts/gate/evaluate.ts";
import { encodeSnapshot, type Seen } from "#contracts/gate/snapshot.ts";
import { isChangeOf, issueOfChange } from "#contracts/issue-branch.ts";
import { foldIssue, type IssueLife } from "#contracts/issue-life.ts";
import { endedRun, isSettled } from "#contracts/issue-run.ts";
import type { HandlingError } from "#kit/bus/answer-message.ts";
import type { Bus } from "#kit/bus/bus.ts";
import type { Answer } from "#kit/consume/consume.ts";
import { Poison, type Retryable } from "#kit/errors.ts";
import { append, load, loadChange } from "#kit/facts/aggregate.ts";
import { charactersMax } from "#kit/facts/text.ts";
import type { GitHub, GitHubRefused } from "#kit/github/github.ts";
import { makeTrust, type Trust } from "#kit/github/trust.ts";
import type { OperatorPolicy } from "#kit/policy/policy.ts";
import { docsFolder } from "#kit/process/settings.ts";
import { branchesIn } from "./branches.ts";
import { examineBase } from "./broken.ts";
import { isOfOwnRun } from "./check-run.ts";
import { foreignIn, isMergeOf, recordOverdue, report, timed } from "./decide.ts";
import { lastTurnIn, updatedInVain } from "./decide-line.ts";
import { isHeldInAnyCase, isQueuedRequest } from "./decide-queue.ts";
import type { Fresh } from "./forge.ts";
import type { Following, Handling } from "./handling.ts";
import { takePlace, wakeLine } from "./line.ts";
import { type Change, lookAt } from "./look.ts";
import { appendMerged, close, closedAgain, type Merging, mergeOnce } from "./merge.ts";
import { endQueued, keepOrTakeOut } from "./merge-queue.ts";
import { notTold, oldStanding, waitFor } from "./not-yet.ts";
import { remind } from "./remind.ts";
import { showing } from "./show.ts";
import { undelivered, waitUntilShown } from "./shown.ts";
import { accountNamed, mayObject } from "./weigh.ts";
import { changesOf } from "./which-changes.ts";

type Consumed = Consumes<"merge-gate">;

/**
 * The gate's handler. For a fact about the change of a dispatched issue that is not done, it evaluates the pull request as it is on GitHub now.
 * RUN_SUCCEEDED and REVIEW_PASSED count only when they ended the run or the review. It appends by itself and answers with nothing, because its
 * decisions stand between effects: a merge is requested in the history before GitHub is asked for it, and recorded after.
 */
export const makeHandle = Effect.gen(function* () {
  const trust = yield* makeTrust;
  // A wrong address is refused at the start, and not at the first change.
  yield* docsFolder;
  return (
    fact: Consumed,
  ): Effect.Effect<readonly Answer<"merge-gate">[], HandlingError, Bus | GitHub | OperatorPolicy> =>
    evaluateAgain(fact, trust).pipe(
      Effect.catchTag("GitHubRefused", (error: GitHubRefused) => Effect.fail(new Poison({ what: error.message }))),
      Effect.as([]),
    );
});

/** Looks at every change that a fact concerns. One that cannot be looked at now does not keep the others from it. */
const evaluateAgain = Effect.fn("evaluateAgain")(function* (cause: Consumed, trust: Trust) {
  const lookOf = (place: Place): Effect.Effect<void, HandlingError | GitHubRefused, Bus | GitHub | OperatorPolicy> =>
    evaluateOne(cause, changeAt(place), trust);
  if (cause.type === "BASE_RELEASED") {
    for (const failure of yield* wakeLine(cause, lookOf)) return yield* failure;
    return;
  }
  if (cause.type === "BASE_CHECKED" && !cause.data.passed) return yield* examineBase(cause);
  const looks = yield* Effect.forEach(yield* changesOf(cause), (place) => Effect.result(lookOf(place)), {
    concurrency: 4,
  });
  for (const look of looks) if (Result.isFailure(look)) return yield* look.failure;
});

const evaluateOne = Effect.fn("evaluateOne")(function* (cause: Consumed, named: ChangeRef, trust: Trust) {
  const itsLife = yield* loadChange(named);
  const issueNumber = cause.on.kind === "issue" ? cause.on.number : issueOfChange(itsLife);
  if (issueNumber === undefined) return;
  const on = issueAt({ ...named, number: issueNumber });
  const { facts } = yield* load(on);
  const issue = foldIssue(facts);
  const { pr, change } = yield* currentOf(issue, { pr: named, change: itsLife });
  if (isOfNoUse(cause, { pr, change, issue })) return;
  if ((yield* isOfOwnRun(cause)) || (yield* isOfStranger(cause, trust))) return;
  const requests = facts.filter(({ type }) => type === "MERGE_REQUESTED").length;
  const handling = { cause, on, trust, branches: branchesIn(facts), requests, turnAt: lastTurnIn(facts) };
  const seen = yield* lookAt(handling, { pr, issue });
  if (!seen.forge.merged) yield* waitUntilShown(on, seen.forge, trust);
  yield* actOn(seen, handling);
});

/** The change that a fact names, or the issue's current one where that is held by what people did on the issue's other ones. */
const currentOf = Effect.fn("currentOf")(function* (issue: IssueLife, named: Change) {
  if (issue.pr === null || issue.pr.number === named.pr.number) return named;
  const pr = changeAt({ ...named.pr, number: issue.pr.number });
  const change = yield* loadChange(pr);
  return lacks(change, "open") || lacks(change, "threads") ? { pr, change } : named;
});

/** Whether the gate's last evaluation of a change is that this condition is not met. */
function lacks({ lastGate }: ChangeLife, condition: Check["name"]): boolean {
  return lastGate?.checks.some(({ name, passed }) => name === condition && !passed) === true;
}

/** Whether nothing can follow. What no holder published wakes nobody: each evaluation costs requests to GitHub. */
function isOfNoUse(cause: Consumed, { pr, change, issue }: Change & { readonly issue: IssueLife }): boolean {
  if (issue.state === "new" || issue.pr?.number !== pr.number || issue.state === "done") return true;
  if (cause.type === "RUN_SUCCEEDED") return !endedRun(issue, cause);
  // With its only comment a thread ends, which matters only while threads hold, here or on another pull request of the issue.
  if (cause.type === "PR_COMMENTED") return !lacks(change, "threads") && !lacks(change, "open");
  return cause.type === "REVIEW_PASSED" && !endedReview(change, cause);
}

/**
 * Whether it is the review or the comment of somebody who may not object: nothing follows from it, and everybody may write as many as he
 * likes. That costs one request instead of an evaluation. A review is dismissed only by somebody who may write.
 */
const isOfStranger = Effect.fn("isOfStranger")(function* (cause: Consumed, trust: Trust) {
  if (cause.type === "REVIEW_SUBMITTED" && cause.data.state !== "dismissed") {
    const { reviewer: login, reviewerType: type } = cause.data;
    return !(yield* mayObject(trust, cause.on, { login, type })).value;
  }
  if (cause.type !== "PR_COMMENTED") return false;
  return !(yield* mayObject(trust, cause.on, accountNamed(cause.data.author))).value;
});

/** Reports what the pull request lacks now, and merges it when that is nothing. */
const actOn = Effect.fn("actOn")(function* (known: Merging, handling: Handling) {
  const { forge: fresh } = known;
  // What becomes of another pull request is not written into the issue's history.
  const ofIssue = isChangeOf(known.on.number, fresh);
  if (isMergeOf(known.issue, fresh) && ofIssue) {
    // A gate that was killed after the merge has not shown that it was open.
    const show = yield* showing(handling, { seen: known, evaluation: known.change.lastGate, isNew: false });
    return yield* appendMerged({ ...handling, show }, fresh, known);
  }
  const seen = ofIssue ? yield* takePlace(handling, known) : known;
  const evaluation = evaluateSeen(seen);
  const pr = changeAt({ ...seen.on, number: fresh.number });
  const snapshot = encodeSnapshot(seen);
  const kept = snapshot.length > charactersMax ? null : snapshot;
  const key = {
    service: "merge-gate",
    cause: handling.cause,
    step: `evaluate #${pr.number} ${JSON.stringify(evaluation)}`,
  } as const;
  const decide = (history: readonly ChangeFact[]) => report(evaluation, { ...seen, change: foldChange(history) }, kept);
  const { facts: reported } = yield* append(key, pr, decide);
  const isNew = reported.length > 0;
  const checks = timed(evaluation, { lastGate: seen.change.lastGate, at: seen.at });
  const said = fresh.open && ofIssue ? { ...evaluation, checks } : null;
  // Posted after the merge: what takes time between the evaluation and the merge lets people's wishes come too late.
  const show = yield* showing(handling, { seen, evaluation: said, isNew });
  yield* Effect.ensuring(follow({ ...handling, show }, evaluation, seen), show);
});

/** Does what follows from an evaluation: merges, ends a request, tells what waits for too long, or asks again. */
const follow = Effect.fnUntraced(function* (handling: Following, evaluation: Evaluation, seen: Merging) {
  const { forge: fresh } = seen;
  const ofIssue = isChangeOf(seen.on.number, fresh);
  // A wait is told first: a message that only waits would end as a dead letter, and nobody would be asked.
  const wait = waitFor(evaluation, fresh);
  if (seen.policy.mode === "shadow") return wait === null ? undefined : yield* wait;
  if (evaluation.passed) {
    const isLeft = isQueuedRequest(seen.issue, fresh);
    return isLeft ? yield* endQueued(handling, evaluation, seen) : yield* mergeOnce(handling, evaluation, seen);
  }
  const ended = yield* Effect.result(end(handling, evaluation, { seen, wait }));
  const isForeign = !ofIssue && seen.issue.pr?.number === fresh.number;
  if (isForeign) yield* tell(handling, foreignIn(evaluation, seen.at), seen);
  if (fresh.open && ofIssue) yield* tellOverdue(handling, evaluation, seen);
  if (Result.isFailure(ended)) return yield* ended.failure;
  if (isForeign) return;
  if (wait !== null) return yield* wait;
  const since = timed(evaluation, { lastGate: seen.change.lastGate, at: seen.at });
  const untold = [...fresh.untold, ...undelivered(seen), ...oldStanding(since, seen.at)];
  if (fresh.open && ofIssue && !isSettled(seen.issue) && untold.length > 0) return yield* notTold(untold);
});

/** Ends what must not go on: its place in a merge queue, or the request for its merge. While GitHub has to tell more, only what holds in any case ends it. */
const end = Effect.fnUntraced(function* (
  handling: Following,
  evaluation: Evaluation,
  { seen, wait }: { readonly seen: Merging; readonly wait: Retryable | null },
) {
  if (isTakenOut(handling, seen.forge) && (wait === null || isHeldInAnyCase(evaluation)))
    return yield* keepOrTakeOut(handling, evaluation, seen);
  if (wait === null) yield* close(handling, evaluation, { seen, why: closedAgain });
});

/** Whether the gate takes it out of a merge queue where it must not be merged: what it put in itself, or an agent of the rig by its own rights. */
function isTakenOut({ trust }: Handling, { queued }: Fresh): boolean {
  return queued != null && (queued.isOwn || trust.agents.has(queued.by));
}

/** Tells on the issue what has held its change for longer than its deadline, and reminds people of what they hold. After an approval each wait begins again. */
const tellOverdue = Effect.fnUntraced(function* (handling: Handling, evaluation: Evaluation, seen: Seen) {
  const { at, issue } = seen;
  const checks = timed(evaluation, { lastGate: seen.change.lastGate, at });
  const { facts } = yield* load(seen.on);
  const overdue = overdueAt(checks, { at, from: issue.approvedAt ?? at }) ?? updatedInVain(checks, at, facts);
  yield* tell(handling, overdue, seen);
  if (!isSettled(issue)) yield* remind(handling, checks, seen);
});

const tell = Effect.fnUntraced(function* (handling: Handling, overdue: Overdue | null, seen: Seen) {
  if (overdue === null) return;
  const key = {
    service: "merge-gate",
    cause: handling.cause,
    step: `#${seen.on.number} overdue ${overdue.hold} ${seen.forge.headSha}`,
  } as const;
  yield* append(key, seen.on, (history) => recordOverdue(overdue, { ...seen, issue: foldIssue(history) }, history));
});
