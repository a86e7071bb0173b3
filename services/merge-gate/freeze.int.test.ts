import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { freezes } from "#contracts/events/operations.ts";
import { factOf } from "#contracts/test-facts.ts";
import { ackWaitMs } from "#contracts/waits.ts";
import { type ForgeWorld, startForgeWorld } from "#kit/github/test-forge-world.ts";
import type { Running } from "#kit/test/test-world.ts";
import { reviewer } from "../../deploy/local/forge/test-forge.ts";
import mergeGate from "./main.ts";
import { earnedOn } from "./test-change.ts";
import { playGate } from "./test-played.ts";

// The operator's freeze of merges: it holds at any moment up to the merge, and its end wakes what it held.

const running: Running<unknown>[] = [];
let world: ForgeWorld;
beforeAll(async () => {
  // 15 s, as in production: a first look that takes longer than the 2 s of other tests would be redelivered, and end after its ack.
  world = await startForgeWorld({ ackWaitMs, settings: { RIG_REVIEWER_LOGINS: reviewer.login } });
});
afterEach(() => Promise.all(running.splice(0).map((gate) => gate.stop())));
afterAll(() => world.stop());

const { publish, appendedTo, earnedChange } = earnedOn(() => world);
const { appendedUntil } = playGate();
const frozen = { owner: "acme", repo: "shop", branch: "main", person: "wendy" };
const lastGate = async (pr: Parameters<ForgeWorld["history"]>[0]) => (await world.history(pr)).at(-1);

test("a freeze holds a merge, says who froze and why, and its end wakes the gate", async () => {
  await publish({ type: "MERGES_FROZEN", on: freezes, data: { ...frozen, reason: "release 4" } });
  const { issue, pr } = await earnedChange("frozen");
  running.push(world.startService(mergeGate));
  await world.consumed("merge-gate");
  expect(await appendedTo(issue)).toEqual([]);
  const why = expect.stringMatching(/^wendy froze the merges into acme\/shop@main at .*: release 4$/);
  const held = await lastGate(pr);
  expect(held?.type === "GATE_EVALUATED" && held.data.checks[0]).toMatchObject({ hold: "frozen", why });
  await publish({ type: "MERGES_UNFROZEN", on: freezes, data: frozen });
  await world.consumed("merge-gate");
  expect(await appendedTo(issue)).toEqual(["MERGE_REQUESTED", "MERGED"]);
});

test("a freeze that comes after the request for the merge ends it", async () => {
  const data = { ...frozen, branch: null, reason: "" };
  const fact = { ...factOf("MERGES_FROZEN", data), on: freezes };
  expect(await appendedUntil(fact)).toMatchObject({ types: ["MERGE_REQUESTED", "MERGE_FAILED"] });
});
