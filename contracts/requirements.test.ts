import { Schema } from "effect";
import { describe, expect, test } from "vitest";
import { onlyTest } from "./gate/test-earned.ts";
import { hiddenBehind, leftToOthers, Requirements } from "./requirements.ts";

const nothing: Requirements = { ...onlyTest, checks: [], mergeMethods: ["merge"] };
const pattern = { rule: "commit_message_pattern", operator: "contains", pattern: "#", negate: false };
const judged: Requirements = {
  ...nothing,
  deployments: ["staging"],
  codeScanning: [{ tool: "CodeQL", alerts: "errors", securityAlerts: "all" }],
  patterns: [pattern, { ...pattern, pattern: "!" }],
};
const lines = [
  "a deployment to staging is required, which GitHub judges",
  "results of CodeQL are required, which GitHub judges",
  "the rule commit_message_pattern holds for the commits, which GitHub judges",
];

describe("what is left to GitHub or to a person", () => {
  test.each<[string, Requirements, string, readonly string[]]>([
    ["is nothing where all requirements are judged here", nothing, "blocked", []],
    ["is what GitHub judges, while it blocks the merge", judged, "blocked", lines],
    ["is what GitHub judges, while it has not said", judged, "unknown", lines],
    ["is nothing where GitHub lets it be merged", judged, "clean", []],
    ["is nothing where only a check that is not required is red", judged, "unstable", []],
    ["is nothing where a pre-receive hook follows", judged, "has_hooks", []],
  ])("%s", (_title, requirements, standing, wanted) => {
    expect(leftToOthers(requirements, standing)).toEqual(wanted);
  });
});

test("what is required is the same after it was stored", () => {
  const stored = JSON.stringify(Schema.encodeSync(Requirements)(judged));
  expect(Schema.decodeUnknownSync(Requirements)(JSON.parse(stored))).toEqual(judged);
});

describe("what is required unseen", () => {
  const ofClassic: Requirements = { ...nothing, hidden: ["strict", "lock", "deployments"] };
  const behind = (more: Partial<Requirements>, standing: string) => hiddenBehind({ ...ofClassic, ...more }, standing);

  test.each(["clean", "unstable", "has_hooks"])("holds nothing where GitHub says %s", (standing) => {
    expect(behind({}, standing)).toBeNull();
  });

  test.each<[string, Partial<Requirements>, string]>([
    ["everything is shown", { hidden: [] }, "blocked"],
    ["a ruleset blocks everybody but the gate", { updatesRestricted: true }, "blocked"],
    ["a merge queue judges", { mergeQueue: { method: null } }, "blocked"],
  ])("holds nothing where %s", (_title, more, standing) => {
    expect(behind(more, standing)).toBeNull();
  });

  test.each<[Partial<Requirements>, string, string]>([
    [{}, "blocked", "not shown of main: strict, lock, deployments: give the App Administration (read)"],
    [{}, "unknown", "GitHub says unknown; not shown of main: strict, lock, deployments"],
    [{ hidden: ["deployments"] }, "blocked", "deployments: a person has to look at it on GitHub"],
    [{ hidden: ["merge queue"] }, "blocked", "merge queue: give the App Merge queues (read)"],
    [{ hidden: ["lock", "merge queue"] }, "blocked", "give the App Administration (read) and Merge queues (read)"],
  ])("holds, and names the permission: %j, %s", (more, standing, why) => {
    expect(behind(more, standing)).toContain(why);
  });
});
