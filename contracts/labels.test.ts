import { expect, test } from "vitest";
import { isLargeOk, isManualMerge, isReadyLabel, priorityOf } from "./labels.ts";

test("labels compare as GitHub compares them, in any letter case", () => {
  expect([isReadyLabel("Agent-READY"), isManualMerge("MANUAL-merge"), isLargeOk("Large-PR-ok")]).toEqual([
    ...[true, true, true],
  ]);
  expect([priorityOf(["Priority:HIGH"]), priorityOf(["PRIORITY:low"]), priorityOf(["priority:higher"])]).toEqual([
    ...["high", "low", "normal"],
  ]);
});

test("no letter that looks alike passes for one of the label that approves an issue", () => {
  for (const name of ["agent-ready ", "agent\u2010ready", "a\u0261ent-ready"]) expect(isReadyLabel(name)).toBe(false);
});
