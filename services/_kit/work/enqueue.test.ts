import { Result } from "effect";
import { expect, test } from "vitest";
import { workSubject } from "#contracts/subjects.ts";
import { reviewItem, workItem } from "#contracts/test-facts.ts";
import { decodeWork } from "./enqueue.ts";

const bytes = (value: unknown) => new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
const wrong = (payload: Uint8Array) => {
  const decoded = decodeWork(workSubject(workItem({})), payload);
  if (Result.isSuccess(decoded)) throw new Error("was decoded");
  return decoded.failure;
};

test("a work item is read from the queue without keys that this rig does not know", () => {
  const item = workItem({ number: 3 });
  expect(Result.getOrThrow(decodeWork(workSubject(item), bytes({ ...item, mood: "urgent" })))).toEqual(item);
});

test("bytes that are no work item are refused with a reason", () => {
  expect(wrong(bytes("{"))).toMatch(/^not JSON: /);
  expect(wrong(Uint8Array.of(0xff))).toMatch(/^not JSON: /);
  expect(wrong(bytes({ ...workItem({}), stack: "cobol" }))).toMatch(/^not a work item: .*stack/s);
  expect(wrong(bytes({ ...workItem({}), attempt: "1" }))).toMatch(/^not a work item: .*attempt/s);
  expect(wrong(bytes(null))).toMatch(/^not a work item: /);
});

test.each([
  ["another issue", workItem({ number: 8 })],
  ["another repository", workItem({ repo: "gadgets" })],
  ["another priority", workItem({ priority: "high" })],
  ["another role", reviewItem({})],
])("an item for %s than its subject says is refused", (_, item) => {
  expect(wrong(bytes(item))).toMatch(
    /^the item belongs on work\..+, not on work\.dev\.node\.normal\.acme\.widgets\.\d+$/,
  );
});
