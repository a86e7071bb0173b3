import { Effect } from "effect";
import { afterAll, beforeAll, expect, test } from "vitest";
import { GitHubRefused, gitHubLayer } from "#kit/github/github.ts";
import { type ForgeWorld, gitHubWith, startForgeWorld } from "#kit/github/test-forge-world.ts";
import { reviewer } from "../../deploy/local/forge/test-forge.ts";
import { earnedOn, handlingOn } from "./test-change.ts";

// What the gate does when GitHub refuses a merge for which every condition holds.

let world: ForgeWorld;
beforeAll(async () => {
  world = await startForgeWorld({ settings: { RIG_REVIEWER_LOGINS: reviewer.login } });
});
afterAll(() => world.stop());
const { earnedChange, appendedTo } = earnedOn(() => world);
const { handleWith } = handlingOn(() => world);

/** A GitHub that refuses every merge. */
const refusing = (status: number, reason: string) =>
  gitHubWith("merge-gate", (what, call) =>
    what === "merge" ? Effect.fail(new GitHubRefused({ what, status, reason })) : call,
  );
const modified = refusing(405, "Base branch was modified. Review and try the merge again.");

test.each([
  [405, "Required status check is expected."],
  [403, "Resource not accessible by integration"],
  [422, "Validation Failed"],
])("a merge that GitHub refuses with %i leads at once to a person, with GitHub's words", async (status, reason) => {
  const { issue } = await earnedChange(`refused${status}`);
  await handleWith(issue, refusing(status, reason));
  expect(await appendedTo(issue)).toEqual(["MERGE_REQUESTED", "MERGE_FAILED"]);
  const failed = (await world.history(issue)).at(-1);
  const words = `merge: GitHub answered ${status}`;
  expect(failed).toMatchObject({ data: { asksPerson: true, reason: words, details: expect.anything() } });
});

test("a base that others merge into is asked for again, and merged once it stands still", async () => {
  const { issue } = await earnedChange("moved");
  await expect(handleWith(issue, modified)).rejects.toMatchObject({ _tag: "Retryable", delayMs: 2_000 });
  expect((await world.history(issue)).at(-1)).toMatchObject({ type: "MERGE_FAILED", data: { asksPerson: false } });
  await handleWith(issue, gitHubLayer("merge-gate"));
  expect(await appendedTo(issue)).toEqual(["MERGE_REQUESTED", "MERGE_FAILED", "MERGE_REQUESTED", "MERGED"]);
});

test("a base that never stands still is asked for five times, then a person is asked", async () => {
  const { issue } = await earnedChange("restless");
  for (let asked = 1; asked < 5; asked += 1)
    await expect(handleWith(issue, modified)).rejects.toMatchObject({ _tag: "Retryable" });
  await handleWith(issue, modified);
  expect((await appendedTo(issue)).filter((type) => type === "MERGE_REQUESTED")).toHaveLength(5);
  expect((await world.history(issue)).at(-1)).toMatchObject({ type: "MERGE_FAILED", data: { asksPerson: true } });
});

test("a merge that GitHub made and answered with an error is found when it is read back", async () => {
  const { issue } = await earnedChange("answered");
  const lost = gitHubWith("merge-gate", (what, call) =>
    what === "merge"
      ? Effect.andThen(
          call,
          Effect.fail(new GitHubRefused({ what, status: 405, reason: "Pull Request is not mergeable" })),
        )
      : call,
  );
  await handleWith(issue, lost);
  expect(await appendedTo(issue)).toEqual(["MERGE_REQUESTED", "MERGED"]);
});
