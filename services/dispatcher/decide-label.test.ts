import { describe, expect, test } from "vitest";
import type { Fact } from "#contracts/envelope.ts";
import type { IssueStanding } from "#contracts/issue-label.ts";
import type { IssueFact } from "#contracts/issue-life.ts";
import { labelOf } from "#contracts/test-facts.ts";
import type { SenderStanding } from "./decide-label.ts";
import * as given from "./test-history.ts";

const { decided, approved, assigned, issue, nothing, oneRun, queued, outcome, open } = given;
const firstAttempt = ["ISSUE_APPROVED", "ISSUE_QUEUED 1 implement", "work dev implement 1"];
const label = (more: Partial<Fact<"ISSUE_LABELED">["data"]>) =>
  given.fact("ISSUE_LABELED", labelOf({ defaultBranch: "trunk", ...more }));

describe("a label that GitHub does not confirm approves nothing, and says what to do:", () => {
  const again = "take the label agent-ready off and set it again";

  test.each<[string, IssueStanding | null, string]>([
    ["the issue is closed", { ...open, open: false }, `the issue is closed: open it, then ${again}`],
    [
      "the label is off again",
      { ...open, labelled: false },
      "the label is not on the issue any more: set agent-ready again",
    ],
    [
      "the title was edited after the label",
      { ...open, title: "Sell everything" },
      `the issue was edited after ada set the label: read it, then ${again}`,
    ],
    [
      "the body was edited after the label",
      { ...open, bodySha256: "0".repeat(64) },
      `the issue was edited after ada set the label: read it, then ${again}`,
    ],
    [
      "the issue was deleted, or moved to another repository",
      null,
      "the issue is not in this repository any more: set agent-ready where it is now",
    ],
  ])("%s", (_name, standing, reason) => {
    expect(decided(given.labeled(), { standing })).toEqual({
      facts: [{ type: "ISSUE_LABEL_REFUSED", on: given.labeled().on, data: { sender: "ada", reason, details: null } }],
      work: [],
    });
  });

  test.each<[string, Partial<Fact<"ISSUE_LABELED">["data"]>, SenderStanding, string]>([
    [
      "somebody who may not write set it",
      {},
      { type: "User", mayWrite: false },
      `ada may not write to this repository: ask somebody with write permission to ${again}`,
    ],
    [
      "the text was edited after it, as the reconciler says whose fact has the later text",
      { editedAt: "2026-01-02T03:04:06Z" },
      { type: "User", mayWrite: true },
      `the issue was edited after ada set the label: read it, then ${again}`,
    ],
    [
      "a bot set it that the policy does not name",
      { sender: "triage[bot]", senderType: "Bot" },
      { type: "none", mayWrite: false },
      `triage[bot] is a bot that labels.bots in facts/policy.yaml does not name: ask somebody with write permission to ${again}`,
    ],
    [
      "a bot set it that may write",
      { sender: "triage[bot]", senderType: "Bot" },
      { type: "Bot", mayWrite: true },
      `triage[bot] is a bot that labels.bots in facts/policy.yaml does not name: ask somebody with write permission to ${again}`,
    ],
    [
      "the delivery calls somebody a person and GitHub does not",
      {},
      { type: "Bot", mayWrite: true },
      `ada is no person by GitHub: ask somebody with write permission to ${again}`,
    ],
    [
      "an account set it that is neither person nor bot",
      { senderType: "Other" },
      { type: "Organization", mayWrite: true },
      `ada is no person by GitHub: ask somebody with write permission to ${again}`,
    ],
  ])("%s", (_name, data, account, reason) => {
    const decision = decided(label(data), { account, bots: ["other[bot]"] });
    expect(outcome(decision)).toEqual(["ISSUE_LABEL_REFUSED"]);
    expect(decision.facts[0]?.data).toMatchObject({ reason });
  });

  test("a bot that the policy names approves, in whatever letter case, and a person by the same name does not", () => {
    const bots = ["Triage[bot]"];
    const byBot = label({ sender: "triage[bot]", senderType: "Bot" });
    const account = { type: "none", mayWrite: false };
    expect(outcome(decided(byBot, { account, bots }))).toEqual(firstAttempt);
    const byPerson = label({ sender: "triage[bot]", senderType: "User" });
    expect(outcome(decided(byPerson, { account, bots }))).toEqual(["ISSUE_LABEL_REFUSED"]);
  });

  test("an agent or a reviewer set it, a user who may write: the rig does not approve its own work", () => {
    const byAgent = label({ sender: "rig-dev-e" });
    const decision = decided(byAgent, { byRig: true, bots: ["rig-dev-e[bot]"] });
    const reason = `rig-dev-e is in RIG_AGENT_LOGINS or RIG_REVIEWER_LOGINS, so no person: ask somebody with write permission to ${again}`;
    expect(outcome(decision)).toEqual(["ISSUE_LABEL_REFUSED"]);
    expect(decision.facts[0]?.data).toMatchObject({ sender: "rig-dev-e", reason });
    expect(outcome(decided(byAgent, { byRig: false }))).toEqual(firstAttempt);
  });

  test("and neither asks for the repository's file nor queues anything", () => {
    const config = { wrong: { reason: "no file", details: null } };
    expect(outcome(decided(given.labeled(), { standing: { ...open, open: false }, config }))).toEqual([
      "ISSUE_LABEL_REFUSED",
    ]);
  });
});

