import { describe, expect, test } from "vitest";
import { gateCheck } from "#contracts/checks.ts";
import { weighFailed } from "#contracts/failed-checks.ts";
import type { CheckSuite, HeadCheck } from "#contracts/required-checks.ts";
import { evaluateSeen } from "./evaluate.ts";
import type { ForgeState, Required } from "./snapshot.ts";
import { failing, green, requiring, seen, testRequired } from "./test-earned.ts";

const lint: HeadCheck = { ...green, name: "lint", conclusion: "failure" };
const status: HeadCheck = { ...green, kind: "status", appId: null };
const suite: CheckSuite = {
  ...{ id: 1, appId: 1, app: "github-actions", status: "completed", conclusion: "startup_failure", runs: 0 },
  workflow: { path: ".github/workflows/test.yml", isOwn: true },
};
const ofApp = (appId: number) => ({ name: "test", appId });
const gate = (forge: Partial<ForgeState>) => evaluateSeen(seen({ forge }));
const ci = (forge: Partial<ForgeState>) => gate(forge).checks.find(({ name }) => name === "ci");

describe("what is required and did not pass holds the merge, and is named", () => {
  test.each<[string, ReturnType<typeof requiring>, string]>([
    ["nothing ran and nothing is required", requiring({ checks: [] }, { checks: [] }), "no check ran on the head"],
    [
      "one of two did not report",
      requiring({ checks: [testRequired, { name: "lint", appId: null }] }),
      "required and not run: lint (it has not reported)",
    ],
    [
      "another App than the required one reported it",
      requiring({ checks: [ofApp(7)] }),
      "required and not run: test (it has not reported by App 7; what has its name was reported by others)",
    ],
    [
      "a status has its name, where an App is required",
      requiring({ checks: [ofApp(1)] }, { checks: [status] }),
      "required and not run: test (it has not reported by App 1; what has its name was reported by others)",
    ],
    [
      "its workflow could not start",
      requiring({}, { checks: [], suites: [suite] }),
      "required and not run: test (it has not reported; .github/workflows/test.yml ended as startup_failure without a run)",
    ],
    ["it runs", requiring({}, { checks: [{ ...green, conclusion: null }] }), "running: test"],
    [
      "it is red",
      requiring({}, { checks: [{ ...green, conclusion: "failure" }] }),
      "failed: test (it ended as failure)",
    ],
    [
      "a red one ran where none is required",
      requiring({ checks: [] }, { checks: [green, lint] }),
      "failed: lint (it ended as failure)",
    ],
    [
      "a required status is red",
      requiring({}, { checks: [{ ...status, conclusion: "error" }] }),
      "failed: test (it ended as error)",
    ],
    [
      "it took too long",
      requiring({}, { checks: [{ ...green, conclusion: "timed_out" }] }),
      "failed: test (it ended as timed_out)",
    ],
    ...["cancelled", "action_required", "stale", "startup_failure"].map(
      (conclusion): [string, ReturnType<typeof requiring>, string] => [
        `it ended as ${conclusion}`,
        requiring({}, { checks: [{ ...green, conclusion }] }),
        `not passed: test (it ended as ${conclusion})`,
      ],
    ),
    [
      "required ones and others are red",
      requiring({}, { checks: [{ ...green, conclusion: "failure" }, lint] }),
      "failed: test (it ended as failure); red, but not required: lint",
    ],
    [
      "a rule that is not shown requires it",
      requiring({}, { checks: [green, { ...lint, isRequired: true }] }),
      "not passed: lint (it ended as failure)",
    ],
    [
      "there are more than are read",
      requiring({}, { isCut: true }),
      "there are more checks on the head than are read: a person has to look",
    ],
  ])("%s", (_name, forge, why) => {
    expect(failing(gate(forge))).toEqual([`ci: ${why}`]);
  });

  test.each<[string, ForgeState["required"], string]>([
    [
      "GitHub does not tell what is required",
      { untold: "read the rules of main: GitHub answered 403" },
      "what main requires is not known, which is not nothing: read the rules of main: GitHub answered 403",
    ],
    [
      "GraphQL cannot be asked for it",
      null,
      "what main requires is not known yet: the limit of GitHub's GraphQL API is used up",
    ],
  ])("%s: neither the checks nor the rules are met", (_name, required, why) => {
    expect(failing(gate({ required }))).toEqual([`ci: ${why}`, `rules: ${why}`]);
  });
});

