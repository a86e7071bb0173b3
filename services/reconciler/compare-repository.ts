import { Effect, Result } from "effect";
import { placeName } from "#contracts/aggregates.ts";
import type { Publishes } from "#contracts/choreography.ts";
import { gitHubTopic } from "#contracts/events/fleet.ts";
import { publishFacts } from "#kit/facts/aggregate.ts";
import { allPages } from "./asking.ts";
import { type AnyMissing, issueOfPull, lateSeconds } from "./decide.ts";
import { labelledIssues, openPulls, repositoryQuestion } from "./forge.ts";
import type { KnownRepository } from "./known.ts";
import { lookAtChange, lookAtIssue, lookAtUnlistedChange, type Run } from "./look.ts";

/**
 * Compares one repository with what the rig knows, and publishes what is missing, then RECONCILED if anything was. GitHub is asked for two
 * lists, and for one issue or pull request only where the lists and the read model do not agree or something moved since.
 */
export const compare = Effect.fn("compare")(function* (
  known: KnownRepository,
  { tick, asking, looks }: Pick<Run, "tick" | "asking" | "looks">,
) {
  yield* asking.restart;
  const repository = yield* asking.ask(known, repositoryQuestion);
  const at = { owner: repository.owner.login, repo: repository.name };
  if (placeName({ ...at, number: null }).toLowerCase() !== placeName({ ...known, number: null }).toLowerCase()) {
    // The histories stand under the name before: compared with the other name, every issue would look as if nobody had ever told of it.
    return yield* Effect.logWarning(
      "repository not compared",
      `${known.owner}/${known.repo} is ${at.owner}/${at.repo} now`,
    );
  }
  const run: Run = { tick, asking, looks, at, repository, known };
  const found: AnyMissing[] = [];
  const looking = Effect.andThen(compareIssues(run, found), compareChanges(run, found));
  // What was published is reported also when GitHub stops answering in between.
  const ended = yield* Effect.result(looking);
  if (found.length > 0) {
    const key = { service: "reconciler", cause: tick, step: `${at.owner}/${at.repo}` } as const;
    yield* publishFacts(key, [reconciled(run, found)]);
  }
  if (Result.isFailure(ended)) return yield* Effect.fail(ended.failure);
});

function reconciled({ at, tick, asking }: Run, found: readonly AnyMissing[]): Publishes<"reconciler", "fleet"> {
  const missing = found.map(({ draft, at: happenedAt }) => ({
    type: draft.type,
    number: draft.on.number,
    lateSeconds: lateSeconds(happenedAt, tick.data.instant),
  }));
  return { type: "RECONCILED", on: gitHubTopic, data: { ...at, missing, ...asking.sent } };
}

/** The label of an issue that the rig does not work on, and the closing of one that it works on. */
const compareIssues = Effect.fn("compareIssues")(function* (run: Run, found: AnyMissing[]) {
  const listed = yield* allPages(run.asking, run.at, labelledIssues);
  const numbers = new Set(listed.map(({ number }) => number));
  for (const { number, updatedAt } of listed) {
    const state = run.known.issues.get(number)?.state;
    if (state === undefined || state === "new") yield* lookAtIssue(run, { number, updatedAt }, found);
  }
  for (const number of run.known.issues.keys()) {
    if (!numbers.has(number)) yield* lookAtIssue(run, { number, updatedAt: null }, found);
  }
});

/** The pull requests that the rig knows as open, and those of issues that it works on. */
const compareChanges = Effect.fn("compareChanges")(function* (run: Run, found: AnyMissing[]) {
  const { issues, changes } = run.known;
  const listed = yield* allPages(run.asking, run.at, openPulls);
  const numbers = new Set(listed.map(({ number }) => number));
  for (const pull of listed) {
    const isWorkedOn = issues.has(issueOfPull(run.repository, pull) ?? 0);
    if (isWorkedOn || changes.has(pull.number)) yield* lookAtChange(run, { pull, isWorkedOn }, found);
  }
  const ofIssues = [...issues.values()].flatMap(({ prNumber }) => (prNumber === null ? [] : [prNumber]));
  for (const number of new Set([...changes, ...ofIssues])) {
    if (!numbers.has(number)) yield* lookAtUnlistedChange(run, number, found);
  }
});
