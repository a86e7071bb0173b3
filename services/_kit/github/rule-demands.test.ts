import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "vitest";
import { judgeOf, ruleDecisions } from "#contracts/rule-types.ts";
import { answerGraphql } from "../../../deploy/local/forge/graphql/engine.ts";
import type { Rules } from "./branch-rules.ts";
import { type Demand, noDemand } from "./demands.ts";
import { demandOfRules } from "./rule-demands.ts";

const own = 1;
const rule = (type: string, parameters?: object) => ({ type, ...(parameters === undefined ? {} : { parameters }) });
const demanded = (...rules: readonly object[]) => demandOfRules(rules as unknown as Rules, own);

const pullRequest = (more: object = {}) =>
  rule("pull_request", {
    required_approving_review_count: 1,
    dismiss_stale_reviews_on_push: false,
    require_code_owner_review: false,
    require_last_push_approval: false,
    required_review_thread_resolution: false,
    ...more,
  });
const checks = (strict: boolean, ...required: readonly object[]) =>
  rule("required_status_checks", {
    required_status_checks: required,
    strict_required_status_checks_policy: strict,
  });
const reviews = (more: Partial<Demand["reviews"]>) => ({ reviews: { ...noDemand.reviews, approvals: 1, ...more } });
const scan = { tool: "CodeQL", alerts_threshold: "errors", security_alerts_threshold: "high_or_higher" };
const pattern = { operator: "starts_with", pattern: "fix:" };

// A row: the rules as GitHub lists them, then what differs from a branch without rules.
const rows: readonly (readonly [string, readonly object[], Partial<Demand>])[] = [
  ["no rule demands nothing", [], {}],
  [
    "checks are demanded of their App, and of any where none is named",
    [checks(false, { context: "a", integration_id: 7 }, { context: "b" }, { context: "c", integration_id: null })],
    {
      checks: [
        { name: "a", appId: 7 },
        { name: "b", appId: null },
        { name: "c", appId: null },
      ],
    },
  ],
  ["one strict rule is enough", [checks(false), checks(true)], { strict: true }],
  [
    "what two rules demand is demanded once",
    [checks(false, { context: "a" }), checks(false, { context: "a" })],
    { checks: [{ name: "a", appId: null }] },
  ],
  ["approvals", [pullRequest()], reviews({})],
  [
    "of several counts the highest",
    [pullRequest({ required_approving_review_count: 3 }), pullRequest()],
    reviews({ approvals: 3 }),
  ],
  ["code owners", [pullRequest(), pullRequest({ require_code_owner_review: true })], reviews({ codeOwners: true })],
  ["the last push", [pullRequest({ require_last_push_approval: true })], reviews({ lastPush: true })],
  ["stale reviews", [pullRequest({ dismiss_stale_reviews_on_push: true })], reviews({ dismissStale: true })],
  [
    "teams",
    [
      pullRequest({
        required_reviewers: [{ file_patterns: ["*.sql"], minimum_approvals: 2, reviewer: { id: 5, type: "Team" } }],
      }),
    ],
    reviews({ teams: [{ teamId: 5, approvals: 2, files: ["*.sql"] }] }),
  ],
  ["threads", [pullRequest({ required_review_thread_resolution: true })], { ...reviews({}), threads: true }],
  [
    "methods that all rules allow",
    [
      pullRequest({ allowed_merge_methods: ["squash", "merge"] }),
      pullRequest({ allowed_merge_methods: ["squash", "rebase"] }),
    ],
    { ...reviews({}), mergeMethods: ["squash"] },
  ],
  ["a linear history", [rule("required_linear_history")], { linearHistory: true }],
  ["signed commits", [rule("required_signatures")], { signedCommits: true }],
  [
    "deployments",
    [rule("required_deployments", { required_deployment_environments: ["staging"] })],
    { deployments: ["staging"] },
  ],
  ["a merge queue", [rule("merge_queue", { merge_method: "SQUASH" })], { mergeQueue: { method: "squash" } }],
  ["a merge queue whose method is not told", [rule("merge_queue")], { mergeQueue: { method: null } }],
  [
    "workflows, its own and those of another repository",
    [
      rule("workflows", {
        workflows: [
          { path: "a.yml", repository_id: own },
          { path: "b.yml", repository_id: 9 },
        ],
      }),
    ],
    {
      workflows: [
        { path: "a.yml", repositoryId: own, isOwn: true },
        { path: "b.yml", repositoryId: 9, isOwn: false },
      ],
    },
  ],
  [
    "code scanning",
    [rule("code_scanning", { code_scanning_tools: [scan] })],
    { codeScanning: [{ tool: "CodeQL", alerts: "errors", securityAlerts: "high_or_higher" }] },
  ],
  ...["commit_message_pattern", "commit_author_email_pattern", "committer_email_pattern"].map(
    (name) => [name, [rule(name, pattern)], { patterns: [{ rule: name, ...pattern, negate: false }] }] as const,
  ),
  ["who may update", [rule("update", { update_allows_fetch_and_merge: false })], { updatesRestricted: true }],
  ["who may create", [rule("creation")], { creationsRestricted: true }],
  [
    "a rule that is not known, by its name",
    [rule("moon_phase", { severity: "high" }), rule("authorization"), rule("moon_phase")],
    { unknownRules: ["moon_phase", "authorization"] },
  ],
  ["a rule that is named like a property of every object", [rule("constructor")], { unknownRules: ["constructor"] }],
  ["a lock", [rule("lock_branch")], { locked: true }],
  ["threads by a rule of their own", [rule("required_review_thread_resolution")], { threads: true }],
  ...["code_quality", "license_compliance_scanning", "secret_scanning", "workflow_updates"].map(
    (name) => [`what only GitHub judges: ${name}`, [rule(name, {})], { judgedByGitHub: [name] }] as const,
  ),
  ...["required_status_checks", "pull_request", "required_deployments", "workflows", "code_scanning"].map(
    (name) =>
      [`${name} that does not say what it demands, by its name`, [rule(name)], { unknownRules: [name] }] as const,
  ),
  ...["required_status_checks", "pull_request"].map(
    (name) => [`${name} without its list or number, by its name`, [rule(name, {})], { unknownRules: [name] }] as const,
  ),
  ...[
    rule("workflows", {}),
    rule("required_deployments", {}),
    rule("code_scanning", { code_scanning_tools: [null] }),
    rule("commit_message_pattern", {}),
    checks(false, { context: null }),
    pullRequest({ allowed_merge_methods: null }),
    pullRequest({ required_reviewers: [{ file_patterns: [], minimum_approvals: 1, reviewer: null }] }),
  ].map((odd) => [`${odd.type} of another shape, by its name`, [odd], { unknownRules: [odd.type] }] as const),
  ["a rule without a type", [{}], { unknownRules: ["undefined"] }],
  ...[
    ...["deletion", "non_fast_forward", "branch_name_pattern", "tag_name_pattern", "copilot_code_review"],
    ...["tag", "max_ref_updates"],
    ...["file_path_restriction", "max_file_path_length", "file_extension_restriction", "max_file_size"],
  ].map((name) => [`nothing of a merge: ${name}`, [rule(name, {})], {}] as const),
];

