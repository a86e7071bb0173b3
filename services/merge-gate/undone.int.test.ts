import { randomUUID } from "node:crypto";
import { Effect } from "effect";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Consumes } from "#contracts/choreography.ts";
import { pullRequestBody } from "#contracts/pull-request-body.ts";
import { approvalOf } from "#contracts/test-facts.ts";
import { gitHubLayer } from "#kit/github/github.ts";
import { type ForgeWorld, gitHubWith, startForgeWorld } from "#kit/github/test-forge-world.ts";
import { coder, person, reviewer, stranger } from "../../deploy/local/forge/test-forge.ts";
import { at, earnedOn, handlingOn } from "./test-change.ts";

// What an agent undoes of a person's on the local forge, by its own rights there, when no delivery tells of it.

let world: ForgeWorld;
beforeAll(async () => {
  world = await startForgeWorld({ settings: { RIG_REVIEWER_LOGINS: reviewer.login } });
});
afterAll(() => world.stop());

const { publish, publishRun, appendedTo, earnedChange, pullOnForge } = earnedOn(() => world);
const { handleWith, handleAs, dieBeforeMerge } = handlingOn(() => world);
const gate = () => gitHubLayer("merge-gate");
const [ada, agent] = [() => world.forge.octokitOf(person), () => world.forge.octokitOf(coder)];

test("a base that was changed and changed back, a person's draft and a person's closing hold, although no delivery tells of them", async () => {
  const { issue, pr } = await earnedChange("back");
  const one = { ...at, pull_number: pr.number };
  const { node_id: id } = await pullOnForge(pr.number);
  const toPull = (name: string) =>
    `mutation ($id: ID!) { ${name}(input: { pullRequestId: $id }) { pullRequest { id } } }`;
  await world.forge.push(coder, "decoy", { "decoy.js": "1;\n" });
  for (const base of ["decoy", "main"]) await agent().rest.pulls.update({ ...one, base });
  await handleWith(issue, gate());
  expect(await missingOf(pr)).toEqual([expect.stringContaining("the base was changed")]);
  await ada().graphql(toPull("convertPullRequestToDraft"), { id });
  await agent().graphql(toPull("markPullRequestReadyForReview"), { id });
  await ada().rest.pulls.update({ ...one, state: "closed" });
  await agent().rest.pulls.update({ ...one, state: "open" });
  await handleWith(issue, gate());
  expect(await missingOf(pr)).toEqual([
    expect.stringMatching(/marked as ready by .*, no person.* opened again by .*, no person/),
  ]);
  expect(await appendedTo(issue)).toEqual([]);
});

test("what a person did on a pull request still holds the next one of its issue, which an agent opened from any of its branches", async () => {
  const { issue, pr: first, branch, change } = await earnedChange("once");
  const one = { ...at, pull_number: first.number };
  const comments = [{ path: "once.js", line: 1, body: "Why?" }];
  await ada().rest.pulls.createReview({ ...one, event: "REQUEST_CHANGES", body: "No.", comments });
  await ada().rest.issues.addLabels({ ...at, issue_number: first.number, labels: ["manual-merge"] });
  await agent().rest.pulls.update({ ...one, state: "closed" });
  const branches = [branch, `feature/issue-${issue.number}-again`];
  for (const [index, next] of branches.entries()) {
    const pr = await openNext({ issue, change: { ...change, branch: next } }, index + 2);
    await handleWith(issue, gate());
    expect(await missingOf(pr)).toEqual([
      `#${first.number}, which no person closed, still has: the label manual-merge, changes requested by ${person.login}, 1 open review threads`,
    ]);
    if (index === 0) await agent().rest.pulls.update({ ...at, pull_number: pr.number, state: "closed" });
  }
  await ada().rest.pulls.update({ ...one, state: "open" });
  await ada().rest.pulls.update({ ...one, state: "closed" });
  // Told of the first one, the gate looks at the one that it holds.
  await publish({
    type: "PR_CLOSED",
    on: first,
    data: { ...change, merged: false, mergeSha: null, sender: person.login },
  });
  await handleAs((await world.history(first)).at(-1) as Consumes<"merge-gate">, gate());
  expect(await appendedTo(issue)).toEqual(["MERGE_REQUESTED", "MERGED"]);
});

test("an agent that merges its change into another branch ends nothing that a person wants, and the issue is not merged", async () => {
  const { issue, pr: first, change } = await earnedChange("aside");
  const one = { ...at, pull_number: first.number };
  await ada().rest.pulls.createReview({ ...one, event: "REQUEST_CHANGES", body: "No." });
  await world.forge.push(coder, "scratch", { "scratch.js": "1;\n" });
  await agent().rest.pulls.update({ ...one, base: "scratch" });
  await agent().rest.pulls.merge(one);
  await handleWith(issue, gate());
  expect(await appendedTo(issue)).toEqual([]);
  const pr = await openNext({ issue, change });
  await handleWith(issue, gate());
  expect(await missingOf(pr)).toEqual([expect.stringContaining(`changes requested by ${person.login}`)]);
  expect(await appendedTo(issue)).toEqual([]);
});

