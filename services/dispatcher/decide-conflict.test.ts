import { describe, expect, test } from "vitest";
import type { Fact } from "#contracts/envelope.ts";
import type { IssueFact } from "#contracts/issue-life.ts";
import * as given from "./test-history.ts";

const { decided, assigned, change, fact, issue, nothing, oneRun, opened, outcome, prCreated, pushed, queued } = given;
const { succeeded } = given;

const conflictOf = (headSha: string) => fact("MERGE_CONFLICT", { prNumber: 9, headSha });
const [, ...rest] = oneRun;
const attempts = [...oneRun, queued(2, "fix"), assigned(2), prCreated(2), succeeded(2, "h2")];

const orders = <Entry>(entries: readonly Entry[]): readonly (readonly Entry[])[] =>
  entries.length === 0
    ? [[]]
    : entries.flatMap((entry, at) => orders(entries.toSpliced(at, 1)).map((others) => [entry, ...others]));

describe("a conflict is fixed once, in whichever order it is delivered with the end of the run and with the head:", () => {
  type Delivered = Fact<"PR_OPENED" | "PR_SYNCHRONIZED" | "RUN_SUCCEEDED" | "MERGE_CONFLICT">;
  test.each<[string, readonly IssueFact[], readonly Fact<"PR_OPENED">[], readonly Delivered[]]>([
    ["of a new change", oneRun, [], [opened("h1"), succeeded(1), conflictOf("h1")]],
    ["of a push", attempts, [opened("h1")], [pushed("h2"), succeeded(2, "h2"), conflictOf("h2")]],
  ])("%s", (_name, ended, before, deliveries) => {
    for (const order of orders(deliveries)) {
      // The gate records a conflict only after the run has ended, so its end is stored before both.
      const issueFacts: IssueFact[] = [...ended];
      const changeFacts: Fact<"PR_OPENED" | "PR_SYNCHRONIZED">[] = [...before];
      const fixes: string[] = [];
      for (const delivery of order) {
        if (delivery.type === "MERGE_CONFLICT") issueFacts.push(delivery);
        else if (delivery.type !== "RUN_SUCCEEDED") changeFacts.push(delivery);
        const decision = decided(delivery, { issue: issue(...issueFacts), change: change(...changeFacts) });
        fixes.push(...outcome(decision).filter((what) => what.startsWith("ISSUE_QUEUED")));
        issueFacts.push(...given.stored(decision));
      }
      const at = order.map(({ type }) => type).join(", ");
      expect(fixes, at).toEqual([`ISSUE_QUEUED ${issue(...ended).attempt + 1} fix`]);
    }
  });
});

describe("a conflict of a head that is past", () => {
  const replaced = fact("PR_SYNCHRONIZED", { ...pushed("h2").data, prevSha: "h1" });
  const life = issue(...oneRun, conflictOf("h1"));

  test("queues nothing, and a fix once a push brings that head back", () => {
    const past = change(opened("h1"), replaced);
    expect(decided(conflictOf("h1"), { issue: life, change: past })).toEqual(nothing);
    const back = fact("PR_SYNCHRONIZED", { ...pushed("h1").data, prevSha: "h2" });
    const returned = change(opened("h1"), replaced, back);
    expect(outcome(decided(back, { issue: life, change: returned }))).toEqual(["ISSUE_QUEUED 2 fix", "work dev fix 2"]);
    expect(outcome(decided(replaced, { issue: life, change: past }))).toEqual(["work review review 1"]);
  });

  test("leads to a fix where its push is not delivered yet: GitHub showed that head to the gate", () => {
    expect(outcome(decided(conflictOf("h2"), { issue: life, change: change(opened("h1")) }))).toEqual([
      "ISSUE_QUEUED 2 fix",
      "work dev fix 2",
    ]);
  });

  test("queues nothing while its change is closed, and a fix once it is opened again", () => {
    const past = change(opened("h1"), given.prClosed("unmerged"));
    expect(decided(conflictOf("h1"), { issue: life, change: past })).toEqual(nothing);
    const reopened = fact("PR_REOPENED", opened("h1").data);
    const returned = change(opened("h1"), given.prClosed("unmerged"), reopened);
    expect(outcome(decided(reopened, { issue: life, change: returned }))).toEqual([
      "ISSUE_QUEUED 2 fix",
      "work dev fix 2",
    ]);
  });
});

test("a conflict beyond the rounds of fixes asks a person, also before the head's delivery", () => {
  const life = issue(given.approvedWith({ fixRoundsMax: 0 }), ...rest, conflictOf("h1"));
  expect(outcome(decided(conflictOf("h1"), { issue: life }))).toEqual(["REVIEW_LOOP_EXCEEDED", "ISSUE_NEEDS_HUMAN"]);
});
