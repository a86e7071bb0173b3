import { Clock, Effect, Result } from "effect";
import { isSameRepository, repositoryName } from "#contracts/aggregates.ts";
import type { Publishes } from "#contracts/choreography.ts";
import type { Fact } from "#contracts/envelope.ts";
import { gitHubTopic } from "#contracts/events/fleet.ts";
import type { HandlingError } from "#kit/bus/answer-message.ts";
import { publishFacts } from "#kit/facts/aggregate.ts";
import type { GitHubRefused } from "#kit/github/github.ts";
import { compareChanges } from "./compare-change.ts";
import { compareComments } from "./compare-comment.ts";
import { compareIssues, compareLabelsSetAgain } from "./compare-issue.ts";
import type { Comparison, Memory } from "./comparison.ts";
import { lateSeconds } from "./decide.ts";
import { repositoryQuestion } from "./forge.ts";
import type { KnownRepository } from "./known.ts";

/**
 * Compares one repository with what the rig knows, and publishes what is missing, then RECONCILED if anything was. GitHub is asked for
 * lists, and for one issue or pull request only where the lists and the read model do not agree or something moved since.
 */
export const compareRepository = Effect.fn("compareRepository")(function* (
  known: KnownRepository,
  { tick, memory }: { readonly tick: Fact<"TICK">; readonly memory: Memory },
) {
  yield* memory.asking.restart;
  const askedAtMs = yield* Clock.currentTimeMillis;
  const repository = yield* memory.asking.ask(known, repositoryQuestion);
  const at = { owner: repository.owner.login, repo: repository.name };
  if (!isSameRepository(at, known)) {
    // The histories stand under the name before: compared with the other name, every issue would look as if nobody had ever told of it.
    return yield* Effect.logWarning("repository not compared", `${repositoryName(known)} is ${repositoryName(at)} now`);
  }
  const nothing = { found: [], notCompared: [], awayInARow: 0 };
  const run: Comparison = { ...memory, tick, askedAtMs, at, repository, known, ...nothing };
  // What was published is reported also when GitHub stops answering in between.
  const ended = yield* Effect.result(compareParts(run));
  if (run.found.length + run.notCompared.length > 0) {
    const key = { service: "reconciler", cause: tick, step: repositoryName(at) } as const;
    yield* publishFacts(key, [reconciled(run)]);
  }
  if (Result.isFailure(ended)) return yield* ended.failure;
});

/**
 * A part that fails, such as a list that GitHub does not give, does not keep the others from being compared; a rate limit ends all. Issues are
 * last: those that wait for a person without the label are asked for one by one, and no pull request and no comment waits for all of them.
 */
const compareParts = Effect.fn("compareParts")(function* (run: Comparison) {
  let failure: HandlingError | GitHubRefused | undefined;
  for (const part of [compareChanges, compareLabelsSetAgain, compareComments, compareIssues]) {
    run.awayInARow = 0;
    const ended = yield* Effect.result(part(run));
    if (Result.isSuccess(ended)) continue;
    if (ended.failure._tag === "LimitReached") return yield* ended.failure;
    failure ??= ended.failure;
  }
  if (failure !== undefined) return yield* failure;
});

function reconciled({ at, tick, asking, found, notCompared }: Comparison): Publishes<"reconciler", "fleet"> {
  const missing = found.map(({ draft: { type, on }, at: happenedAt }) => {
    return { type, number: on.number, lateSeconds: lateSeconds(happenedAt, tick.data.instant) };
  });
  return { type: "RECONCILED", on: gitHubTopic, data: { ...at, missing, notCompared, ...asking.sent } };
}
