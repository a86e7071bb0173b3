import { Effect } from "effect";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { changeAt, type RefOf } from "#contracts/aggregates.ts";
import { foldChange } from "#contracts/change-life.ts";
import { gitHubTopic } from "#contracts/events/fleet.ts";
import { Retryable } from "#kit/errors.ts";
import { GitHubRefused } from "#kit/github/github.ts";
import { coder, person, reviewer } from "../../deploy/local/forge/test-forge.ts";
import { at, changeInReview, fileIssue, publishedOn, type Scene, startScene, tickWhile } from "./test-scene.ts";

// The reconciler alone, on a real nats-server with its own permissions and on a forge that delivers nothing to anybody. What the read model
// would say is said here; deploy/local/no-deliveries.e2e.test.ts has the real one.

let scene: Scene;

beforeAll(async () => {
  scene = await startScene();
});
afterAll(() => scene.world.stop());

async function typesOn(on: RefOf<"issue"> | RefOf<"pr">): Promise<readonly string[]> {
  return (await publishedOn<"issue" | "pr">(scene, on)).map(({ type }) => type);
}

describe("what was never delivered is published:", () => {
  test("a label, with who set it and on what text", async () => {
    const on = await fileIssue(scene, "labelled");
    await scene.tick();
    expect(await publishedOn(scene, on)).toMatchObject([
      {
        type: "ISSUE_LABELED",
        data: { sender: person.login, senderType: "User", title: "labelled", defaultBranch: "main" },
      },
    ]);
    const fleet = (await scene.world.history(gitHubTopic)).at(-1);
    expect(fleet).toMatchObject({
      actor: "reconciler",
      data: { ...at, missing: [{ type: "ISSUE_LABELED", number: on.number, lateSeconds: expect.any(Number) }] },
    });
    await scene.tick();
    expect(await typesOn(on)).toEqual(["ISSUE_LABELED"]);
    expect((await scene.world.history(gitHubTopic)).at(-1)).toEqual(fleet);
  });

  test("the removal of a label while the rig works on the issue, once", async () => {
    const { issue } = await changeInReview(scene, "taken");
    await scene.rest(person).issues.removeLabel({ ...at, issue_number: issue.number, name: "agent-ready" });
    await scene.tick();
    await scene.tick();
    expect(await publishedOn(scene, issue)).toMatchObject([
      { type: "ISSUE_UNLABELED", data: { label: "agent-ready", sender: person.login } },
    ]);
  });

  test("that a label is off although no event names its removal, as where it was deleted in the repository, once", async () => {
    const { issue } = await changeInReview(scene, "deleted");
    await scene.rest(person).issues.removeLabel({ ...at, issue_number: issue.number, name: "agent-ready" });
    const events = `read the events of #${issue.number}`;
    scene.shown = (what, answer) => (what === events ? { ...(answer as object), items: [] } : answer);
    await scene.tick();
    await scene.tick();
    expect(await publishedOn(scene, issue)).toMatchObject([{ type: "ISSUE_UNLABELED", data: { sender: "" } }]);
  });

  test("a label that was set again at once while the rig works on the issue, although its removal was told", async () => {
    const { issue } = await changeInReview(scene, "again");
    const on = { ...at, issue_number: issue.number };
    await scene.rest(person).issues.removeLabel({ ...on, name: "agent-ready" });
    const { updated_at: updatedAt } = (await scene.rest(person).issues.get(on)).data;
    await scene.tell({
      type: "ISSUE_UNLABELED",
      on: issue,
      data: { label: "agent-ready", sender: person.login, updatedAt },
    });
    await scene.tick();
    expect(await typesOn(issue)).toEqual([]);
    await scene.rest(person).issues.addLabels({ ...on, labels: ["agent-ready"] });
    await scene.tick();
    await scene.tick();
    expect(await publishedOn(scene, issue)).toMatchObject([{ type: "ISSUE_LABELED", data: { sender: person.login } }]);
  });

  test("the closing of an issue that the rig works on", async () => {
    const { issue } = await changeInReview(scene, "closed");
    await scene
      .rest(person)
      .issues.update({ ...at, issue_number: issue.number, state: "closed", state_reason: "not_planned" });
    await scene.tick();
    expect(await publishedOn(scene, issue)).toMatchObject([
      { type: "ISSUE_CLOSED", data: { sender: person.login, stateReason: "not_planned" } },
    ]);
  });

  test("a push, a review of a person and the end of the checks, once each", async () => {
    const { pr, branch, headSha } = await changeInReview(scene, "pushed");
    const next = await scene.world.forge.push(coder, branch, { "pushed.js": "export const two = 2;\n" });
    const objection = { ...at, pull_number: pr.number, event: "REQUEST_CHANGES", body: "No." } as const;
    await scene.rest(reviewer).pulls.createReview(objection);
    await scene.world.forge.settled();
    await scene.tick();
    const [pushed, ...others] = await publishedOn(scene, pr);
    expect(pushed).toMatchObject({ type: "PR_SYNCHRONIZED", data: { headSha: next, prevSha: headSha } });
    expect(others).toMatchObject([
      { type: "REVIEW_SUBMITTED", data: { reviewer: reviewer.login, state: "changes_requested" } },
      { type: "CI_PASSED", data: { headSha: next } },
      { type: "GATE_OUTDATED", data: { because: "time" } },
    ]);
    await scene.tick();
    expect(await typesOn(pr)).toHaveLength(4);
  });

  test("checks that failed, with how they ended", async () => {
    const { pr, branch } = await changeInReview(scene, "red");
    await scene.world.forge.push(coder, branch, { "sum.js": "export const sum = () => 0;\n" });
    await scene.world.forge.settled();
    await scene.tick();
    const failed = (await publishedOn(scene, pr)).find(({ type }) => type === "CI_FAILED");
    expect(failed).toMatchObject({ data: { conclusion: "failure" } });
  });

  test("that a person closed a change, opened it again, and merged it", async () => {
    const { pr, issue } = await changeInReview(scene, "merged");
    await scene.world.forge.settled();
    const state = (wanted: "open" | "closed") =>
      scene.rest(person).pulls.update({ ...at, pull_number: pr.number, state: wanted });
    await state("closed");
    await scene.tick();
    expect((await publishedOn(scene, pr)).at(-1)).toMatchObject({
      type: "PR_CLOSED",
      data: { merged: false, mergeSha: null, sender: person.login },
    });
    await state("open");
    await scene.tick();
    expect(foldChange(await scene.world.history(pr)).open).toBe(true);
    await scene.rest(reviewer).pulls.createReview({ ...at, pull_number: pr.number, event: "APPROVE" });
    await scene.rest(person).pulls.merge({ ...at, pull_number: pr.number });
    await scene.tick();
    const { data } = await scene.rest(person).pulls.get({ ...at, pull_number: pr.number });
    expect((await publishedOn(scene, pr)).at(-1)).toMatchObject({
      type: "PR_CLOSED",
      data: { merged: true, mergeSha: data.merge_commit_sha, sender: person.login },
    });
    expect(await typesOn(issue)).toEqual(["ISSUE_CLOSED"]);
  });

  test("the opening of a change, as it stands", async () => {
    const { issue, branch, pr, headSha } = await changeInReview(scene, "opened");
    const other = await scene.world.forge.push(coder, `${branch}-again`, {
      "opened-again.js": "export const a = 1;\n",
    });
    const wanted = { ...at, title: "again", head: `${branch}-again`, base: "main", body: `Closes #${issue.number}` };
    const { data } = await scene.rest(coder).pulls.create(wanted);
    await scene.tick();
    const on = changeAt({ ...at, number: data.number });
    expect((await publishedOn(scene, on))[0]).toMatchObject({
      type: "PR_OPENED",
      data: { headSha: other, closes: [issue.number] },
    });
    expect(foldChange(await scene.world.history(pr)).headSha).toBe(headSha);
  });

  test("a thread that held the merge and was resolved, or is gone with its only comment, once each and only while it holds", async () => {
    const { pr, headSha } = await changeInReview(scene, "threads");
    const comments = [1, 1].map((line) => ({ path: "threads.js", line, side: "RIGHT", body: "Name it." }));
    const objection = { ...at, pull_number: pr.number, event: "COMMENT", body: "Hm.", comments } as const;
    await scene.rest(reviewer).pulls.createReview(objection);
    await scene.tick();
    expect(scene.asked).not.toContain("read the threads");
    const shown = () => scene.world.forge.octokitOf(person).graphql<Threads>(threadsQuery, { n: pr.number });
    const asked = async () =>
      (await publishedOn(scene, pr)).filter((fact) => fact.type === "GATE_OUTDATED" && fact.data.because === "threads");
    const says = async () => {
      const { nodes } = (await shown()).repository.pullRequest.reviewThreads;
      const threads = nodes.map(({ id, isResolved, comments: { nodes: of } }) => {
        return { id, isResolved, comments: of.map(({ fullDatabaseId }) => Number(fullDatabaseId)) };
      });
      const checks = [{ name: "threads", passed: false, why: "1 review thread is open" } as const];
      await scene.tell({ type: "GATE_EVALUATED", on: pr, data: { headSha, passed: false, checks, threads } });
      return threads;
    };
    const [first, second] = await says();
    await scene.tick();
    expect(await asked()).toEqual([]);
    const resolve = "mutation($id: ID!) { resolveReviewThread(input: { threadId: $id }) { thread { id } } }";
    await scene.world.forge.octokitOf(person).graphql(resolve, { id: first?.id });
    await scene.tick();
    await scene.tick();
    expect(await asked()).toHaveLength(1);
    await says();
    await scene.rest(reviewer).pulls.deleteReviewComment({ ...at, comment_id: second?.comments[0] ?? 0 });
    await scene.tick();
    await scene.tick();
    expect((await asked()).map(({ data }) => data)).toEqual(Array(2).fill({ headSha, because: "threads" }));
  });

  test("a commit status, and comments on the issue, on its pull request and on a line, also while a person is asked, once each", async () => {
    const { issue, pr, headSha } = await changeInReview(scene, "said");
    const [[number, seen] = []] = scene.known.issues;
    if (number === undefined || seen === undefined) throw new Error("no issue is known");
    scene.known = { ...scene.known, issues: new Map([[number, { ...seen, isWorkedOn: false }]]) };
    await scene.rest(coder).repos.createCommitStatus({ ...at, sha: headSha, state: "failure", context: "ci/jenkins" });
    await scene.rest(person).issues.createComment({ ...at, issue_number: issue.number, body: "On the issue." });
    await scene.rest(coder).issues.createComment({ ...at, issue_number: issue.number, body: "Progress of the agent." });
    await scene.rest(person).issues.createComment({ ...at, issue_number: pr.number, body: "@dev-e please." });
    const line = { path: "said.js", line: 1, body: "Name it.", commit_id: headSha };
    await scene.rest(person).pulls.createReviewComment({ ...at, pull_number: pr.number, ...line });
    await scene.tick();
    await scene.tick();
    expect(await publishedOn(scene, issue)).toMatchObject([
      { type: "STATUS_REPORTED", data: { headSha, context: "ci/jenkins", state: "failure" } },
      { type: "ISSUE_COMMENTED", data: { author: person.login, action: "created" } },
    ]);
    expect((await publishedOn(scene, pr)).filter(({ type }) => type === "PR_COMMENTED")).toMatchObject([
      { data: { author: person.login, where: "conversation" } },
      { data: { author: person.login, where: "diff" } },
    ]);
  });
});

