import { describe, expect, test } from "vitest";
import * as given from "./test-history.ts";

const { decided, assigned, change, fact, issue, nothing, oneRun, opened, outcome, queued, succeeded } = given;

const delivered = [...oneRun, succeeded(1)];
const requested = fact("MERGE_REQUESTED", { prNumber: 9, headSha: "h1" });
const refused = (asksPerson?: boolean) =>
  fact("MERGE_FAILED", {
    ...{ prNumber: 9, headSha: "h1", reason: "merge: GitHub answered 405", details: null },
    ...(asksPerson === undefined ? {} : { asksPerson }),
  });

describe("a merge that GitHub refuses", () => {
  test("for good asks a person, with GitHub's words", () => {
    const decision = decided(refused(true), {
      issue: issue(...delivered, requested, refused(true)),
      change: change(opened("h1")),
    });
    expect(outcome(decision)).toEqual(["ISSUE_NEEDS_HUMAN"]);
    expect(decision.facts[0]?.data).toMatchObject({
      reason: "GitHub refuses the merge of #9, for which the gate is open: merge: GitHub answered 405",
    });
  });

  test.each([
    ["the gate asks again", refused(false), delivered],
    ["an earlier rig said it", refused(), delivered],
    ["an attempt is under way by then", refused(true), [...delivered, queued(2, "fix"), assigned(2)]],
  ])("asks nobody when %s", (_name, failed, history) => {
    const life = issue(...history, ...(history === delivered ? [requested, failed] : []));
    expect(decided(failed, { issue: life, change: change(opened("h1")) })).toEqual(nothing);
  });
});
