import { Effect } from "effect";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { GitHubRefused } from "#kit/github/github.ts";
import type { Around } from "#kit/github/test-forge-world.ts";
import { coder } from "../../deploy/local/forge/test-forge.ts";
import { type ReviewScene, startScene } from "./test-scene.ts";

// A review is of exactly one head. GitHub may know that head late, and somebody may push while it is read.

let scene: ReviewScene;
beforeAll(async () => {
  scene = await startScene();
});
beforeEach(() => scene.restart());
afterAll(() => scene.world.stop());

const lost: Around = (what) => Effect.fail(new GitHubRefused({ what, status: 404, reason: "Not Found" }));
const late: Around = (_, call) => Effect.map(call, (pull) => withHead(pull, "the head before"));

test.each<[string, string, number, Around]>([
  ["answers 404 for", "unknown", 1, lost],
  ["still shows another head of", "lagging", 1, late],
  ["shows an earlier head of, after its diff was read,", "wavering", 2, late],
  ["shows an earlier head of, right before the review is posted,", "wavering-later", 3, late],
])("a change that GitHub %s is reviewed when GitHub knows it, and nobody is asked", async (_, file, nth, faulty) => {
  const { on, headSha } = await scene.changeBy(coder, file, { [`${file}.js`]: "export const g = 1;\n" });
  const snapshot = { title: file, author: coder.login, branch: file, baseBranch: "main", closes: [1] };
  await scene.publish({ type: "PR_SYNCHRONIZED", on, data: { ...snapshot, headSha, prevSha: "the head before" } });
  let count = 0;
  await scene.reviewEverything((what, call) => {
    if (what === "read the pull request") count += 1;
    return what === "read the pull request" && count === nth ? faulty(what, call) : call;
  });
  expect((await scene.reviewsOf(on.number)).map(({ commit_id }) => commit_id)).toEqual([headSha]);
  expect((await scene.world.history(on)).at(-1)).toMatchObject({ type: "REVIEW_PASSED", data: { headSha } });
});

/** A pull request with another head. */
function withHead<A>(pull: A, sha: string): A {
  return typeof pull === "object" && pull !== null && "head" in pull
    ? { ...pull, head: { ...(pull.head as object), sha } }
    : pull;
}

test("a head that GitHub does not know everywhere yet is reviewed later", async () => {
  const { on } = await scene.changeBy(coder, "early", { "early.js": "export const e = 1;\n" });
  const unknown = new GitHubRefused({ what: "read the changed files", status: 404, reason: "Not Found" });
  const answers = [Effect.fail(unknown)];
  await scene.reviewEverything((what, call) => (what === unknown.what ? (answers.pop() ?? call) : call));
  expect(await scene.reviewsOf(on.number)).toMatchObject([{ state: "APPROVED" }]);
});

test.each([
  ["while its diff is read", "read the diff", 0],
  ["while the model judges", "look for the own review", 1],
] as const)("a head that moves on %s is not reviewed", async (_, moment, questions) => {
  const branch = moment.replaceAll(" ", "-");
  const { on } = await scene.changeBy(coder, branch, { "moving.js": "export const m = 1;\n" });
  const push = Effect.promise(() => scene.world.forge.push(coder, branch, { "moving.js": "export const m = 2;\n" }));
  let moved = false;
  await scene.reviewEverything((what, call) => {
    if (what !== moment || moved) return call;
    moved = true;
    return Effect.tap(call, () => push);
  });
  expect(await scene.reviewsOf(on.number)).toEqual([]);
  expect((await scene.world.history(on)).map(({ type }) => type)).toEqual(["PR_OPENED", "REVIEW_ASSIGNED"]);
  expect(scene.asked).toHaveLength(questions);
});

test("a head that moved on is not reviewed, whether the rig or only the forge knows it", async () => {
  const { on, headSha } = await scene.changeBy(coder, "moved", { "moved.js": "export const e = 1;\n" });
  const next = await scene.world.forge.push(coder, "moved", { "moved.js": "export const e = 2;\n" });
  expect(next).not.toBe(headSha);
  await scene.reviewEverything();
  const told = await scene.changeBy(coder, "told", { "told.js": "export const f = 1;\n" });
  const snapshot = { title: "told", author: coder.login, branch: "told", baseBranch: "main", closes: [1] };
  await scene.publish({
    type: "PR_SYNCHRONIZED",
    on: told.on,
    data: { ...snapshot, headSha: next, prevSha: told.headSha },
  });
  await scene.reviewEverything();
  for (const { number } of [on, told.on]) expect(await scene.reviewsOf(number)).toEqual([]);
  expect(scene.asked).toEqual([]);
});