test.each<[string, readonly IssueFact[]]>([
  ["new", []],
  ["done", [...oneRun, given.merged("2026-01-01T11:00:00.000Z"), given.done]],
  ["a person's", [...oneRun, given.needsHuman]],
  ["cancelled", [...oneRun, given.cancelled]],
])("a label that is refused leaves an issue that is %s as it is", (_name, history) => {
  const before = issue(...history);
  const refused = decided(given.labeled(), { issue: before, standing: { ...open, labelled: false } });
  const after = issue(...history, given.labeled(), ...given.stored(refused));
  expect(after).toMatchObject({ state: before.state, attempt: before.attempt });
  expect(after.refusal).toMatch(/^the label is not on the issue any more/);
});

describe("the label is set while the rig works on the issue, so it was off in between:", () => {
  const working = issue(approved, queued(1), assigned(1));
  const edited = label({ title: "Sell everything" });
  const asEdited = { ...open, title: "Sell everything" };

  test("on the same text the work goes on, which is told once, because the gate waits for it", () => {
    expect(decided(given.labeled(), { issue: working })).toEqual(nothing);
    const setAgain = [approved, queued(1), assigned(1), given.labeled()];
    const confirmed = decided(given.labeled(), { issue: issue(...setAgain) });
    expect(outcome(confirmed)).toEqual(["ISSUE_LABEL_CONFIRMED"]);
    const told = issue(...setAgain, ...given.stored(confirmed));
    expect(decided(given.labeled(), { issue: told })).toEqual(nothing);
  });

  const anotherBody = { ...given.approved.data.body, sha256: "b".repeat(64) };

  test.each<[string, Fact<"ISSUE_LABELED">, IssueStanding]>([
    ["title", edited, asEdited],
    ["body under the same title", label({ body: anotherBody }), { ...open, bodySha256: anotherBody.sha256 }],
  ])("on another %s the work ends, and the edited text is approved and queued", (_name, again, standing) => {
    const decision = decided(again, { issue: working, standing });
    expect(outcome(decision)).toEqual([
      "ISSUE_CANCELLED",
      "ISSUE_APPROVED",
      "ISSUE_QUEUED 2 implement",
      "work dev implement 2",
    ]);
    const { title, body } = again.data;
    expect(decision.facts[1]?.data).toMatchObject({ title, body });
    expect(decision.work[0]).toMatchObject({ title });
  });

  test("if it is refused, the work ends: nobody who may has approved it now", () => {
    const account = { type: "User", mayWrite: false };
    expect(outcome(decided(given.labeled(), { issue: working, account }))).toEqual([
      "ISSUE_LABEL_REFUSED",
      "ISSUE_CANCELLED",
    ]);
  });

  test("also while a merge is asked for, because that may fail: the edited text is approved and not forgotten", () => {
    const asked = issue(...oneRun, given.mergeRequested);
    const decision = decided(edited, { issue: asked, standing: asEdited });
    expect(outcome(decision)).toEqual([
      "ISSUE_CANCELLED",
      "ISSUE_APPROVED",
      "ISSUE_QUEUED 2 implement",
      "work dev implement 2",
    ]);
    const after = issue(...oneRun, given.mergeRequested, ...given.stored(decision));
    expect(after).toMatchObject({ state: "queued", title: "Sell everything", mergeRequested: null });
    expect(decided(given.labeled(), { issue: asked })).toEqual(nothing);
  });

  test.each<[string, readonly IssueFact[], IssueStanding]>([
    ["the merge has closed the issue", [...oneRun, given.mergeRequested], { ...asEdited, open: false }],
    ["the change is merged", [...oneRun, given.merged("2026-01-01T11:00:00.000Z")], asEdited],
  ])("once %s, nothing follows", (_name, history, standing) => {
    expect(decided(edited, { issue: issue(...history), standing })).toEqual(nothing);
  });
});

