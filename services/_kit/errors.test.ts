import { expect, test } from "vitest";
import { describe as describeCause, NeedsUpdate, Poison, Retryable, StartRefused, waitMs } from "./errors.ts";

test("anything thrown is described in its own words, with the causes behind it", () => {
  const inner = new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED") });
  expect(describeCause(new Error("ask the model", { cause: inner }))).toBe(
    "ask the model (fetch failed (connect ECONNREFUSED))",
  );
  expect(describeCause(new RangeError(""))).toBe("RangeError");
  expect(describeCause("a string")).toBe("a string");
  expect(describeCause(null)).toBe("null");
});

test("a retryable error names what was tried, why it failed and what happens next", () => {
  const error = new Retryable({ what: "publish evt.x", cause: new Error("timeout") });
  expect(error.message).toBe("publish evt.x: timeout. It is tried again.");
  expect(new Retryable({ what: "read" }).message).toBe("read. It is tried again.");
  expect(error._tag).toBe("Retryable");
  expect(new NeedsUpdate({ what: "it has version 9: update the rig" }).message).toBe(
    "it has version 9: update the rig. Until then nothing is decided on that history; replay it after that.",
  );
});

test("a poison message names where it is kept, a refused start names what to do", () => {
  expect(new Poison({ what: "not JSON" }).message).toBe("not JSON. The message is kept on the stream DLQ.");
  expect(new StartRefused({ what: "X is not set: it is the key." }).message).toBe("X is not set: it is the key.");
});

test.each([
  ["is what it says, in milliseconds", "7", 7_000],
  ["may be none", "0", 0],
  ["is whole milliseconds, rounded up", "0.0101", 11],
  ["is an hour at most", "86400", 3_600_000],
  ["is the fallback when it is absent", null, 500],
  ["is the fallback when it is empty", "", 500],
  ["is the fallback when it is a date", "Tue, 01 Dec 2099 00:00:00 GMT", 500],
  ["is the fallback when it is below zero", "-1", 500],
])("the wait of a Retry-After header %s", (_rule, retryAfter, ms) => {
  expect(waitMs(retryAfter, 500)).toBe(ms);
});
