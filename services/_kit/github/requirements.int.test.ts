import { Effect } from "effect";
import { describe, expect, test } from "vitest";
import { weighRequired } from "#contracts/required-checks.ts";
import type { Requirements } from "#contracts/requirements.ts";
import { playedGitHub } from "#kit/test/test-github.ts";
import { hiddenFromAll, hiddenFromReaders, hiddenFromWriters } from "./protection-demands.ts";
import { readRequirements } from "./requirements.ts";
import { answering, type Parts, runNode, statusNode } from "./test-requirements.ts";

// Against a server that answers as GitHub does: what is required before a merge. The first table is that of docs/requirements.md.

const server = playedGitHub("merge-gate");
const asking = readRequirements({ owner: "acme", repo: "shop" }, { number: 9, headSha: "h1", branch: "main" });

async function told(parts: Partial<Parts>) {
  server.play(answering(parts));
  return server.run(asking);
}
const requirementsOf = async (parts: Partial<Parts>): Promise<Requirements> => (await told(parts)).requirements;
const asked = () => server.asked.map(({ path }) => path.replace(/\?.*/, "").replace("/repos/acme/shop/", ""));

const refusal = (status: number, message: string) => ({ status, body: { message } });
const integration = "Resource not accessible by integration";
const upgrade = "Upgrade to GitHub Pro or make this repository public to enable this feature.";
const checkRule = (context: string, more: object = {}) => ({
  type: "required_status_checks",
  parameters: { required_status_checks: [{ context, ...more }], strict_required_status_checks_policy: false },
});
const shownChecks = (...checks: readonly object[]) => ({ contexts: [], checks });
const classic = (...checks: readonly object[]) => ({
  protected: true,
  protection: { enabled: true, required_status_checks: shownChecks(...checks) },
});
const byRulesets = { protected: true, protection: { enabled: false, required_status_checks: shownChecks() } };
const nothingShown = { protected: true };
const protection = { required_status_checks: { strict: true, ...shownChecks({ context: "test", app_id: 7 }) } };
const updateRule = {
  requiredApprovingReviewCount: 2,
  requiredStatusCheckContexts: ["test", "lint"],
  requiresCodeOwnerReviews: true,
  requiresConversationResolution: true,
  requiresLinearHistory: true,
  requiresSignatures: true,
};
const shownByGraphQl = { repository: { ref: { refUpdateRule: updateRule } } };
const any = (name: string) => ({ name, appId: null });
const rulesGiven = "give the App Metadata (read)";
const branchGiven = "give the App Contents (read)";

