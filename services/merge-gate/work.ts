import { Effect } from "effect";
import { type ChangeFact, foldChange } from "#contracts/change-life.ts";
import type { Consumes, Handlers, Publishes } from "#contracts/choreography.ts";
import { issueOfChange } from "#contracts/issue-branch.ts";
import { foldIssue, type IssueFact } from "#contracts/issue-life.ts";
import { append, loadChange, loadIssue } from "#kit/aggregate.ts";
import type { Bus } from "#kit/bus.ts";
import type { Answer, HandlingError } from "#kit/consume.ts";
import { Poison, Retryable } from "#kit/errors.ts";
import { GitHub, type GitHubRefused } from "#kit/github.ts";
import { evaluate, sameEvaluation } from "./decide.ts";
import { type Fresh, merge, readFresh } from "./forge.ts";

type ConsumedFact = Consumes<"merge-gate">;
type IssueRef = ConsumedFact["on"] & { readonly kind: "issue" };
type ChangeRef = ConsumedFact["on"] & { readonly kind: "pr" };
type Draft = Publishes<"merge-gate">;
type Judged = Fresh & { readonly retargeted: boolean };

const look = (fact: ConsumedFact) =>
  evaluateAgain(fact).pipe(
    Effect.catchTag("GitHubRefused", (error: GitHubRefused) => Effect.fail(new Poison({ what: error.message }))),
    Effect.as([]),
  );

/** Whatever happened, the gate looks at the pull request as it is now. */
export const handlers: Handlers<
  "merge-gate",
  Effect.Effect<readonly Answer<"merge-gate">[], HandlingError, Bus | GitHub>
> = {
  PR_OPENED: look,
  PR_SYNCHRONIZED: look,
  PR_EDITED: look,
  PR_REOPENED: look,
  PR_CLOSED: look,
  CI_PASSED: look,
  REVIEW_PASSED: look,
  REVIEW_SUBMITTED: look,
  THREAD_RESOLVED: look,
  RUN_SUCCEEDED: look,
};

const evaluateAgain = Effect.fn("evaluateAgain")(function* (fact: ConsumedFact) {
  const number = fact.type === "RUN_SUCCEEDED" ? fact.data.prNumber : fact.on.number;
  const pr: ChangeRef = { ...fact.on, kind: "pr", number };
  const change = yield* loadChange(pr);
  const issueNumber = fact.type === "RUN_SUCCEEDED" ? fact.on.number : issueOfChange(change);
  if (issueNumber === undefined) return;
  const issue: IssueRef = { ...fact.on, kind: "issue", number: issueNumber };
  const life = yield* loadIssue(issue);
  if (life.state === "new" || life.pr?.number !== number || life.state === "done") return;
  const at = { owner: pr.owner, repo: pr.repo };
  const found = yield* readFresh(at, number);
  if (found.merged) return yield* recordMerged(fact, issue, found);
  const fresh = { ...found, retargeted: change.retargeted };
  if (fresh.open && fresh.mergeable === null) {
    return yield* new Retryable({ what: `GitHub computes whether #${number} merges` });
  }
  const evaluation = evaluate(fresh, life, issueNumber);
  yield* append({ service: "merge-gate", cause: fact, step: "evaluate" }, pr, (history): readonly Draft[] => {
    const { lastGate } = foldChange(history as readonly ChangeFact[]);
    return sameEvaluation(lastGate, evaluation) ? [] : [{ type: "GATE_EVALUATED", on: pr, data: evaluation }];
  });
  if (fresh.open && fresh.mergeable === false) return yield* recordConflict(fact, issue, fresh);
  if (evaluation.passed) return yield* mergeOnce(fact, issue, fresh);
  yield* withdraw(fact, issue, fresh, "the gate closed again before the merge");
});

/**
 * Appends that the merge is asked for, then asks. The fact comes first and under optimistic concurrency, so that of two gates one
 * merges, and so that the issue which the merge closes is not taken for a cancelled one.
 */
