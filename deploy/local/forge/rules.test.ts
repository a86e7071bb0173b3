import { describe, expect, it } from "vitest";
import type { RepositoryRecord } from "./records.ts";
import type { RulesetRecord } from "./rule-records.ts";
import { rulesetsOn } from "./rules.ts";

/** A repository with one ruleset. */
function withRuleset(more: Partial<RulesetRecord>): RepositoryRecord {
  const ruleset: RulesetRecord = {
    id: 1,
    createdAt: "2026-01-01T00:00:00Z",
    updatedAt: "2026-01-01T00:00:00Z",
    name: "rules",
    ...{ enforcement: "active", bypassActors: [], include: [], exclude: [], rules: [] },
    ...more,
  };
  return { rulesets: [ruleset] } as unknown as RepositoryRecord;
}

describe("the branches of a ruleset", () => {
  it.each([
    ["~ALL", "any/branch", true],
    ["~DEFAULT_BRANCH", "main", true],
    ["~DEFAULT_BRANCH", "main2", false],
    ["refs/heads/main", "main", true],
    ["refs/heads/mai?", "main", true],
    ["refs/heads/release/*", "release/1", true],
    ["refs/heads/release/*", "release/1/a", false],
    ["refs/heads/release/**/*", "release/1/a", true],
    ["refs/heads/v1.0", "v1x0", false],
  ])("%s names %s: %s", (pattern, branch, expected) => {
    expect(rulesetsOn(withRuleset({ include: [pattern] }), branch).length > 0).toBe(expected);
    expect(rulesetsOn(withRuleset({ include: ["~ALL"], exclude: [pattern] }), branch).length > 0).toBe(!expected);
  });

  it.each(["disabled", "evaluate"] as const)("a ruleset that is %s demands nothing", (enforcement) => {
    expect(rulesetsOn(withRuleset({ include: ["~ALL"], enforcement }), "main")).toEqual([]);
  });
});
