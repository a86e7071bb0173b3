import { Effect, Layer } from "effect";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { weighRequired } from "#contracts/required-checks.ts";
import { settingsLayer } from "#kit/test/test-world.ts";
import { appOf } from "../../../deploy/local/forge/access.ts";
import {
  coder,
  merger,
  person,
  reviewer,
  startTestForge,
  type TestForge,
} from "../../../deploy/local/forge/test-forge.ts";
import { gitHubLayer } from "./github.ts";
import { hiddenFromAll, hiddenFromWriters } from "./protection-demands.ts";
import { readRequirements } from "./requirements.ts";
import { forgeSettings } from "./test-forge-world.ts";

// What is required before a merge, and what reported on the head, on the local forge: a pull request whose tests have ended.

const shop = { owner: "acme", repo: "shop" };
const main = { ...shop, branch: "main" };
let prepared: TestForge;
let local: TestForge | undefined;
let headSha = "";
const at = (): TestForge => local as TestForge;
const as = (user: { readonly token: string }) => at().octokitOf(user).rest;
const idOf = ({ login }: { readonly login: string }) => appOf(login).id;

beforeAll(async () => {
  prepared = await startTestForge();
  local = prepared;
  await at().git(coder, "clone");
  headSha = await at().push(coder, "topic", { "a.txt": "1\n" });
  await as(coder).pulls.create({ ...shop, title: "Topic", head: "topic", base: "main" });
  await at().settled();
  await prepared.forge.close();
  return () => prepared.close();
}, 60_000);
beforeEach(async () => {
  local = await startTestForge({}, prepared.directory);
  return () => local?.close();
});

/** The gate reads, with its own identity. */
function read(sha = headSha) {
  const layer = Layer.provideMerge(gitHubLayer("merge-gate"), settingsLayer(forgeSettings(at())));
  const asking = readRequirements(shop, { number: 1, headSha: sha, branch: "main" });
  return Effect.runPromise(Effect.provide(asking, layer));
}
async function weighed() {
  const { requirements, head } = await read();
  return weighRequired(requirements, head, { ownAppId: idOf(merger) }).lines.map(({ name, state, why }) => {
    return `${name} ${state}: ${why}`;
  });
}
type Rules = NonNullable<NonNullable<Parameters<ReturnType<typeof as>["repos"]["createRepoRuleset"]>[0]>["rules"]>;
const ruleset = (...rules: Rules) =>
  as(person).repos.createRepoRuleset({
    ...shop,
    name: "rules",
    enforcement: "active",
    conditions: { ref_name: { include: ["~DEFAULT_BRANCH"], exclude: [] } },
    rules,
  });
const requires = (...checks: readonly { readonly context: string; readonly integration_id?: number }[]) =>
  ruleset({
    type: "required_status_checks",
    parameters: { required_status_checks: [...checks], strict_required_status_checks_policy: true },
  });

describe("on the local forge", { timeout: 60_000 }, () => {
  test("the classic protection is read whole, and less of it without administration", async () => {
    const known = { checks: [{ name: "test", appId: null }], strict: false, mergeMethods: ["merge", "squash"] };
    const reviews = { approvals: 1, codeOwners: false, lastPush: false, dismissStale: false, teams: [] };
    const { requirements, head } = await read();
    expect(requirements).toMatchObject({ ...known, reviews, hidden: hiddenFromAll });
    expect(head.checks).toMatchObject([{ kind: "run", name: "test", conclusion: "success", isRequired: true }]);
    await at().restart({ users: [person, { ...merger, administration: "none" }] });
    expect((await read()).requirements).toMatchObject({ ...known, reviews, hidden: hiddenFromWriters });
  });

  test("rulesets are read whole", async () => {
    await as(person).repos.deleteBranchProtection(main);
    await ruleset(
      { type: "update" },
      { type: "required_linear_history" },
      { type: "required_signatures" },
      { type: "required_deployments", parameters: { required_deployment_environments: ["staging"] } },
      { type: "workflows", parameters: { workflows: [{ path: "safe.yml", repository_id: 77 }] } },
      {
        type: "code_scanning",
        parameters: {
          code_scanning_tools: [{ tool: "CodeQL", alerts_threshold: "errors", security_alerts_threshold: "all" }],
        },
      },
      {
        type: "merge_queue",
        parameters: {
          merge_method: "SQUASH",
          ...{ check_response_timeout_minutes: 60, grouping_strategy: "ALLGREEN", max_entries_to_build: 5 },
          ...{ max_entries_to_merge: 5, min_entries_to_merge: 1, min_entries_to_merge_wait_minutes: 5 },
        },
      },
    );
    expect((await read()).requirements).toMatchObject({
      ...{ updatesRestricted: true, linearHistory: true, signedCommits: true, mergeMethods: ["squash"] },
      ...{ deployments: ["staging"], mergeQueue: { method: "squash" } },
      workflows: [{ path: "safe.yml", repositoryId: 77, isOwn: false }],
      codeScanning: [{ tool: "CodeQL", alerts: "errors", securityAlerts: "all" }],
      ...{ unknownRules: [], hidden: [] },
    });
    await expect(as(person).pulls.merge({ ...shop, pull_number: 1, merge_method: "squash" })).rejects.toMatchObject({
      status: 405,
      message: expect.stringMatching(/signatures.*staging deployment.*safe\.yml.*CodeQL.*merge queue/s),
    });
  });

  test("a check and a status are each bound to their App", async () => {
    await as(person).repos.deleteBranchProtection(main);
    await requires(
      { context: "lint", integration_id: idOf(reviewer) },
      { context: "ci", integration_id: idOf(reviewer) },
      { context: "build" },
    );
    const status = { ...shop, sha: headSha, state: "success" as const };
    await as(coder).checks.create({ ...shop, name: "lint", head_sha: headSha, conclusion: "success" });
    await as(reviewer).repos.createCommitStatus({ ...status, context: "ci" });
    await as(person).repos.createCommitStatus({ ...status, context: "build", state: "pending" });
    expect(await weighed()).toEqual([
      `lint missing: it has not reported by App ${idOf(reviewer)}; what has its name was reported by others`,
      "ci passed: it ended as success",
      "build running: it is pending",
    ]);
  });

  test("what the gate itself reports never counts, and a suite without a run explains what is missing", async () => {
    await requires({ context: "gate" });
    await as(merger).checks.create({ ...shop, name: "gate", head_sha: headSha, conclusion: "success" });
    await at().forge.addSuite({
      ...{ ...shop, headSha, status: "completed", conclusion: "startup_failure" },
      workflow: { path: ".github/workflows/ci.yml", repositoryName: "acme/shop" },
    });
    expect(await weighed()).toEqual([
      "gate missing: it has not reported; .github/workflows/ci.yml ended as startup_failure without a run",
      "test passed: it ended as success",
    ]);
  });

  test("a commit that the forge does not have is asked for again", async () => {
    await expect(read("0".repeat(40))).rejects.toMatchObject({ _tag: "Retryable" });
  });
});
