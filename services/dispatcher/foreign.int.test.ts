import { expect, test } from "vitest";
import type { Fact } from "#contracts/envelope.ts";
import * as given from "./test-history.ts";
import { playDispatcher, refuse, runEnds } from "./test-played.ts";

// What follows when a run named a pull request of which no delivery ever told. GitHub is played, the bus is in memory.

const { decidedAfter } = playDispatcher();
const named: readonly Fact[] = [given.approved, given.queued(1), given.assigned(1), given.prCreated()];
const stranger = { user: { login: "mallory", type: "User" }, head: { ref: "patch-1", sha: "x1", repo: { id: 1 } } };

test("a run that named somebody's pull request from before the rig leads to a person", async () => {
  expect(await decidedAfter(runEnds, { pull: stranger }, named)).toEqual(["ISSUE_NEEDS_HUMAN"]);
  expect(await decidedAfter(runEnds, {}, named)).toEqual([]);
});

test("a run that named a number which GitHub has not given yet leads to a person after a minute", async () => {
  const decidedAt = (ageMs: number) => decidedAfter(runEnds, {}, named, { instead: refuse(404), ageMs });
  await expect(decidedAt(50_000)).rejects.toMatchObject({ _tag: "Retryable", delayMs: 15_000 });
  expect(await decidedAt(60_001)).toEqual(["ISSUE_NEEDS_HUMAN"]);
});
