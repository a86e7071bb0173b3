import { Effect } from "effect";
import { afterAll, beforeAll, expect, test } from "vitest";
import { GitHubRefused, gitHubLayer } from "#kit/github/github.ts";
import { type ForgeWorld, gitHubWith, startForgeWorld } from "#kit/github/test-forge-world.ts";
import { appOf } from "../../deploy/local/forge/access.ts";
import { merger, person, reviewer } from "../../deploy/local/forge/test-forge.ts";
import { at, earnedOn, handlingOn } from "./test-change.ts";

// What the gate shows on the pull request.

let world: ForgeWorld;
beforeAll(async () => {
  world = await startForgeWorld({ settings: { RIG_REVIEWER_LOGINS: reviewer.login } });
});
afterAll(() => world.stop());
const { earnedChange, appendedTo } = earnedOn(() => world);
const { handleWith, handleAs } = handlingOn(() => world);

/** The check runs of the gate on a head. */
async function shownOn(ref: string) {
  const forge = world.forge.octokitOf(person);
  const { data } = await forge.rest.checks.listForRef({ ...at, ref, check_name: "rig/gate" });
  return data.check_runs.map(({ id, conclusion, output }) => ({
    id,
    conclusion,
    title: output.title,
    said: output.summary,
  }));
}

test("a held change has one neutral check run that names what holds, and the same one is updated when the gate opens", async () => {
  const { issue, pr, headSha } = await earnedChange("shown");
  const draft = world.forge.octokitOf(person);
  await draft.rest.issues.addLabels({ ...at, issue_number: pr.number, labels: ["manual-merge"] });
  await handleWith(issue, gitHubLayer("merge-gate"));
  const [held, ...more] = await shownOn(headSha);
  expect(more).toEqual([]);
  expect(held).toMatchObject({ conclusion: "neutral", title: "Held: manual-merge" });
  expect(held?.said).toContain("**open**: `the label manual-merge leaves the merge to a person` *person*: ");
  await draft.rest.issues.removeLabel({ ...at, issue_number: pr.number, name: "manual-merge" });
  await handleWith(issue, gitHubLayer("merge-gate"));
  expect(await shownOn(headSha)).toMatchObject([{ id: held?.id, conclusion: "success", title: "The gate is open" }]);
  expect(await appendedTo(issue)).toEqual(["MERGE_REQUESTED", "MERGED"]);
});

test("a gate that may make no check runs merges all the same", async () => {
  const { issue, headSha } = await earnedChange("unshown");
  const blind = gitHubWith("merge-gate", (what, call) =>
    what === "post the verdict"
      ? Effect.fail(new GitHubRefused({ what, status: 403, reason: "Resource not accessible by integration" }))
      : call,
  );
  await handleWith(issue, blind);
  expect(await shownOn(headSha)).toEqual([]);
  expect(await appendedTo(issue)).toEqual(["MERGE_REQUESTED", "MERGED"]);
});

test("what another App says under the same name stays, and the suite of its own run wakes the gate for nothing", async () => {
  const { issue, pr, headSha } = await earnedChange("named");
  const other = { ...at, name: "rig/gate", head_sha: headSha, status: "completed", conclusion: "failure" } as const;
  const { data } = await world.forge.octokitOf(reviewer).rest.checks.create(other);
  const own = { type: "CI_PASSED", id: "own", on: pr, data: { headSha, suiteId: 1, app: appOf(merger.login).slug } };
  await handleAs({ ...(await world.history(pr))[0], ...own } as never, gitHubLayer("merge-gate"));
  expect((await world.history(pr)).filter(({ type }) => type === "GATE_EVALUATED")).toEqual([]);
  await handleWith(issue, gitHubLayer("merge-gate"));
  const conclusions = (await shownOn(headSha)).map(({ id, conclusion }) => [id === data.id, conclusion]);
  expect(conclusions.toSorted()).toEqual([
    [false, "success"],
    [true, "failure"],
  ]);
});
