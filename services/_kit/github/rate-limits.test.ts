import { describe, expect, test } from "vitest";
import { type Answered, RateLimits } from "./rate-limits.ts";

// GitHub's rules: https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api

const minuteMs = 60_000;
const fine: Answered = { resource: "rest", status: 200, headers: {}, message: "", errorTypes: [] };
const secondary: Answered = { ...fine, status: 403, message: "You have exceeded a secondary rate limit." };
const tooMany: Answered = { ...fine, status: 429 };
const resetAt = (ms: number) => ({ "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(ms / 1_000) });

describe("a secondary limit", () => {
  test.each([
    ["403 without headers", secondary],
    ["429 without headers", tooMany],
  ])("%s stops everything for a minute, and each one after it twice as long, up to an hour", (_name, refused) => {
    const limits = new RateLimits();
    let now = 0;
    const waits = [1, 2, 3, 4, 5, 6, 7, 8].map(() => {
      const waitMs = limits.note(refused, now, now) ?? 0;
      expect(limits.waitMs("rest", now)).toBe(waitMs);
      expect(limits.waitMs("graphql", now)).toBe(waitMs);
      now += waitMs;
      return waitMs / minuteMs;
    });
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
  });

  test("refusals of requests that were under way when it began do not lengthen it", () => {
    const limits = new RateLimits();
    limits.note(secondary, 0, 100);
    for (let each = 0; each < 30; each += 1) expect(limits.note(secondary, 50, 200)).toBe(2 * minuteMs);
    expect(limits.waitMs("rest", 200)).toBeLessThanOrEqual(2 * minuteMs);
  });

  test("a success after it begins the waits again, one that was under way before it does not", () => {
    const limits = new RateLimits();
    limits.note(secondary, 0, 100);
    limits.note(fine, 50, 150);
    expect(limits.note(secondary, 60_200, 60_200)).toBe(2 * minuteMs);
    limits.note(fine, 200_000, 200_000);
    expect(limits.note(secondary, 300_000, 300_000)).toBe(minuteMs);
  });

  test("a failed network is no success", () => {
    const limits = new RateLimits();
    limits.note(secondary, 0, 0);
    limits.note({ ...fine, status: undefined, message: "fetch failed" }, 70_000, 70_000);
    expect(limits.note(secondary, 80_000, 80_000)).toBe(2 * minuteMs);
  });
});

describe("GraphQL and REST are counted apart:", () => {
  test.each([
    ["with its headers", resetAt(600_000), 600_000],
    ["without any", {}, minuteMs],
  ])("GraphQL used up, %s, leaves REST free", (_name, headers, waitMs) => {
    const limits = new RateLimits();
    const used: Answered = { resource: "graphql", status: 200, headers, message: "", errorTypes: ["RATE_LIMITED"] };
    expect(limits.note(used, 0, 0)).toBe(waitMs);
    expect([limits.waitMs("graphql", 0), limits.waitMs("rest", 0)]).toEqual([waitMs, 0]);
  });

  test("REST used up leaves GraphQL free", () => {
    const limits = new RateLimits();
    limits.note({ ...fine, status: 403, headers: resetAt(600_000) }, 0, 0);
    expect([limits.waitMs("graphql", 0), limits.waitMs("rest", 0)]).toEqual([0, 600_000]);
  });
});

test.each<[string, Answered]>([
  ["a refusal for want of a permission", { ...fine, status: 403, message: "Resource not accessible by integration" }],
  ["another error of GraphQL", { ...fine, resource: "graphql", errorTypes: ["NOT_FOUND"], message: "no such node" }],
  ["a fault of GitHub", { ...fine, status: 502 }],
])("%s is no limit", (_name, answered) => {
  const limits = new RateLimits();
  expect(limits.note(answered, 0, 0)).toBeNull();
  expect(limits.waitMs("rest", 0)).toBe(0);
});
