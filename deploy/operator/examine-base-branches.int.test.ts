import { afterAll, beforeAll, expect, test } from "vitest";
import { octokitOf } from "#kit/github/github.ts";
import { type Answer, type AnsweringServer, startAnswering } from "#kit/test/test-answers.ts";
import { baseBranchFinding, noToken } from "./base-branch.ts";
import { examineBaseBranches } from "./examine-base-branches.ts";
import type { RigPlaces } from "./places.ts";
import { readBaseBranch } from "./read-base-branch.ts";

// What doctor reads of GitHub, from a server that answers as GitHub does. The gate's App is 7.

let server: AnsweringServer;
beforeAll(async () => {
  server = await startAnswering();
});
afterAll(() => server.close());

const repository = { body: { default_branch: "trunk" } };
const update = { type: "update", ruleset_id: 42, ruleset_source_type: "Repository" };
const gate = { actor_id: 7, actor_type: "Integration", bypass_mode: "pull_request" };
const gateRuleset = { id: 42, name: "gate", enforcement: "active", rules: [{ type: "update" }] };
const unprotected: Answer = { status: 404, body: { message: "Branch not protected" } };

/** The finding when GitHub answers so; what a path has no answer for is not found. */
async function findingWhen(answers: Readonly<Record<string, Answer>>) {
  server.play(({ path }) => {
    const asked = path.replace("/repos/acme/shop", "").replace(/\?.*/, "");
    return answers[asked] ?? { status: 404, body: { message: "Not Found" } };
  });
  return baseBranchFinding(await readBaseBranch(octokitOf(server.url, "own"), { owner: "acme", repo: "shop" }), 7);
}

test("the default branch, its rules, each ruleset and the classic protection are read, and nothing is written", async () => {
  const finding = await findingWhen({
    "": repository,
    "/rules/branches/trunk": { body: [{ type: "deletion", ruleset_id: 41 }, update] },
    "/rulesets/42": { body: { ...gateRuleset, bypass_actors: [gate] } },
    "/branches/trunk/protection": unprotected,
  });
  expect(finding).toMatchObject({
    state: "well",
    seen: "acme/shop trunk: only the gate may update it (the ruleset gate)",
  });
  expect(server.asked.map(({ method, path }) => `${method} ${path.replace(/\?.*/, "")}`)).toEqual([
    "GET /repos/acme/shop",
    "GET /repos/acme/shop/rules/branches/trunk",
    "GET /repos/acme/shop/rulesets/42",
    "GET /repos/acme/shop/branches/trunk/protection",
  ]);
  expect(new Set(server.asked.map(({ headers }) => headers.authorization))).toEqual(new Set(["token own"]));
});

test("a ruleset without bypass_actors is one that GitHub does not show", async () => {
  const finding = await findingWhen({
    ...{ "": repository, "/rules/branches/trunk": { body: [update] }, "/rulesets/42": { body: gateRuleset } },
    "/branches/trunk/protection": unprotected,
  });
  expect(finding).toMatchObject({ state: "look", seen: expect.stringContaining("GitHub leaves bypass_actors out") });
});

test("where no rule holds, a ruleset that is not enforced is named", async () => {
  const off = { ...gateRuleset, enforcement: "evaluate", bypass_actors: [gate] };
  const finding = await findingWhen({
    ...{ "": repository, "/rules/branches/trunk": { body: [] }, "/branches/trunk/protection": unprotected },
    ...{ "/rulesets": { body: [{ id: 42, name: "gate", enforcement: "evaluate" }] }, "/rulesets/42": { body: off } },
  });
  expect(finding).toMatchObject({ state: "ill", seen: expect.stringContaining("its enforcement is evaluate") });
});

test("the classic protection that names the gate's App alone is enough, and without restrictions it is no lock", async () => {
  const rules = { "": repository, "/rules/branches/trunk": { body: [] } };
  const protection = (more: object): Answer => ({ body: { enforce_admins: { enabled: true }, ...more } });
  const restrictions = { users: [], teams: [], apps: [{ id: 7, slug: "rig-merge-gate" }] };
  const named = await findingWhen({ ...rules, "/branches/trunk/protection": protection({ restrictions }) });
  expect(named).toMatchObject({ state: "well" });
  const nobody = await findingWhen({ ...rules, "/branches/trunk/protection": protection({}) });
  expect(nobody).toMatchObject({ state: "ill" });
  const team = { ...restrictions, teams: [{ slug: "core" }], users: [{ login: "ada" }] };
  const people = await findingWhen({ ...rules, "/branches/trunk/protection": protection({ restrictions: team }) });
  expect(people).toMatchObject({ state: "ill", seen: expect.stringContaining("the user ada, the team core") });
});

test("a protection that this token may not see is no missing one", async () => {
  const finding = await findingWhen({ "": repository, "/rules/branches/trunk": { body: [] } });
  expect(finding).toMatchObject({ state: "look", seen: expect.stringContaining("GitHub answers 404") });
});

test.each([401, 403, 404, 500])("a repository that is answered with %i is never well", async (status) => {
  const finding = await findingWhen({ "": { status, body: { message: "No." } } });
  expect(finding).toMatchObject({ state: "look", seen: expect.stringContaining(`GitHub answers ${status}`) });
});

test("without a token, or without the number of the gate's App, nothing is asked and nothing is well", async () => {
  server.play(() => ({ status: 500 }));
  const places: RigPlaces = { natsUrl: "nats://127.0.0.1:1", databaseUrl: "postgres://127.0.0.1:1", webhookUrl: "x:" };
  const env = { GITHUB_API_URL: server.url, GITHUB_TOKEN_OPERATOR: "own" };
  expect(await examineBaseBranches(places, {})).toEqual([noToken]);
  const [unknown] = await examineBaseBranches(places, env);
  expect(unknown).toMatchObject({
    state: "look",
    seen: expect.stringContaining("which App is the gate's is not known"),
  });
  const clientId = await examineBaseBranches({ ...places, gateAppId: "Iv23liQ" }, env);
  expect(clientId).toEqual([unknown]);
  expect(server.asked).toEqual([]);
});
