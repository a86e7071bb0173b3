import type { Evaluation } from "#contracts/gate/evaluate.ts";
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

/** Whether GraphQL could not be asked for all threads. */
function isUntold({ threads, others }: Fresh): boolean {
  return [{ threads }, ...others].some((each) => each.threads === null);
}

/** A request for the merge is neither made nor withdrawn before the threads and the linked issues are known. */
function graphQlUsedUp({ number, graphQlAfterMs: delayMs }: Fresh): Retryable {
  return new Retryable({
    what: `GraphQL is used up, so the threads and the linked issues of #${number} wait`,
    delayMs,
  });
}

/** What GitHub has to tell before a merge is requested or withdrawn; null where it told all. That an agent has to merge the base does not wait. */
export function waitFor(evaluation: Evaluation, fresh: Fresh): Retryable | null {
  if (!fresh.open) return null;
  if (fresh.mergeable === null) return notComputed(fresh);
  return isUntold(fresh) && !needsBase(evaluation, fresh) ? graphQlUsedUp(fresh) : null;
}
