import { Arbitrary, Effect, Schema } from "effect";
import fc from "fast-check";
import { expect, test } from "vitest";
import { reviewItem, workItem } from "./test-facts.ts";
import { Priority, priorities, WorkItem } from "./work.ts";

const anyItem = fc
  .integer()
  .map((seed) => Effect.runSync(Arbitrary.sampleEffect(Arbitrary.schema(WorkItem), { seed }))[0]);
const [item] = Effect.runSync(Arbitrary.sampleEffect(Arbitrary.schema(WorkItem), { seed: 1 }));

test("a work item is decoded as it was enqueued", () => {
  fc.assert(
    fc.property(anyItem, (any) => {
      const json: unknown = JSON.parse(JSON.stringify(any));
      expect(JSON.stringify(Schema.decodeUnknownSync(WorkItem)(json))).toBe(JSON.stringify(any));
    }),
    { numRuns: 30 },
  );
});

test.each([
  ["another role", { role: "judge" }],
  ["another stack", { stack: "cobol" }],
  ["another priority", { priority: "urgent" }],
  ["another task", { task: "deploy" }],
  ["a number that is no integer", { number: 1.5 }],
  ["no attempt", { attempt: undefined }],
])("an item with %s is refused", (_, wrong) => {
  expect(Schema.is(WorkItem)(item)).toBe(true);
  expect(Schema.is(WorkItem)({ ...item, ...wrong })).toBe(false);
});

test.each([
  ["a review without a head", { ...reviewItem({}), headSha: null }],
  ["a review without its pull request", { ...reviewItem({}), prNumber: null }],
  ["a review whose task is to write", { ...reviewItem({}), task: "fix" }],
  ["a change whose task is to review", { ...workItem({}), task: "review" }],
])("%s is no item", (_, wrong) => {
  expect(Schema.is(WorkItem)(reviewItem({}))).toBe(true);
  expect(Schema.is(WorkItem)(wrong)).toBe(false);
});

test("agents pull high before normal before low, and every priority", () => {
  expect(priorities).toEqual(["high", "normal", "low"]);
  expect([...priorities].sort()).toEqual([...Priority.literals].sort());
});
