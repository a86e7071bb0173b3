import { describe, expect, test } from "vitest";
import type { Consumes } from "#contracts/choreography.ts";
import { asksForObjection, endedHeadIn, redHeadIn, shown, standingOf } from "./asked.ts";
import {
  assigned,
  change,
  checksFailed,
  issue,
  oneRun,
  opened,
  personComments,
  personObjects,
  prCreated,
  pushed,
  queued,
  statusReported,
  succeeded,
} from "./test-history.ts";

const delivered = { issue: issue(...oneRun), change: change(opened("h1")) };
/** A fix of h1 that ended with h2, of which nobody told. */
const fixed = {
  issue: issue(...oneRun, queued(2, "fix"), assigned(2), prCreated(2), succeeded(2, "h2")),
  change: change(opened("h1")),
};

describe("how the head of a run stands is asked", () => {
  test("at the end of the run, and at the head that it was to fix, while no delivery told of its own", () => {
    expect(endedHeadIn(succeeded(2, "h2"), fixed)).toBe("h2");
    expect(endedHeadIn(opened("h1"), fixed)).toBe("h2");
    expect(endedHeadIn(checksFailed("h1"), fixed)).toBeNull();
    const told = { ...fixed, change: change(opened("h1"), pushed("h2")) };
    expect(endedHeadIn(succeeded(2, "h2"), told)).toBeNull();
    expect(endedHeadIn(succeeded(1, "h1"), delivered)).toBeNull();
  });

  test("again until it is missing after ten minutes, or replaced after one", () => {
    const at = (headSha: string, ageMs: number, seen = fixed) =>
      standingOf({ ...seen, prNumber: 9 }, { headSha, ageMs });
    expect(at("h2", 0)).toEqual(shown);
    expect(at("h1", 600_000)).toBe("late");
    expect(at("h1", 600_001)).toEqual({ ...shown, isHeadMissing: true });
    expect(at("h1", 60_000, delivered)).toBe("soon");
    expect(at("h1", 60_001, delivered)).toEqual({ ...shown, isHeadReplaced: true });
  });
});

describe("who objects is asked", () => {
  const review = personObjects("h1");
  const by = (state: typeof review.data.state, reviewerType: string) => {
    return { ...review, data: { ...review.data, state, reviewerType } } as typeof review;
  };
  test.each<[string, boolean, Consumes<"dispatcher">]>([
    ["at the current head", true, opened("h1")],
    ["not at another one", false, opened("h0")],
    ["at the end of the run that counts", true, succeeded(1)],
    ["not at another end", false, succeeded(2)],
    ["at a person's review", true, by("approved", "User")],
    ["not when it is dismissed", false, by("dismissed", "User")],
    ["not when an App approves", false, by("approved", "Bot")],
    ["when an App asks for changes", true, by("changes_requested", "Bot")],
    ["at a comment", true, personComments],
    ["not at one that is gone", false, { ...personComments, data: { ...personComments.data, body: null } }],
    ["not at a red check", false, checksFailed("h1")],
  ])("%s", (_when, isAsked, fact) => {
    expect(asksForObjection(fact, delivered)).toBe(isAsked);
  });
});

test("which checks failed is asked of a head that is known to be red, as long as it is the one of the open change", () => {
  const seen = { ...delivered, change: change(opened("h1"), checksFailed("h1")), ...shown };
  expect(redHeadIn(checksFailed("h1"), seen)).toBe("h1");
  expect(redHeadIn(succeeded(1, "h1"), seen)).toBe("h1");
  expect(redHeadIn(succeeded(1, "h0"), seen)).toBeNull();
  expect(redHeadIn(succeeded(1, "h0"), { ...seen, isHeadReplaced: true })).toBe("h1");
  expect(redHeadIn(opened("h1"), { ...delivered, ...shown })).toBeNull();
  const byStatus = { ...delivered, issue: issue(...oneRun, statusReported("failure", "h1")), ...shown };
  expect(redHeadIn(statusReported("failure", "h1"), byStatus)).toBe("h1");
  expect(redHeadIn(personComments, seen)).toBeNull();
});
