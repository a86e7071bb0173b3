import { Effect } from "effect";
import { describe, expect, test } from "vitest";
import { playedGitHub } from "#kit/test/test-github.ts";
import { readHeadChecks } from "./head-checks.ts";
import { answering, type Parts, runNode, statusNode, suiteNode } from "./test-requirements.ts";

// Against a server that answers as GitHub's GraphQL does: what reported on a head.

const server = playedGitHub("merge-gate");
const asking = readHeadChecks({ owner: "acme", repo: "shop" }, { number: 9, headSha: "h1", branch: "main" });

async function told(parts: Partial<Parts>) {
  server.play(answering(parts));
  return server.run(asking);
}
const headOf = async (parts: Partial<Parts>) => (await told(parts)).head;
const checksOf = async (...checks: readonly object[]) => (await headOf({ checks })).checks;

const bot = (login: string, avatarUrl: string) => ({ creator: { __typename: "Bot", login, avatarUrl } });
const forbidden = (...path: readonly unknown[]) => {
  return { type: "FORBIDDEN", message: "Resource not accessible by integration", path };
};

describe("what reported on a head", () => {
  test("is each check and status with its App, how it ended and whether GitHub requires it", async () => {
    const checks = await checksOf(
      runNode("test", { isRequired: true }),
      runNode("lint", { status: "WAITING", conclusion: null, startedAt: null }),
      statusNode("ci", { state: "PENDING", isRequired: true }),
      statusNode("docs", { state: "ERROR" }),
    );
    const since = "2026-01-01T10:00:00Z";
    const run = { kind: "run", id: 23_799_347_220, appId: 15_368 };
    const status = { kind: "status", id: null, appId: null, since };
    expect(checks).toEqual([
      { ...run, name: "test", status: "completed", conclusion: "success", since, isRequired: true },
      { ...run, name: "lint", status: "waiting", conclusion: null, since: null, isRequired: false },
      { ...status, name: "ci", status: "pending", conclusion: null, isRequired: true },
      { ...status, name: "docs", status: "completed", conclusion: "error", isRequired: false },
    ]);
  });

  test("is one request, about this commit and this pull request", async () => {
    await headOf({ checks: [runNode("test")] });
    expect(server.asked.map(({ path }) => path)).toEqual(["/graphql"]);
    expect(server.asked[0]?.body.variables).toMatchObject({ oid: "h1", number: 9, ref: "refs/heads/main" });
  });

  test("is the latest run of a name over all suites", async () => {
    const checks = await checksOf(
      runNode("test", { databaseId: 3, conclusion: "FAILURE" }),
      runNode("test", { databaseId: 8 }),
      runNode("test", { databaseId: 5, conclusion: "CANCELLED" }),
    );
    expect(checks.map(({ id, conclusion }) => [id, conclusion])).toEqual([[8, "success"]]);
  });

  test("is more than a hundred of checks and suites", async () => {
    const checks = Array.from({ length: 250 }, (_, at) => runNode(`test ${at}`));
    const suites = Array.from({ length: 120 }, (_, at) => suiteNode({ databaseId: at }));
    const head = await headOf({ checks, suites });
    expect(new Set(head.checks.map(({ name }) => name)).size).toBe(250);
    expect(new Set(head.suites.map(({ id }) => id)).size).toBe(120);
    expect(head.suites).toHaveLength(120);
    expect(head.isCut).toBe(false);
    expect(server.asked).toHaveLength(3);
  });

  test("is named as cut beyond a thousand", async () => {
    const many = Array.from({ length: 1001 }, (_, at) => runNode(`test ${at}`));
    expect(await headOf({ checks: many })).toMatchObject({ isCut: true });
    expect(server.asked).toHaveLength(10);
    expect(await headOf({ checks: many.slice(1) })).toMatchObject({ isCut: false });
  });

  test("is a suite that ended or waits without a run, with its workflow", async () => {
    const file = (repositoryName: string) => ({ workflowRun: { file: { path: "a.yml", repositoryName } } });
    const { suites } = await headOf({
      suites: [
        suiteNode(),
        suiteNode({ status: "WAITING", conclusion: null, app: null, ...file("/acme/shop") }),
        suiteNode({ checkRuns: { totalCount: 4 }, ...file("acme/.github") }),
        suiteNode(file("https://github.com/Acme/Shop")),
      ],
    });
    const actions = { id: 5, appId: 15_368, app: "github-actions", status: "completed", conclusion: "startup_failure" };
    expect(suites).toEqual([
      { ...actions, runs: 0, workflow: null },
      {
        ...actions,
        appId: null,
        app: "",
        status: "waiting",
        conclusion: null,
        runs: 0,
        workflow: { path: "a.yml", isOwn: true },
      },
      { ...actions, runs: 4, workflow: { path: "a.yml", isOwn: false } },
      { ...actions, runs: 0, workflow: { path: "a.yml", isOwn: true } },
    ]);
  });

  test.each<[string, object, number | null]>([
    ["is the App's whose suite stands on the head", bot("jenkins", ""), 7],
    [
      "is the App's that its picture names",
      bot("netlify", "https://avatars.githubusercontent.com/in/13473?v=4"),
      13_473,
    ],
    ["is nobody's App where GitHub tells none", bot("netlify", "https://github.example/netlify.png"), null],
    [
      "is no App's where a person set it, whatever his name and picture are",
      { creator: { __typename: "User", login: "jenkins", avatarUrl: "https://example.com/in/7" } },
      null,
    ],
    ["is nobody's where the account is gone", { creator: null }, null],
  ])("a status %s", async (_title, creator, appId) => {
    const app = { databaseId: 7, slug: "jenkins" };
    const suites = [suiteNode({ app, status: "QUEUED", conclusion: null })];
    const { checks } = await headOf({ checks: [statusNode("ci", creator)], suites });
    expect(checks[0]?.appId).toBe(appId);
  });

  test("is asked for again while GitHub does not know the commit", async () => {
    server.play(answering({ repository: { object: null } }));
    expect(await server.run(Effect.flip(asking))).toMatchObject({ _tag: "Retryable" });
  });

  test.each<[string, Partial<Parts>]>([
    [
      "refuses the checks",
      { errors: [forbidden("repository", "object", "statusCheckRollup")], repository: { object: null } },
    ],
    [
      "refuses one check",
      {
        checks: [runNode("test"), null],
        errors: [forbidden("repository", "object", "statusCheckRollup", "contexts", "nodes", 1)],
      },
    ],
    ["shows one check as nothing", { checks: [runNode("test"), null] }],
    ["shows one suite as nothing", { suites: [null] }],
    ["shows no list of suites", { repository: { object: { statusCheckRollup: null, checkSuites: null } } }],
    ["refuses the repository", { repository: null, errors: [forbidden("repository")] }],
  ])("is not told where GitHub %s, and the permission is named", async (_title, parts) => {
    server.play(answering(parts));
    const reason = expect.stringContaining("give the App Checks (read) and Commit statuses (read)");
    expect(await server.run(Effect.flip(asking))).toMatchObject({ _tag: "NotTold", reason });
  });

  test("goes on without what alone requires nothing, and names it", async () => {
    const suites = [suiteNode()];
    const errors = [
      forbidden("repository", "mergeQueue"),
      forbidden("repository", "object", "checkSuites", "nodes", 0, "workflowRun"),
    ];
    expect(await told({ suites, errors })).toMatchObject({
      lacking: ["mergeQueue", "workflowRun"],
      head: { suites: [{}] },
    });
  });

  test("is asked for again after an error that is no refusal, also beside one", async () => {
    const fault = { message: "Something went wrong while executing your query.", path: ["repository", "mergeQueue"] };
    server.play(answering({ errors: [fault, forbidden("repository", "mergeQueue")] }));
    expect(await server.run(Effect.flip(asking))).toMatchObject({ _tag: "Retryable" });
  });
});
