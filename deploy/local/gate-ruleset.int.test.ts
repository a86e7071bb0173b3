import { afterAll, beforeAll, expect, test } from "vitest";
import { baseBranchFinding } from "../operator/base-branch.ts";
import { readBaseBranch } from "../operator/read-base-branch.ts";
import { appOf } from "./forge/access.ts";
import { coder, merger, person, reviewer, startTestForge, type TestForge } from "./forge/test-forge.ts";
import { keepGateRuleset } from "./gate-ruleset.ts";

const shop = { owner: "acme", repo: "shop" };
const gateAppId = appOf(merger.login).id;

let forge: TestForge;
beforeAll(async () => {
  forge = await startTestForge();
});
afterAll(() => forge.close());

const findingAs = async (user: { readonly token: string }) =>
  baseBranchFinding(await readBaseBranch(forge.octokitOf(user), shop), gateAppId);

test("doctor proves that only the gate merges in the local rig's repository, and only with the operator's token", async () => {
  expect(await findingAs(person)).toMatchObject({ state: "ill", seen: expect.stringContaining("no rule restricts") });
  await keepGateRuleset(forge.octokitOf(person), shop, gateAppId);
  await keepGateRuleset(forge.octokitOf(person), shop, gateAppId);
  expect((await forge.octokitOf(person).rest.repos.getRepoRulesets(shop)).data).toHaveLength(1);
  const seen = "acme/shop main: only the gate may update it (the ruleset only the gate merges)";
  expect(await findingAs(person)).toMatchObject({ state: "well", seen });
  expect(await findingAs(coder)).toMatchObject({ state: "look", seen: expect.stringContaining("not shown") });
});

test("an agent's token does not merge an approved and tested change there, and the gate's does", async () => {
  await forge.git(coder, "clone");
  await forge.push(coder, "topic", { "a.txt": "1\n" });
  const pull = { ...shop, title: "Topic", head: "topic", base: "main" };
  const { number } = (await forge.octokitOf(coder).rest.pulls.create(pull)).data;
  const change = { ...shop, pull_number: number };
  await forge.octokitOf(reviewer).rest.pulls.createReview({ ...change, event: "APPROVE" });
  await forge.settled();
  for (const agent of [coder, reviewer]) {
    await expect(forge.octokitOf(agent).rest.pulls.merge(change)).rejects.toMatchObject({ status: 405 });
  }
  expect((await forge.octokitOf(merger).rest.pulls.merge(change)).data.merged).toBe(true);
});
