import { describe, expect, test } from "vitest";
import type { ChangedFile } from "./changed-files.ts";
import { evaluateSeen } from "./evaluate.ts";
import type { ForgeState } from "./snapshot.ts";
import { failing, gatePolicy, seen } from "./test-earned.ts";

// That a person has to merge, whatever else is met. Which changes these are: always-person.test.ts.

const file = (path: string, lines = 1): ChangedFile => ({
  ...{ path, previousPath: null, status: "modified", additions: lines, deletions: 0 },
  ...{ unreadable: null, isSubmodule: false, packageChanges: [] },
});
const holdsOf = (forge: Partial<ForgeState>, policy = gatePolicy) =>
  evaluateSeen(seen({ forge, policy })).checks.flatMap(({ hold }) => hold ?? []);
const changing = (...paths: readonly string[]) => ({ changed: { files: paths.map((path) => file(path)), unseen: [] } });

describe("a change that has earned its merge", () => {
  test("and touches a workflow is a person's to merge, with the path in the reason", () => {
    const missing = failing(evaluateSeen(seen({ forge: changing("src/a.js", ".github/workflows/ci.yml") })));
    expect(missing).toEqual([
      "person: changes what GitHub runs and asks for (.github/workflows/ci.yml): a person has to merge, or to have it taken out of the change",
    ]);
  });

  test("of more lines than the policy allows waits for a person, or for her label", () => {
    const changed = { files: [file("src/a.js", 501)], unseen: [] };
    expect(holdsOf({ changed })).toEqual(["large-change"]);
    expect(holdsOf({ changed, peopleLabels: ["Large-PR-OK"] })).toEqual([]);
    // A label that an agent set is none.
    expect(holdsOf({ changed, labels: ["large-pr-ok"] })).toEqual(["large-change"]);
  });

  test("of a path that only the base branch's file names is a person's to merge too", () => {
    const repositoryRules = { own: { personPaths: { other: ["src/prices"] } } };
    expect(holdsOf({ ...changing("src/prices/eu.js"), repositoryRules })).toEqual(["person-path"]);
    expect(holdsOf({ ...changing("src/names.js"), repositoryRules })).toEqual([]);
  });

  test("is held while the base branch's file is wrong or not told, or GitHub does not show all files", () => {
    expect(holdsOf({ repositoryRules: { wrong: "gate.largeChange.filesMax is 99" } })).toEqual(["rules-wrong"]);
    expect(holdsOf({ repositoryRules: { untold: "read .rig-agent.yaml: GitHub answered 403" } })).toEqual([
      "rules-unknown",
    ]);
    expect(holdsOf({ changed: { files: [], unseen: ["GitHub lists 3000 of 4000 files"] } })).toEqual(["files-cut"]);
  });
});
