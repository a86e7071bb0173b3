import { Effect } from "effect";
import { type ChangeRef, changeAt, type IssueRef, issueAt } from "#contracts/aggregates.ts";
import { foldChange } from "#contracts/change-life.ts";
import type { Consumes, Decision } from "#contracts/choreography.ts";
import { issueOfChange } from "#contracts/issue-branch.ts";
import { foldIssue } from "#contracts/issue-life.ts";
import { because, type Why } from "#contracts/text.ts";
import type { Bus } from "#kit/bus/bus.ts";
import type { Answer, HandlingError } from "#kit/consume/consume.ts";
import { Poison, Retryable } from "#kit/errors.ts";
import { append, loadChange, loadIssue } from "#kit/facts/aggregate.ts";
import { GitHub, type GitHubRefused } from "#kit/github/github.ts";
import {
  type Evaluation,
  evaluate,
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
 * Whatever happened, the gate evaluates the pull request as it is on GitHub now. It appends by itself and answers with nothing, because
 * its decisions stand between effects: a merge is requested in the history before GitHub is asked for it, and recorded after.
 */
export function handle(fact: Consumed): Effect.Effect<readonly Answer<"merge-gate">[], HandlingError, Bus | GitHub> {
  return evaluateAgain(fact).pipe(
    Effect.catchTag("GitHubRefused", (error: GitHubRefused) => Effect.fail(new Poison({ what: error.message }))),
    Effect.as([]),
  );
}

const evaluateAgain = Effect.fn("evaluateAgain")(function* (cause: Consumed) {
  const pr = changeAt(cause.type === "RUN_SUCCEEDED" ? { ...cause.on, number: cause.data.prNumber } : cause.on);
  const change = yield* loadChange(pr);
  const issueNumber = cause.type === "RUN_SUCCEEDED" ? cause.on.number : issueOfChange(change);
  if (issueNumber === undefined) return;
  const on = issueAt({ ...pr, number: issueNumber });
  const issue = yield* loadIssue(on);
  if (issue.state === "new" || issue.pr?.number !== pr.number || issue.state === "done") return;
  const fresh = { ...(yield* readFresh(pr, pr.number)), retargeted: change.retargeted };
  if (fresh.merged) return yield* appendMerged(cause, on, fresh, fresh);
  if (fresh.open && fresh.mergeable === null) {
    return yield* new Retryable({ what: `GitHub computes whether #${pr.number} merges` });
  }
  const evaluation = evaluate(fresh, issue, issueNumber);
  yield* appendEvaluation(cause, pr, evaluation);
  if (fresh.open && fresh.mergeable === false) {
    yield* appendOn(cause, on, `conflict ${fresh.headSha}`, fresh, recordConflict);
  } else if (evaluation.passed) yield* mergeOnce(cause, on, fresh);
  else yield* withdraw(cause, on, fresh, because("the gate closed again before the merge"));
});

type Judged = Fresh & { readonly retargeted: boolean };

/** Appends what is decided on the issue's history. A step is the idempotency key beside the cause. */
function appendOn(
  cause: Consumed,
  on: IssueRef,
  step: string,
  forge: Judged,
  decide: (seen: Seen) => Decision<"merge-gate", "issue">,
) {
  return append({ service: "merge-gate", cause, step }, on, (history) =>
    decide({ on, issue: foldIssue(history), forge }),
  );
}

function appendEvaluation(cause: Consumed, pr: ChangeRef, evaluation: Evaluation) {
  return append({ service: "merge-gate", cause, step: "evaluate" }, pr, (history) =>
    report(evaluation, pr, foldChange(history)),
  );
}

function withdraw(cause: Consumed, on: IssueRef, forge: Judged, why: Why) {
  return appendOn(cause, on, `withdraw ${forge.headSha}`, forge, (seen) => withdrawRequest(seen, why));
}

const appendMerged = Effect.fn("appendMerged")(function* (cause: Consumed, on: IssueRef, forge: Judged, done: Merge) {
  const github = yield* GitHub;
  const own = yield* github.login;
  yield* appendOn(cause, on, "merged", forge, (seen) => recordMerge(seen, done, own));
});

/**
 * Appends MERGE_REQUESTED, then asks for the merge. The fact comes first and under optimistic concurrency, so that of two gates one
 * merges, and so that the issue which the merge closes is not taken for a cancelled one.
 */
const mergeOnce = Effect.fn("mergeOnce")(function* (cause: Consumed, on: IssueRef, fresh: Judged) {
  const { number: prNumber, headSha } = fresh;
  const requested = yield* appendOn(cause, on, `merge ${headSha}`, fresh, requestMerge);
  // Whoever appended it merges, also when its message is redelivered after a crash; everybody else leaves it to that one.
  if (requested.facts.length === 0) return;
  const merged = yield* merge(on, prNumber, headSha).pipe(
    Effect.catchTag("GitHubRefused", (refused) => Effect.succeed(refused)),
  );
  if (typeof merged === "string") return yield* appendMerged(cause, on, fresh, { ...fresh, mergeSha: merged });
  // This gate may have merged before a crash: then GitHub refuses a second time, and that is no failure.
  const now = { ...(yield* readFresh(on, prNumber)), retargeted: fresh.retargeted };
  if (now.merged) return yield* appendMerged(cause, on, now, now);
  const issue = yield* loadIssue(on);
  // "Base branch was modified" and the like pass by themselves, and no webhook would wake the gate for it.
  if (now.headSha === headSha && evaluate(now, issue, on.number).passed) {
    return yield* new Retryable({ what: merged.message });
  }
  yield* withdraw(cause, on, fresh, merged.why);
});