describe("the rules of a branch demand", () => {
  test.each(rows)("%s", (_title, rules, wanted) => {
    expect(demanded(...rules)).toEqual({ ...noDemand, ...wanted });
  });

  test("the same in any order", () => {
    const all = rows.flatMap(([, rules]) => rules);
    const sorted = (demand: Demand) =>
      Object.entries(demand).map(([name, value]) => [name, Array.isArray(value) ? value.map(String).sort() : value]);
    const texts = (rules: readonly object[]) => sorted(JSON.parse(JSON.stringify(demanded(...rules)), asText));
    expect(texts(all.toReversed())).toEqual(texts(all));
  });
});

test("each type of rule that GitHub's schema has is decided on, and one that it has not is a person's", async () => {
  const query = '{ __type(name: "RepositoryRuleType") { enumValues { name } } }';
  const answer = await answerGraphql({ query, variables: {}, operationName: undefined }, { query: {}, mutation: {} });
  const { data } = answer as { data: { __type: { enumValues: readonly { name: string }[] } } };
  const types = data.__type.enumValues.map(({ name }) => name.toLowerCase());
  expect(types.length).toBeGreaterThan(25);
  expect(types.filter((type) => !(type in ruleDecisions))).toEqual([]);
  expect(judgeOf("moon_phase")).toBe("person");
});

test.each(Object.entries(ruleDecisions))("%s demands nothing exactly where nobody has to judge it", (type, [judge]) => {
  const demand = demanded(rule(type));
  expect(isDeepStrictEqual(demand, noDemand)).toBe(judge === "nobody");
  if (judge === "person") expect(demand.unknownRules).toEqual([type]);
});

/** An object in a list as text, so that lists can be sorted. */
function asText(this: unknown, _name: string, value: unknown): unknown {
  return Array.isArray(this) && typeof value === "object" ? JSON.stringify(value) : value;
}
