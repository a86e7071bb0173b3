import { Effect } from "effect";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { RefOf } from "#contracts/aggregates.ts";
import { freezes } from "#contracts/events/operations.ts";
import { Retryable } from "#kit/errors.ts";
import { gitHubLayer } from "#kit/github/github.ts";
import { type ForgeWorld, gitHubWith, startForgeWorld } from "#kit/github/test-forge-world.ts";
import type { Running } from "#kit/test/test-world.ts";
import { merger, person, reviewer } from "../../deploy/local/forge/test-forge.ts";
import { mergeQueueOn } from "../../deploy/local/forge/test-merge-queue.ts";
import mergeGate from "./main.ts";
import { at, earnedOn, handlingOn } from "./test-change.ts";

// A base with a merge queue, on the local forge.

const running: Running<unknown>[] = [];
const ends: (() => Promise<unknown>)[] = [];
let world: ForgeWorld;
beforeAll(async () => {
  world = await startForgeWorld({ settings: { RIG_REVIEWER_LOGINS: reviewer.login } });
});
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  await Promise.all(running.splice(0).map((gate) => gate.stop()));
});
afterAll(() => world.stop());

const { publish, appendedTo, earnedChange, pullOnForge } = earnedOn(() => world);
const { handleWith, skipStored } = handlingOn(() => world);
const admin = () => world.forge.octokitOf(person).rest;
const look = (issue: RefOf<"issue">) => handleWith(issue, gitHubLayer("merge-gate"));
const asksAgain = { _tag: "Retryable" };

async function queueWith(...checks: readonly string[]): Promise<void> {
  ends.push(await mergeQueueOn(admin(), { checks }));
}

/** An earned change on which the check `lint` passed, which the queue wants of its own commit too. */
async function linted(file: string) {
  const change = await earnedChange(file);
  await lint(change.headSha, "success");
  return change;
}

async function lint(head_sha: string, conclusion: "success" | "failure"): Promise<void> {
  await world.forge.octokitOf(reviewer).rest.checks.create({ ...at, name: "lint", head_sha, conclusion });
}

/** The commit that the queue tests for a pull request. */
async function groupOf(number: number): Promise<string> {
  const { data } = await admin().repos.listBranches(at);
  return data.find(({ name }) => name.startsWith(`gh-readonly-queue/main/pr-${number}-`))?.commit.sha ?? "";
}

/** How often a pull request went into the queue and out of it. */
async function movesOf(issue_number: number): Promise<readonly string[]> {
  const { data } = await admin().issues.listEvents({ ...at, issue_number, per_page: 100 });
  return data.map(({ event }) => event).filter((event) => event.endsWith("merge_queue"));
}
const [into, out] = ["added_to_merge_queue", "removed_from_merge_queue"];

test("a change is put into the merge queue of its base, and its merge by the queue is the gate's", async () => {
  const { issue, pr, headSha } = await linted("queued");
  await queueWith("test", "lint");
  await look(issue);
  expect(await appendedTo(issue)).toEqual(["MERGE_REQUESTED", "MERGE_QUEUED"]);
  await look(issue);
  expect(await movesOf(pr.number)).toEqual([into]);
  expect((await world.history(pr)).at(-1)).toMatchObject({ type: "GATE_EVALUATED", data: { passed: false } });
  await lint(await groupOf(pr.number), "success");
  await world.forge.settled();
  await look(issue);
  expect(await appendedTo(issue)).toEqual(["MERGE_REQUESTED", "MERGE_QUEUED", "MERGED"]);
  const merged = await pullOnForge(pr.number);
  expect(merged.merged_by?.login).toBe("github-merge-queue[bot]");
  const { parents } = (await admin().repos.getCommit({ ...at, ref: merged.merge_commit_sha ?? "" })).data;
  expect(parents.at(-1)?.sha).toBe(headSha);
});

