import { Effect } from "effect";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { FactDraft } from "#contracts/envelope.ts";
import { Retryable } from "#kit/errors.ts";
import { GitHubRefused, gitHubLayer } from "#kit/github/github.ts";
import { type ForgeWorld, gitHubWith, startForgeWorld } from "#kit/github/test-forge-world.ts";
import type { Running } from "#kit/test/test-world.ts";
import { coder, merger, person, reviewer, stranger } from "../../deploy/local/forge/test-forge.ts";
import mergeGate from "./main.ts";
import { at, earnedOn, handlingOn } from "./test-change.ts";

// The whole service on a real nats-server with its own permissions, against real pull requests on the local forge.

const running: Running<unknown>[] = [];
let world: ForgeWorld;
beforeAll(async () => {
  world = await startForgeWorld({ settings: { RIG_REVIEWER_LOGINS: reviewer.login } });
});
afterEach(() => Promise.all(running.splice(0).map((gate) => gate.stop())));
afterAll(() => world.stop());

function startGate(): void {
  running.push(world.startService(mergeGate));
}

const { publish, appendedTo, fileIssue, earnedChange, publishRun, pullOnForge } = earnedOn(() => world);
const { handleWith, handleAs, dieBeforeMerge, skipStored } = handlingOn(() => world);
const consumed = () => world.consumed("merge-gate");

test("two gates that consume many facts of one change at once request one merge and append MERGED once", async () => {
  const { issue, pr, headSha, reviewId } = await earnedChange("twice");
  const reading = { claimId: "r1", epoch: 1, agentId: "review-e", instanceId: "i", attempt: 1, headSha };
  const passed: FactDraft = {
    type: "REVIEW_PASSED",
    on: pr,
    data: { claimId: "r1", headSha, reviewId, summary: { text: "good" } },
  };
  const review = {
    reviewId,
    reviewer: reviewer.login,
    reviewerType: "Bot",
    state: "approved",
    headSha,
  } as const;
  await publish(
    ...Array.from(
      { length: 6 },
      (_, suiteId): FactDraft => ({ type: "CI_PASSED", on: pr, data: { headSha, suiteId } }),
    ),
    { type: "REVIEW_ASSIGNED", on: pr, data: reading },
    passed,
    { type: "REVIEW_SUBMITTED", on: pr, data: review },
  );
  startGate();
  startGate();
  await consumed();
  expect(await appendedTo(issue)).toEqual(["MERGE_REQUESTED", "MERGED"]);
  const pull = await pullOnForge(pr.number);
  expect(pull).toMatchObject({ merged: true, merged_by: { login: merger.login } });
  expect((await world.history(issue)).at(-1)).toMatchObject({
    data: { prNumber: pr.number, mergeSha: pull.merge_commit_sha },
  });
  const evaluations = (await world.history(pr)).filter(({ type }) => type === "GATE_EVALUATED");
  expect(evaluations).toMatchObject([{ data: { headSha, passed: true } }]);
});

test("a change without an approval is not merged, and one fact in its history names what is missing", async () => {
  const { issue, pr, headSha } = await earnedChange("waiting");
  const [review] = (await world.forge.octokitOf(person).rest.pulls.listReviews({ ...at, pull_number: pr.number })).data;
  const objection = { ...at, pull_number: pr.number, event: "REQUEST_CHANGES", body: "No." } as const;
  await world.forge.octokitOf(reviewer).rest.pulls.createReview(objection);
  expect(review?.state).toBe("APPROVED");
  for (const suiteId of [1, 2, 3]) await publish({ type: "CI_PASSED", on: pr, data: { headSha, suiteId } });
  startGate();
  await consumed();
  expect(await appendedTo(issue)).toEqual([]);
  expect((await pullOnForge(pr.number)).merged).toBe(false);
  const evaluations = (await world.history(pr)).flatMap((fact) => (fact.type === "GATE_EVALUATED" ? [fact.data] : []));
  expect(evaluations).toHaveLength(1);
  const missing = evaluations[0]?.checks.filter(({ passed }) => !passed);
  expect(missing).toMatchObject([{ name: "review", passed: false, why: `changes requested by ${reviewer.login}` }]);
});