test("a label is not published while its delivery may be under way", async () => {
  const on = await fileIssue(scene, "young");
  await scene.tick(Date.now() + 1_000);
  expect(await typesOn(on)).toEqual([]);
  await scene.tick();
  expect(await typesOn(on)).toEqual(["ISSUE_LABELED"]);
});

test("an issue that GitHub refuses to show, or answers with 5xx for ever, keeps nothing else from being compared, is named and tried again", async () => {
  const [gone, broken, other] = [
    await fileIssue(scene, "gone"),
    await fileIssue(scene, "broken"),
    await fileIssue(scene, "other"),
  ];
  const { pr, branch } = await changeInReview(scene, "beside");
  await scene.world.forge.push(coder, branch, { "beside.js": "export const two = 2;\n" });
  const failing = {
    [`read #${gone.number}`]: new GitHubRefused({ what: "read", status: 404, reason: "Not Found" }),
    [`read #${broken.number}`]: new Retryable({ what: "502" }),
  };
  await tickWhile(scene, failing);
  expect([await typesOn(gone), await typesOn(broken), await typesOn(other)]).toEqual([[], [], ["ISSUE_LABELED"]]);
  expect(await typesOn(pr)).toContain("PR_SYNCHRONIZED");
  await tickWhile(scene, failing, 3);
  const notCompared = [gone.number, broken.number];
  expect((await scene.world.history(gitHubTopic)).at(-1)).toMatchObject({ type: "RECONCILED", data: { notCompared } });
  scene.pass(10);
  await scene.tick();
  expect(await typesOn(broken)).toEqual(["ISSUE_LABELED"]);
});