test("what holds a change that is in the queue takes it out: a label, and then a freeze, by which a gate is woken", async () => {
  const { issue, pr, headSha, change } = await linted("held");
  await queueWith("lint");
  await look(issue);
  const label = { ...at, issue_number: pr.number, labels: ["manual-merge"] };
  await admin().issues.addLabels(label);
  await skipStored();
  running.push(world.startService(mergeGate));
  const edited = () => publish({ type: "PR_EDITED", on: pr, data: { ...change, headSha } });
  await edited();
  await world.consumed("merge-gate");
  expect(await movesOf(pr.number)).toEqual([into, out]);
  expect(await appendedTo(issue)).toEqual(["MERGE_REQUESTED", "MERGE_QUEUED", "MERGE_FAILED"]);
  await admin().issues.removeLabel({ ...at, issue_number: pr.number, name: "manual-merge" });
  await edited();
  await world.consumed("merge-gate");
  expect(await movesOf(pr.number)).toEqual([into, out, into]);
  await edited();
  await world.consumed("merge-gate");
  const frozen = { ...at, branch: "main", person: "wendy", reason: "release" };
  await publish({ type: "MERGES_FROZEN", on: freezes, data: frozen });
  await world.consumed("merge-gate");
  expect(await movesOf(pr.number)).toEqual([into, out, into, out]);
  await publish({ type: "MERGES_UNFROZEN", on: freezes, data: frozen });
  await world.consumed("merge-gate");
  await lint(await groupOf(pr.number), "success");
  await world.forge.settled();
  expect((await pullOnForge(pr.number)).merged).toBe(true);
});

test("an issue that a person closes while its change is in the queue takes it out", async () => {
  const { issue, pr } = await linted("closed");
  await queueWith("lint");
  await look(issue);
  await skipStored();
  running.push(world.startService(mergeGate));
  await admin().issues.update({ ...at, issue_number: issue.number, state: "closed", state_reason: "not_planned" });
  await publish({ type: "ISSUE_CLOSED", on: issue, data: { sender: person.login, stateReason: "not_planned" } });
  await world.consumed("merge-gate");
  expect(await movesOf(pr.number)).toEqual([into, out]);
  expect(await appendedTo(issue)).toEqual(["MERGE_REQUESTED", "MERGE_QUEUED", "MERGE_FAILED"]);
});

test("a change whose checks fail in the queue is put in again, and after five times a person is asked with GitHub's words", async () => {
  const { issue, pr } = await linted("failing");
  await queueWith("lint");
  for (let turn = 1; turn <= 5; turn += 1) {
    await look(issue);
    await lint(await groupOf(pr.number), "failure");
    if (turn < 5) await expect(look(issue)).rejects.toMatchObject(asksAgain);
    else await look(issue);
  }
  expect(await movesOf(pr.number)).toEqual(Array.from({ length: 5 }, () => [into, out]).flat());
  const failed = (await world.history(issue)).at(-1);
  expect(failed).toMatchObject({
    type: "MERGE_FAILED",
    data: { asksPerson: true, reason: "the merge queue took it out" },
  });
});

test("a gate that ends between the queue's answer and its fact reads back that the change is in the queue", async () => {
  const { issue, pr } = await linted("crashed");
  await queueWith("lint");
  const dying = gitHubWith("merge-gate", (what, call) =>
    what === "put it into the merge queue" ? Effect.andThen(call, Effect.fail(new Retryable({ what }))) : call,
  );
  await expect(handleWith(issue, dying)).rejects.toMatchObject(asksAgain);
  expect(await appendedTo(issue)).toEqual(["MERGE_REQUESTED"]);
  await look(issue);
  expect(await appendedTo(issue)).toEqual(["MERGE_REQUESTED", "MERGE_QUEUED"]);
  expect(await movesOf(pr.number)).toEqual([into]);
});

test("a change that a person put into the queue is no merge of the gate", async () => {
  const { issue, pr } = await earnedChange("byhand");
  await queueWith("test");
  const { data } = await admin().pulls.get({ ...at, pull_number: pr.number });
  const mutation =
    "mutation ($id: ID!) { enqueuePullRequest(input: { pullRequestId: $id }) { mergeQueueEntry { id } } }";
  await world.forge.octokitOf(person).graphql(mutation, { id: data.node_id });
  await world.forge.settled();
  await look(issue);
  expect(await appendedTo(issue)).toEqual(["ADMIN_BYPASS_DETECTED", "MERGED"]);
  expect(merger.login).not.toBe((await pullOnForge(pr.number)).merged_by?.login);
});
