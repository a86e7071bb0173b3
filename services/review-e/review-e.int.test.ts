import { randomUUID } from "node:crypto";
import { Effect, Exit, Layer } from "effect";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { reviewClaims } from "#contracts/claims.ts";
import type { FactDraft } from "#contracts/envelope.ts";
import { labelOf, reviewItem } from "#contracts/test-facts.ts";
import type { Verdict } from "#contracts/verdict.ts";
import { GitHubRefused } from "#kit/github/github.ts";
import { type Around, type ForgeWorld, gitHubWith, startForgeWorld } from "#kit/github/test-forge-world.ts";
import { Model, type Question } from "#kit/model/model.ts";
import { eventually } from "#kit/test/test-world.ts";
import { claimWork } from "#kit/work/claim.ts";
import type { ForgeUser } from "../../deploy/local/forge/forge.ts";
import { coder, person, reviewer } from "../../deploy/local/forge/test-forge.ts";
import { reviewMarker } from "./decide.ts";
import { reviewE } from "./work.ts";

// Review-E's work from the queue to the posted review, on a real nats-server and the local forge; only the model is played.

const at = { owner: "acme", repo: "shop" };
let world: ForgeWorld;
let verdict: Verdict;
const asked: Question[] = [];

beforeAll(async () => {
  world = await startForgeWorld();
});
beforeEach(() => {
  asked.length = 0;
  verdict = { verdict: "approve", summary: "Good.", comments: [] };
});
afterAll(() => world.stop());

const usage = { requestId: "r1", model: "played", inputTokens: 10, outputTokens: 5, serverToolRequests: 0 };
const model = Layer.sync(Model, () =>
  Model.of({
    name: "played",
    converse: () => Effect.die("Review-E never converses"),
    ask: (question) =>
      Effect.sync(() => {
        asked.push(question);
        const cached = { cacheWrite5mTokens: 0, cacheWrite1hTokens: 0, cacheReadTokens: 0 };
        return { answer: verdict, usage: { ...usage, ...cached, requestId: randomUUID() } };
      }),
  }),
);

function startReviewer(around: Around = (_, call) => call) {
  const needs = Layer.merge(gitHubWith("review-e", around), model);
  return world.start("review-e", Effect.provide(claimWork("review-e", reviewClaims, reviewE), needs));
}

const publish = (draft: FactDraft) => world.publishAll(draft);

/** A pull request of this author, known to the rig, with its review on the work queue. */
async function changeBy(author: ForgeUser, file: string, files: Readonly<Record<string, string>>) {
  const { data: issue } = await world.forge
    .octokitOf(person)
    .rest.issues.create({ ...at, title: `Issue ${file}`, body: "Do it." });
  await publish({
    type: "ISSUE_LABELED",
    on: { ...at, kind: "issue", number: issue.number },
    data: { ...labelOf({ title: issue.title }), body: { text: "Do it as approved." } },
  });
  const headSha = await world.forge.push(author, file, files);
  const wanted = { ...at, title: `Change ${file}`, head: file, base: "main", body: `Closes #${issue.number}` };
  const { data: pull } = await world.forge.octokitOf(author).rest.pulls.create(wanted);
  const on = { ...at, kind: "pr", number: pull.number } as const;
  const change = { author: author.login, branch: file, baseBranch: "main", headSha, closes: [issue.number] };
  await publish({ type: "PR_OPENED", on, data: { ...change, title: wanted.title } });
  const item = { ...at, number: pull.number, title: wanted.title, headSha, issueNumber: issue.number };
  await world.enqueue(reviewItem(item));
  return { on, headSha };
}

async function reviewsOf(number: number) {
  return (await world.forge.octokitOf(person).rest.pulls.listReviews({ ...at, pull_number: number })).data;
}

interface ThreadsAnswer {
  readonly repository: {
    readonly pullRequest: {
      readonly reviewThreads: {
        readonly nodes: readonly {
          readonly isResolved: boolean;
          readonly comments: { readonly nodes: readonly { readonly body: string }[] };
        }[];
      };
    };
  };
}

/** Runs a reviewer until the work queue is empty. */
async function reviewEverything(around?: Around): Promise<void> {
  const running = startReviewer(around);
  await eventually(async () => expect((await world.manager.streams.info("WORK")).state.messages).toBe(0), 15_000);
  await running.stop();
}

