import { Effect, Exit } from "effect";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { RefOf } from "#contracts/aggregates.ts";
import { reviewedIn, reviewMarker } from "#contracts/review-marker.ts";
import { approvalOf } from "#contracts/test-facts.ts";
import type { Verdict } from "#contracts/verdict.ts";
import { Retryable } from "#kit/errors.ts";
import { reviewThreads } from "#kit/github/review-threads.ts";
import { coder, person, reviewer } from "../../deploy/local/forge/test-forge.ts";
import { at, type ReviewScene, startScene } from "./test-scene.ts";

// Review-E's work from the queue to the posted review, on a real nats-server and the local forge; only the model is played.

let scene: ReviewScene;
beforeAll(async () => {
  scene = await startScene();
});
beforeEach(() => scene.restart());
afterAll(() => scene.world.stop());

test("a change is judged by the text that was approved, and not by the issue's present text", async () => {
  await scene.changeBy(coder, "judged", { "judged.js": "export const b = 1;\n" });
  await scene.reviewEverything();
  const [question] = scene.asked;
  expect(question?.prompt).toContain("Do it as approved.");
  expect(question?.prompt).not.toContain("Do it.\n");
});

test("a change whose issue's text was erased is not judged, so that a person is asked", async () => {
  const { on } = await scene.changeBy(coder, "erased", { "erased.js": "export const e = 1;\n" });
  await scene.world.manager.streams.purge("TEXT");
  await scene.reviewEverything();
  const reason = expect.stringMatching(/^the approved text of #\d+ was erased: take its label off and set it again$/);
  expect((await scene.world.history(on)).at(-1)).toMatchObject({
    type: "REVIEW_FAILED",
    data: { reason, details: null },
  });
  expect(scene.asked).toEqual([]);
});

test("an answer that is no verdict leads to REVIEW_FAILED, so that a person is asked", async () => {
  scene.verdict = { verdict: "looks good" } as unknown as Verdict;
  const { on } = await scene.changeBy(coder, "nonsense", { "nonsense.js": "export const c = 1;\n" });
  await scene.reviewEverything();
  expect((await scene.world.history(on)).at(-1)).toMatchObject({
    type: "REVIEW_FAILED",
    data: { reason: expect.stringContaining("no verdict") },
  });
  expect(await scene.reviewsOf(on.number)).toEqual([]);
});

test("a refusal is posted under its own identity, with a thread on each line that the diff shows", async () => {
  const { on, headSha } = await scene.changeBy(coder, "refused", { "refused.js": "export const a = 1;\n" });
  const shown = { path: "refused.js", line: 1, body: "Name it." };
  scene.verdict = {
    verdict: "request_changes",
    summary: "Not yet.",
    comments: [shown, { ...shown, line: 40, body: "Far." }],
  };
  await scene.reviewEverything();
  const [review, ...more] = await scene.reviewsOf(on.number);
  expect(more).toEqual([]);
  expect(review).toMatchObject({ state: "CHANGES_REQUESTED", commit_id: headSha, user: { login: reviewer.login } });
  const { data: comments } = await scene.world.forge
    .octokitOf(person)
    .rest.pulls.listReviewComments({ ...at, pull_number: on.number });
  expect(comments).toMatchObject([shown]);
  const facts = await scene.world.history(on);
  expect(facts.map(({ type }) => type)).toEqual(["PR_OPENED", "REVIEW_ASSIGNED", "REVIEW_CHANGES_REQUESTED"]);
  expect(facts.at(-1)).toMatchObject({
    actor: "review-e",
    data: { headSha, reviewId: review?.id, threads: [{ path: shown.path, line: 1 }] },
  });
  expect(scene.asked[0]?.prompt).toContain("+export const a = 1;");
});

test("an approval resolves the threads that it opened before, and appends REVIEW_PASSED", async () => {
  const { on, headSha } = await scene.changeBy(coder, "approved", { "approved.js": "export const b = 1;\n" });
  const thread = { path: "approved.js", line: 1, body: "Mine." };
  const before = { ...at, pull_number: on.number, event: "REQUEST_CHANGES", body: "Earlier." } as const;
  await scene.world.forge.octokitOf(reviewer).rest.pulls.createReview({ ...before, comments: [thread] });
  await scene.world.forge
    .octokitOf(person)
    .rest.pulls.createReview({ ...before, comments: [{ ...thread, body: "A person's." }] });
  await scene.reviewEverything();
  expect((await scene.world.history(on)).at(-1)).toMatchObject({ type: "REVIEW_PASSED", data: { headSha } });
  const threads = await reviewThreads(scene.world.forge.octokitOf(person), at, on.number);
  expect(threads.map(({ isResolved, comments }) => [comments[0]?.body, isResolved])).toEqual([
    ["Mine.", true],
    ["A person's.", false],
  ]);
});

test("a reviewer that dies right after posting is followed by one that posts no second review", async () => {
  const { on, headSha } = await scene.changeBy(coder, "crash", { "crash.js": "export const c = 1;\n" });
  const dying = scene.startReviewer((what, call) =>
    what === "post the review" ? Effect.andThen(call, Effect.die("killed here")) : call,
  );
  const exit = await dying.ended;
  expect(Exit.hasDies(exit)).toBe(true);
  expect(await scene.reviewsOf(on.number)).toHaveLength(1);
  expect((await scene.world.history(on)).map(({ type }) => type)).toEqual(["PR_OPENED", "REVIEW_ASSIGNED"]);
  await scene.reviewEverything();
  const reviews = await scene.reviewsOf(on.number);
  expect(reviews).toMatchObject([{ state: "APPROVED" }]);
  const facts = (await scene.world.history(on)).filter(({ type }) => type === "REVIEW_PASSED");
  expect(facts).toMatchObject([{ data: { headSha, reviewId: reviews[0]?.id } }]);
  // The second one reads what was posted instead of asking the model, and paying, again.
  expect(scene.asked).toHaveLength(1);
});

test("a GitHub that takes no review costs three questions to the model, then a person is asked", async () => {
  const { on, headSha } = await scene.changeBy(coder, "not-taken", { "not-taken.js": "export const n = 1;\n" });
  const away = Effect.fail(new Retryable({ what: "post the review: 503", delayMs: 1 }));
  await scene.reviewEverything((what, call) => (what === "post the review" ? away : call));
  expect(scene.asked).toHaveLength(3);
  const types = (await scene.world.history(on)).map(({ type }) => type);
  const released = ["REVIEW_ASSIGNED", "REVIEW_UNASSIGNED"];
  expect(types).toEqual(["PR_OPENED", ...released, ...released, "REVIEW_ASSIGNED", "REVIEW_FAILED"]);
  expect((await scene.world.history(on)).at(-1)).toMatchObject({ data: { headSha, reason: "post the review: 503" } });
});

test.each([
  ["APPROVE", "the same verdict is not posted twice", ["APPROVED"], {}],
  ["REQUEST_CHANGES", "another verdict is followed by its own", ["CHANGES_REQUESTED", "APPROVED"], {}],
  ["APPROVE", "one of another merge base is followed by its own", ["APPROVED", "APPROVED"], { mergeBase: "b0" }],
] as const)("a review by a former holder while the model judges, %s: %s", async (event, rule, states, but) => {
  const file = `former-${rule.replaceAll(" ", "-")}`;
  const { on, headSha } = await scene.changeBy(coder, file, { [`${file}.js`]: "export const g = 1;\n" });
  const former = Effect.promise(async () => {
    const body = reviewMarker({ headSha, ...(await reviewedOf(on)), ...but });
    const request = { ...at, pull_number: on.number, commit_id: headSha, event, body };
    return scene.world.forge.octokitOf(reviewer).rest.pulls.createReview(request);
  });
  await scene.reviewEverything((what, call) => (what === "post the review" ? Effect.andThen(former, call) : call));
  const reviews = await scene.reviewsOf(on.number);
  expect(reviews.map(({ state }) => state)).toEqual(states);
  const data = { headSha, reviewId: reviews.at(-1)?.id };
  expect((await scene.world.history(on)).at(-1)).toMatchObject({ type: "REVIEW_PASSED", data });
});

test("a change whose issue is approved on another text while it is judged is judged again, for that text", async () => {
  const { on, headSha } = await scene.changeBy(coder, "reworded", { "reworded.js": "export const r = 1;\n" });
  const issue = await scene.issueOf(on);
  const data = { ...approvalOf({ title: "Reworded" }), body: { text: "Do something else." } };
  let isReworded = false;
  await scene.reviewEverything((what, call) => {
    if (what !== "look for the own review" || isReworded) return call;
    isReworded = true;
    return Effect.andThen(
      Effect.promise(() => scene.publish({ type: "ISSUE_APPROVED", on: issue, data })),
      call,
    );
  });
  expect(scene.asked.map(({ prompt }) => prompt.includes("Do something else."))).toEqual([false, true]);
  const reviews = await scene.reviewsOf(on.number);
  expect(reviews.map(({ body }) => reviewedIn(body))).toEqual([{ markedHead: headSha, ...(await reviewedOf(on)) }]);
});

test("it never reviews its own change", async () => {
  const { on } = await scene.changeBy(reviewer, "own", { "own.js": "export const d = 1;\n" });
  await scene.reviewEverything();
  expect(await scene.reviewsOf(on.number)).toEqual([]);
  expect((await scene.world.history(on)).filter(({ type }) => /PASSED|REQUESTED/.test(type))).toEqual([]);
  expect(scene.asked).toEqual([]);
});

/** The approved text and the merge base that a review of a change is of now. */
async function reviewedOf(on: RefOf<"pr">) {
  const wanted = { ...at, ref: "heads/main" };
  const { data: main } = await scene.world.forge.octokitOf(person).rest.git.getRef(wanted);
  return { textSha256: await scene.approvedText(on), mergeBase: main.object.sha };
}

/** Puts on a branch what files cannot show: a link, a submodule, another mode, and a file that only moves. */
async function addUnshown(branch: string): Promise<string> {
  const git = async (...args: readonly string[]) => {
    const { exitCode, stdout, stderr } = await scene.world.forge.git(coder, ...args);
    if (exitCode !== 0) throw new Error(stderr);
    return stdout.trim();
  };
  const [blob, commit] = [await git("rev-parse", "HEAD:package.json"), await git("rev-parse", "HEAD")];
  await git("update-index", "--add", "--cacheinfo", `120000,${blob},link`);
  await git("update-index", "--add", "--cacheinfo", `160000,${commit},module`);
  await git("update-index", "--chmod=+x", "package.json");
  await git("mv", "sum.test.sh", "moved.test.sh");
  await git("commit", "-m", "Unshown");
  await git("push", "origin", branch);
  await git("reset", "--hard");
  return git("rev-parse", "HEAD");
}

test("what no diff shows is named on the pull request, and the model's approval of the rest does not win", async () => {
  const files = { "hidden.js": "export const a = 1;\0\n", "plain.js": "export const b = 2;\n" };
  const { on } = await scene.changeBy(coder, "hidden", files, { more: addUnshown });
  await scene.reviewEverything();
  const [review, ...others] = await scene.reviewsOf(on.number);
  expect(others).toEqual([]);
  expect(review?.state).toBe("CHANGES_REQUESTED");
  for (const finding of [
    "`hidden.js` is binary",
    "`link` is a symb",
    "`module` is a subm",
    "`package.json` changes its mode",
  ])
    expect(review?.body).toContain(finding);
  expect(review?.body).not.toMatch(/plain\.js|moved\.test\.sh/);
  expect((await scene.world.history(on)).at(-1)).toMatchObject({ type: "REVIEW_CHANGES_REQUESTED" });
  // The rest is judged: the readable part of the diff, and the moved file, which the diff does not show.
  expect(scene.asked).toHaveLength(1);
  expect(scene.asked[0]?.prompt).toContain("+export const b = 2;");
  expect(scene.asked[0]?.prompt).toContain("from sum.test.sh\nto moved.test.sh\n\ngrep -q");
  expect(scene.asked[0]?.prompt).not.toContain("Subproject");
});

test("a head that merges commits of others, and has nothing of them, is refused: once they are merged, its merge would undo them", async () => {
  const { forge } = scene.world;
  const repaired = { "sum.js": "export const sum = (left, right) => left + right; // repaired\n" };
  const repair = await forge.push(person, "repair", repaired);
  const git = async (...args: string[]) => (await forge.git(coder, ...args)).stdout.trim();
  const joinRepair = async (branch: string) => {
    await git("fetch", "forge:shop", "repair");
    const joined = await git("commit-tree", "HEAD^{tree}", "-p", "HEAD", "-p", repair, "-m", "Merge the repair");
    await git("push", "--force", "forge:shop", `${joined}:refs/heads/${branch}`);
    return joined;
  };
  const { on } = await scene.changeBy(coder, "joined", { "joined.js": "export const a = 1;\n" }, { more: joinRepair });
  await scene.reviewEverything();
  const [review] = await scene.reviewsOf(on.number);
  expect(review).toMatchObject({ state: "CHANGES_REQUESTED" });
  expect(review?.body).toContain("merges commits that the base does not have");
  expect(scene.asked[0]?.prompt).not.toContain("sum.js");
});

test("where the policy says so, a person is asked about a change that cannot be read, and the model is not", async () => {
  const { on } = await scene.changeBy(coder, "unread", { "unread.js": "\0" }, { unreadableFiles: "ask_person" });
  await scene.reviewEverything();
  const reason = expect.stringContaining("cannot read all of it");
  expect((await scene.world.history(on)).at(-1)).toMatchObject({ type: "REVIEW_FAILED", data: { reason } });
  expect([await scene.reviewsOf(on.number), scene.asked]).toEqual([[], []]);
});
