import { Effect } from "effect";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { reviewItem } from "#contracts/test-facts.ts";
import { GitHubRefused } from "#kit/github/github.ts";
import type { Around } from "#kit/github/test-forge-world.ts";
import { coder, person } from "../../deploy/local/forge/test-forge.ts";
import { at, type ReviewScene, startScene } from "./test-scene.ts";

// A review is of exactly one head. GitHub may know that head late, and somebody may push while it is read.

let scene: ReviewScene;
beforeAll(async () => {
  scene = await startScene();
});
beforeEach(() => scene.restart());
afterAll(() => scene.world.stop());

const lost: Around = (what) => Effect.fail(new GitHubRefused({ what, status: 404, reason: "Not Found" }));
const late: Around = (_, call) => Effect.map(call, (pull) => withHead(pull, "the head before"));

/** The fields of a change that each of its facts has. */
const snapshotOf = (branch: string) => {
  return { title: branch, author: coder.login, branch, baseBranch: "main", closes: [1] };
};

test.each<[string, string, number, Around]>([
  ["answers 404 for", "unknown", 1, lost],
  ["still shows another head of", "lagging", 1, late],
  ["shows an earlier head of, after its diff was read,", "wavering", 2, late],
  ["shows an earlier head of, right before the review is posted,", "wavering-later", 3, late],
])("a change that GitHub %s is reviewed when GitHub knows it, and nobody is asked", async (_, file, nth, faulty) => {
  const { on, headSha } = await scene.changeBy(coder, file, { [`${file}.js`]: "export const g = 1;\n" });
  await scene.publish({
    type: "PR_SYNCHRONIZED",
    on,
    data: { ...snapshotOf(file), headSha, prevSha: "the head before" },
  });
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
  const { on, headSha: prevSha } = await scene.changeBy(coder, branch, { "moving.js": "export const m = 1;\n" });
  const push = Effect.promise(async () => {
    const headSha = await scene.world.forge.push(coder, branch, { "moving.js": "export const m = 2;\n" });
    await scene.publish({ type: "PR_SYNCHRONIZED", on, data: { ...snapshotOf(branch), headSha, prevSha } });
  });
  let moved = false;
  await scene.reviewEverything((what, call) => {
    if (what !== moment || moved) return call;
    moved = true;
    return Effect.tap(call, () => push);
  });
  expect(await scene.reviewsOf(on.number)).toEqual([]);
  const types = (await scene.world.history(on)).map(({ type }) => type);
  expect(types.filter((type) => type.startsWith("REVIEW"))).toEqual(["REVIEW_ASSIGNED"]);
  expect(scene.asked).toHaveLength(questions);
});

test("a head that moved on is not reviewed", async () => {
  const { on, headSha } = await scene.changeBy(coder, "moved", { "moved.js": "export const e = 1;\n" });
  const next = await scene.world.forge.push(coder, "moved", { "moved.js": "export const e = 2;\n" });
  await scene.publish({
    type: "PR_SYNCHRONIZED",
    on,
    data: { ...snapshotOf("moved"), headSha: next, prevSha: headSha },
  });
  await scene.reviewEverything();
  expect(await scene.reviewsOf(on.number)).toEqual([]);
  expect(scene.asked).toEqual([]);
});

test.each<[string, string, (pull: object) => object]>([
  ["the head before two pushes whose deliveries came in the other order", "disordered", (pull) => withHead(pull, "h0")],
  ["it as closed, although it was opened again", "reopened", (pull) => ({ ...pull, state: "closed" })],
])("a change is reviewed later where GitHub shows for a moment %s", async (_, branch, stale) => {
  const { on, headSha } = await scene.changeBy(coder, branch, { [`${branch}.js`]: "export const d = 1;\n" });
  await scene.publish({ type: "PR_REOPENED", on, data: { ...snapshotOf(branch), headSha } });
  const answers = [stale];
  await scene.reviewEverything((what, call) => {
    const answer = what === "read the pull request" ? answers.pop() : undefined;
    return answer === undefined ? call : Effect.map(call, (pull) => answer(pull as object) as typeof pull);
  });
  expect((await scene.world.history(on)).at(-1)).toMatchObject({ type: "REVIEW_PASSED", data: { headSha } });
});

test.each([
  ["also when GitHub has a review of it", false],
  ["also when the review of the head between was dismissed", true],
])(
  "a head that a push brought back is reviewed again, %s: at the gate only the last review of each reviewer counts",
  async (_, isDismissed) => {
    const branch = isDismissed ? "back-dismissed" : "back";
    const { on, headSha: first } = await scene.changeBy(coder, branch, { [`${branch}.js`]: "export const b = 1;\n" });
    const { number: issueNumber } = await scene.issueOf(on);
    const push = async (headSha: string, prevSha: string) => {
      await scene.publish({ type: "PR_SYNCHRONIZED", on, data: { ...snapshotOf(branch), headSha, prevSha } });
      await scene.world.enqueue(reviewItem({ ...at, number: on.number, title: branch, headSha, issueNumber }));
      await scene.reviewEverything();
    };
    await scene.reviewEverything();
    const second = await scene.world.forge.push(coder, branch, { [`${branch}.js`]: "export const b = 2;\n" });
    await push(second, first);
    const [, between] = await scene.reviewsOf(on.number);
    if (isDismissed) {
      const review_id = between?.id ?? 0;
      const wanted = { ...at, pull_number: on.number, review_id, message: "Not this one." };
      await scene.world.forge.octokitOf(person).rest.pulls.dismissReview(wanted);
    }
    await scene.world.forge.git(coder, "push", "--force", "forge:shop", `${first}:refs/heads/${branch}`);
    await push(first, second);
    expect((await scene.reviewsOf(on.number)).map(({ commit_id }) => commit_id)).toEqual([first, second, first]);
  },
);

test("a head that a push brought back is reviewed again, also where GitHub's list is from before the review of the head between", async () => {
  const branch = "back-listed-late";
  const { on, headSha: first } = await scene.changeBy(coder, branch, { [`${branch}.js`]: "export const b = 1;\n" });
  const { number: issueNumber } = await scene.issueOf(on);
  const push = async (headSha: string, prevSha: string, around?: Around) => {
    await scene.publish({ type: "PR_SYNCHRONIZED", on, data: { ...snapshotOf(branch), headSha, prevSha } });
    await scene.world.enqueue(reviewItem({ ...at, number: on.number, title: branch, headSha, issueNumber }));
    await scene.reviewEverything(around);
  };
  await scene.reviewEverything();
  const second = await scene.world.forge.push(coder, branch, { [`${branch}.js`]: "export const b = 2;\n" });
  await push(second, first);
  await scene.world.forge.git(coder, "push", "--force", "forge:shop", `${first}:refs/heads/${branch}`);
  const before = await scene.reviewsOf(on.number);
  const answers = [before.slice(0, 1)];
  await push(first, second, (what, call) => {
    const answer = what === "look for the own review" ? answers.pop() : undefined;
    return answer === undefined ? call : Effect.map(call, () => answer as never);
  });
  expect((await scene.reviewsOf(on.number)).map(({ commit_id }) => commit_id)).toEqual([first, second, first]);
});