test("a stranger's thread and objection hold no merge, and the history shows that a thread is left aside", async () => {
  const { issue, pr, headSha } = await earnedChange("strange");
  const comments = [{ path: "strange.js", line: 1, body: "Never merge this." }];
  const review = { ...at, pull_number: pr.number, event: "REQUEST_CHANGES", body: "No.", comments } as const;
  await world.forge.octokitOf(stranger).rest.pulls.createReview(review);
  await publish({ type: "CI_PASSED", on: pr, data: { headSha, suiteId: 1 } });
  startGate();
  await consumed();
  expect(await appendedTo(issue)).toEqual(["MERGE_REQUESTED", "MERGED"]);
  const evaluated = (await world.history(pr)).find(({ type }) => type === "GATE_EVALUATED");
  const why = "none is open; 1 of strangers hold nothing and are left aside";
  const threads = expect.objectContaining({ name: "threads", passed: true, why, leftAside: 1 });
  expect(evaluated).toMatchObject({ data: { passed: true, checks: expect.arrayContaining([threads]) } });
});

test.each([
  ["withdrawn", "of the head"],
  ["overtaken", "of a head that was replaced since"],
])(
  "a request whose gate died is withdrawn when the gate closes, and made again when it opens: %s (%s)",
  async (file) => {
    const { issue, pr, headSha, change } = await earnedChange(file);
    const requested = file === "overtaken" ? "an earlier head" : headSha;
    await publish({ type: "MERGE_REQUESTED", on: issue, data: { prNumber: pr.number, headSha: requested } });
    const label = { ...at, issue_number: pr.number };
    await world.forge.octokitOf(person).rest.issues.addLabels({ ...label, labels: ["manual-merge"] });
    startGate();
    await consumed();
    expect(await appendedTo(issue)).toEqual(["MERGE_REQUESTED", "MERGE_FAILED"]);
    expect((await pullOnForge(pr.number)).merged).toBe(false);
    await world.forge.octokitOf(person).rest.issues.removeLabel({ ...label, name: "manual-merge" });
    await publish({ type: "PR_EDITED", on: pr, data: change });
    await consumed();
    expect(await appendedTo(issue)).toEqual(["MERGE_REQUESTED", "MERGE_FAILED", "MERGE_REQUESTED", "MERGED"]);
  },
);

test("a message that is redelivered merges only what its request still asks for", async () => {
  const { issue, pr } = await earnedChange("redelivered");
  await skipStored();
  await dieBeforeMerge(issue);
  // A person is asked while the message is handled a second time, after the issue was read.
  const asked = Effect.promise(() =>
    publish({ type: "ISSUE_NEEDS_HUMAN", on: issue, data: { reason: "stop", details: null } }),
  );
  const late = gitHubWith("merge-gate", (what, call) =>
    what === "read the pull request" ? Effect.andThen(asked, call) : call,
  );
  await handleWith(issue, late);
  expect(await appendedTo(issue)).toEqual(["MERGE_REQUESTED"]);
  expect((await pullOnForge(pr.number)).merged).toBe(false);
});

test("an issue that is closed while a message is redelivered is not merged, and its request is withdrawn", async () => {
  const { issue, pr } = await earnedChange("closed-late");
  await skipStored();
  await dieBeforeMerge(issue);
  const closed = Effect.promise(() =>
    publish({ type: "ISSUE_CLOSED", on: issue, data: { sender: "ada", stateReason: null } }),
  );
  const late = gitHubWith("merge-gate", (what, call) =>
    what === "read the pull request" ? Effect.andThen(closed, call) : call,
  );
  await handleWith(issue, late);
  expect(await appendedTo(issue)).toEqual(["MERGE_REQUESTED", "MERGE_FAILED"]);
  expect((await pullOnForge(pr.number)).merged).toBe(false);
});

