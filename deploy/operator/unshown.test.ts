import { expect, test } from "vitest";
import { factOf } from "#contracts/test-facts.ts";
import { unshownIn } from "./unshown.ts";

const unshown = (instead: "status" | "nothing", occurredAt: string) =>
  factOf("GATE_UNSHOWN", { headSha: "h1", reason: "post the verdict: GitHub answered 403", instead }, { occurredAt });

test("doctor has one finding for each repository in which GitHub refused the gate's check runs, for seven days", () => {
  const facts = [unshown("nothing", "2026-01-01T00:00:00.000Z"), unshown("status", "2026-01-02T00:00:00.000Z")];
  const at = (time: string) => unshownIn(facts, Date.parse(time));
  expect(at("2026-01-03T00:00:00.000Z")).toMatchObject([
    { part: "verdicts", state: "look", seen: expect.stringContaining("commit statuses in the place of check runs") },
  ]);
  expect(at("2026-01-10T00:00:00.000Z")).toEqual([]);
});
