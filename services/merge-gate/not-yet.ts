import type { Evaluation } from "#contracts/gate/evaluate.ts";
import { isQueuedByGate } from "#contracts/gate/queue.ts";
import { Retryable } from "#kit/errors.ts";
import { needsBase } from "./decide.ts";
import type { Fresh } from "./forge.ts";

// What the gate waits for before it decides, each as the error that has the message delivered again.

function notComputed({ number }: Fresh): Retryable {
  return new Retryable({ what: `GitHub computes whether #${number} merges` });
}

/** 1 min: a person has to give a permission, or GitHub has to list an event. */
const untoldAfterMs = 60_000;

export function notTold(untold: readonly string[]): Retryable {
  return new Retryable({ what: untold.join("; "), delayMs: untoldAfterMs });
}

/** What rests on GitHub's own word on whether the change may be merged. */
const byStanding: readonly Evaluation["checks"][number]["hold"][] = ["requirements-hidden", "left-to-github"];

/** 10 min: GitHub computes it again within seconds, and no delivery tells of that. */
const standingLagMs = 600_000;

/** Why it is asked again although it answered: its word may be older than what it depends on. */
export function oldStanding(checks: Evaluation["checks"], at: string): readonly string[] {
  const isYoung = ({ hold, since = at }: Evaluation["checks"][number]) =>
    byStanding.includes(hold) && Date.parse(at) - Date.parse(since) < standingLagMs;
  return checks.some(isYoung) ? ["GitHub does not let it be merged yet, and may say otherwise soon"] : [];
}

/** Whether GraphQL did not tell all threads. */
function lacksThreads({ threads, others }: Fresh): boolean {
  return [{ threads }, ...others].some((each) => each.threads === null);
}

/** A request for the merge is neither made nor withdrawn before the threads, the linked issues and what is required are known. */
function graphQlLacks({ number, graphQlAfterMs: delayMs, graphQlFault = "GraphQL is used up" }: Fresh): Retryable {
  const what = `${graphQlFault}, so what only GraphQL tells of #${number} waits`;
  return new Retryable({ what, ...(delayMs > 0 && { delayMs }) });
}

/** What GitHub has to tell before a merge is requested or withdrawn; null where it told all. That the base has to be merged into the head does not wait. */
export function waitFor(evaluation: Evaluation, fresh: Fresh): Retryable | null {
  if (!fresh.open) return null;
  if (fresh.mergeable === null && !isQueuedByGate(fresh)) return notComputed(fresh);
  const isLacking = lacksThreads(fresh) || fresh.required === null;
  return isLacking && !needsBase(evaluation, fresh) ? graphQlLacks(fresh) : null;
}