describe("what each answer means", () => {
  test.each<[string, Partial<Parts>, Partial<Requirements>]>([
    ["rules 200, empty; branch not protected: nothing is required", {}, { checks: [], hidden: [] }],
    ["rules 200: they are required", { rules: [checkRule("test")] }, { checks: [any("test")], hidden: [] }],
    [
      "branch protected by rulesets alone: no other protection is asked for",
      { rules: [checkRule("test")], branch: byRulesets, protection: { status: 500 } },
      { checks: [any("test")], hidden: [] },
    ],
    [
      "branch protected, protection 200: all of it but deployments",
      { branch: classic({ context: "test", app_id: 7 }), protection },
      { checks: [{ name: "test", appId: 7 }], strict: true, hidden: hiddenFromAll },
    ],
    [
      "branch protected and hidden, protection 404 Branch not protected: the rulesets protect it",
      { rules: [checkRule("test")], branch: nothingShown },
      { checks: [any("test")], hidden: [] },
    ],
    [
      "branch protected and hidden, protection 200: all of it",
      { branch: nothingShown, protection },
      { checks: [{ name: "test", appId: 7 }], strict: true, hidden: hiddenFromAll },
    ],
    ...[refusal(404, "Not Found"), refusal(403, integration), refusal(403, upgrade)].map(
      (protection): [string, Partial<Parts>, Partial<Requirements>] => [
        `branch protected, protection ${protection.status} ${protection.body.message}: what the branch shows, the rest is named`,
        { branch: classic({ context: "test", app_id: 7 }), protection },
        { checks: [{ name: "test", appId: 7 }], strict: false, hidden: hiddenFromReaders },
      ],
    ),
    [
      "the same where GraphQL shows more: less is left to be named",
      {
        branch: classic({ context: "test", app_id: 7 }),
        protection: refusal(404, "Not Found"),
        repository: { ref: { refUpdateRule: { ...updateRule, requiresLinearHistory: false } } },
      },
      {
        checks: [{ name: "test", appId: 7 }, any("lint")],
        reviews: { approvals: 2, codeOwners: true, lastPush: false, dismissStale: false, teams: [] },
        threads: true,
        signedCommits: true,
        mergeMethods: ["merge", "squash"],
        hidden: hiddenFromWriters,
      },
    ],
    [
      "branch protected and hidden, protection 403: what GraphQL shows",
      { branch: nothingShown, protection: refusal(403, integration), ...shownByGraphQl },
      { checks: [any("test"), any("lint")], linearHistory: true, hidden: hiddenFromWriters },
    ],
  ])("%s", async (_title, parts, wanted) => {
    expect(await requirementsOf(parts)).toMatchObject(wanted);
  });

  test.each<[string, Partial<Parts>, string, tag?: string]>([
    [`rules 403 ${integration}`, { rules: refusal(403, integration) }, rulesGiven],
    [`rules 403 ${upgrade}`, { rules: refusal(403, upgrade) }, rulesGiven],
    ["rules 404 Not Found", { rules: refusal(404, "Not Found") }, rulesGiven],
    [`branch 403 ${integration}`, { branch: refusal(403, integration) }, branchGiven],
    ["branch 404 Not Found", { branch: refusal(404, "Not Found") }, branchGiven],
    ["branch 404 Branch not found", { branch: refusal(404, "Branch not found") }, branchGiven],
    ["branch protected by rulesets alone, rules empty", { branch: byRulesets }, branchGiven, "NotTold"],
    [
      "branch protected and hidden, protection 404 Branch not protected, rules empty",
      { branch: nothingShown },
      branchGiven,
      "NotTold",
    ],
    [
      "branch protected and hidden, protection 404 Not Found, and GraphQL shows nothing",
      { branch: nothingShown, protection: refusal(404, "Not Found"), rules: [checkRule("test")] },
      branchGiven,
      "NotTold",
    ],
  ])(
    "%s: not readable, which is never nothing, and the repair is named",
    async (_title, parts, repair, _tag = "GitHubRefused") => {
      server.play(answering(parts));
      const reason = expect.stringContaining(repair);
      expect(await server.run(Effect.flip(asking))).toMatchObject({ _tag, reason });
    },
  );
});