describe("the label is taken off", () => {
  test.each<[string, readonly IssueFact[]]>([
    ["queued", [approved, queued(1)]],
    ["worked on", [approved, queued(1), assigned(1)]],
    ["in review", oneRun],
    ["about to be merged", [...oneRun, given.mergeRequested]],
    ["failed", [approved, queued(1), assigned(1), given.failed(1)]],
  ])("while the issue is %s: it is cancelled, and whoever holds it loses the claim", (_name, history) => {
    const decision = decided(given.unlabeled, { issue: issue(...history) });
    expect(decision.facts).toEqual([
      { type: "ISSUE_CANCELLED", on: given.unlabeled.on, data: { reason: "ada took the label agent-ready off" } },
    ]);
    expect(issue(...history, given.cancelled)).toMatchObject({ state: "cancelled", holder: null });
  });

  test("and GitHub has it on the issue again by now: the later label decides", () => {
    expect(decided(given.unlabeled, { issue: issue(...oneRun), standing: open })).toEqual(nothing);
  });

  test("with the issue, which was deleted or moved: it is cancelled", () => {
    expect(outcome(decided(given.unlabeled, { issue: issue(...oneRun), standing: null }))).toEqual(["ISSUE_CANCELLED"]);
  });

  test.each<[string, readonly IssueFact[]]>([
    ["new", []],
    ["merged", [...oneRun, given.merged("2026-01-01T11:00:00.000Z")]],
    ["done", [...oneRun, given.merged("2026-01-01T11:00:00.000Z"), given.done]],
    ["a person's", [...oneRun, given.needsHuman]],
    ["cancelled", [...oneRun, given.cancelled]],
  ])("while the issue is %s: nothing follows", (_name, history) => {
    expect(decided(given.unlabeled, { issue: issue(...history) })).toEqual(nothing);
  });

  test("and set again by somebody who may: the issue is approved and queued again", () => {
    const again = issue(approved, queued(1), assigned(1), given.cancelled);
    expect(outcome(decided(given.labeled(), { issue: again }))).toEqual([
      "ISSUE_APPROVED",
      "ISSUE_QUEUED 2 implement",
      "work dev implement 2",
    ]);
  });
});

test("a label after all attempts were used up gives as many again", () => {
  const five = [1, 2, 3, 4, 5].flatMap((attempt) => [queued(attempt), assigned(attempt), given.failed(attempt)]);
  const spent = issue(approved, ...five, given.needsHuman);
  expect(spent).toMatchObject({ state: "needs_human", attempts: 5 });
  const decision = decided(given.labeled(), { issue: spent });
  expect(outcome(decision)).toEqual(["ISSUE_APPROVED", "ISSUE_QUEUED 6 implement", "work dev implement 6"]);
  const after = issue(approved, ...five, given.needsHuman, ...given.stored(decision));
  expect(after).toMatchObject({ state: "queued", attempts: 1, failedAttempts: 0 });
});
