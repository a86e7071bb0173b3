import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { clientCalls, gitHubCalls, identityCalls } from "#bus-config/github-calls.ts";
import { type CallTable, callFaults, idleCalls } from "./github-calls.ts";
import { isTest } from "./import-law.ts";
import type { Source } from "./imports.ts";

const root = join(import.meta.dirname, "../..");

test("the table of GitHub calls has every call that an identity makes, and no other", () => {
  const sources = ["contracts", "services", "deploy/operator", "deploy/programs"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .map((path) => `${folder}/${path}`)
      .filter((path) => path.endsWith(".ts") && !isTest(path))
      .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") })),
  );
  const table = { identities: identityCalls, client: clientCalls };
  expect([...callFaults(sources, table), ...idleCalls(Object.keys(gitHubCalls), table)]).toEqual([]);
});

/** A helper of the kit with two calls, a client, and a service that uses the client and one of the two. */
const helper: Source = {
  path: "services/_kit/github/reading.ts",
  text: `import { pages } from "./pages.ts";
    export const readIssue = (octokit) => octokit.rest.issues.get({});
    export async function readReviews(octokit) { return pages(octokit, octokit.rest.pulls.listReviews); }`,
};
const pages: Source = {
  path: "services/_kit/github/pages.ts",
  text: "export const pages = (octokit, call) => octokit.paginate(call, { octokit: octokit.rest.rateLimit.get });",
};
const service = (text: string): readonly Source[] => [helper, pages, { path: "services/cost/work.ts", text }];
const faultsOf = (text: string, calls: object, identities: CallTable["identities"] = { cost: calls }) =>
  callFaults(service(text), { identities, client: {} });

describe("a call", () => {
  const usesIssue = `import { readIssue } from "#kit/github/reading.ts";\nexport const go = (octokit) => readIssue(octokit);`;

  test("in a helper of the kit counts for the service that reaches it, and only that one", () => {
    expect(faultsOf(usesIssue, { "issues.get": "" })).toEqual([]);
    expect(faultsOf(usesIssue.replaceAll("readIssue", "readReviews"), {})).toEqual([
      expect.stringContaining("cost calls pulls.listReviews"),
      expect.stringContaining("cost calls rateLimit.get"),
    ]);
  });

  test("without a row is named with its place and what to do", () => {
    expect(faultsOf(usesIssue, {})).toEqual([
      "services/_kit/github/reading.ts:2: cost calls issues.get, which has no row. Say in bus-config/github-calls.ts what it needs and why cost calls it, then npm run generate.",
    ]);
  });

  test("of a service that the table does not have is named", () => {
    expect(faultsOf(usesIssue, {}, {})).toEqual([expect.stringContaining("cost calls issues.get")]);
  });

  test("that nobody makes is named, also when another service makes it or a comment has it", () => {
    const other = {
      path: "services/memory/work.ts",
      text: "export const go = (octokit) => octokit.rest.issues.get();",
    };
    const idle = { path: "services/cost/work.ts", text: "// octokit.rest.issues.get()\nexport {};" };
    const table = { identities: { cost: { "issues.get": "" }, memory: { "issues.get": "" } }, client: {} };
    expect(callFaults([other, idle], table)).toEqual([
      "bus-config/github-calls.ts: cost has a row for issues.get, but nothing in services/cost calls it. Take it out, then npm run generate.",
    ]);
    expect(idleCalls(["issues.get", "issues.lock"], table)).toEqual([
      "bus-config/github-calls.ts: no identity calls issues.lock. Take it out, then npm run generate.",
    ]);
  });

  test("of the operator's commands counts for the operator", () => {
    const doctor = { path: "deploy/operator/doctor.ts", text: "export const go = (o) => o.rest.repos.get();" };
    expect(callFaults([doctor], { identities: { operator: {} }, client: {} })).toEqual([
      expect.stringContaining("deploy/operator/doctor.ts:1: operator calls repos.get"),
    ]);
  });

  test.each([
    ["an imported name with another name", `import { readIssue as read } from "#kit/github/reading.ts";\nread();`],
    ["a whole module", `import * as all from "#kit/github/reading.ts";\nall.readIssue();`],
    ["a name that is passed on", `export { readIssue } from "#kit/github/reading.ts";`],
    ["a module that is passed on", `export * from "#kit/github/reading.ts";`],
  ])("is reached by %s", (_how, text) => {
    expect(faultsOf(text, {})).toContainEqual(expect.stringContaining("cost calls issues.get"));
  });

  test.each([
    ["a list", "octokit.paginate(octokit.rest.issues.listComments, {});", ["issues.listComments"]],
    ["several lines", "octokit\n  .rest.pulls\n  .merge({});", ["pulls.merge"]],
    ["a parameter", "export const go = ({ rest }) => rest.pulls.merge();", ["pulls.merge"]],
    ["git", "github.gitToken(at);", ["git"]],
    ["every repository", "app.eachRepository.iterator();", ["apps.eachRepository"]],
    ["a query", 'octokit.graphql("{ repository { issue(number: 1) { lastEditedAt } } }");', ["repository.issue"]],
    [
      "a query with several fields",
      `const q = \`query ($a: Int!) { repository(owner: "x{") { name mine: pullRequest(number: $a) { ... on Node { id }
        reviewThreads(first: 1) { nodes { id } } } } viewer { login } }\`;\noctokit.graphql<Answer>(q, {});`,
      ["repository.name", "repository.pullRequest", "repository.pullRequest.reviewThreads", "viewer.login"],
    ],
    [
      "a mutation",
      "const m = `mutation ($id: ID!) { resolveReviewThread(input: { threadId: $id }) { thread { id } } }`;\noctokit.graphql(m);",
      ["resolveReviewThread"],
    ],
  ])("is read from %s", (_what, text, names) => {
    const found = faultsOf(text, {}).map((fault) => /cost calls (\S+), /.exec(fault)?.[1]);
    expect(found).toEqual(names);
  });

  test.each([
    ["const { rest } = octokit;"],
    ["const { pulls } = octokit.rest;"],
    ["export const go = ({ graphql }) => graphql(query);"],
    ["const api = octokit.rest;"],
    ["const { merge } = github.octokit.rest.pulls;"],
    ["octokit.rest.pulls[name]();"],
    ["octokit.rest[area].merge();"],
    ['octokit["rest"].pulls.merge();'],
    ['octokit.request("PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge");'],
    ['octokit.paginate("GET /repos/{owner}/{repo}/issues");'],
    ["octokit.graphql(queryOf(number));"],
    ["const ask = octokit.graphql;"],
  ])("that is not written out is refused: %s", (text) => {
    expect(faultsOf(text, {})).toEqual([
      expect.stringContaining("services/cost/work.ts:1: which call of GitHub this is"),
    ]);
  });
});
