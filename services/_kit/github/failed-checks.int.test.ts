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
const nothing = { runs: [], statuses: [], rules: [], branch: { protected: false } };

/** What GitHub answers of each part; a part may be an answer of its own. */
interface Parts {
  readonly runs: readonly object[] | Answer;
  readonly statuses: readonly object[];
  readonly rules: readonly object[] | Answer;
  readonly branch: object;
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
    return { body: branch };
  });
}

const asking = readFailedChecks({ owner: "acme", repo: "shop" }, { headSha: "h1", baseBranch: "main" });
const failed = async () => (await server.run(asking)).map(({ name }) => name);

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
    // A GitHub without rulesets, and a branch that is gone.
    play({ runs: [run("test")], rules: { status: 404 } });
    expect(await failed()).toEqual(["test"]);
  });

  test.each([404, 422])("are asked for again while GitHub does not know the commit (%i)", async (status) => {
    play({ runs: { status } });
    expect(await server.run(Effect.flip(asking))).toMatchObject({ _tag: "Retryable" });
  });

  test("are not told where it may not be read what is required", async () => {
    play({ runs: [run("test")], rules: { status: 403, body: { message: "Resource not accessible by integration" } } });
    expect(await server.run(Effect.flip(asking))).toMatchObject({ _tag: "GitHubRefused", status: 403 });
    play({ runs: [run("test")], branch: { protected: true } });
    expect(await server.run(Effect.flip(asking))).toMatchObject({
      _tag: "GitHubRefused",
      reason: "GitHub shows nothing of the protection of main",
    });
  });
});
