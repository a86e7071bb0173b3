import { afterAll, beforeAll, expect, test } from "vitest";
import { gitHubLayer } from "#kit/github/github.ts";
import { type ForgeWorld, startForgeWorld } from "#kit/github/test-forge-world.ts";
import { coder, person, reviewer } from "../../deploy/local/forge/test-forge.ts";
import { at, earnedOn, handlingOn } from "./test-change.ts";

// Who counts as an approver of a change on the local forge.

let world: ForgeWorld;
beforeAll(async () => {
  world = await startForgeWorld({ settings: { RIG_REVIEWER_LOGINS: reviewer.login } });
});
afterAll(() => world.stop());

const { publish, appendedTo, earnedChange } = earnedOn(() => world);
const { handleWith, skipStored } = handlingOn(() => world);
const gate = gitHubLayer("merge-gate");
type Earned = Awaited<ReturnType<typeof earnedChange>>;

async function heldBy({ issue, pr }: Earned): Promise<readonly string[]> {
  await handleWith(issue, gate);
  expect(await appendedTo(issue)).toEqual([]);
  const evaluated = (await world.history(pr)).findLast((fact) => fact.type === "GATE_EVALUATED");
  if (evaluated?.type !== "GATE_EVALUATED") throw new Error("nothing was evaluated");
  return evaluated.data.checks.flatMap(({ name, hold }) => (hold === undefined ? [] : [`${name}: ${hold}`]));
}

async function approve({ pr }: Earned): Promise<void> {
  const wanted = { ...at, pull_number: pr.number, event: "APPROVE" } as const;
  await world.forge.octokitOf(reviewer).rest.pulls.createReview(wanted);
}

async function pushed({ pr, change, headSha: prevSha }: Earned, headSha: string): Promise<void> {
  await world.forge.settled();
  await publish({ type: "PR_SYNCHRONIZED", on: pr, data: { ...change, headSha, prevSha } });
}

test("an appointed reviewer who pushes the head himself does not approve it", async () => {
  const earned = await earnedChange("own");
  await skipStored();
  await pushed(earned, await world.forge.push(reviewer, earned.branch, { "own.js": "export const own = 2;\n" }));
  await approve(earned);
  expect(await heldBy(earned)).toEqual(["review: approver-involved"]);
});

test("an appointed reviewer who is a co-author of a commit does not approve it", async () => {
  const earned = await earnedChange("both");
  await skipStored();
  const { forge } = world;
  const trailer = `Co-authored-by: R <1+${reviewer.login}@users.noreply.github.com>`;
  await forge.git(coder, "commit", "--allow-empty", "-m", `Go on\n\n${trailer}`);
  await forge.git(coder, "push", "origin", earned.branch);
  await pushed(earned, (await forge.git(coder, "rev-parse", "HEAD")).stdout.trim());
  await approve(earned);
  expect(await heldBy(earned)).toEqual(["review: approver-involved"]);
});

test("a review that a person asked a person for holds the merge, also when an agent removes the request", async () => {
  const earned = await earnedChange("asked");
  await skipStored();
  const wanted = { ...at, pull_number: earned.pr.number, reviewers: [person.login] };
  await world.forge.octokitOf(person).rest.pulls.requestReviewers(wanted);
  expect(await heldBy(earned)).toEqual(["review: review-requested"]);
  await world.forge.octokitOf(coder).rest.pulls.removeRequestedReviewers(wanted);
  expect(await heldBy(earned)).toEqual(["review: review-requested"]);
  await world.forge.octokitOf(person).rest.pulls.createReview({ ...wanted, event: "COMMENT", body: "Fine." });
  await handleWith(earned.issue, gate);
  expect(await appendedTo(earned.issue)).toEqual(["MERGE_REQUESTED", "MERGED"]);
});