describe("the requirements", () => {
  test("of rulesets, protection and repository count together, and are plain data", async () => {
    const full = {
      ...protection,
      required_pull_request_reviews: {
        ...{ required_approving_review_count: 2, require_last_push_approval: true },
        ...{ dismiss_stale_reviews: true, require_code_owner_reviews: true },
      },
      required_signatures: { url: "", enabled: true },
      required_conversation_resolution: { enabled: true },
      lock_branch: { enabled: true },
      block_creations: { enabled: true },
      restrictions: { users: [{ login: "ada" }], teams: [{ slug: "core" }], apps: [{ slug: "rig-gate" }] },
    };
    const rules = [checkRule("lint"), { type: "code_quality" }, { type: "moon_phase" }];
    const requirements = await requirementsOf({ rules, branch: classic(), protection: full });
    expect(requirements).toMatchObject({
      branch: "main",
      checks: [any("lint"), { name: "test", appId: 7 }],
      strict: true,
      reviews: { approvals: 2, codeOwners: true, lastPush: true, dismissStale: true, teams: [] },
      ...{ threads: true, signedCommits: true, locked: true, creationsRestricted: true },
      pushers: { users: ["ada"], teams: ["core"], apps: ["rig-gate"] },
      ...{ judgedByGitHub: ["code_quality"], unknownRules: ["moon_phase"] },
    });
    expect(JSON.parse(JSON.stringify(requirements))).toEqual(requirements);
  });

  const pullRule = (...allowed: readonly string[]) => ({
    type: "pull_request",
    parameters: { required_approving_review_count: 0, allowed_merge_methods: allowed },
  });
  test.each<[string, Partial<Parts>, Requirements["mergeMethods"]]>([
    ["all that the repository allows", { repository: { mergeCommitAllowed: false } }, ["squash", "rebase"]],
    [
      "those that both the repository and a ruleset allow",
      { repository: { rebaseMergeAllowed: false }, rules: [pullRule("rebase", "squash")] },
      ["squash"],
    ],
    ["none where they agree on none", { repository: { squashMergeAllowed: false }, rules: [pullRule("squash")] }, []],
    ["no merge commit in a linear history", { rules: [{ type: "required_linear_history" }] }, ["squash", "rebase"]],
    ["no rebase where commits are signed", { rules: [{ type: "required_signatures" }] }, ["merge", "squash"]],
    [
      "squash alone where a linear history has to be signed",
      { rules: [{ type: "required_linear_history" }, { type: "required_signatures" }] },
      ["squash"],
    ],
  ])("have as merge methods %s", async (_title, parts, methods) => {
    expect((await requirementsOf(parts)).mergeMethods).toEqual(methods);
  });

  test("have the merge queue of a ruleset or of the classic protection, or name that it is not told", async () => {
    const queue = { configuration: { mergeMethod: "REBASE" } };
    expect((await requirementsOf({ repository: { mergeQueue: queue } })).mergeQueue).toEqual({ method: "rebase" });
    const rule = { type: "merge_queue", parameters: { merge_method: "SQUASH" } };
    expect((await requirementsOf({ rules: [rule] })).mergeQueue).toEqual({ method: "squash" });
    const refused = { type: "FORBIDDEN", message: integration, path: ["repository", "mergeQueue"] };
    expect(await requirementsOf({ errors: [refused] })).toMatchObject({ mergeQueue: null, hidden: ["merge queue"] });
  });

  test("tell a workflow of the repository from another one's by the repository's id", async () => {
    const parameters = {
      workflows: [
        { path: "a.yml", repository_id: 1 },
        { path: "a.yml", repository_id: 2 },
      ],
    };
    const { workflows } = await requirementsOf({ rules: [{ type: "workflows", parameters }] });
    expect(workflows.map(({ isOwn }) => isOwn)).toEqual([true, false]);
  });

  test("of more than a hundred rules are all of them", async () => {
    const rules = Array.from({ length: 130 }, (_, at) => checkRule(`test ${at}`));
    const all = answering({});
    server.play((request) => {
      if (!request.path.includes("/rules/branches/")) return all(request);
      const page = Number(new URL(request.path, server.url).searchParams.get("page") ?? 1);
      const next = `<${server.url}/repositories/1/rules/branches/main?per_page=100&page=2>; rel="next"`;
      return { body: rules.slice(page * 100 - 100, page * 100), headers: page === 1 ? { link: next } : {} };
    });
    expect((await server.run(asking)).requirements.checks).toHaveLength(130);
  });

  test("take three requests, and a fourth where there is a classic protection", async () => {
    await requirementsOf({ rules: [checkRule("test")], branch: byRulesets });
    expect(asked().sort()).toEqual(["/graphql", "branches/main", "rules/branches/main"]);
    await requirementsOf({ branch: classic(), protection });
    expect(asked().sort()).toEqual(["/graphql", "branches/main", "branches/main/protection", "rules/branches/main"]);
  });

  test("are weighed against the head: a check that nobody reported, a status of another App, and one that only GitHub names", async () => {
    const { requirements, head } = await told({
      rules: [checkRule("test"), checkRule("ci", { integration_id: 7 })],
      checks: [runNode("secret", { isRequired: true, conclusion: "CANCELLED" }), statusNode("ci")],
    });
    expect(weighRequired(requirements, head, { ownAppId: null }).lines).toMatchObject([
      { name: "test", state: "missing" },
      { name: "ci", state: "missing" },
      { name: "secret", state: "blocked" },
    ]);
  });
});
