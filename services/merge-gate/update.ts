import { Effect } from "effect";
import { changeAt, type Place } from "#contracts/aggregates.ts";
import { type Evaluation, evaluateSeen } from "#contracts/gate/evaluate.ts";
import type { Seen } from "#contracts/gate/snapshot.ts";
import { foldIssue } from "#contracts/issue-life.ts";
import { Retryable } from "#kit/errors.ts";
import { append, load } from "#kit/facts/aggregate.ts";
import { GitHub } from "#kit/github/github.ts";
import { retryUnknown } from "#kit/github/not-known-yet.ts";
import { canUpdate, needsBase, requestUpdate, updateRequestOf } from "./decide.ts";
import { readFresh } from "./forge.ts";
import type { Handling } from "./handling.ts";

// How the gate brings a head up to date by GitHub, without an agent. The approval stays: nobody adds anything of his own.

/** 5 s: GitHub shows the other head, or the other base, by then. */
const lookedAgainMs = 5_000;

/**
 * Appends BRANCH_UPDATE_REQUESTED, then asks GitHub to merge the base into exactly this head. The delivery of the other head wakes the gate. Answers
 * whether an agent has to do it instead: GitHub refuses it, and shows everything as before.
 */
export const updateBranch = Effect.fn("updateBranch")(function* (
  handling: Handling,
  evaluation: Evaluation,
  seen: Seen,
) {
  const { headSha } = evaluation;
  const { cause } = handling;
  // Part of the step: a message that is redelivered may have to request it for another commit of the base.
  const { facts: before } = yield* load(seen.on);
  const asked = before.filter(({ type }) => type === "BRANCH_UPDATE_REQUESTED").length;
  const key = { service: "merge-gate", cause, step: `update ${headSha} ${asked}` } as const;
  yield* append(key, seen.on, (history) => requestUpdate(evaluation, { ...seen, issue: foldIssue(history) }, history));
  const request = updateRequestOf(seen, (yield* load(seen.on)).facts);
  // Who requested it asks GitHub, also when its message is redelivered after a crash: GitHub merges into the expected head alone.
  if (request?.causationId !== cause.id) return false;
  const pr = changeAt({ ...seen.on, number: seen.forge.number });
  const refused = yield* askForUpdate(pr, headSha).pipe(
    Effect.as(null),
    Effect.catchTag("GitHubRefused", (refusal) => Effect.succeed(refusal)),
  );
  if (refused === null) return false;
  const fresh = yield* readFresh(pr, handling).pipe(Effect.catchTag("GitHubRefused", retryUnknown));
  const now: Seen = { ...seen, forge: fresh };
  const isBehind = canUpdate(fresh) && needsBase(evaluateSeen(now), fresh);
  if (fresh.headSha === headSha && (isBehind || fresh.mergeable === false)) return true;
  return yield* new Retryable({ what: refused.message, delayMs: lookedAgainMs });
});

/** 202: GitHub does it soon. It answers 422 for a conflict, and for a head that is another one by now. */
const askForUpdate = Effect.fn("askForUpdate")(function* (pr: Place, headSha: string) {
  const github = yield* GitHub;
  return yield* github.call("update the branch", pr, async (octokit, at) => {
    const wanted = { ...at, pull_number: pr.number, expected_head_sha: headSha };
    return (await octokit.rest.pulls.updateBranch(wanted)).data;
  });
});
