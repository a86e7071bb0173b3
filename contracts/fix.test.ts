import { expect, test } from "vitest";
import { isFixAwaited, isFixOf } from "./fix.ts";

const issue = { fixOf: { prNumber: 9, headSha: "h1" }, endedHead: "h2" };
const head = { prNumber: 9, headSha: "h1" };
const awaits = (supersededHeads: readonly string[], more = {}) =>
  isFixAwaited({ ...issue, ...more }, { supersededHeads }, head);

test("a fix is of the very head of the pull request that was to be fixed", () => {
  expect(isFixOf(issue, head)).toBe(true);
  expect(isFixOf(issue, { ...head, headSha: "h2" })).toBe(false);
  expect(isFixOf(issue, { ...head, prNumber: 8 })).toBe(false);
  expect(isFixOf({ fixOf: null }, head)).toBe(false);
});

test("the head of a fix is awaited until the fixed one or its own was replaced: then the fixed one came back", () => {
  expect(awaits([])).toBe(true);
  expect(awaits(["h0"])).toBe(true);
  expect(awaits(["h1", "h3"])).toBe(false);
  expect(awaits(["h2"])).toBe(false);
  expect(awaits(["h0"], { endedHead: null })).toBe(true);
  expect(awaits([], { fixOf: null })).toBe(false);
});
