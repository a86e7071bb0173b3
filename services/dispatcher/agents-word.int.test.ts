import { expect, test } from "vitest";
import * as given from "./test-history.ts";
import { draft, inReview, playDispatcher } from "./test-played.ts";

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
