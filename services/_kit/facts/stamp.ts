import { createHash, randomBytes } from "node:crypto";
import { catalogue } from "#contracts/catalogue.ts";
import type { Fact, FactDraft } from "#contracts/envelope.ts";
import type { WorkDraft, WorkItem } from "#contracts/work.ts";

/** The cause of a fact or a work item: a fact, a claim, a delivery, an instant of a schedule, or an action of a person. */
export interface Cause {
  readonly id: string;
  readonly correlationId: string;
  readonly traceparent: string;
}

/** The cause that begins a story: its id is also the correlation id of all that follows from it. */
export function firstCause(id: string): Cause {
  return { id, correlationId: id, traceparent: rootSpan() };
}

/**
 * The common prefix of the ids of all facts with the same service, cause and step. It depends on nothing else, so a handler that runs again
 * makes the same ids. 20 hex digits are 80 bits: no collision in any history that fits on a disk.
 */
export function stepId(service: string, cause: Cause, step: string): string {
  return createHash("sha256").update(`${cause.id}\n${service}\n${step}`).digest("hex").slice(0, 20);
}

/** Makes facts from drafts: adds the id `<step id>/<index>`, the cause, the correlation id, a child span and the time. */
export function stampFacts(
  { service, cause, step }: { readonly service: string; readonly cause: Cause; readonly step: string },
  drafts: readonly FactDraft[],
  nowMs: number,
): readonly Fact[] {
  const base = stepId(service, cause, step);
  return drafts.map(
    (draft, index) =>
      ({
        ...draft,
        id: `${base}/${index}`,
        version: catalogue[draft.type].version,
        occurredAt: new Date(nowMs).toISOString(),
        actor: service,
        correlationId: cause.correlationId,
        causationId: cause.id,
        traceparent: childSpan(cause.traceparent),
      }) as Fact,
  );
}

/** Makes a work item from a draft. Its id is computed from service, cause and index. */
export function stampWork(service: string, cause: Cause, index: number, draft: WorkDraft, nowMs: number): WorkItem {
  return {
    ...draft,
    id: `${stepId(service, cause, "work")}/${index}`,
    requestedAt: new Date(nowMs).toISOString(),
    correlationId: cause.correlationId,
    causationId: cause.id,
    traceparent: childSpan(cause.traceparent),
  };
}

/** A new root span as a W3C `traceparent` (https://www.w3.org/TR/trace-context/). */
export function rootSpan(): string {
  return `00-${randomBytes(16).toString("hex")}-${randomBytes(8).toString("hex")}-01`;
}

/** A new span in the trace of the parent; an unreadable parent starts a new trace. */
function childSpan(parent: string): string {
  const traceId = /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/.exec(parent)?.[1];
  return traceId === undefined ? rootSpan() : `00-${traceId}-${randomBytes(8).toString("hex")}-01`;
}
