import { Effect } from "effect";
import { type ChangeLife, objectionIn } from "#contracts/change-life.ts";
import type { Decision, Handlers } from "#contracts/choreography.ts";
import type { Fact } from "#contracts/envelope.ts";
import { issueOfChange } from "#contracts/issue-branch.ts";
import { foldIssue, type IssueFact, type IssueLife } from "#contracts/issue-life.ts";
import { loadChange } from "#kit/aggregate.ts";
import type { Bus } from "#kit/bus.ts";
import type { Answer, HandlingError } from "#kit/consume.ts";
import type { GitHub } from "#kit/github.ts";
import {
  onChangeClosed,
  onClosed,
  onHead,
  onLabeled,
  onMerged,
  onObjection,
  onReviewFailed,
  onRunFailed,
  onRunSucceeded,
} from "./decide.ts";
import { readRepositoryConfig } from "./repository-config.ts";

/** What is looked up for each fact before it is decided on: the issue's history, the change's, the repository's file. */
export const handlers: Handlers<
  "dispatcher",
  Effect.Effect<readonly Answer<"dispatcher">[], HandlingError, Bus | GitHub>
> = {
  ISSUE_LABELED: (fact) =>
    Effect.map(readRepositoryConfig(fact.on), (config) => onIssue(fact.on, (life) => onLabeled(life, fact, config))),
  ISSUE_CLOSED: (fact) => Effect.succeed(onIssue(fact.on, (life) => onClosed(life, fact))),
  RUN_FAILED: (fact) => Effect.succeed(onIssue(fact.on, (life) => onRunFailed(life, fact))),
  PR_OPENED: (fact) => onIssueOf(fact, (life, change) => onHead(life, change, fact)),
  PR_SYNCHRONIZED: (fact) => onIssueOf(fact, (life, change) => onHead(life, change, fact)),
  PR_REOPENED: (fact) => onIssueOf(fact, (life, change) => onHead(life, change, fact)),
  PR_CLOSED: (fact) => onIssueOf(fact, (life, _change, on) => onChangeClosed(life, on, fact)),
  RUN_SUCCEEDED: (fact) => runSucceeded(fact),
  REVIEW_FAILED: (fact) => onIssueOf(fact, (life, change, on) => onReviewFailed(life, change, on, fact)),
  REVIEW_CHANGES_REQUESTED: (fact) => objection(fact),
  REVIEW_SUBMITTED: (fact) => objection(fact),
  CI_FAILED: (fact) => objection(fact),
  MERGE_CONFLICT: (fact) => mergeConflict(fact),
  MERGED: (fact) => Effect.succeed(onIssue(fact.on, (life) => onMerged(life, fact))),
};

type IssueRef = Answer<"dispatcher">["on"] & { readonly kind: "issue" };
type ChangeAbout = Fact & { readonly on: { readonly kind: "pr" } };

/** Decides on the history of the issue that the fact is about. */
function onIssue(on: IssueRef, decide: (life: IssueLife) => Decision<"dispatcher">): readonly Answer<"dispatcher">[] {
  return [{ on, decide: (history) => decide(foldIssue(history as readonly IssueFact[])) }];
}

/** Decides on the history of the issue that the fact's change closes; a change that closes none is not ours. */
function onIssueOf(
  fact: ChangeAbout,
  decide: (life: IssueLife, change: ChangeLife, on: IssueRef) => Decision<"dispatcher">,
) {
  return Effect.map(loadChange(fact.on), (change) => {
    const number = issueOfChange(change);
    if (number === undefined) return [];
    const on = { ...fact.on, kind: "issue", number } as const;
    return onIssue(on, (life) => decide(life, change, on));
  });
}

function objection(fact: Fact<"REVIEW_CHANGES_REQUESTED" | "REVIEW_SUBMITTED" | "CI_FAILED">) {
  const held = objectionIn(fact);
  if (held === null) return Effect.succeed([]);
  const prNumber = fact.on.number;
  return onIssueOf(fact, (life, change, on) => onObjection(life, change, on, { prNumber, ...held }));
}

function runSucceeded(fact: Fact<"RUN_SUCCEEDED">) {
  return Effect.map(loadChange({ ...fact.on, kind: "pr", number: fact.data.prNumber }), (change) =>
    onIssue(fact.on, (life) => onRunSucceeded(life, change, fact)),
  );
}

function mergeConflict(fact: Fact<"MERGE_CONFLICT">) {
  const { prNumber, headSha } = fact.data;
  const objection = { prNumber, headSha, reason: "the base moved and the change does not merge" };
  return Effect.map(loadChange({ ...fact.on, kind: "pr", number: prNumber }), (change) =>
    onIssue(fact.on, (life) => onObjection(life, change, fact.on, objection)),
  );
}
