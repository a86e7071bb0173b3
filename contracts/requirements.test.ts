import { Schema } from "effect";
import { describe, expect, test } from "vitest";
import { onlyTest } from "./gate/test-earned.ts";
import { leftToOthers, Requirements } from "./requirements.ts";

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
