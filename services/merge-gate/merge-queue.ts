import { Effect } from "effect";
import { changeAt } from "#contracts/aggregates.ts";
import type { Evaluation } from "#contracts/gate/evaluate.ts";
import { Retryable } from "#kit/errors.ts";
import { load } from "#kit/facts/aggregate.ts";
import { GitHub } from "#kit/github/github.ts";
import { standingRequest, withdrawRequest } from "./decide.ts";
import { endOfQueue, isOnlyQueued, isRequested } from "./decide-queue.ts";
import type { Following } from "./handling.ts";
import { appendOnIssue, appendQueued, askedAgainMs, close, closedAgain, type Merging } from "./merge.ts";
import { dequeue } from "./queue-calls.ts";

// What the gate does about a change that is in the merge queue of its base, or was.

/** Leaves in the queue what it may merge, and takes out the rest: whatever holds it, and what no request stands for. */
export const keepOrTakeOut = Effect.fn("keepOrTakeOut")(function* (
  handling: Following,
  evaluation: Evaluation,
  seen: Merging,
) {
  const { on, issue, forge } = seen;
  const isWanted = isOnlyQueued(evaluation);
  if (isWanted && isRequested(issue, forge)) return yield* appendQueued(handling, seen);
  yield* dequeue(changeAt({ ...on, number: forge.number }), forge);
  yield* close(handling, evaluation, { seen, why: closedAgain });
  if (isWanted) return yield* new Retryable({ what: `#${forge.number} was in the merge queue without a request` });
});

/** Ends the request for what is in the queue no more, and is not merged. It is asked again by the same message, or a person is asked. */
export const endQueued = Effect.fn("endQueued")(function* (handling: Following, evaluation: Evaluation, seen: Merging) {
  const { on, issue, forge } = seen;
  const github = yield* GitHub;
  const { facts: history } = yield* load(on);
  const of = { events: forge.queueEvents, gateLogin: yield* github.login, history };
  const end = endOfQueue(evaluation, seen, of);
  const it = `#${forge.number}`;
  if (end === null)
    return yield* new Retryable({ what: `the merge queue has ${it} no more, and GitHub does not show why` });
  const request = standingRequest(issue);
  yield* appendOnIssue(handling, `removed ${forge.headSha}`, seen, (now) => withdrawRequest(request, end, now));
  if (!end.asksPerson)
    return yield* new Retryable({ what: `${it} was taken out of the merge queue`, delayMs: askedAgainMs });
});
