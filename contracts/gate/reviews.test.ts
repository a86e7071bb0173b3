import { describe, expect, test } from "vitest";
import { evaluateSeen } from "./evaluate.ts";
import type { ForgeState } from "./snapshot.ts";
import { approval, failing, type Review, reviewer, seen, threadsWith } from "./test-earned.ts";

const objection: Review = { ...approval, state: "CHANGES_REQUESTED" };
const gate = (forge: Partial<ForgeState>) => evaluateSeen(seen({ forge }));

describe("whose review counts", () => {
  const nobody = "review: no appointed reviewer has approved this head (the author's approval does not count)";
  const against = (login: string) => `review: changes requested by ${login}`;
  const bob = { reviewer: "bob", trusted: true, appointed: false };
  const stranger = { reviewer: "mallory", trusted: false, appointed: false };

  test.each<[string, readonly Review[], string]>([
    ["the author's own approval", [{ ...approval, reviewer: "dev-e[bot]" }], nobody],
    ["an approval of an earlier head", [{ ...approval, headSha: "h0" }], nobody],
    ["a person's approval without the appointed reviewer's", [{ ...approval, ...bob }], nobody],
    ["a stranger's approval", [{ ...approval, ...stranger }], nobody],
    ["a comment", [{ ...approval, state: "COMMENTED" }], nobody],
    ["an approval that was dismissed", [{ ...approval, state: "DISMISSED" }], nobody],
    ["a review that is not submitted", [{ ...approval, state: "PENDING" }], nobody],
    ["an approval that the reviewer took back", [approval, objection], against(reviewer)],
    ["an objection to an earlier head", [{ ...objection, headSha: "h0" }], against(reviewer)],
    ["an approval beside another's objection", [{ ...objection, ...bob }, approval], against("bob")],
    ["an approval before another's objection", [approval, { ...objection, ...bob }], against("bob")],
    [
      "an objection that an agent dismissed",
      [approval, { ...objection, ...bob, note: "dismissed by dev-e[bot]" }],
      against("bob (dismissed by dev-e[bot])"),
    ],
    [
      "an objection that is only commented on later",
      [approval, { ...objection, ...bob }, { ...approval, ...bob, state: "COMMENTED" }],
      against("bob"),
    ],
  ])("%s does not let it pass", (_name, reviews, reason) => {
    expect(failing(gate({ reviews }))).toEqual([reason]);
  });

  test.each<[string, readonly Review[]]>([
    ["the reviewer's own later approval clears an objection", [{ ...objection, headSha: "h0" }, approval]],
    ["a dismissed objection is none", [approval, { ...objection, ...bob, state: "DISMISSED" }]],
    ["a stranger's objection holds nothing", [approval, { ...objection, ...stranger }]],
    ["a comment after the approval leaves it standing", [approval, { ...approval, state: "COMMENTED" }]],
  ])("%s", (_name, reviews) => {
    expect(failing(gate({ reviews }))).toEqual([]);
  });

  test("an approval from before the issue was approved on another text does not let it pass", () => {
    const since = (textSince: string) => failing(evaluateSeen(seen({ issue: { textSince } })));
    expect(since("2026-01-01T10:59:00.000Z")).toEqual([]);
    // The clocks of GitHub and of the rig may differ by a minute.
    expect(since("2026-01-01T11:01:00.000Z")).toEqual([]);
    expect(since("2026-01-01T12:00:00.000Z")).toEqual([
      "review: the approval is of an earlier text of the issue: a person has to merge, or another head follows",
    ]);
  });

  test("an approval whose marker is of another text does not let it pass, whenever it was posted", () => {
    const marked = { ...approval, submittedAt: "2026-01-01T12:00:00Z", textSha256: "b" };
    const gateOf = (approvedText: string) =>
      failing(evaluateSeen(seen({ approvedText, forge: { reviews: [marked] } })));
    expect(gateOf("b")).toEqual([]);
    expect(gateOf("a")).toEqual([expect.stringMatching(/^review: the approval is of an earlier text/)]);
  });

  test("one approval of the text lets it pass, also beside another reviewer's of an earlier one", () => {
    const marked = (name: string, textSha256: string): Review => ({ ...approval, reviewer: name, textSha256 });
    const reviews = [marked(reviewer, "b"), marked("second[bot]", "a")];
    for (const order of [reviews, reviews.toReversed()]) {
      expect(failing(evaluateSeen(seen({ approvedText: "b", forge: { reviews: order } })))).toEqual([]);
    }
  });

  test.each<[string, string | null, string | null, boolean]>([
    ["of the merge base of now lets it pass", "b1", "b1", true],
    ["of another merge base than GitHub shows now does not let it pass", "b0", "b1", false],
    ["that names no merge base lets it pass", null, "b1", true],
    ["lets it pass where the base is to be merged into the head anyway", "b0", null, true],
  ])("an approval %s", (_name, reviewed, mergeBase, passes) => {
    const reviews = [{ ...approval, mergeBase: reviewed }];
    const moved =
      "review: the approval is from before main got or lost commits of this head: a person has to dismiss it for another review, or to merge";
    expect(failing(gate({ reviews, mergeBase }))).toEqual(passes ? [] : [moved]);
  });

  test("one approval lets it pass that is of the text and of the merge base of now, and two do not that are of one each", () => {
    const ofText: Review = { ...approval, reviewer: "second[bot]", textSha256: "b", mergeBase: "b0" };
    const passesWith = (textSha256: string) => {
      const reviews = [{ ...approval, textSha256, mergeBase: "b1" }, ofText];
      return evaluateSeen(seen({ approvedText: "b", forge: { reviews } })).passed;
    };
    expect([passesWith("b"), passesWith("a")]).toEqual([true, false]);
  });

  test("a reviewer who was renamed is another one, whose approval does not clear the old name's objection", () => {
    const renamed = { ...approval, reviewer: "reviewer[bot]" };
    expect(failing(gate({ reviews: [objection, renamed] }))).toEqual([against(reviewer)]);
  });
});

test("a comment that held the merge, and that somebody deleted unseen, leaves the merge to a person", () => {
  const gone =
    "2 comments that held the merge are gone, and GitHub did not tell who deleted them: a person has to merge";
  expect(failing(evaluateSeen(seen({ gone: 2 })))).toEqual([`threads: ${gone}`]);
  const open = { threads: threadsWith(1) };
  expect(failing(evaluateSeen(seen({ gone: 2, forge: open })))).toEqual([`threads: 1 review thread is open; ${gone}`]);
});

test("a stranger's thread holds nothing, and the person is told that it is left aside", () => {
  const threadsOf = (holding: number) =>
    gate({ threads: threadsWith(holding, { leftAside: 2 }) }).checks.find(({ name }) => name === "threads");
  expect(gate({ threads: threadsWith(0, { leftAside: 2 }) }).passed).toBe(true);
  expect(threadsOf(0)).toEqual({
    name: "threads",
    passed: true,
    why: "none is open; 2 of strangers hold nothing and are left aside",
    leftAside: 2,
  });
  expect(threadsOf(1)).toMatchObject({
    passed: false,
    why: "1 review thread is open; 2 of strangers hold nothing and are left aside",
  });
});
