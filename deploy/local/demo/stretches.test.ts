import { expect, test } from "vitest";
import type { Fact } from "#contracts/envelope.ts";
import { stretches } from "./stretches.ts";

const at = (type: Fact["type"], second: number, data: object = {}) =>
  ({ type, occurredAt: new Date(second * 1000).toISOString(), data }) as unknown as Fact;

test("every second between the label and the end is in one stretch, whatever other facts were published meanwhile", () => {
  const facts = [
    at("ISSUE_LABELED", 0),
    at("ISSUE_QUEUED", 1, { attempt: 1 }),
    at("TOKEN_USAGE", 2),
    at("ISSUE_ASSIGNED", 3, { attempt: 1 }),
    at("MERGED", 10),
    at("GATE_EVALUATED", 11),
    at("ISSUE_DONE", 12),
  ];
  const found = stretches(facts);
  expect(found.map(({ ms }) => ms)).toEqual([1000, 2000, 7000, 2000]);
  expect(found.reduce((sum, { ms }) => sum + ms, 0)).toBe(12_000);
});