describe("a check that no fix follows from is a person's", () => {
  const failed = { ...green, conclusion: "failure" };
  const unseen = { ...lint, isRequired: true };

  test.each<[string, Parameters<typeof requiring>, string]>([
    ["one that failed is an agent's", [{}, { checks: [failed] }], "check-failed"],
    ["one that was cancelled", [{}, { checks: [{ ...green, conclusion: "cancelled" }] }], "check-stopped"],
    ["one that only a rule demands that is not shown", [{}, { checks: [green, unseen] }], "check-stopped"],
    [
      "such a rule where nothing is shown: then all red ones are fixed",
      [{ checks: [] }, { checks: [unseen] }],
      "check-failed",
    ],
    [
      "a suite that waits for an approval",
      [{ checks: [] }, { checks: [], suites: [{ ...suite, conclusion: "action_required" }] }],
      "check-stopped",
    ],
  ])("%s", (_which, [requirements, head], hold) => {
    const forge = requiring(requirements, head);
    expect(ci(forge)?.hold).toBe(hold);
    // The dispatcher weighs the same checks, and knows neither suites nor rules that are not shown.
    const required = forge.required as Required;
    const { failed: fixed } = weighFailed(required.head.checks, required.requirements.checks);
    expect(fixed.length > 0).toBe(hold === "check-failed");
  });
});

describe("a check that is not required", () => {
  const withChecks = (...checks: readonly HeadCheck[]) => requiring({}, { checks });

  test("holds no merge when it is red, and is named", () => {
    expect(gate(withChecks(green, lint)).passed).toBe(true);
    expect(ci(withChecks(green, lint))).toMatchObject({
      passed: true,
      why: "passed: test; red, but not required: lint",
    });
  });

  test.each([null, "cancelled", "stale", "success"])("with the end %s holds none and is not named", (conclusion) => {
    expect(ci(withChecks(green, { ...lint, conclusion }))).toMatchObject({ passed: true, why: "passed: test" });
  });

  test("does not stand for a required one", () => {
    const missing = { passed: false, why: "required and not run: test (it has not reported)" };
    expect(ci(withChecks({ ...lint, conclusion: "success" }))).toMatchObject(missing);
  });
});

test("the gate's own check holds nothing, required or not", () => {
  const own = { name: gateCheck, appId: 9 };
  const checks = [green, { ...green, ...own, conclusion: null }];
  for (const required of [[own], [own, testRequired], [{ name: gateCheck, appId: null }], []]) {
    expect(gate(requiring({ checks: required }, { checks }, { login: "merge-gate[bot]", appId: 9 })).passed).toBe(true);
  }
});

test("a commit status of the gate's own never counts, whatever it says and whatever is required", () => {
  const own: HeadCheck = { ...status, name: gateCheck, status: "pending", conclusion: null };
  for (const required of [[], [testRequired], [{ name: gateCheck, appId: null }]])
    expect(ci(requiring({ checks: required }, { checks: [green, own] }))?.passed).toBe(true);
  const ended = { ...own, status: "completed", conclusion: "success" };
  expect(ci(requiring({ checks: [] }, { checks: [ended] }))?.hold).toBe("no-check");
});

test.each(["neutral", "skipped"])("a required check that ended as %s passes, as GitHub has it", (conclusion) => {
  expect(gate(requiring({}, { checks: [{ ...green, conclusion }] })).passed).toBe(true);
});

test.each(["neutral", "skipped"])(
  "where nothing is required, checks that all ended as %s are none: nothing was tested",
  (conclusion) => {
    const checks = [{ ...green, conclusion }];
    const own = { ...green, name: gateCheck, appId: 9 };
    const held = ["ci: no check really ran on the head"];
    expect(failing(gate(requiring({ checks: [] }, { checks })))).toEqual(held);
    const withOwn = requiring({ checks: [] }, { checks: [...checks, own] }, { login: "merge-gate[bot]", appId: 9 });
    expect(failing(gate(withOwn))).toEqual(held);
    expect(gate(requiring({ checks: [] }, { checks: [...checks, green] })).passed).toBe(true);
  },
);

test("where nothing is required, a policy that wants a check holds", () => {
  const policy = { nothingRequired: "hold" } as const;
  expect(failing(evaluateSeen(seen({ forge: requiring({ checks: [] }), policy })))).toEqual([
    "ci: main requires no check, and the policy wants one",
  ]);
  expect(evaluateSeen(seen({ policy })).passed).toBe(true);
});
