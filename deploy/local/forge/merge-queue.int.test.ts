import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { appOf } from "./access.ts";
import { coder, merger, person, reviewer, startTestForge, type TestForge } from "./test-forge.ts";
import { mergeQueueOn } from "./test-merge-queue.ts";

const shop = { owner: "acme", repo: "shop" };
const main = { ...shop, branch: "main" };
const pull = { ...shop, pull_number: 1 };
let prepared: TestForge;
let local: TestForge | undefined;
const at = (): TestForge => local as TestForge;
const as = (user: { readonly token: string }) => at().octokitOf(user).rest;

/** An approved and tested change, number 1, into a base without rules: made once, and copied for each test. */
beforeAll(async () => {
  prepared = await startTestForge();
  local = prepared;
  await at().git(coder, "clone");
  await as(person).repos.deleteBranchProtection(main);
  await at().push(coder, "topic", { "a.txt": "1\n" });
  await as(coder).pulls.create({ ...shop, title: "Topic", head: "topic", base: "main" });
  await as(reviewer).pulls.createReview({ ...pull, event: "APPROVE" });
  await at().settled();
  await prepared.forge.close();
  return () => prepared.close();
}, 60_000);
beforeEach(async () => {
  local = await startTestForge({}, prepared.directory);
  return () => local?.close();
});

const asked = `query ($number: Int!) { repository(owner: "acme", name: "shop") { pullRequest(number: $number) {
  id headRefOid merged isInMergeQueue mergeQueueEntry { state position enqueuer { login } } mergedBy { login }
  timelineItems(first: 100, itemTypes: [ADDED_TO_MERGE_QUEUE_EVENT, REMOVED_FROM_MERGE_QUEUE_EVENT]) { nodes { __typename
    ... on AddedToMergeQueueEvent { actor { login } } ... on RemovedFromMergeQueueEvent { actor { login } reason } } } } } }`;
interface Shown {
  readonly id: string;
  readonly headRefOid: string;
  readonly [field: string]: unknown;
}
async function shown(number = 1): Promise<Shown> {
  const { repository } = await at()
    .octokitOf(person)
    .graphql<{ repository: { pullRequest: Shown } }>(asked, { number });
  return repository.pullRequest;
}

const enqueueMutation = `mutation ($id: ID!, $head: GitObjectID) {
  enqueuePullRequest(input: { pullRequestId: $id, expectedHeadOid: $head }) { mergeQueueEntry { state } } }`;
const dequeueMutation = "mutation ($id: ID!) { dequeuePullRequest(input: { id: $id }) { mergeQueueEntry { id } } }";
async function enqueue(head?: string, number = 1): Promise<unknown> {
  const { id, headRefOid } = await shown(number);
  return at()
    .octokitOf(merger)
    .graphql(enqueueMutation, { id, head: head ?? headRefOid });
}
const timeline = async () => ((await shown()).timelineItems as { nodes: object[] }).nodes;
const added = { __typename: "AddedToMergeQueueEvent", actor: { login: "merge-gate" } };
const removed = (reason: string, login = "github-merge-queue") => ({
  __typename: "RemovedFromMergeQueueEvent",
  actor: { login },
  reason,
});

