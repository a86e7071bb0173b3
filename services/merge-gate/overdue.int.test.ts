import { Effect, Exit, Scope } from "effect";
import { TestClock } from "effect/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RefOf } from "#contracts/aggregates.ts";
import { gitHubLayer } from "#kit/github/github.ts";
import { type ForgeWorld, startForgeWorld } from "#kit/github/test-forge-world.ts";
import { coder, person, reviewer } from "../../deploy/local/forge/test-forge.ts";
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

/** Looks at the change of an issue by the end of its run. */
async function lookOn(issue: RefOf<"issue">): Promise<void> {
  const ended = (await world.history(issue)).findLast((fact) => fact.type === "RUN_SUCCEEDED");
  if (ended?.type !== "RUN_SUCCEEDED") throw new Error("the run did not succeed");
  await handleAs(ended, gitHubLayer("merge-gate"), { clock });
}

test("what only a person merges leads to a person after a day, once", async () => {
  const { issue } = await earnedChange("door", coder, { "src/auth/door.js": "export const door = 1;\n" });
  await lookOn(issue);
  await Effect.runPromise(clock.adjust("23 hours"));
  await lookOn(issue);
  expect(await appendedTo(issue)).toEqual([]);
  await Effect.runPromise(clock.adjust("2 hours"));
  await lookOn(issue);
  await lookOn(issue);
  expect(await appendedTo(issue)).toEqual(["GATE_OVERDUE"]);
  expect((await world.history(issue)).at(-1)).toMatchObject({ data: { hold: "person-path" } });
});

test("people are reminded once of a change that one of them holds himself, after the days of the policy", async () => {
  const { issue, pr } = await earnedChange("kept");
  const { rest } = world.forge.octokitOf(person);
  const place = { ...at, issue_number: pr.number };
  await rest.issues.addLabels({ ...place, labels: ["manual-merge"] });
  const reminders = async () => {
    const { data } = await rest.issues.listComments(place);
    return data.map(({ body }) => body);
  };
  await lookOn(issue);
  await Effect.runPromise(clock.adjust("167 hours"));
  await lookOn(issue);
  expect(await reminders()).toEqual([]);
  await Effect.runPromise(clock.adjust("2 hours"));
  await lookOn(issue);
  await lookOn(issue);
  expect(await reminders()).toEqual([expect.stringMatching(/held since .*`manual-merge`.*Merge it yourself/)]);
  expect((await world.history(pr)).filter(({ type }) => type === "GATE_REMINDED")).toHaveLength(1);
  // The rig works on it as before: once the label is off it is merged.
  expect(await appendedTo(issue)).toEqual([]);
  await rest.issues.removeLabel({ ...place, name: "manual-merge" });
  await lookOn(issue);
  expect(await appendedTo(issue)).toEqual(["MERGE_REQUESTED", "MERGED"]);
});

test("a required check that never reports leads to a person after two hours, once", async () => {
  const { issue } = await earnedChange("silent");
  const checks = { strict: false, contexts: ["never-reported"] };
  const rule = { ...at, branch: "main", required_status_checks: checks, enforce_admins: true, restrictions: null };
  await world.forge
    .octokitOf(person)
    .rest.repos.updateBranchProtection({ ...rule, required_pull_request_reviews: null });
  const look = () => lookOn(issue);
  await look();
  expect(await appendedTo(issue)).toEqual([]);
  await Effect.runPromise(clock.adjust("125 minutes"));
  await look();
  await look();
  expect(await appendedTo(issue)).toEqual(["GATE_OVERDUE"]);
  expect((await world.history(issue)).at(-1)).toMatchObject({ data: { hold: "check-missing" } });
});
