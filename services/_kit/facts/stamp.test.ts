import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeFact, encodeFact } from "#contracts/envelope.ts";
import { draftOf } from "#contracts/test-facts.ts";
import type { WorkDraft } from "#contracts/work.ts";
import { type Cause, rootSpan, stampFacts, stampWork, stepId } from "./stamp.ts";

const cause: Cause = { id: "cause", correlationId: "delivery", traceparent: rootSpan() };
const drafts = [
  draftOf("ISSUE_NEEDS_HUMAN", 1, { reason: "a", details: null }),
  draftOf("ISSUE_CANCELLED", 1, { reason: "b" }),
];

describe("the ids of what follows from a cause", () => {
  test("are the same however often and whenever it is handled", () => {
    const first = stampFacts({ service: "dispatcher", cause, step: "step" }, drafts, 1_000).map(({ id }) => id);
    const again = stampFacts(
      { service: "dispatcher", cause: { ...cause, traceparent: rootSpan() }, step: "step" },
      drafts,
      9_000,
    );
    expect(again.map(({ id }) => id)).toEqual(first);
    expect(first).toEqual([`${stepId("dispatcher", cause, "step")}/0`, `${stepId("dispatcher", cause, "step")}/1`]);
  });

  test("differ by cause, by service and by step", () => {
    const name = fc.stringMatching(/^[a-z0-9/-]{1,12}$/);
    const step = fc.tuple(name, name, name);
    fc.assert(
      fc.property(step, step, (one, other) => {
        const [first, second] = [one, other].map(([id, service, at]) => stepId(service, { ...cause, id }, at));
        expect(first === second).toBe(one.join("\n") === other.join("\n"));
        expect(first).toMatch(/^[0-9a-f]{20}$/);
      }),
    );
  });

  test("of work and of facts are never the same", () => {
    const item = stampWork("dispatcher", cause, 0, { role: "dev" } as WorkDraft, 0);
    expect(item.id).toBe(`${stepId("dispatcher", cause, "work")}/0`);
    expect(item.id).not.toBe(stampFacts({ service: "dispatcher", cause, step: "step" }, drafts, 0)[0]?.id);
  });
});

test("a fact has its time, its publisher and its cause, and can be decoded again", () => {
  const [fact] = stampFacts({ service: "dispatcher", cause, step: "step" }, drafts, Date.UTC(2026, 0, 2, 3, 4, 5, 6));
  if (fact === undefined) throw new Error("no fact");
  expect(fact).toMatchObject({
    actor: "dispatcher",
    occurredAt: "2026-01-02T03:04:05.006Z",
    causationId: "cause",
    correlationId: "delivery",
    version: 2,
  });
  expect(decodeFact(encodeFact(fact))).toMatchObject({ _tag: "Success", success: { id: fact.id } });
});

test("work has the time of its request and its cause", () => {
  expect(stampWork("dispatcher", cause, 2, { role: "review" } as WorkDraft, 0)).toMatchObject({
    role: "review",
    requestedAt: "1970-01-01T00:00:00.000Z",
    causationId: "cause",
    correlationId: "delivery",
  });
});

describe("spans", () => {
  const shape = /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/;
  /** The spans of a fact and of a work item that follow from a cause with this span. */
  const spansOf = (traceparent: string) => {
    const parent = { ...cause, traceparent };
    const facts = stampFacts({ service: "dispatcher", cause: parent, step: "step" }, drafts, 0);
    const item = stampWork("dispatcher", parent, 0, { role: "dev" } as WorkDraft, 0);
    return [...facts, item].map((each) => each.traceparent);
  };

  test("begin a trace in the format of W3C, each another one", () => {
    expect(rootSpan()).toMatch(shape);
    expect(rootSpan()).not.toBe(rootSpan());
  });

  test("of an effect are in the trace of its cause", () => {
    const parent = rootSpan();
    const spans = spansOf(parent);
    for (const span of spans) expect(span).toMatch(shape);
    expect(new Set(spans.map((span) => span.slice(0, 35)))).toEqual(new Set([parent.slice(0, 35)]));
    expect(new Set([parent, ...spans]).size).toBe(spans.length + 1);
  });

  test.each(["", "none", "01-a-b-c"])("of an unreadable parent (%j) begin a trace", (parent) => {
    for (const span of spansOf(parent)) expect(span).toMatch(shape);
  });
});