describe("the merge queue of a branch", { timeout: 60_000 }, () => {
  it("tests head and base together, and moves the base to the very commit that passed", async () => {
    await mergeQueueOn(as(person), { checks: ["test"] });
    await expect(as(merger).pulls.merge(pull)).rejects.toMatchObject({ status: 405 });
    await enqueue();
    expect(await shown()).toMatchObject({
      ...{ isInMergeQueue: true, merged: false },
      mergeQueueEntry: { state: "AWAITING_CHECKS", position: 1, enqueuer: { login: "merge-gate" } },
    });
    const branches = (await as(person).repos.listBranches(shop)).data.map(({ name }) => name);
    expect(branches).toContainEqual(expect.stringMatching(/^gh-readonly-queue\/main\/pr-1-[0-9a-f]{40}$/));
    await at().settled();
    expect(await shown()).toMatchObject({
      ...{ merged: true, isInMergeQueue: false, mergeQueueEntry: null },
      mergedBy: { login: "github-merge-queue" },
    });
    const { merge_commit_sha: sha } = (await as(person).pulls.get(pull)).data;
    expect((await as(person).repos.getBranch(main)).data.commit.sha).toBe(sha);
    const { check_runs: runs } = (await as(person).checks.listForRef({ ...shop, ref: sha ?? "" })).data;
    expect(runs).toMatchObject([{ name: "test", conclusion: "success" }]);
    expect(await timeline()).toEqual([added, removed("merged")]);
  });

  it("removes a change that breaks what the base got meanwhile", async () => {
    await at().push(coder, "other", { "b.test.sh": "test ! -e a.txt\n" });
    await as(coder).pulls.create({ ...shop, title: "Other", head: "other", base: "main" });
    await at().settled();
    await as(merger).pulls.merge({ ...shop, pull_number: 2 });
    await mergeQueueOn(as(person), { checks: ["test"] });
    await enqueue();
    await at().settled();
    expect(await shown()).toMatchObject({ merged: false, isInMergeQueue: false });
    expect(await timeline()).toEqual([added, removed("failed_checks")]);
  });

  it("refuses another head, what is in it, and what the base's rules refuse to everybody", async () => {
    await expect(enqueue()).rejects.toThrow("No merge queue found for branch 'main'");
    await mergeQueueOn(as(person), { checks: ["test", "lint"] });
    await expect(enqueue("0".repeat(40))).rejects.toThrow("Head branch was modified");
    await expect(enqueue()).rejects.toThrow('Pull request Required status check "lint" is expected.');
    const lint = { ...shop, name: "lint", head_sha: (await shown()).headRefOid, conclusion: "success" } as const;
    await as(reviewer).checks.create(lint);
    await enqueue();
    await expect(enqueue()).rejects.toThrow("Pull request is already in the queue");
  });

  it("passes *Restrict updates* only by its own App, whoever put the change in", async () => {
    await mergeQueueOn(as(person), { checks: ["test"] });
    const passing = (...logins: readonly string[]) => ({
      ...shop,
      ...({ name: "only the gate merges", enforcement: "active" } as const),
      rules: [{ type: "update" as const }],
      conditions: { ref_name: { include: ["~DEFAULT_BRANCH"], exclude: [] } },
      bypass_actors: logins.map((login) => ({
        ...({ actor_type: "Integration", bypass_mode: "always" } as const),
        actor_id: appOf(login).id,
      })),
    });
    const { data } = await as(person).repos.createRepoRuleset(passing(merger.login));
    await enqueue();
    await at().settled();
    expect((await timeline()).at(-1)).toEqual(removed("branch_protection_failure"));
    const both = passing(merger.login, "github-merge-queue[bot]");
    await as(person).repos.updateRepoRuleset({ ...both, ruleset_id: data.id });
    await enqueue();
    await at().settled();
    expect(await shown()).toMatchObject({ merged: true });
  });

  it("removes what was pushed to, closed, or taken out by hand", async () => {
    await mergeQueueOn(as(person), { checks: ["lint"] });
    const pass = async () =>
      as(reviewer).checks.create({
        ...{ ...shop, name: "lint", conclusion: "success" as const },
        head_sha: (await shown()).headRefOid,
      });
    await pass();
    await enqueue();
    await at().push(coder, "topic", { "a.txt": "2\n" });
    expect((await timeline()).at(-1)).toEqual(removed("head_changed"));
    await pass();
    await enqueue();
    await at()
      .octokitOf(person)
      .graphql(dequeueMutation, { id: (await shown()).id });
    expect((await timeline()).at(-1)).toEqual(removed("manual", "acme"));
    await enqueue();
    await as(person).pulls.update({ ...pull, state: "closed" });
    expect((await timeline()).at(-1)).toEqual(removed("queue_cleared"));
  });
});