test("a label of an issue that was edited after it is told with the time of the edit, and GraphQL that is used up holds only that one", async () => {
  const on = await fileIssue(scene, "edited", []);
  await scene.rest(person).issues.addLabels({ ...at, issue_number: on.number, labels: ["agent-ready"] });
  // GitHub's times have seconds: the edit is made in a later one.
  const { data } = await scene.rest(person).issues.get({ ...at, issue_number: on.number });
  vi.setSystemTime(Date.parse(data.updated_at) + 1_000);
  await scene
    .rest(person)
    .issues.update({ ...at, issue_number: on.number, body: "Do something else." })
    .finally(() => vi.useRealTimers());
  const other = await fileIssue(scene, "beside it");
  await tickWhile(scene, { [`read when #${on.number}`]: new Retryable({ what: "GraphQL", delayMs: 600_000 }) });
  expect([await typesOn(on), await typesOn(other)]).toEqual([[], ["ISSUE_LABELED"]]);
  await scene.tick();
  expect(await publishedOn(scene, on)).toMatchObject([
    { type: "ISSUE_LABELED", data: { sender: person.login, editedAt: expect.any(String) } },
  ]);
});

test("a delivery that comes while the reconciler compares leaves nothing to publish", async () => {
  const on = await fileIssue(scene, "racing");
  const { data } = await scene.rest(person).issues.get({ ...at, issue_number: on.number });
  const label = {
    ...{ label: "agent-ready", labels: ["agent-ready"], title: data.title, body: { text: data.body ?? "" } },
    ...({ sender: person.login, senderType: "User", defaultBranch: "main", updatedAt: data.updated_at } as const),
  };
  scene.before = (what) =>
    what.startsWith("read the events of #")
      ? Effect.promise(() => scene.tell({ type: "ISSUE_LABELED", on, data: label }))
      : Effect.void;
  await scene.tick().finally(() => {
    scene.before = () => Effect.void;
  });
  expect((await scene.world.history(on)).map(({ actor }) => actor)).toEqual(["webhook"]);
});

const threadsQuery = `query($n: Int!) { repository(owner: "acme", name: "shop") { pullRequest(number: $n) {
  reviewThreads(first: 9) { nodes { id isResolved comments(first: 9) { nodes { fullDatabaseId } } } } } } }`;

interface Threads {
  readonly repository: { readonly pullRequest: { readonly reviewThreads: { readonly nodes: readonly ThreadNode[] } } };
}

interface ThreadNode {
  readonly id: string;
  readonly isResolved: boolean;
  readonly comments: { readonly nodes: readonly { readonly fullDatabaseId: string }[] };
}
