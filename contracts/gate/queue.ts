import type { Held } from "./condition.ts";
import { type ForgeState, requirementsIn } from "./snapshot.ts";

// The merge queue of the base (https://docs.github.com/repositories/configuring-branches-and-merges-in-your-repository/configuring-pull-request-merges/managing-a-merge-queue):
// GitHub merges what is in it, one after another, each tested together with what is before it.

/** Whether the base has a merge queue. Then the gate puts a change into it instead of merging it, and the queue is the order of the merges. */
export function hasQueue(forge: Pick<ForgeState, "required">): boolean {
  return (requirementsIn(forge)?.mergeQueue ?? null) !== null;
}

/** Whether the gate has put it into the queue. While it is there GitHub judges what it requires, and whether it merges. */
export function isQueuedByGate({ queued }: Pick<ForgeState, "queued">): boolean {
  return queued?.isOwn === true;
}

/** Why the gate asks for no merge of what is in a queue; undefined for what is in none. */
export function heldInQueue({ queued, baseBranch }: Pick<ForgeState, "queued" | "baseBranch">): Held {
  if (queued == null) return undefined;
  const { by, isOwn, state, position } = queued;
  if (!isOwn) return ["queued-by-others", `${by || "somebody"} put it into the merge queue of ${baseBranch}`];
  const place = `place ${position}, ${state.toLowerCase().replaceAll("_", " ")}`;
  return ["merge-queue", `it is in the merge queue of ${baseBranch}: ${place}`];
}

/** The login of GitHub's App that merges what is in a merge queue (https://api.github.com/users/github-merge-queue[bot]). */
export const queueLogin = "github-merge-queue[bot]";

/** That a pull request went into the merge queue of its base, or out of it; `reason` in GitHub's words, empty where it says none. */
export interface QueueEvent {
  readonly isIn: boolean;
  readonly by: string;
  readonly reason: string;
}

/** An event as GitHub lists it. */
interface Listed {
  readonly event: string;
  readonly actor: { readonly login: string };
  readonly reason?: string;
}

/** What GitHub lists of a pull request and merge queues, oldest first. */
export function queueEventsIn(events: readonly Listed[]): readonly QueueEvent[] {
  return events.flatMap(({ event, actor, reason = "" }) => {
    if (event !== "added_to_merge_queue" && event !== "removed_from_merge_queue") return [];
    return [{ isIn: event === "added_to_merge_queue", by: actor.login, reason }];
  });
}

/** Why a queue removed a change without a merge, in GitHub's words, and who took it out by hand; null where nobody did. */
export interface Removal {
  readonly reason: string;
  readonly byHand: string | null;
}

/**
 * Why the queue removed a change that is in it no more; null while GitHub shows neither that nor the merge. `entries`: how often the gate has put it
 * in, so often GitHub has to list that: what others put in says nothing of it. A queue removes a change also when it merges it, a moment before GitHub shows the merge.
 */
export function removalIn(
  events: readonly QueueEvent[],
  { entries, gateLogin }: { readonly entries: number; readonly gateLogin: string },
): Removal | null {
  const last = events.at(-1);
  const isListed = events.filter(({ isIn, by }) => isIn && ["", gateLogin].includes(by)).length >= entries;
  if (last === undefined || last.isIn || !isListed || /^(already_)?merged?$/i.test(last.reason)) return null;
  const byHand = [gateLogin, queueLogin, ""].includes(last.by) ? null : last.by;
  return { reason: last.reason, byHand };
}
