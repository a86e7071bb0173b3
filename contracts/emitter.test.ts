import { expect, test } from "vitest";
import type { AggregateRef } from "./aggregates.ts";
import { catalogue, factTypes } from "./catalogue.ts";
import { rowNames, rowOf } from "./choreography.ts";
import { emitterOf } from "./emitter.ts";
import { deadLetterSubject, factSubject, textSubject, tickConsumer, workConsumer } from "./subjects.ts";

const place = { owner: "acme", repo: "next.js", number: 7 };

function refOf(kind: AggregateRef["kind"]): AggregateRef {
  return kind === "fleet" || kind === "tick" ? { kind, topic: "any" } : { kind, ...place };
}

test.each(rowNames)("the emitter of every fact and text of %s is read from the subject", (name) => {
  for (const type of rowOf(name).publishes) {
    const { of: kind } = catalogue[type];
    if (kind !== "tick") expect(emitterOf(factSubject(refOf(kind), type, name)), type).toBe(name);
  }
  expect(emitterOf(textSubject(place, "ab", name))).toBe(name);
});

test.each(rowNames)("the emitter of a dead letter is %s when one of its consumers failed", (name) => {
  const claimed = rowOf(name).claims.map((claim) => workConsumer(name, { ...claim, priority: "low" }));
  for (const consumer of [name, tickConsumer(name), ...claimed]) {
    expect(emitterOf(deadLetterSubject("EVENTS", consumer))).toBe(name);
  }
});

test("a subject on which no row may publish has no emitter", () => {
  const several = factTypes.filter((type) => catalogue[type].emitter === "several");
  const forged = several.map((type) => factSubject(refOf(catalogue[type].of), type, "nobody"));
  const others = [
    "evt.issue.acme.widgets.1.NO_FACT",
    "text.acme.widgets.1.ab.nobody",
    "dlq.EVENTS.nobody",
    "work.x",
    "",
  ];
  expect([...forged, ...others].filter((subject) => emitterOf(subject) !== null)).toEqual([]);
});