test("the request of a message that became a dead letter is taken over after an hour", async () => {
  const { issue, pr, headSha } = await earnedChange("orphan");
  await dieBeforeMerge(issue);
  await publish({ type: "CI_PASSED", on: pr, data: { headSha, suiteId: 9 } });
  const passed = (await world.history(pr)).findLast((fact) => fact.type === "CI_PASSED");
  if (passed?.type !== "CI_PASSED") throw new Error("no checks passed");
  await handleAs(passed, gate());
  expect(await appendedTo(issue)).toEqual(["MERGE_REQUESTED"]);
  const occurredAt = new Date(Date.parse(passed.occurredAt) + 3_600_001).toISOString();
  await handleAs({ ...passed, id: randomUUID(), occurredAt }, gate());
  expect(await appendedTo(issue)).toEqual(["MERGE_REQUESTED", "MERGE_FAILED", "MERGE_REQUESTED", "MERGED"]);
});

test("a merge into the default branch counts, also when it had another name at the approval", async () => {
  const { issue, pr, branch, headSha } = await earnedChange("renamed");
  await publish({ type: "ISSUE_APPROVED", on: issue, data: approvalOf({ defaultBranch: "master" }) });
  await publishRun(issue, { prNumber: pr.number, branch, headSha }, 2);
  await ada().rest.pulls.merge({ ...at, pull_number: pr.number });
  await handleWith(issue, gate());
  expect(await appendedTo(issue)).toEqual(["ADMIN_BYPASS_DETECTED", "MERGED"]);
});

/** What GitHub shows, with other words about the pull request itself. */
function withPull(more: object) {
  return <A>(shown: A): A => ({ ...shown, pull: { ...(shown as { readonly pull: object }).pull, ...more } });
}

test("a pull request that a person merged before the approval, of which no delivery told, is no merge of that approval", async () => {
  const { issue, pr, branch, headSha } = await earnedChange("earlier");
  await ada().rest.pulls.merge({ ...at, pull_number: pr.number });
  await publish({ type: "ISSUE_CANCELLED", on: issue, data: { reason: "closed by its merge" } });
  await publish({ type: "ISSUE_APPROVED", on: issue, data: approvalOf({ title: "Another text" }) });
  await publishRun(issue, { prNumber: pr.number, branch, headSha }, 2);
  const anHourAgo = new Date(Date.now() - 3_600_000).toISOString();
  const before = gitHubWith("merge-gate", (what, call) =>
    what === "read the pull request" ? Effect.map(call, withPull({ mergedAt: anHourAgo })) : call,
  );
  await handleWith(issue, before);
  expect(await appendedTo(issue)).toEqual([]);
});

test("a merge whose commit GitHub does not name yet is asked for again", async () => {
  const { issue, pr } = await earnedChange("unnamed");
  await ada().rest.pulls.merge({ ...at, pull_number: pr.number });
  const early = gitHubWith("merge-gate", (what, call) =>
    what === "read the pull request" ? Effect.map(call, withPull({ mergeSha: null })) : call,
  );
  await expect(handleWith(issue, early)).rejects.toMatchObject({ _tag: "Retryable" });
  await handleWith(issue, gate());
  expect(await appendedTo(issue)).toEqual(["ADMIN_BYPASS_DETECTED", "MERGED"]);
});

test("the reviews and comments of a stranger cost one request each, those of a person are looked at", async () => {
  const { issue, pr } = await earnedChange("cost");
  const objects = { ...at, pull_number: pr.number, event: "REQUEST_CHANGES", body: "No." } as const;
  const { data: objection } = await ada().rest.pulls.createReview(objects);
  await handleWith(issue, gate());
  const calls: string[] = [];
  const counting = gitHubWith("merge-gate", (what, call) => {
    calls.push(what);
    return call;
  });
  const review = { reviewId: 7, reviewerType: "User", state: "commented", headSha: "h1" } as const;
  const deleted = { commentId: 7, author: person.login, action: "deleted", body: null, where: "diff" } as const;
  await publish(
    { type: "REVIEW_SUBMITTED", on: pr, data: { ...review, reviewer: stranger.login } },
    { type: "PR_COMMENTED", on: pr, data: deleted },
    { type: "REVIEW_SUBMITTED", on: pr, data: { ...review, reviewId: objection.id, reviewer: person.login } },
  );
  const costs: number[] = [];
  for (const fact of (await world.history(pr)).filter(
    ({ type }) => type === "REVIEW_SUBMITTED" || type === "PR_COMMENTED",
  )) {
    await handleAs(fact as Consumes<"merge-gate">, counting);
    costs.push(calls.splice(0).length);
  }
  expect(costs).toEqual([1, 0, expect.toSatisfy((count: number) => count > 5)]);
});

