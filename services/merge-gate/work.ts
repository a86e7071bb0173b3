import { Effect } from "effect";
import { changeAt, issueAt } from "#contracts/aggregates.ts";
import { endedReview, foldChange } from "#contracts/change-life.ts";
import type { Consumes, Decision } from "#contracts/choreography.ts";
import { issueOfChange } from "#contracts/issue-branch.ts";
import { endedRun, foldIssue } from "#contracts/issue-life.ts";
import { because, type Why } from "#contracts/reason.ts";
import type { HandlingError } from "#kit/bus/answer-message.ts";
import type { Bus } from "#kit/bus/bus.ts";
import type { Answer } from "#kit/consume/consume.ts";
import { Poison, Retryable } from "#kit/errors.ts";
import { append, loadChange, loadIssue } from "#kit/facts/aggregate.ts";
import { GitHub, type GitHubRefused } from "#kit/github/github.ts";
import { retryUnknown } from "#kit/github/not-known-yet.ts";
import { makeTrust, type Trust } from "#kit/github/trust.ts";
import {
  type Evaluation,
  evaluate,
  isOfIssue,
  type Merge,
  recordConflict,
  recordMerge,
  report,
  requestMerge,
  type Seen,
  withdrawRequest,
} from "./decide.ts";
import { type Fresh, merge, readFresh } from "./forge.ts";

type Consumed = Consumes<"merge-gate">;

/**
 * The gate's handler. For a fact about the change of a dispatched issue that is not done, it evaluates the pull request as it is on GitHub now.
 * RUN_SUCCEEDED and REVIEW_PASSED count only when they ended the run or the review. It appends by itself and answers with nothing, because its
 * decisions stand between effects: a merge is requested in the history before GitHub is asked for it, and recorded after.
 */
export const makeHandle = Effect.gen(function* () {
  const trust = yield* makeTrust;
  return (fact: Consumed): Effect.Effect<readonly Answer<"merge-gate">[], HandlingError, Bus | GitHub> =>
    evaluateAgain(fact, trust).pipe(
      Effect.catchTag("GitHubRefused", (error: GitHubRefused) => Effect.fail(new Poison({ what: error.message }))),
      Effect.as([]),
    );
});

const evaluateAgain = Effect.fn("evaluateAgain")(function* (cause: Consumed, trust: Trust) {
  const number = yield* changeOf(cause);
  if (number === undefined) return;
  const pr = changeAt({ ...cause.on, number });
  const change = yield* loadChange(pr);
  const issueNumber = cause.on.kind === "issue" ? cause.on.number : issueOfChange(change);
  if (issueNumber === undefined) return;
  const on = issueAt({ ...pr, number: issueNumber });
  const issue = yield* loadIssue(on);
  if (issue.state === "new" || issue.pr?.number !== pr.number || issue.state === "done") return;
  // What no holder published wakes nobody: each evaluation costs requests to GitHub.
  if (cause.type === "RUN_SUCCEEDED" && !endedRun(issue, cause)) return;
  if (cause.type === "REVIEW_PASSED" && !endedReview(change, cause)) return;
  const fresh = yield* readFresh(pr, trust).pipe(Effect.catchTag("GitHubRefused", retryUnknown));
  if (fresh.headSha !== change.headSha && change.supersededHeads.includes(fresh.headSha)) {
    return yield* new Retryable({ what: `GitHub does not show the head ${change.headSha} of #${pr.number} yet` });
  }
  const seen: Seen = { on, issue, change, forge: fresh };
  const ofIssue = isOfIssue(seen);
  if (fresh.merged && ofIssue) return yield* appendMerged(cause, fresh, seen);
  if (fresh.open && fresh.mergeable === null) {
    return yield* new Retryable({ what: `GitHub computes whether #${pr.number} merges` });
  }
  const evaluation = evaluate(seen);
  yield* append({ service: "merge-gate", cause, step: "evaluate" }, pr, (history) =>
    report(evaluation, { ...seen, change: foldChange(history) }),
  );
  if (fresh.open && fresh.mergeable === false && ofIssue) {
    yield* appendOnIssue(cause, `conflict ${fresh.headSha}`, seen, (now) => recordConflict(evaluation, now));
  } else if (fresh.open && fresh.threads === null) return yield* graphQlUsedUp(fresh);
  else if (evaluation.passed) yield* mergeOnce(cause, evaluation, seen, trust);
  else yield* withdraw(cause, because("the gate closed again before the merge"), seen);
});

