import { describe, expect, test } from "vitest";
import type { Fact, FactDraft } from "#contracts/envelope.ts";
import * as given from "./test-history.ts";
import { draft, inReview, playDispatcher, refuse, runEnds } from "./test-played.ts";

// What an agent's key may say of the end of a run. GitHub is played, the bus is in memory.

const { decidedAfter, asked } = playDispatcher();

test.each([0, 600_001, -1e12])(
  "an end of a run that no holder published asks GitHub nothing, %s ms old",
  async (ageMs) => {
    const end = draft("RUN_SUCCEEDED", { ...given.succeeded(1).data, claimId: "nobody", headSha: "h0" });
    expect(await decidedAfter(end, {}, inReview, { ageMs })).toEqual([]);
    expect(asked()).toEqual([]);
  },
);

describe("whatever time the end of a run names, in the past or the future, a person is asked", () => {
  const named: readonly Fact[] = [given.approved, given.queued(1), given.assigned(1), given.prCreated()];
  const fixing: readonly Fact[] = [...inReview, given.queued(2, "fix"), given.assigned(2), given.prCreated(2)];
  const fixEnds: FactDraft = { ...runEnds, data: given.succeeded(2, "h2").data } as FactDraft;

  test.each([
    ["about a number that GitHub has not given", runEnds, named, refuse(404)],
    ["about the head of a fix that GitHub never shows", fixEnds, fixing, undefined],
  ] as const)("%s", async (_, ends, history, instead) => {
    for (const ageMs of [600_001, -3e12])
      expect(await decidedAfter(ends, {}, history, { instead, ageMs })).toEqual(["ISSUE_NEEDS_HUMAN"]);
  });
});
