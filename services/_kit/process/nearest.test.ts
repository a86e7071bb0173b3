import { expect, test } from "vitest";
import { nearest, similar } from "./nearest.ts";

test.each([
  ["dry", ["data", "yes", "dry-run", "json"], "dry-run"],
  ["test", ["stack", "tools", "testCommand"], "testCommand"],
  ["fixRounds", ["limits", "limits.fixRoundsMax", "stack"], "limits.fixRoundsMax"],
  ["issuess", ["issue", "issues", "dismiss"], "issues"],
  ["repaly", ["replay", "events"], "replay"],
])("the nearest to %s of %j is %s: a common beginning comes before the number of letters", (wrong, known, right) => {
  expect(nearest(known, wrong)).toBe(right);
});

test.each([
  ["isues", "issues"],
  ["dis", "dismiss"],
  ["repaly", "replay"],
  ["why", undefined],
  ["1", undefined],
  ["", undefined],
])("of what differs from %j in more than half of its letters nothing is similar: %s", (wrong, right) => {
  expect(similar(["issues", "replay", "dismiss", "nats"], wrong)).toBe(right);
});