test("a message that is redelivered after its request was withdrawn requests again before it merges", async () => {
  const { issue, pr, headSha } = await earnedChange("again");
  await skipStored();
  await dieBeforeMerge(issue);
  const data = { prNumber: pr.number, headSha, reason: "the gate closed again before the merge", details: null };
  await publish({ type: "MERGE_FAILED", on: issue, data });
  await handleWith(issue, gitHubLayer("merge-gate"));
  expect(await appendedTo(issue)).toEqual(["MERGE_REQUESTED", "MERGE_FAILED", "MERGE_REQUESTED", "MERGED"]);
});

test("a merge by a person is recorded as a bypass with its login, and the issue counts as merged", async () => {
  const { issue, pr, change } = await earnedChange("bypass");
  await world.forge.octokitOf(person).rest.pulls.merge({ ...at, pull_number: pr.number });
  const { merge_commit_sha: mergeSha } = await pullOnForge(pr.number);
  const closed = { ...change, merged: true, mergeSha, sender: person.login };
  await publish({ type: "PR_CLOSED", on: pr, data: closed }, { type: "PR_EDITED", on: pr, data: change });
  startGate();
  await consumed();
  expect(await appendedTo(issue)).toEqual(["ADMIN_BYPASS_DETECTED", "MERGED"]);
  expect((await world.history(issue)).slice(-2)).toMatchObject([
    { data: { prNumber: pr.number, mergedBy: person.login } },
    { data: { prNumber: pr.number, mergeSha } },
  ]);
});

test("a pull request that somebody else opened on the issue's branch is not merged, although the holder of the claim names it", async () => {
  const { issue, pr } = await earnedChange("borrowed", person);
  startGate();
  await consumed();
  expect(await appendedTo(issue)).toEqual([]);
  expect((await pullOnForge(pr.number)).merged).toBe(false);
  const [evaluated] = (await world.history(pr)).filter((fact) => fact.type === "GATE_EVALUATED");
  const why = `opened by ${person.login}, who is no agent of this rig`;
  expect(evaluated?.data.checks.filter(({ passed }) => !passed)).toMatchObject([
    { name: "origin", passed: false, why },
  ]);
});

test("the merge of another issue's change is not recorded for the issue whose agent names it", async () => {
  const { pr, headSha } = await earnedChange("honest");
  startGate();
  await consumed();
  expect((await pullOnForge(pr.number)).merged).toBe(true);
  const hostile = await fileIssue("hostile");
  await publishRun(hostile, { prNumber: pr.number, branch: `feature/issue-${hostile.number}`, headSha });
  await consumed();
  expect(await appendedTo(hostile)).toEqual([]);
});

test("a head that moved between the evaluation and the merge is refused by its SHA: MERGE_FAILED, nothing is merged", async () => {
  const { issue, pr, headSha, branch } = await earnedChange("moving");
  await skipStored();
  // Somebody pushes at the last moment: right before the request for the merge leaves.
  const pushed = Effect.promise(() =>
    world.forge.push(coder, branch, { "moving.js": "export const moving = 'on';\n" }),
  );
  const moving = gitHubWith("merge-gate", (what, call) => (what === "merge" ? Effect.andThen(pushed, call) : call));
  await handleWith(issue, moving);
  expect(await appendedTo(issue)).toEqual(["MERGE_REQUESTED", "MERGE_FAILED"]);
  const failed = (await world.history(issue)).at(-1);
  expect(failed).toMatchObject({ data: { headSha, reason: expect.stringContaining("409") } });
  const pull = await pullOnForge(pr.number);
  expect(pull).toMatchObject({ merged: false, state: "open" });
  // The other head has no approval: the gate waits for one.
  const snapshot = { title: "moving", author: coder.login, branch, baseBranch: "main", closes: [issue.number] };
  const synchronized = { ...snapshot, headSha: pull.head.sha, prevSha: headSha };
  await world.forge.settled();
  await publish({ type: "PR_SYNCHRONIZED", on: pr, data: synchronized });
  startGate();
  await consumed();
  expect(await appendedTo(issue)).toEqual(["MERGE_REQUESTED", "MERGE_FAILED"]);
  expect((await pullOnForge(pr.number)).merged).toBe(false);
});