const mergeOnce = Effect.fn("mergeOnce")(function* (cause: ConsumedFact, issue: IssueRef, fresh: Judged) {
  const { number: prNumber, headSha } = fresh;
  const requested = yield* append(
    { service: "merge-gate", cause, step: `merge ${headSha}` },
    issue,
    (history): readonly Draft[] => {
      const life = foldIssue(history as readonly IssueFact[]);
      const open = life.mergeRequested?.headSha !== headSha && evaluate(fresh, life, issue.number).passed;
      return open ? [{ type: "MERGE_REQUESTED", on: issue, data: { prNumber, headSha } }] : [];
    },
  );
  // Whoever appended it merges, also when its message is redelivered after a crash; everybody else leaves the merge to that one.
  if (requested.facts.length === 0) return;
  const merged = yield* merge({ owner: issue.owner, repo: issue.repo }, prNumber, headSha).pipe(
    Effect.catchTag("GitHubRefused", (refused) => Effect.succeed(refused)),
  );
  if (typeof merged === "string")
    return yield* recordMerged(cause, issue, { ...fresh, merged: true, mergeSha: merged });
  // This gate may have merged before a crash: then GitHub refuses a second time, and that is no failure.
  const now = yield* readFresh({ owner: issue.owner, repo: issue.repo }, prNumber);
  if (now.merged) return yield* recordMerged(cause, issue, now);
  const life = yield* loadIssue(issue);
  // "Base branch was modified" and the like pass by themselves, and no webhook would wake the gate for it.
  if (now.headSha === headSha && evaluate({ ...now, retargeted: fresh.retargeted }, life, issue.number).passed) {
    return yield* new Retryable({ what: merged.message });
  }
  yield* withdraw(cause, issue, fresh, merged.message);
});

/** Takes the request for this head back, so that the next evaluation that passes asks again. */
const withdraw = Effect.fn("withdraw")(function* (cause: ConsumedFact, issue: IssueRef, fresh: Judged, reason: string) {
  const { number: prNumber, headSha } = fresh;
  yield* append({ service: "merge-gate", cause, step: `withdraw ${headSha}` }, issue, (history): readonly Draft[] => {
    const life = foldIssue(history as readonly IssueFact[]);
    const asked = life.state === "ready_to_merge" && life.mergeRequested?.headSha === headSha;
    return asked ? [{ type: "MERGE_FAILED", on: issue, data: { prNumber, headSha, reason } }] : [];
  });
});

/** The change is merged: appended once, with an alarm when it was not this gate that asked for it. */
const recordMerged = Effect.fn("recordMerged")(function* (cause: ConsumedFact, issue: IssueRef, fresh: Fresh) {
  const { number: prNumber, mergeSha, mergedBy } = fresh;
  const github = yield* GitHub;
  const own = yield* github.login;
  yield* append({ service: "merge-gate", cause, step: "merged" }, issue, (history): readonly Draft[] => {
    const life = foldIssue(history as readonly IssueFact[]);
    if (life.mergeSha !== null || mergeSha === null) return [];
    const merged: Draft = { type: "MERGED", on: issue, data: { prNumber, mergeSha } };
    const bypass: Draft = { type: "ADMIN_BYPASS_DETECTED", on: issue, data: { prNumber, mergedBy } };
    const asked = life.mergeRequested?.prNumber === prNumber || mergedBy === own;
    return asked ? [merged] : [bypass, merged];
  });
});

const recordConflict = Effect.fn("recordConflict")(function* (cause: ConsumedFact, issue: IssueRef, fresh: Fresh) {
  const { number: prNumber, headSha } = fresh;
  yield* append({ service: "merge-gate", cause, step: `conflict ${headSha}` }, issue, (history): readonly Draft[] => {
    const life = foldIssue(history as readonly IssueFact[]);
    const waits = life.holder === null && life.endedAttempt === life.attempt && life.state !== "merge_conflict";
    return waits ? [{ type: "MERGE_CONFLICT", on: issue, data: { prNumber, headSha } }] : [];
  });
});
