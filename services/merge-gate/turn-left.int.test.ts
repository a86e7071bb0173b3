import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { ackWaitMs } from "#contracts/waits.ts";
import { type ForgeWorld, startForgeWorld } from "#kit/github/test-forge-world.ts";
import type { Running } from "#kit/test/test-world.ts";
import { reviewer } from "../../deploy/local/forge/test-forge.ts";
import mergeGate from "./main.ts";
import { at, earnedOn, handlingOn } from "./test-change.ts";
import { lineOn } from "./test-line.ts";

// What a person does to a change that has its turn at a base gives the turn to the next one at once, on the local forge.

const running: Running<unknown>[] = [];
let world: ForgeWorld;
beforeAll(async () => {
  world = await startForgeWorld({ ackWaitMs, settings: { RIG_REVIEWER_LOGINS: reviewer.login } });
});
afterEach(() => Promise.all(running.splice(0).map((gate) => gate.stop())));
afterAll(() => world.stop());

const { publish, appendedTo, earnedChange } = earnedOn(() => world);
const { skipStored } = handlingOn(() => world);
const { git, look, mainNow, asPerson, mergeByPerson, close, turnsAt } = lineOn(() => world);

/** A change that has its turn at the newest commit of the base, to be tested, and that commit. */
async function withTurn(name: string) {
  const [earned, other] = [await earnedChange(name), await earnedChange(`${name}-other`)];
  await mergeByPerson(other);
  await look(earned);
  expect(await appendedTo(earned.issue)).toEqual(["BRANCH_UPDATE_REQUESTED"]);
  await world.forge.settled();
  await skipStored();
  return { earned, baseSha: await mainNow() };
}

test("a change that is moved to another base gives its turn at the one before back", async () => {
  const { earned, baseSha } = await withTurn("moved");
  await git("push", "origin", "origin/main:refs/heads/aside");
  await asPerson().pulls.update({ ...at, pull_number: earned.pr.number, base: "aside" });
  await look(earned);
  expect((await turnsAt(baseSha)).at(-1)).toEqual(["BASE_RELEASED", earned.pr.number]);
  await close(earned);
});

test("a change whose issue a person closes gives its turn back, although nothing else is told of it", async () => {
  const { earned, baseSha } = await withTurn("dropped");
  await asPerson().issues.update({ ...at, issue_number: earned.issue.number, state: "closed" });
  running.push(world.startService(mergeGate));
  const updatedAt = new Date().toISOString();
  await publish({ type: "ISSUE_CLOSED", on: earned.issue, data: { sender: "ada", stateReason: null, updatedAt } });
  await world.consumed("merge-gate");
  expect((await turnsAt(baseSha)).at(-1)).toEqual(["BASE_RELEASED", earned.pr.number]);
});
