import { Schema } from "effect";
import { describe, expect, test } from "vitest";
import { gateCheck, type RequiredCheck } from "./checks.ts";
import { type CheckSuite, type HeadCheck, HeadChecks, latestRuns, weighRequired } from "./required-checks.ts";
import type { RequiredWorkflow } from "./requirements.ts";

const actions = 15368;
const jenkins = 7;
const gate = 99;

const run = (name: string, more: Partial<HeadCheck> = {}): HeadCheck => {
  const ended = { conclusion: "success", status: "completed", since: "2026-01-01T10:00:00Z" };
  return { kind: "run", name, appId: actions, id: 1, isRequired: false, ...ended, ...more };
};
const status = (name: string, more: Partial<HeadCheck> = {}) =>
  run(name, { kind: "status", id: null, appId: null, ...more });
const ended = (conclusion: string) => ({ conclusion });
const going = (how: string) => ({ conclusion: null, status: how });
const suite = (more: Partial<CheckSuite> = {}): CheckSuite => {
  const silent = { status: "completed", conclusion: "startup_failure", runs: 0, workflow: null };
  return { id: 1, appId: actions, app: "github-actions", ...silent, ...more };
};
const any = (name: string): RequiredCheck => ({ name, appId: null });
const of = (name: string, appId: number): RequiredCheck => ({ name, appId });
const workflow: RequiredWorkflow = { path: ".github/workflows/safe.yml", repositoryId: 4, isOwn: false };
const ran = { path: workflow.path, isOwn: false };

interface Given {
  readonly checks?: readonly RequiredCheck[];
  readonly workflows?: readonly RequiredWorkflow[];
  readonly ran?: readonly HeadCheck[];
  readonly suites?: readonly CheckSuite[];
}

function weigh({ checks = [], workflows = [], ran: reported = [], suites = [] }: Given) {
  return weighRequired({ checks, workflows }, { checks: reported, suites }, { ownAppId: gate });
}
const shown = (given: Given) => weigh(given).lines.map(({ name, state, why }) => `${name} ${state}: ${why}`);

// A row: what is required and what reported, then the lines. Add one without reading the code.
const rows: readonly (readonly [string, Given, readonly string[]])[] = [
  ["success passes", { checks: [any("test")], ran: [run("test")] }, ["test passed: it ended as success"]],
  ...["skipped", "neutral"].map(
    (conclusion) =>
      [
        `${conclusion} passes, as GitHub counts it`,
        { checks: [any("test")], ran: [run("test", ended(conclusion))] },
        [`test passed: it ended as ${conclusion}`],
      ] as const,
  ),
  ...[
    ...["failure", "error", "timed_out", "cancelled", "action_required", "stale", "startup_failure"],
    "a word that GitHub adds later",
  ].map(
    (conclusion) =>
      [
        `${conclusion} blocks`,
        { checks: [any("test")], ran: [run("test", ended(conclusion))] },
        [`test blocked: it ended as ${conclusion}`],
      ] as const,
  ),
  ...["queued", "in_progress", "waiting", "requested", "pending"].map(
    (how) =>
      [
        `${how} is waited for`,
        { checks: [any("test")], ran: [run("test", going(how))] },
        [`test running: it is ${how}`],
      ] as const,
  ),
  ["never reported is missing", { checks: [any("test")] }, ["test missing: it has not reported"]],
  [
    "a required status that is pending is waited for",
    { checks: [any("ci")], ran: [status("ci", going("pending"))] },
    ["ci running: it is pending"],
  ],
  [
    "a check and a status of one name both have to pass",
    { checks: [any("test")], ran: [run("test"), status("test", ended("failure"))] },
    ["test blocked: it ended as failure"],
  ],
  [
    "where any App will do, all of that name have to pass",
    { checks: [any("test")], ran: [run("test"), run("test", { appId: jenkins, conclusion: "cancelled" })] },
    ["test blocked: it ended as cancelled"],
  ],
  [
    "what has to be a certain App's is not met by another's",
    { checks: [of("test", jenkins)], ran: [run("test")] },
    ["test missing: it has not reported by App 7; what has its name was reported by others"],
  ],
  [
    "a red run of another App does not block what has to be a certain App's",
    { checks: [of("test", jenkins)], ran: [run("test", { appId: jenkins }), run("test", ended("failure"))] },
    ["test passed: it ended as success"],
  ],
  [
    "a status of the App that has to report it passes",
    { checks: [of("test", jenkins)], ran: [status("test", { appId: jenkins })] },
    ["test passed: it ended as success"],
  ],
  [
    "a status of a person shows nothing of what an App has to show",
    { checks: [of("test", jenkins)], ran: [status("test")] },
    ["test missing: it has not reported by App 7; what has its name was reported by others"],
  ],
  [
    "a red status whose App is not told blocks beside the App's run",
    { checks: [of("test", jenkins)], ran: [run("test", { appId: jenkins }), status("test", ended("error"))] },
    ["test blocked: it ended as error"],
  ],
  [
    "what GitHub requires by a rule that is not shown is required",
    { checks: [any("test")], ran: [run("test"), run("secret", { isRequired: true, conclusion: "failure" })] },
    ["test passed: it ended as success", "secret blocked: it ended as failure"],
  ],
  [
    "what two rules require is one line",
    { checks: [any("test"), any("test")], ran: [run("test")] },
    ["test passed: it ended as success"],
  ],
  [
    "the gate's own run never counts, whatever its name, also where it is required",
    {
      checks: [any("test"), of("merge", gate), any(gateCheck)],
      ran: [run("test", { appId: gate, conclusion: "failure" }), run("merge", { appId: gate, ...going("queued") })],
    },
    ["test missing: it has not reported"],
  ],
  [
    "a missing check names the suites that ended or wait without a run",
    {
      checks: [any("test")],
      suites: [
        suite(),
        suite({ status: "waiting", conclusion: null }),
        suite({ appId: 8, app: "x", ...ended("stale") }),
      ],
    },
    [
      "test missing: it has not reported; suite of github-actions ended as startup_failure without a run; suite of github-actions is waiting without a run; suite of x ended as stale without a run",
    ],
  ],
  [
    "a missing check of one App names that App's suites alone, and its slug",
    { checks: [of("test", actions)], suites: [suite(ended("cancelled")), suite({ appId: 8, app: "x" })] },
    ["test missing: it has not reported by github-actions; suite of github-actions ended as cancelled without a run"],
  ],
  [
    "the idle suite of an App says nothing, and neither does one with runs",
    { checks: [any("test")], suites: [suite({ app: "x", status: "queued", conclusion: null }), suite({ runs: 2 })] },
    ["test missing: it has not reported"],
  ],
  [
    "a workflow that has to pass and never ran is missing",
    { workflows: [workflow], suites: [suite({ workflow: { ...ran, isOwn: true }, ...ended("success") })] },
    [".github/workflows/safe.yml missing: it has not run"],
  ],
  [
    "a workflow whose suite names no file is not taken for the one that has to pass",
    { workflows: [workflow], suites: [suite(ended("success"))] },
    [".github/workflows/safe.yml missing: it has not run, or GitHub does not tell: give the App Actions (read)"],
  ],
  ...[
    [ended("success"), "passed: it ended as success"],
    [ended("startup_failure"), "blocked: it ended as startup_failure"],
    [ended("action_required"), "blocked: it ended as action_required"],
    [going("waiting"), "running: it is waiting"],
  ].map(
    ([how, then]) =>
      [
        `a workflow that has to pass counts by its suite: ${String(then)}`,
        { workflows: [workflow], suites: [suite({ workflow: ran, ...(how as object) })] },
        [`.github/workflows/safe.yml ${String(then)}`],
      ] as const,
  ),
  [
    "of the suites of a workflow the latest counts",
    {
      workflows: [workflow],
      suites: [suite({ id: 2, workflow: ran, ...ended("success") }), suite({ id: 1, workflow: ran })],
    },
    [".github/workflows/safe.yml passed: it ended as success"],
  ],
  [
    "where nothing is required, all that reported counts, and suites without a run",
    { ran: [run("test"), run("lint", ended("failure"))], suites: [suite(), suite({ runs: 3 })] },
    [
      "test passed: it ended as success",
      "lint blocked: it ended as failure",
      "suite of github-actions blocked: suite of github-actions ended as startup_failure without a run",
    ],
  ],
];

