import { describe, expect, test } from "vitest";
import { factsOf } from "#contracts/delivery-facts.ts";
import type { IssueFact } from "#contracts/issue-life.ts";
import { approvalOf, labelOf } from "#contracts/test-facts.ts";
import { isLost, lateSeconds } from "./decide.ts";
import { type IssueSeen, isLabelKnown, labelOn, missingOnIssue } from "./decide-issue.ts";
import { at, fact, noon, repository, typesOf } from "./test-seen.ts";

// Given what the rig knows of an issue and what GitHub has now; then what the rig lacks.

const labelAt = (minutes: number) =>
  ({ change: "labeled", sender: { login: "ada", type: "User" }, at: at(minutes) }) as const;

describe("an issue", () => {
  const labelled: IssueSeen = {
    repository,
    issue: {
      number: 1,
      title: "Sell",
      body: "Do",
      labels: [{ name: "agent-ready" }],
      state_reason: null,
      updated_at: noon,
    },
    closed: null,
    label: labelAt(0),
    editedAt: null,
  };
  const closed: IssueSeen = { ...labelled, label: null, closed: { by: "bob", at: noon } };
  const told = fact("ISSUE_LABELED", labelOf({ updatedAt: noon }));
  const approved = fact("ISSUE_APPROVED", approvalOf());
  const needsHuman = fact("ISSUE_NEEDS_HUMAN", { reason: "stuck", details: null });
  const missing = (seen: IssueSeen, ...history: readonly IssueFact[]) => missingOnIssue(seen, history);

  test("whose label was never delivered lacks ISSUE_LABELED, in the words of a delivery", () => {
    expect(missing(labelled)).toEqual([
      {
        at: noon,
        draft: {
          type: "ISSUE_LABELED",
          on: { kind: "issue", owner: "acme", repo: "widgets", number: 1 },
          data: {
            label: "agent-ready",
            labels: ["agent-ready"],
            title: "Sell",
            body: { text: "Do" },
            sender: "ada",
            senderType: "User",
            defaultBranch: "main",
            updatedAt: noon,
          },
        },
      },
    ]);
  });

  test.each<[string, readonly IssueFact[]]>([
    ["was told of and not decided on yet", [told]],
    ["is worked on since its label was set", [told, approved]],
    ["is settled since its label was set", [told, approved, needsHuman]],
  ])("that %s lacks nothing", (_name, history) => {
    expect(missing(labelled, ...history)).toEqual([]);
  });

  const removed = (minutes: number) =>
    fact("ISSUE_UNLABELED", { label: "agent-ready", sender: "ada", updatedAt: at(minutes) });

  test("that was labelled again lacks the second label, whether it is settled, worked on, or both deliveries are lost", () => {
    const again = { ...labelled, label: labelAt(5) };
    expect(typesOf(missing(again, told, approved, needsHuman))).toEqual(["ISSUE_LABELED"]);
    expect(typesOf(missing(again, told, approved, removed(5)))).toEqual(["ISSUE_LABELED"]);
    expect(typesOf(missing(again, told, approved))).toEqual(["ISSUE_LABELED"]);
    const second = fact("ISSUE_LABELED", labelOf({ updatedAt: at(5) }));
    expect(missing(again, told, approved, removed(5), second)).toEqual([]);
  });

  test("whose label was taken off and set again within a second lacks the second one, unless its delivery came first", () => {
    expect(typesOf(missing(labelled, told, approved, removed(0)))).toEqual(["ISSUE_LABELED"]);
    const later = fact("ISSUE_LABELED", labelOf({ updatedAt: at(1) }));
    expect(isLabelKnown(at(1), [told, approved, later, removed(0)])).toBe(true);
  });

  test("is known with a label of the same second or the one before: two times of GitHub's about one moment may differ", () => {
    expect(isLabelKnown("2026-01-02T12:00:01Z", [told])).toBe(true);
    expect(isLabelKnown("2026-01-02T12:00:02Z", [told])).toBe(false);
  });

  test("whose text was edited after its label lacks the label with the time of the edit: nobody approved that text", () => {
    const edited = missing({ ...labelled, editedAt: at(1) });
    expect(edited).toMatchObject([{ draft: { type: "ISSUE_LABELED", data: { sender: "ada", editedAt: at(1) } } }]);
    expect(missing({ ...labelled, editedAt: at(0) })).toMatchObject([{ draft: { data: { editedAt: at(0) } } }]);
    const [whole] = missing({ ...labelled, editedAt: at(-1) });
    expect(whole?.draft.data).not.toHaveProperty("editedAt");
  });

  const taken: IssueSeen = {
    ...labelled,
    issue: { ...labelled.issue, labels: [], updated_at: at(5) },
    label: { ...labelAt(5), change: "unlabeled" },
  };

  test("whose label was taken off while the rig works on it lacks what a delivery of that is, once", () => {
    const payload = { ...taken, action: "unlabeled", label: { name: "agent-ready" }, sender: labelAt(5).sender };
    const delivered = factsOf({ event: "issues", payload });
    expect(typesOf(missing(taken, told, approved))).toEqual(["ISSUE_UNLABELED"]);
    expect(missing(taken, told, approved).map(({ draft }) => draft)).toEqual(delivered);
    expect(missing(taken, told, approved, removed(5))).toEqual([]);
    expect(missing(taken, told, approved, needsHuman)).toEqual([]);
  });

  test("whose label GitHub still shows after its removal was told lacks nothing: its answer is of before", () => {
    expect(missing(labelled, told, approved, removed(5))).toEqual([]);
    expect(isLabelKnown(at(0), [told, approved, removed(5)])).toBe(true);
  });

  test("whose label was off, on again, and is off for good lacks the last removal", () => {
    expect(typesOf(missing(taken, told, approved, removed(3)))).toEqual(["ISSUE_UNLABELED"]);
  });

  test("that GitHub shows as it was before its label lacks no removal", () => {
    const before = fact("ISSUE_LABELED", labelOf({ updatedAt: at(6) }));
    expect(missing(taken, before, approved)).toEqual([]);
  });

  describe("has its label", () => {
    const event = (kind: string, minutes: number, label = "agent-ready") => {
      return { event: kind, actor: { login: "ada", type: "User" }, at: at(minutes), label };
    };
    const ada = { login: "ada", type: "User" };
    const nobody = { login: "", type: "" };
    const history = [event("labeled", 1), event("unlabeled", 2), event("labeled", 3), event("renamed", 4, "")];

    test("since it was set last, and nobody knows by whom while no event says it", () => {
      expect(labelOn(labelled.issue, history)).toEqual({ change: "labeled", sender: ada, at: at(3) });
      expect(labelOn(labelled.issue, [event("labeled", 1, "bug")])).toBeNull();
    });

    test("not since somebody took it off", () => {
      const events = [...history, event("unlabeled", 5), event("unlabeled", 6, "bug")];
      expect(labelOn(taken.issue, events)).toEqual({ change: "unlabeled", sender: ada, at: at(5) });
    });

    test.each([
      ["the label was deleted in the repository", history],
      ["the label has another name in the repository", [event("labeled", 1, "ready")]],
    ])("not, and by nobody, where no event says who took it off: %s", (_why, events) => {
      expect(labelOn(taken.issue, events)).toEqual({ change: "unlabeled", sender: nobody, at: at(5) });
      const lacks = missing({ ...taken, label: labelOn(taken.issue, events) }, told, approved);
      const data = { label: "agent-ready", sender: "", updatedAt: at(5) };
      expect(lacks).toMatchObject([{ at: at(5), draft: { type: "ISSUE_UNLABELED", data } }]);
    });
  });

  test("that is closed while the rig works on it, or a person is asked, lacks ISSUE_CLOSED by whoever closed it", () => {
    const draft = { type: "ISSUE_CLOSED", data: { sender: "bob", stateReason: null, updatedAt: noon } };
    expect(missing(closed, told, approved)).toMatchObject([{ at: noon, draft }]);
    expect(missing(closed, told, approved, needsHuman)).toMatchObject([{ at: noon, draft }]);
  });

  test.each<[string, readonly IssueFact[]]>([
    ["the rig was never told of", []],
    ["the rig was told of", [told, approved, fact("ISSUE_CLOSED", { sender: "bob", stateReason: null })]],
    ["is cancelled", [told, approved, fact("ISSUE_CANCELLED", { reason: "enough" })]],
  ])("that is closed and %s lacks nothing", (_name, history) => {
    expect(missing(closed, ...history)).toEqual([]);
  });
});

test("a fact is lost a minute after it happened, and as late as the tick says", () => {
  const [missing] = missingOnIssue(
    {
      repository,
      issue: { number: 1, title: "", body: null },
      closed: null,
      label: labelAt(0),
      editedAt: null,
    },
    [],
  );
  if (missing === undefined) throw new Error("nothing is missing");
  expect([isLost(missing, at(0.99)), isLost(missing, at(1))]).toEqual([false, true]);
  expect([lateSeconds(noon, at(2)), lateSeconds(noon, at(-2))]).toEqual([120, 0]);
});
