import { Effect } from "effect";
import type { IssueRef, Place } from "#contracts/aggregates.ts";
import { baseTopic, foldLine } from "#contracts/base-line.ts";
import type { Consumes } from "#contracts/choreography.ts";
import { foldIssue, type IssueFact } from "#contracts/issue-life.ts";
import { load, loadIssue } from "#kit/facts/aggregate.ts";
import { lastTurnIn } from "./decide-line.ts";
import { changesHeldByRed, frozenChanges } from "./freezes.ts";

const nothing: readonly Place[] = [];

/** The pull requests that a fact concerns: none where the issue has none, and for a comment that ends no thread. What ends the work on an issue concerns what is in a merge queue, or has its turn at the base. */
export const changesOf = Effect.fn("changesOf")(function* (
  cause: Exclude<Consumes<"merge-gate">, { type: "BASE_RELEASED" }>,
) {
  if (cause.type === "MERGES_UNFROZEN" || cause.type === "MERGES_FROZEN") return yield* frozenChanges(cause.data);
  if (cause.type === "BASE_CHECKED") return cause.data.passed ? yield* changesHeldByRed(cause.data) : nothing;
  if (cause.type === "RUN_SUCCEEDED") return [{ ...cause.on, number: cause.data.prNumber }] as readonly Place[];
  if (cause.type === "STATUS_REPORTED") {
    const { pr } = yield* loadIssue(cause.on);
    return pr === null ? nothing : [{ ...cause.on, number: pr.number }];
  }
  if (endsWork(cause)) {
    const { facts } = yield* load(cause.on);
    const number = foldIssue(facts).mergeQueued?.prNumber ?? (yield* withTurn(cause.on, facts));
    return number === null ? nothing : [{ ...cause.on, number }];
  }
  const isIdle = cause.type === "PR_COMMENTED" && (cause.data.action !== "deleted" || cause.data.where !== "diff");
  return isIdle ? nothing : [cause.on];
});

/** The pull request of an issue that has its turn at the base: others would wait for its end. */
const withTurn = Effect.fnUntraced(function* ({ owner, repo }: IssueRef, facts: readonly IssueFact[]) {
  const { pr, defaultBranch: branch } = foldIssue(facts);
  const baseSha = lastTurnIn(facts);
  if (pr === null || baseSha === null) return null;
  const { turn } = foldLine((yield* load(baseTopic({ owner, repo, branch, baseSha }))).facts);
  return turn?.prNumber === pr.number ? pr.number : null;
});

type Ending = Extract<
  Consumes<"merge-gate">,
  { type: "ISSUE_QUEUED" | "ISSUE_UNLABELED" | "ISSUE_CLOSED" | "ISSUE_NEEDS_HUMAN" }
>;

/** Whether the fact may end the work on an issue, or begin another attempt. */
function endsWork(cause: Consumes<"merge-gate">): cause is Ending {
  return ["ISSUE_QUEUED", "ISSUE_UNLABELED", "ISSUE_CLOSED", "ISSUE_NEEDS_HUMAN"].includes(cause.type);
}