describe("what is required of the checks", () => {
  test.each(rows)("%s", (_title, given, lines) => {
    expect(shown(given)).toEqual(lines);
  });

  test("a red check that is not required holds nothing and is shown, once", () => {
    const reported = [run("test"), run("lint", ended("failure")), run("lint", { ...ended("timed_out"), appId: 8 })];
    expect(weigh({ checks: [any("test")], ran: reported })).toMatchObject({ aside: ["lint"], required: "something" });
    expect(weigh({ ran: reported })).toMatchObject({ aside: [], required: "nothing" });
  });

  test("a red status that holds beside the App's run is not shown as one that holds nothing", () => {
    const reported = [run("test", { appId: jenkins }), status("test", ended("error"))];
    expect(weigh({ checks: [of("test", jenkins)], ran: reported }).aside).toEqual([]);
  });

  test("a line names the App that has to report, and since when the check runs", () => {
    const [line] = weigh({ checks: [of("test", actions)], ran: [run("test", going("in_progress"))] }).lines;
    expect(line).toMatchObject({ appId: actions, since: "2026-01-01T10:00:00Z" });
  });
});

test("what reported on a head is the same after it was stored", () => {
  const head: HeadChecks = {
    checks: [run("test"), status("ci", going("pending"))],
    suites: [suite({ workflow: { path: workflow.path, isOwn: true } })],
    isCut: false,
  };
  const stored = JSON.stringify(Schema.encodeSync(HeadChecks)(head));
  expect(Schema.decodeUnknownSync(HeadChecks)(JSON.parse(stored))).toEqual(head);
});

describe("the latest run", () => {
  const ids = (runs: readonly HeadCheck[]) => latestRuns(runs).map(({ id }) => id);

  test("of a name counts over all suites, whatever the order", () => {
    expect(ids([run("test", { id: 4 }), run("test", { id: 9 }), run("lint", { id: 2 })])).toEqual([9, 2]);
    expect(ids([run("test", { id: 9 }), run("test", { id: 4 })])).toEqual([9]);
  });

  test("of one App replaces none of another App, and none whose App or id is not told", () => {
    expect(ids([run("test", { id: 4 }), run("test", { id: 9, appId: jenkins })])).toEqual([4, 9]);
    expect(ids([run("test", { id: 4, appId: null }), run("test", { id: 9, appId: null })])).toEqual([4, 9]);
    expect(ids([run("test", { id: null }), run("test", { id: 9 })])).toEqual([null, 9]);
  });

  test("of one workflow replaces none of another workflow, but one of which GitHub does not tell it", () => {
    const workflows = new Map([
      [4, "ci.yml"],
      [9, "docs.yml"],
    ]);
    const runs = [run("test", { id: 3 }), run("test", { id: 4 }), run("test", { id: 9 })];
    expect(latestRuns(runs, ({ id }) => workflows.get(id ?? 0) ?? null).map(({ id }) => id)).toEqual([4, 9]);
  });
});
