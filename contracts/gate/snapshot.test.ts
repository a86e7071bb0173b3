import { Result } from "effect";
import { expect, test } from "vitest";
import { evaluate, evaluateSeen } from "./evaluate.ts";
import { decodeSnapshot, encodeSnapshot } from "./snapshot.ts";
import { gatePolicy, seen } from "./test-earned.ts";

test("the verdict on a stored snapshot is the one that was given", () => {
  const held = seen({ forge: { draft: true, reviews: [], linked: null }, issue: { closed: true } });
  for (const given of [seen({}), held]) {
    const forge = { ...given.forge, more: "is left out" };
    const stored = decodeSnapshot(encodeSnapshot({ ...given, forge }));
    if (Result.isFailure(stored)) throw new Error(stored.failure.reason);
    expect(JSON.stringify(stored.success)).not.toContain("is left out");
    expect(evaluate(stored.success, gatePolicy)).toEqual(evaluateSeen(given));
  }
});

test("a snapshot from before merge queues were read is decoded, and its verdict is the same", () => {
  const { queued: _queued, ...forge } = seen({}).forge;
  const stored = decodeSnapshot(encodeSnapshot({ ...seen({}), forge }));
  if (Result.isFailure(stored)) throw new Error(stored.failure.reason);
  expect(evaluate(stored.success, gatePolicy)).toEqual(evaluateSeen(seen({})));
});

test.each(["", "{}", "[1]", '{"at":1}'])("what is no snapshot of this rig is refused with the reason: %s", (text) => {
  const stored = decodeSnapshot(text);
  expect(Result.isFailure(stored) && stored.failure.reason).toMatch(/^the snapshot has another shape: /);
});