test("a request that is withdrawn while GitHub merges ends as a merge of this gate, without an alarm", async () => {
  const { issue, pr, headSha } = await earnedChange("crossing");
  await skipStored();
  const why = { reason: "the gate closed again before the merge", details: null };
  const withdrawn = Effect.promise(() =>
    publish({ type: "MERGE_FAILED", on: issue, data: { prNumber: pr.number, headSha, ...why } }),
  );
  await handleWith(
    issue,
    gitHubWith("merge-gate", (what, call) => (what === "merge" ? Effect.andThen(withdrawn, call) : call)),
  );
  expect(await appendedTo(issue)).toEqual(["MERGE_REQUESTED", "MERGE_FAILED", "MERGED"]);
});

test("the end of a run or a review that does not count leads to no request to GitHub", async () => {
  const { issue, pr, headSha } = await earnedChange("forged");
  const forged = { claimId: "forged", headSha, reviewId: 1, summary: { text: "good" } };
  await publish(
    { type: "RUN_SUCCEEDED", on: issue, data: { ...forged, attempt: 1, prNumber: pr.number, turns: 1 } },
    { type: "REVIEW_PASSED", on: pr, data: forged },
  );
  const ends = [...(await world.history(issue)), ...(await world.history(pr))].filter(
    (fact) => fact.type === "RUN_SUCCEEDED" || fact.type === "REVIEW_PASSED",
  );
  const asked: string[] = [];
  const noting = gitHubWith("merge-gate", (what, call) =>
    Effect.andThen(
      Effect.sync(() => asked.push(what)),
      call,
    ),
  );
  for (const end of ends.filter(({ data }) => data.claimId === "forged")) {
    await handleAs(end, noting);
  }
  expect(ends).toHaveLength(3);
  expect(asked).toEqual([]);
});

test("a change or a head that GitHub does not know yet is tried again, not given up", async () => {
  const { issue, pr, headSha, change } = await earnedChange("unknown");
  const unknown = gitHubWith("merge-gate", (what, call) =>
    what === "read the pull request"
      ? Effect.fail(new GitHubRefused({ what, status: 404, reason: "Not Found" }))
      : call,
  );
  await expect(handleWith(issue, unknown)).rejects.toMatchObject({ _tag: "Retryable" });
  // The rig knows a later head: GitHub still shows the one before.
  await publish({ type: "PR_SYNCHRONIZED", on: pr, data: { ...change, headSha: "later", prevSha: headSha } });
  const reason = expect.stringContaining("GitHub does not show the head later");
  await expect(handleWith(issue, gitHubLayer("merge-gate"))).rejects.toMatchObject({ _tag: "Retryable", what: reason });
  expect(await appendedTo(issue)).toEqual([]);
});

test("GraphQL that is used up does not blind the gate: it says what it waits for, and finds a merge and a conflict", async () => {
  const waitMs = 600_000;
  const used = gitHubWith("merge-gate", (what, call) =>
    what === "read the pull request" || what.startsWith("read the checks")
      ? Effect.fail(new Retryable({ what, delayMs: waitMs }))
      : call,
  );
  const { issue, pr } = await earnedChange("graphql");
  await expect(handleWith(issue, used)).rejects.toMatchObject({ _tag: "Retryable", delayMs: waitMs });
  const why = "not known yet: the limit of GitHub's GraphQL API is used up";
  const [evaluated] = (await world.history(pr)).filter((fact) => fact.type === "GATE_EVALUATED");
  const missing = evaluated?.data.checks.filter(({ passed }) => !passed);
  expect(missing).toMatchObject([
    { name: "issue", why: `the linked issues are ${why}` },
    { name: "ci", hold: "checks-unknown", why: `what main requires is ${why}` },
    { name: "rules", hold: "checks-unknown", why: `what main requires is ${why}` },
    { name: "threads", why },
  ]);
  await world.forge.octokitOf(person).rest.pulls.merge({ ...at, pull_number: pr.number });
  await handleWith(issue, used);
  expect(await appendedTo(issue)).toEqual(["ADMIN_BYPASS_DETECTED", "MERGED"]);
});
