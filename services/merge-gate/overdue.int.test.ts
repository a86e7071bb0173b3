import { Effect, Exit, Scope } from "effect";
import { TestClock } from "effect/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { gitHubLayer } from "#kit/github/github.ts";
import { type ForgeWorld, startForgeWorld } from "#kit/github/test-forge-world.ts";
import { person, reviewer } from "../../deploy/local/forge/test-forge.ts";
import { at, earnedOn, handlingOn } from "./test-change.ts";

// A required check that never reports, with a clock that the test moves.

const scope = Scope.makeUnsafe();
let world: ForgeWorld;
let clock: TestClock.TestClock;
beforeAll(async () => {
  world = await startForgeWorld({ settings: { RIG_REVIEWER_LOGINS: reviewer.login } });
  clock = await Effect.runPromise(Scope.provide(TestClock.make({ warningDelay: "1 hour" }), scope));
  await Effect.runPromise(clock.setTime(Date.now()));
});
afterAll(async () => {
  await Effect.runPromise(Scope.close(scope, Exit.void));
  await world.stop();
});
const { earnedChange, appendedTo } = earnedOn(() => world);
const { handleAs } = handlingOn(() => world);

test("a required check that never reports leads to a person after two hours, once", async () => {
  const { issue } = await earnedChange("silent");
  const checks = { strict: false, contexts: ["never-reported"] };
  const rule = { ...at, branch: "main", required_status_checks: checks, enforce_admins: true, restrictions: null };
  await world.forge
    .octokitOf(person)
    .rest.repos.updateBranchProtection({ ...rule, required_pull_request_reviews: null });
  const ended = (await world.history(issue)).findLast((fact) => fact.type === "RUN_SUCCEEDED");
  if (ended?.type !== "RUN_SUCCEEDED") throw new Error("the run did not succeed");
  const look = () => handleAs(ended, gitHubLayer("merge-gate"), { clock });
  await look();
  expect(await appendedTo(issue)).toEqual([]);
  await Effect.runPromise(clock.adjust("125 minutes"));
  await look();
  await look();
  expect(await appendedTo(issue)).toEqual(["GATE_OVERDUE"]);
  expect((await world.history(issue)).at(-1)).toMatchObject({ data: { hold: "check-missing" } });
});