test("an agent that deletes the only comment of a person's thread leaves the merge to a person, also when nobody tells of it", async () => {
  const { issue, pr, headSha, remove, tell } = await commentedChange("wiped");
  await handleWith(issue, gate());
  await remove(coder);
  await publish({ type: "GATE_OUTDATED", on: pr, data: { headSha, because: "threads" } });
  await handleAs((await world.history(pr)).at(-1) as Consumes<"merge-gate">, gate());
  expect(await missingOf(pr)).toEqual([expect.stringContaining("GitHub did not tell who deleted them")]);
  await tell(coder);
  expect(await missingOf(pr)).toEqual([expect.stringContaining(`deleted by ${coder.login}, no person`)]);
  expect(await appendedTo(issue)).toEqual([]);
});

test("a person's comment that an agent deletes on an earlier pull request of the issue leaves the merge of the next one to a person", async () => {
  const { issue, change, close, remove, tell } = await commentedChange("before");
  await handleWith(issue, gate());
  await remove(coder);
  await close();
  const next = await openNext({ issue, change });
  await handleWith(issue, gate());
  expect(await missingOf(next)).toEqual([expect.stringContaining("GitHub did not tell who deleted them")]);
  await tell(coder);
  expect(await missingOf(next)).toEqual([expect.stringContaining(`deleted by ${coder.login}, no person`)]);
  expect(await appendedTo(issue)).toEqual([]);
});

test("a person's comment that she deletes herself on an earlier pull request of the issue lets the next one merge", async () => {
  const { issue, change, close, remove, tell } = await commentedChange("herself");
  await handleWith(issue, gate());
  await close();
  const next = await openNext({ issue, change });
  await handleWith(issue, gate());
  expect(await missingOf(next)).toEqual([expect.stringContaining("still has: 1 open review threads")]);
  await remove(person);
  await tell(person);
  expect(await appendedTo(issue)).toEqual(["MERGE_REQUESTED", "MERGED"]);
});

/** A change that has earned its merge but for a thread with one comment, which a person wrote. */
async function commentedChange(file: string) {
  const earned = await earnedChange(file);
  const one = { ...at, pull_number: earned.pr.number };
  const comments = [{ path: `${file}.js`, line: 1, body: "Why?" }];
  await ada().rest.pulls.createReview({ ...one, event: "COMMENT", body: "", comments });
  const commentId = (await ada().rest.pulls.listReviewComments(one)).data[0]?.id ?? 0;
  const gone = { commentId, author: person.login, action: "deleted", body: null, where: "diff" } as const;
  return {
    ...earned,
    close: () => agent().rest.pulls.update({ ...one, state: "closed" }),
    remove: (by: typeof person) =>
      world.forge.octokitOf(by).rest.pulls.deleteReviewComment({ ...at, comment_id: commentId }),
    /** Publishes who deleted the comment, and lets the gate handle that. */
    tell: async ({ login }: typeof person) => {
      await publish({ type: "PR_COMMENTED", on: earned.pr, data: { ...gone, deletedBy: { login, type: "User" } } });
      const told = (await world.history(earned.pr)).findLast(({ type }) => type === "PR_COMMENTED");
      await handleAs(told as Consumes<"merge-gate">, gate());
    },
  };
}

type Earned = Awaited<ReturnType<typeof earnedChange>>;

/** The next pull request of an issue, tested and approved, from the branch of this change. */
async function openNext({ issue, change }: Pick<Earned, "issue" | "change">, epoch = 2): Promise<Earned["pr"]> {
  const { branch, title } = change;
  const headSha = await world.forge.push(coder, branch, { [`${title}.js`]: `export const ${title} = ${epoch};\n` });
  const body = pullRequestBody("", { issueNumber: issue.number, epoch });
  const wanted = { ...at, title: "Again", head: branch, base: "main", body };
  const { number } = (await agent().rest.pulls.create(wanted)).data;
  await world.forge.octokitOf(reviewer).rest.pulls.createReview({ ...at, pull_number: number, event: "APPROVE" });
  await world.forge.settled();
  const pr = { ...at, kind: "pr", number } as const;
  await publish({ type: "PR_OPENED", on: pr, data: { ...change, headSha } });
  await publishRun(issue, { prNumber: number, branch, headSha }, epoch);
  return pr;
}

/** Why the last evaluation found conditions missing. */
async function missingOf(pr: Parameters<ForgeWorld["history"]>[0]) {
  const evaluated = (await world.history(pr)).findLast((fact) => fact.type === "GATE_EVALUATED");
  if (evaluated?.type !== "GATE_EVALUATED") return [];
  return evaluated.data.checks.filter(({ passed }) => !passed).map(({ why }) => why);
}