test("a change is judged by the text that was approved, and not by the issue's present text", async () => {
  await changeBy(coder, "judged", { "judged.js": "export const b = 1;\n" });
  await reviewEverything();
  const [question] = asked;
  expect(question?.prompt).toContain("Do it as approved.");
  expect(question?.prompt).not.toContain("Do it.\n");
});

test("a change whose issue's text was erased is not judged, so that a person is asked", async () => {
  const { on } = await changeBy(coder, "erased", { "erased.js": "export const e = 1;\n" });
  await world.manager.streams.purge("TEXT");
  await reviewEverything();
  const reason = expect.stringMatching(/^the approved text of #\d+ was erased: set its label again$/);
  expect((await world.history(on)).at(-1)).toMatchObject({ type: "REVIEW_FAILED", data: { reason, details: null } });
  expect(asked).toEqual([]);
});

test("an answer that is no verdict leads to REVIEW_FAILED, so that a person is asked", async () => {
  verdict = { verdict: "looks good" } as unknown as Verdict;
  const { on } = await changeBy(coder, "nonsense", { "nonsense.js": "export const c = 1;\n" });
  await reviewEverything();
  expect((await world.history(on)).at(-1)).toMatchObject({
    type: "REVIEW_FAILED",
    data: { reason: expect.stringContaining("no verdict") },
  });
  expect(await reviewsOf(on.number)).toEqual([]);
});

test("a refusal is posted under its own identity, with a thread on each line that the diff shows", async () => {
  const { on, headSha } = await changeBy(coder, "refused", { "refused.js": "export const a = 1;\n" });
  const shown = { path: "refused.js", line: 1, body: "Name it." };
  verdict = {
    verdict: "request_changes",
    summary: "Not yet.",
    comments: [shown, { ...shown, line: 40, body: "Far." }],
  };
  await reviewEverything();
  const [review, ...more] = await reviewsOf(on.number);
  expect(more).toEqual([]);
  expect(review).toMatchObject({ state: "CHANGES_REQUESTED", commit_id: headSha, user: { login: reviewer.login } });
  const { data: comments } = await world.forge
    .octokitOf(person)
    .rest.pulls.listReviewComments({ ...at, pull_number: on.number });
  expect(comments).toMatchObject([shown]);
  const facts = await world.history(on);
  expect(facts.map(({ type }) => type)).toEqual(["PR_OPENED", "REVIEW_ASSIGNED", "REVIEW_CHANGES_REQUESTED"]);
  expect(facts.at(-1)).toMatchObject({
    actor: "review-e",
    data: { headSha, reviewId: review?.id, threads: [{ path: shown.path, line: 1 }] },
  });
  expect(asked[0]?.prompt).toContain("+export const a = 1;");
});

test("an approval resolves the threads that it opened before, and appends REVIEW_PASSED", async () => {
  const { on, headSha } = await changeBy(coder, "approved", { "approved.js": "export const b = 1;\n" });
  const thread = { path: "approved.js", line: 1, body: "Mine." };
  const before = { ...at, pull_number: on.number, event: "REQUEST_CHANGES", body: "Earlier." } as const;
  await world.forge.octokitOf(reviewer).rest.pulls.createReview({ ...before, comments: [thread] });
  await world.forge
    .octokitOf(person)
    .rest.pulls.createReview({ ...before, comments: [{ ...thread, body: "A person's." }] });
  await reviewEverything();
  expect((await world.history(on)).at(-1)).toMatchObject({ type: "REVIEW_PASSED", data: { headSha } });
  const query = `query ($number: Int!) { repository(owner: "acme", name: "shop") { pullRequest(number: $number) {
    reviewThreads(first: 100) { nodes { isResolved comments(first: 1) { nodes { body } } } } } } }`;
  const answer = await world.forge.octokitOf(person).graphql<ThreadsAnswer>(query, { number: on.number });
  const threads = answer.repository.pullRequest.reviewThreads.nodes;
  expect(threads.map(({ isResolved, comments }) => [comments.nodes[0]?.body, isResolved])).toEqual([
    ["Mine.", true],
    ["A person's.", false],
  ]);
});

test("a reviewer that dies right after posting is followed by one that posts no second review", async () => {
  const { on, headSha } = await changeBy(coder, "crash", { "crash.js": "export const c = 1;\n" });
  const dying = startReviewer((what, call) =>
    what === "post the review" ? Effect.andThen(call, Effect.die("killed here")) : call,
  );
  const exit = await dying.ended;
  expect(Exit.hasDies(exit)).toBe(true);
  expect(await reviewsOf(on.number)).toHaveLength(1);
  expect((await world.history(on)).map(({ type }) => type)).toEqual(["PR_OPENED", "REVIEW_ASSIGNED"]);
  await reviewEverything();
  const reviews = await reviewsOf(on.number);
  expect(reviews).toMatchObject([{ state: "APPROVED" }]);
  const facts = (await world.history(on)).filter(({ type }) => type === "REVIEW_PASSED");
  expect(facts).toMatchObject([{ data: { headSha, reviewId: reviews[0]?.id } }]);
  // The second one reads what was posted instead of asking the model, and paying, again.
  expect(asked).toHaveLength(1);
});

test.each([
  ["APPROVE", "the same verdict is not posted twice", ["APPROVED"]],
  ["REQUEST_CHANGES", "another verdict is followed by its own", ["CHANGES_REQUESTED", "APPROVED"]],
] as const)("a review by a former holder while the model judges, %s: %s", async (event, _rule, states) => {
  const file = `former-${event.toLowerCase()}`;
  const { on, headSha } = await changeBy(coder, file, { [`${file}.js`]: "export const g = 1;\n" });
  const request = { ...at, pull_number: on.number, commit_id: headSha, event, body: reviewMarker(headSha) };
  const former = Effect.promise(() => world.forge.octokitOf(reviewer).rest.pulls.createReview(request));
  await reviewEverything((what, call) => (what === "post the review" ? Effect.andThen(former, call) : call));
  const reviews = await reviewsOf(on.number);
  expect(reviews.map(({ state }) => state)).toEqual(states);
  const data = { headSha, reviewId: reviews.at(-1)?.id };
  expect((await world.history(on)).at(-1)).toMatchObject({ type: "REVIEW_PASSED", data });
});

test.each<[string, (real: Around) => Around]>([
  ["answers 404 for", () => (what) => Effect.fail(new GitHubRefused({ what, status: 404, reason: "Not Found" }))],
  ["still shows another head of", () => (_, call) => Effect.map(call, (pull) => withHead(pull, "the head before"))],
])("a change that GitHub %s is reviewed when GitHub knows it, and nobody is asked", async (name, faulty) => {
  const file = name.startsWith("answers") ? "unknown" : "lagging";
  const { on, headSha } = await changeBy(coder, file, { [`${file}.js`]: "export const g = 1;\n" });
  const snapshot = { title: file, author: coder.login, branch: file, baseBranch: "main", closes: [1] };
  await publish({ type: "PR_SYNCHRONIZED", on, data: { ...snapshot, headSha, prevSha: "the head before" } });
  let faults = 1;
  const real: Around = (_, call) => call;
  await reviewEverything((what, call) => {
    if (what !== "read the pull request" || faults === 0) return call;
    faults -= 1;
    return faulty(real)(what, call);
  });
  expect((await reviewsOf(on.number)).map(({ commit_id }) => commit_id)).toEqual([headSha]);
  expect((await world.history(on)).at(-1)).toMatchObject({ type: "REVIEW_PASSED", data: { headSha } });
});

/** A pull request with another head. */
function withHead<A>(pull: A, sha: string): A {
  return typeof pull === "object" && pull !== null && "head" in pull
    ? { ...pull, head: { ...(pull.head as object), sha } }
    : pull;
}

test("it never reviews its own change", async () => {
  const { on } = await changeBy(reviewer, "own", { "own.js": "export const d = 1;\n" });
  await reviewEverything();
  expect(await reviewsOf(on.number)).toEqual([]);
  expect((await world.history(on)).filter(({ type }) => /PASSED|REQUESTED/.test(type))).toEqual([]);
  expect(asked).toEqual([]);
});

test("a head that moved on is not reviewed, whether the rig or only the forge knows it", async () => {
  const { on, headSha } = await changeBy(coder, "moved", { "moved.js": "export const e = 1;\n" });
  const next = await world.forge.push(coder, "moved", { "moved.js": "export const e = 2;\n" });
  expect(next).not.toBe(headSha);
  await reviewEverything();
  const told = await changeBy(coder, "told", { "told.js": "export const f = 1;\n" });
  const snapshot = { title: "told", author: coder.login, branch: "told", baseBranch: "main", closes: [1] };
  await publish({ type: "PR_SYNCHRONIZED", on: told.on, data: { ...snapshot, headSha: next, prevSha: told.headSha } });
  await reviewEverything();
  for (const { number } of [on, told.on]) expect(await reviewsOf(number)).toEqual([]);
  expect(asked).toEqual([]);
});
