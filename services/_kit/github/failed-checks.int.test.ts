import { Effect } from "effect";
import { describe, expect, test } from "vitest";
import type { Answer } from "#kit/test/test-answers.ts";
import { playedGitHub } from "#kit/test/test-github.ts";
import { readFailedChecks } from "./failed-checks.ts";

// Against a server that answers as GitHub does: checks and statuses of a head, rulesets and classic protection of its base.

const server = playedGitHub("dispatcher");

const run = (name: string, more: object = {}) => ({ name, conclusion: "failure", app: { id: 7 }, output: {}, ...more });
const ruleOf = (context: string, more: object = {}) => ({
  type: "required_status_checks",
  parameters: { required_status_checks: [{ context, ...more }] },
});
const protectionOf = (...contexts: readonly string[]) => ({
  protected: true,
  protection: { required_status_checks: { contexts, checks: contexts.map((context) => ({ context, app_id: null })) } },
});
const byRulesets = { protected: true, protection: { ...protectionOf().protection, enabled: false } };
const nothing = { runs: [], statuses: [], rules: [], branch: { protected: false } };

/** What GitHub answers of each part; a part may be an answer of its own. */
interface Parts {
  readonly runs: readonly object[] | Answer;
  readonly statuses: readonly object[];
  readonly rules: readonly object[] | Answer;
  readonly branch: object | Answer;
}

function play(parts: Partial<Parts>): void {
  const { runs, statuses, rules, branch } = { ...nothing, ...parts };
  const answer = (part: readonly object[] | Answer, wrap: (list: readonly object[]) => object): Answer =>
    Array.isArray(part) ? { body: wrap(part) } : (part as Answer);
  server.play(({ path }) => {
    if (path.includes("/check-runs?"))
      return answer(runs, (check_runs) => ({ total_count: check_runs.length, check_runs }));
    if (path.includes("/status?")) return { body: { statuses } };
    if (path.includes("/rules/branches/")) return answer(rules, (list) => list);
    return "status" in branch ? (branch as Answer) : { body: branch };
  });
}

const asking = readFailedChecks({ owner: "acme", repo: "shop" }, { headSha: "h1", baseBranch: "main" });
const failed = async () => (await server.run(asking)).failed.map(({ name }) => name);

describe("the failed checks of a head", () => {
  test("are those that a ruleset or the classic protection requires, checks and statuses", async () => {
    const statuses = [
      { context: "deploy", state: "error", description: "broken" },
      { context: "preview", state: "failure", description: null },
    ];
    play({
      runs: [run("test"), run("lint"), run("extra")],
      statuses,
      rules: [ruleOf("lint"), ruleOf("deploy"), { type: "deletion" }],
      branch: protectionOf("test"),
    });
    expect(await failed()).toEqual(["test", "lint", "deploy"]);
  });

  test("of another App than the required one do not count", async () => {
    play({ runs: [run("test")], rules: [ruleOf("test", { integration_id: 8 })] });
    expect(await failed()).toEqual([]);
  });

  test("are all that failed where neither requires anything", async () => {
    play({ runs: [run("test"), run("lint", { conclusion: "cancelled" })] });
    expect(await failed()).toEqual(["test"]);
    // Classic protection without checks, and rulesets without checks.
    play({ runs: [run("test")], branch: protectionOf() });
    expect(await failed()).toEqual(["test"]);
    play({ runs: [run("test")], rules: [{ type: "deletion" }], branch: byRulesets });
    expect(await failed()).toEqual(["test"]);
  });

  test("are none where a later run of the name replaced them, in another suite of the App", async () => {
    const rules = [ruleOf("test")];
    play({ runs: [run("test", { id: 4, conclusion: "success" }), run("test", { id: 3 })], rules });
    expect(await server.run(asking)).toEqual({ failed: [], isWhole: true });
    play({ runs: [run("test", { id: 4 }), run("test", { id: 5, app: { id: 8 }, conclusion: "success" })], rules });
    expect(await failed()).toEqual(["test"]);
    play({ runs: [run("test", { id: 4, conclusion: null }), run("test", { id: 3 })], rules });
    expect(await server.run(asking)).toEqual({ failed: [], isWhole: false });
  });

  test("are those of the rulesets where the branch is protected by them alone", async () => {
    play({ runs: [run("test"), run("lint")], rules: [ruleOf("lint")], branch: byRulesets });
    expect(await failed()).toEqual(["lint"]);
  });

  test.each([404, 422])("are asked for again while GitHub does not know the commit (%i)", async (status) => {
    play({ runs: { status } });
    expect(await server.run(Effect.flip(asking))).toMatchObject({ _tag: "Retryable" });
  });

  const message = (text: string) => ({ body: { message: text } });
  const rulesGiven = "give the App Metadata (read)";
  const branchGiven = "give the App Contents (read)";

  test.each<[string, Partial<Parts>, string, tag?: string]>([
    ["rules: 403", { rules: { status: 403, ...message("Resource not accessible by integration") } }, rulesGiven],
    ["rules: 403, by the plan", { rules: { status: 403, ...message("Upgrade to GitHub Pro or make …") } }, rulesGiven],
    ["rules: 404", { rules: { status: 404, ...message("Not Found") } }, rulesGiven],
    ["branch: 403", { branch: { status: 403, ...message("Resource not accessible by integration") } }, branchGiven],
    ["branch: 404 Not Found", { branch: { status: 404, ...message("Not Found") } }, branchGiven],
    ["branch: 404 Branch not found", { branch: { status: 404, ...message("Branch not found") } }, branchGiven],
    ["protected, and nothing is shown of it", { branch: { protected: true } }, branchGiven, "NotTold"],
    [
      "protected, and no checks are shown of it",
      { branch: { protected: true, protection: {} } },
      branchGiven,
      "NotTold",
    ],
    ["protected by rulesets alone, and no rule is shown", { branch: byRulesets }, branchGiven, "NotTold"],
  ])(
    "are not told where it cannot be read what is required (%s), and the repair is named",
    async (_, parts, repair, _tag = "GitHubRefused") => {
      play({ runs: [run("test")], ...parts });
      const refused = { _tag, reason: expect.stringContaining(repair) };
      expect(await server.run(Effect.flip(asking))).toMatchObject(refused);
    },
  );
});
