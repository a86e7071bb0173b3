import fc from "fast-check";
import { expect, test } from "vitest";
import { choreography } from "#contracts/choreography.ts";
import type { Fact } from "#contracts/envelope.ts";
import { forgery, type Step, Story, step } from "./test-story.ts";

/** An attempt ends without a fact of its own: the issue is closed after MERGE_REQUESTED, and there is no merge. */
const closedWithoutMerge: readonly Step[] = [
  ...(["merge requested", "close", "conflict", "label"] as const).map(
    (what): Step => ({ do: "publish", what, head: "h1" }),
  ),
  ...Array.from({ length: 8 }, (): Step => ({ do: "consume" })),
];

test("no story queues an attempt while another is under way, and attempts only grow", () => {
  let again = 0;
  const types = new Set<Fact["type"]>();
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
      const story = new Story();
      story.run({ do: "publish", what: "label", head: "h1" });
      story.run({ do: "consume" });
      for (const next of steps) story.run(next);
      expect(story.attempts).toEqual([...new Set(story.attempts)].sort((one, other) => one - other));
      if (story.attempts.length > 1) again += 1;
      for (const type of story.types) types.add(type);
    }),
    { numRuns: 500, examples: [[[...closedWithoutMerge]]] },
  );
  // Otherwise the stories would prove nothing about a second attempt: 100 to 150 of 500 have one.
  expect(again).toBeGreaterThan(20);
  expect([...types].sort()).toEqual([...choreography.dispatcher.consumes].sort());
});

test("nothing that an agent without the claim publishes changes a story, but an honest claim of open work", () => {
  let copiedClaims = 0;
  const types = new Set<Fact["type"]>();
  const steps = fc.array(fc.oneof({ weight: 2, arbitrary: step }, { weight: 1, arbitrary: forgery }), {
    maxLength: 60,
    size: "max",
  });
  fc.assert(
    fc.property(steps, (story) => {
      const played = new Story();
      played.run({ do: "publish", what: "label", head: "h1" });
      played.run({ do: "consume" });
      for (const next of story) played.run(next);
      copiedClaims += played.copiedClaims;
      for (const type of played.types) types.add(type);
    }),
    { numRuns: 500 },
  );
  // Otherwise no forger would have named the claim that was held.
  expect(copiedClaims).toBeGreaterThan(20);
  expect([...types].sort()).toEqual([...choreography.dispatcher.consumes].sort());
});
