import { describe, expect, test } from "vitest";
import type { ChangeLife } from "#contracts/change-life.ts";
import { type ChangeFact, foldChange } from "#contracts/change-life.ts";
import type { IssueLife } from "#contracts/issue-life.ts";
import { factOf } from "#contracts/test-facts.ts";
import { evaluateSeen } from "./evaluate.ts";
import type { ForgeState } from "./snapshot.ts";
import { commitWith, failing, seen } from "./test-earned.ts";

// The issue itself holds the merge: by GitHub's own answer, or by a delivery on which the dispatcher has not decided yet.

const shown = { open: true, labelled: true, labels: [], textSha256: "" };
const takenOff = "issue: the label agent-ready was taken off #7, so nothing of it is merged";
const otherText =
  "issue: the label agent-ready was set again on another text of #7, and what follows is not decided yet";

const gate = (issue: ForgeState["issue"], life: Partial<IssueLife> = {}) =>
  failing(evaluateSeen(seen({ forge: { issue }, issue: life })));

describe("nothing is merged for an issue", () => {
  test.each<[string, ForgeState["issue"], string]>([
    ["that is closed", { ...shown, open: false }, "issue: #7 was closed, so nothing of it is merged"],
    ["whose label is off", { ...shown, labelled: false }, takenOff],
    ["that is in another repository by now", null, "issue: #7 is not in this repository any more"],
  ])("%s, by GitHub's own answer", (_, issue, reason) => {
    expect(gate(issue)).toEqual([reason]);
  });

  test("whose label was set on another text, as GitHub told", () => {
    const onText = (title: string) => ({ isOn: true, at: "2026-01-01T11:00:00.000Z", title, bodySha256: "b" }) as const;
    const approved = { title: "Sell more", body: { sha256: "b", bytes: 1, subject: "text.acme.shop.7.b" } };
    expect(gate(shown, { ...approved, lastLabel: onText("Sell less") })).toEqual([otherText]);
    expect(gate(shown, { ...approved, body: null, lastLabel: onText("Sell more") })).toEqual([otherText]);
    expect(gate(shown, { ...approved, lastLabel: onText("Sell more") })).toEqual([]);
  });

  test("whose label was taken off, as GitHub told within the last minute, whatever it shows; later only where it shows another text", () => {
    const offAt = (at: string, issue = shown) => gate(issue, { lastLabel: { isOn: false, at } });
    expect(offAt("2026-01-01T11:59:00.000Z")).toEqual([takenOff]);
    expect(offAt("2026-01-01T12:00:01.000Z")).toEqual([takenOff]);
    expect(offAt("2026-01-01T11:58:59.999Z")).toEqual([]);
    expect(offAt("2026-01-01T11:58:59.999Z", { ...shown, textSha256: "another" })).toEqual([otherText]);
  });
});

test("a list of commits from before the head holds the merge: what the head closes is unknown", () => {
  const forge = { commits: commitWith("Sell more").slice(0, 1), commitsCount: 1 };
  const reason = "issue: GitHub lists the commits without the head: what else they close is unknown";
  expect(failing(evaluateSeen(seen({ forge })))).toEqual([reason]);
});

test("the head that the last attempt was to fix is not merged, until another one follows or a push brought it back", () => {
  const heldBy = (headSha: string, change: Partial<ChangeLife> = {}) =>
    failing(evaluateSeen(seen({ issue: { fixOf: { prNumber: 9, headSha }, endedHead: "h2" }, change })));
  const awaited = "issue: the fix of this head has ended, and GitHub does not show its own head yet";
  expect(heldBy("h1")).toEqual([awaited]);
  expect(heldBy("h1", { supersededHeads: ["h0"] })).toEqual([awaited]);
  expect(heldBy("h0")).toEqual([]);
  expect(heldBy("h1", { supersededHeads: ["h1", "h3"] })).toEqual([]);
  expect(heldBy("h1", { supersededHeads: ["h2"] })).toEqual([]);
});

test("a head to fix is not merged because its agent says that it ended with one from before, however late GitHub tells of its push", () => {
  const at = (second: number) => `2026-01-01T10:00:0${second}Z`;
  const told = { title: "t", author: "dev-e[bot]", branch: "feature/issue-7", baseBranch: "main", closes: [7] };
  const opened = factOf("PR_OPENED", { ...told, headSha: "h0", updatedAt: at(1) }, { occurredAt: at(1) });
  const push = (headSha: string, prevSha: string, second: number) =>
    factOf("PR_SYNCHRONIZED", { ...told, headSha, prevSha, updatedAt: at(second) }, { occurredAt: at(9) });
  const heldAfter = (endedHead: string, ...pushes: readonly ChangeFact[]) => {
    const { supersededHeads, headsSince, replacedAt } = foldChange([opened, ...pushes]);
    const issue = { fixOf: { prNumber: 9, headSha: "h1" }, fixSince: at(4), endedHead };
    return failing(evaluateSeen(seen({ issue, change: { supersededHeads, headsSince, replacedAt } })));
  };
  const awaited = "issue: the fix of this head has ended, and GitHub does not show its own head yet";
  expect(heldAfter("h0", push("h1", "h0", 2))).toEqual([awaited]);
  expect(heldAfter("h2", push("h1", "h0", 2))).toEqual([awaited]);
  expect(heldAfter("h2", push("h1", "h2", 6))).toEqual([]);
  // It had come back before its fix.
  const back = [push("h1", "h0", 1), push("h3", "h1", 2), push("h1", "h3", 2)];
  expect(heldAfter("h0", ...back)).toEqual([awaited]);
  expect(heldAfter("h2", ...back)).toEqual([awaited]);
  expect(heldAfter("h2", ...back, push("h1", "h2", 6))).toEqual([]);
  // It came back once more, by pushes of which the last one alone is told.
  expect(heldAfter("h2", ...back, push("h1", "h4", 6))).toEqual([]);
});

test("a fix that failed is called failed, not awaited", () => {
  const issue = { state: "failed", fixOf: { prNumber: 9, headSha: "h1" } } as const;
  expect(failing(evaluateSeen(seen({ issue })))).toEqual([
    "issue: attempt 3 on #7 failed, and what follows is not decided yet",
  ]);
});
