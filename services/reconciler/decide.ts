import type { Publishes } from "#contracts/choreography.ts";
import type { KnownDelivery } from "#contracts/delivery.ts";
import type { DeliveryDraft } from "#contracts/delivery-facts.ts";
import { isOfChange } from "#contracts/reconciled.ts";

// What is missing, and since when. decide-issue.ts, decide-change.ts and decide-comment.ts say it of an issue, a pull request, and comments.

/** The payload of a delivery: what GitHub answers is put into that shape, and `factsOf` says what it means. */
export type PayloadOf<Event extends KnownDelivery["event"]> = Extract<KnownDelivery, { event: Event }>["payload"];
export type Repository = PayloadOf<"issues">["repository"];

/** A fact that the rig lacks, and when GitHub says that it happened. */
export interface AnyMissing {
  readonly draft: Publishes<"reconciler", "issue" | "pr">;
  readonly at: string;
}
/** One about an issue, or one about a pull request. */
export interface Missing<Kind extends "issue" | "pr"> extends AnyMissing {
  readonly draft: AnyMissing["draft"] & Publishes<"reconciler", Kind>;
}

/** At most 100 facts of one issue or pull request at a time; the rest follows at the next tick. */
const factsMax = 100;
/** 60 s: GitHub delivers within seconds. A delivery that is under way is not lost. */
const underWayMs = 60_000;

/** Whether the delivery of this fact has had the time to come. `instant` is that of the tick. */
export function isLost({ at }: Pick<AnyMissing, "at">, instant: string): boolean {
  return Date.parse(at) + underWayMs <= Date.parse(instant);
}

/**
 * What of it is to be published. While how a change stands is not lost yet, nothing of it is: a review of a head that the rig does not know
 * would count for nothing.
 */
export function lostOf<Each extends AnyMissing>(missing: readonly Each[], instant: string): readonly Each[] {
  const isUnderWay = missing.some((each) => isOfChange(each.draft) && !isLost(each, instant));
  return isUnderWay ? [] : missing.filter((each) => isLost(each, instant)).slice(0, factsMax);
}

/**
 * A name for what is dated by GitHub's `updated_at`: how a change stands, and a label's removal that no event tells. Everybody who comments
 * moves that time on. null for all else.
 */
export function standingOf({ draft }: Pick<AnyMissing, "draft">): string | null {
  if (isOfChange(draft)) return `${draft.type} ${draft.data.headSha}`;
  return draft.type === "ISSUE_UNLABELED" ? draft.type : null;
}

/** What is missing, dated by the first tick that missed it where GitHub's time is a later one. `since` has those ticks by `standingOf`. */
export function datedBy<Each extends AnyMissing>(each: Each, since: ReadonlyMap<string, string>): Each {
  const first = since.get(standingOf(each) ?? "");
  return first === undefined || Date.parse(each.at) <= Date.parse(first) ? each : { ...each, at: first };
}

/** How late a fact is that was published at this instant. */
export function lateSeconds(at: string, instant: string): number {
  return Math.max(0, Math.round((Date.parse(instant) - Date.parse(at)) / 1_000));
}

/** Whether it only says that an evaluation of the gate is old: no delivery was lost then. */
export function isOnlyOld({ draft }: Pick<AnyMissing, "draft">): boolean {
  return draft.type === "GATE_OUTDATED" && draft.data.because === "time";
}

/** A time in the form of GitHub's times. */
export function inSeconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, "Z");
}

/** The drafts of this kind as missing since this time. */
export function missingOf<Kind extends "issue" | "pr">(kind: Kind, drafts: readonly DeliveryDraft[], at: string) {
  return drafts.flatMap((draft) => (draft.on.kind === kind ? [{ draft, at } as Missing<Kind>] : []));
}