/** The number of the pull request that a fact concerns; undefined where the issue has none. */
const changeOf = Effect.fn("changeOf")(function* (cause: Consumed) {
  if (cause.type === "RUN_SUCCEEDED") return cause.data.prNumber;
  return cause.type === "STATUS_REPORTED" ? (yield* loadIssue(cause.on)).pr?.number : cause.on.number;
});

/** A request for the merge is neither made nor withdrawn before the threads and the linked issues are known. */
function graphQlUsedUp({ number, graphQlAfterMs: delayMs }: Fresh): Retryable {
  return new Retryable({
    what: `GraphQL is used up, so the threads and the linked issues of #${number} wait`,
    delayMs,
  });
}

/** Appends what a rule decides on the issue's history, as it is by now. A step is the idempotency key beside the cause. */
function appendOnIssue(
  cause: Consumed,
  step: string,
  seen: Seen,
  decide: (seen: Seen) => Decision<"merge-gate", "issue">,
) {
  return append({ service: "merge-gate", cause, step }, seen.on, (history) =>
    decide({ ...seen, issue: foldIssue(history) }),
  );
}

function withdraw(cause: Consumed, why: Why, seen: Seen) {
  return appendOnIssue(cause, `withdraw ${seen.forge.headSha}`, seen, (now) => withdrawRequest(why, now));
}

/** Appends MERGED. GitHub's answer to the merge names nobody: without `mergedBy` it was this gate. */
const appendMerged = Effect.fn("appendMerged")(function* (
  cause: Consumed,
  { mergeSha, mergedBy }: Pick<Merge, "mergeSha"> & Partial<Merge>,
  seen: Seen,
) {
  const github = yield* GitHub;
  const gateLogin = yield* github.login;
  const done = { mergeSha, mergedBy: mergedBy ?? gateLogin, gateLogin };
  yield* appendOnIssue(cause, "merged", seen, (now) => recordMerge(done, now));
});

/**
 * Appends MERGE_REQUESTED, then asks for the merge. The fact comes first and under optimistic concurrency, so that of two gates one
 * merges, and so that the issue which the merge closes is not taken for a cancelled one.
 */
const mergeOnce = Effect.fn("mergeOnce")(function* (cause: Consumed, evaluation: Evaluation, seen: Seen, trust: Trust) {
  const { headSha } = evaluation;
  const pr = changeAt({ ...seen.on, number: seen.forge.number });
  const requested = yield* appendOnIssue(cause, `merge ${headSha}`, seen, (now) => requestMerge(evaluation, now));
  // Whoever appended it merges, also when its message is redelivered after a crash; everybody else leaves it to that one.
  if (requested.facts.length === 0) return;
  const merged = yield* merge(pr, seen.forge).pipe(
    Effect.catchTag("GitHubRefused", (refused) => Effect.succeed(refused)),
  );
  if (typeof merged === "string") return yield* appendMerged(cause, { mergeSha: merged }, seen);
  // This gate may have merged before a crash: then GitHub refuses a second time, and that is no failure.
  const fresh = yield* readFresh(pr, trust).pipe(Effect.catchTag("GitHubRefused", retryUnknown));
  const now: Seen = { ...seen, issue: yield* loadIssue(seen.on), forge: fresh };
  if (fresh.merged) return yield* appendMerged(cause, fresh, now);
  if (fresh.threads === null) return yield* graphQlUsedUp(fresh);
  // "Base branch was modified" and the like pass by themselves, and no webhook would wake the gate for it.
  if (fresh.headSha === headSha && evaluate(now).passed) return yield* new Retryable({ what: merged.message });
  yield* withdraw(cause, merged.why, seen);
});
