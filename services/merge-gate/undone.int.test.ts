import { afterAll, beforeAll, expect, test } from "vitest";
import { pullRequestBody } from "#contracts/pull-request-body.ts";
import { gitHubLayer } from "#kit/github/github.ts";
import { type ForgeWorld, startForgeWorld } from "#kit/github/test-forge-world.ts";
import { coder, person, reviewer } from "../../deploy/local/forge/test-forge.ts";
import { at, earnedOn, handlingOn } from "./test-change.ts";

// What an agent undoes of a person's on the local forge, by its own rights there, when no delivery tells of it.

let world: ForgeWorld;
beforeAll(async () => {
  world = await startForgeWorld({ settings: { RIG_REVIEWER_LOGINS: reviewer.login } });
});
afterAll(() => world.stop());

const { publish, publishRun, appendedTo, earnedChange, pullOnForge } = earnedOn(() => world);
const { handleWith } = handlingOn(() => world);
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
    const headSha = await world.forge.push(coder, next, { "again.js": `export const again = ${index};\n` });
    const body = pullRequestBody("", { issueNumber: issue.number, epoch: index + 2 });
    const wanted = { ...at, title: "Again", head: next, base: "main", body };
    const { number } = (await agent().rest.pulls.create(wanted)).data;
    await world.forge.octokitOf(reviewer).rest.pulls.createReview({ ...at, pull_number: number, event: "APPROVE" });
    await world.forge.settled();
    const pr = { ...at, kind: "pr", number } as const;
    await publish({ type: "PR_OPENED", on: pr, data: { ...change, branch: next, headSha } });
    await publishRun(issue, { prNumber: number, branch: next, headSha }, index + 2);
    await handleWith(issue, gate());
    expect(await missingOf(pr)).toEqual([
      `#${first.number}, which no person closed, still has: the label manual-merge, changes requested by ${person.login}, 1 open review threads`,
    ]);
    if (index === 0) await agent().rest.pulls.update({ ...at, pull_number: number, state: "closed" });
  }
  await ada().rest.pulls.update({ ...one, state: "open" });
  await ada().rest.pulls.update({ ...one, state: "closed" });
  await handleWith(issue, gate());
  expect(await appendedTo(issue)).toEqual(["MERGE_REQUESTED", "MERGED"]);
});

/** Why the last evaluation found conditions missing. */
async function missingOf(pr: Parameters<ForgeWorld["history"]>[0]) {
  const evaluated = (await world.history(pr)).findLast((fact) => fact.type === "GATE_EVALUATED");
  if (evaluated?.type !== "GATE_EVALUATED") return [];
  return evaluated.data.checks.filter(({ passed }) => !passed).map(({ why }) => why);
}
