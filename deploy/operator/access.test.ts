import { expect, test } from "vitest";
import type { DataOf } from "#contracts/catalogue.ts";
import type { Fact } from "#contracts/envelope.ts";
import { type IssueLife, unknownIssue } from "#contracts/issue-life.ts";
import { issueStates } from "#contracts/issue-run.ts";
import { factOf } from "#contracts/test-facts.ts";
import { type ApprovedIssue, accessFindings } from "./access.ts";

const at = (hour: number) => `2026-01-02T0${hour}:00:00.000Z`;
const issue = (name: string, number: number, life: Partial<IssueLife> = {}, approvedAt = at(1)): ApprovedIssue => {
  const [owner = "", repo = ""] = name.split("/");
  return {
    at: { owner, repo, number },
    approvedAtMs: Date.parse(approvedAt),
    life: { ...unknownIssue, state: "in_review", ...life },
  };
};
const moved = (from: string, to: string, hour: number) => {
  const [fromOwner = "", fromRepo = ""] = from.split("/");
  const [owner = "", repo = ""] = to.split("/");
  return factOf("REPOSITORY_MOVED", { fromOwner, fromRepo, owner, repo }, { occurredAt: at(hour) });
};
const installation = (action: DataOf<"INSTALLATION_CHANGED">["action"], more = {}) =>
  factOf("INSTALLATION_CHANGED", { action, installationId: 1, appId: 4, account: "acme", ...more });
const found = (facts: readonly Fact[], issues: readonly ApprovedIssue[] | null) =>
  accessFindings({ facts, issues }).map(({ state, seen }) => `${state}: ${seen}`);
const well = ["well: no App was taken away and no repository moved where issues are under way"];

test("a moved repository is shown with the issues that are under way under its name before, and what to do", () => {
  const [finding, ...others] = accessFindings({
    facts: [moved("acme/shop", "acme/store", 2), moved("Acme/Store", "umbrella/store", 3)],
    issues: [issue("acme/shop", 7), issue("acme/shop", 9, { state: "queued" }), issue("acme/other", 7)],
  });
  expect(others).toEqual([]);
  expect(finding).toMatchObject({
    state: "ill",
    seen: "acme/shop is umbrella/store now, and under the name before 2 issues are under way: acme/shop#7, acme/shop#9",
    mend: expect.stringContaining("take the label off and set it again"),
  });
});

test("of a moved repository nothing is shown when no issue is under way, it moved back, or the name is another one's", () => {
  const there = [moved("acme/shop", "acme/store", 2)];
  const settled = issueStates.filter((state) => ["new", "done", "cancelled", "needs_human"].includes(state));
  expect(
    found(
      there,
      settled.map((state, number) => issue("acme/shop", number, { state })),
    ),
  ).toEqual(well);
  expect(found([...there, moved("acme/store", "acme/shop", 3)], [issue("acme/shop", 7)])).toEqual(well);
  expect(found(there, [issue("acme/shop", 7, {}, at(3))])).toEqual(well);
});

test("an issue of a moved repository is not shown any more once its label is changed, or it is closed, under the name of now", () => {
  const there = [moved("acme/shop", "acme/store", 2)];
  const before = issue("acme/shop", 7);
  expect(found(there, [before, issue("acme/store", 7, { state: "new" })])).toHaveLength(1);
  expect(found(there, [before, issue("acme/store", 7, { state: "new" })])).not.toEqual(well);
  expect(found(there, [before, issue("acme/store", 7, { state: "new", closed: true })])).toEqual(well);
  expect(found(there, [before, issue("acme/store", 7, { labelChangedAt: at(3) })])).toEqual(well);
});

test.each([
  ["deleted", "taken away from", "install it there again"],
  ["suspend", "suspended at", "end the suspension"],
] as const)("an App that was %s is shown where issues are under way, and what to do", (action, what, mend) => {
  const many = [1, 2, 3, 4, 5, 6, 7].map((number) => issue("Acme/shop", number));
  const named = "Acme/shop#1, Acme/shop#2, Acme/shop#3, Acme/shop#4, Acme/shop#5 and 2 more";
  const [finding] = accessFindings({ facts: [installation(action)], issues: many });
  const seen = `App 4 was ${what} acme, where 7 issues are under way: ${named}`;
  expect(finding).toMatchObject({ state: "ill", seen, mend: expect.stringContaining(mend) });
  expect(found([installation(action)], [issue("umbrella/shop", 1)])).toEqual(well);
  expect(found([installation(action, { account: "" })], [issue("umbrella/shop", 1)])).toEqual([
    `ill: App 4 was ${what} an account, where 1 issue is under way: umbrella/shop#1`,
  ]);
});

test("an App that was installed again, or another one, is well", () => {
  const issues = [issue("acme/shop", 7)];
  for (const back of ["created", "unsuspend"] as const) {
    const again = installation(back, { installationId: 2 });
    expect(found([installation("suspend"), again], issues)).toEqual(well);
    expect(found([again, installation("deleted", { appId: 5 })], issues)).toHaveLength(1);
  }
  expect(found([], issues)).toEqual(well);
});

test("access is not shown where the database does not answer", () => {
  expect(found([installation("deleted")], null)).toEqual([]);
});
