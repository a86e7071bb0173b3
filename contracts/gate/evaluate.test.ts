import { describe, expect, test } from "vitest";
import type { Place } from "#contracts/aggregates.ts";
import type { IssueLife } from "#contracts/issue-life.ts";
import { mergeMessage, mergeMethod } from "./closes.ts";
import { evaluateSeen } from "./evaluate.ts";
import type { ForgeState } from "./snapshot.ts";
import { commitWith, failing, requiring, seen, threadsWith, withBody } from "./test-earned.ts";

const at = { owner: "acme", repo: "shop" };
const unclosed = 'issue: the body has no "Closes #7" that GitHub reads for certain: write it as its first line';
const leftToPerson = "open: the label manual-merge leaves the merge to a person";

const gate = (forge: Partial<ForgeState> = {}, issue: Partial<IssueLife> = {}) => evaluateSeen(seen({ forge, issue }));

test("a pull request that meets every condition passes, and each condition has a reason", () => {
  const evaluation = gate();
  expect(failing(evaluation)).toEqual([]);
  expect(evaluation).toMatchObject({ headSha: "h1", passed: true });
  const names = evaluation.checks.map(({ name }) => name);
  expect(names).toEqual([
    "open",
    "issue",
    "origin",
    "epoch",
    "ci",
    "rules",
    "review",
    "threads",
    "person",
    "tier",
    "mergeable",
  ]);
});

describe("each missing condition prevents the merge by itself, and is named", () => {
  test.each<[string, Partial<ForgeState>, string]>([
    ["closed", { open: false }, "open: the pull request is not open"],
    ["a draft", { draft: true }, "open: the pull request is a draft"],
    [
      "one of two with one head",
      { sameHead: [12] },
      "open: #12 is open with the same head: whatever becomes of one becomes of both",
    ],
    ["a person's to merge", { labels: ["manual-merge"] }, leftToPerson],
    ["of no issue", withBody("Rig-Epoch: 3"), unclosed],
    ["of another issue", withBody("Closes #8\n\nRig-Epoch: 3"), unclosed],
    ["of an issue only mentioned", withBody("See #7\n\nRig-Epoch: 3"), unclosed],
    ["another than the issue's", { number: 10 }, "issue: #7 is worked on in another pull request"],
    ["of a fork", { ownRepository: false }, "origin: the head is in another repository"],
    [
      "on another issue's branch",
      { branch: "feature/issue-70-sell-more" },
      "origin: the head is feature/issue-70-sell-more, which is no branch of #7",
    ],
    ["a stranger's", { author: "mallory", byAgent: false }, "origin: opened by mallory, who is no agent of this rig"],
    ["without an epoch", withBody("Closes #7"), "epoch: the body has epoch none, the current claim is 3"],
    ["of an old claim", withBody("Closes #7\n\nRig-Epoch: 2"), "epoch: the body has epoch 2, the current claim is 3"],
    [
      "of an old claim that quotes the current one",
      withBody("Closes #7\n> Rig-Epoch: 3\nRig-Epoch: 3 or so\nRig-Epoch: 2"),
      "epoch: the body has epoch 2, the current claim is 3",
    ],
    [
      "unreviewed",
      { reviews: [] },
      "review: no appointed reviewer has approved this head (the author's approval does not count)",
    ],
    ["talked about", { threads: threadsWith(2) }, "threads: 2 review threads are open"],
    [
      "talked about in a thread that an agent resolved",
      { threads: threadsWith(2, { notes: ["1 of them resolved by dev-e"] }) },
      "threads: 2 review threads are open; 1 of them resolved by dev-e",
    ],
    [
      "a person's to merge, though an agent took the label off",
      { undone: [{ what: "label", login: "dev-e[bot]" }] },
      "open: the label manual-merge was taken off by dev-e[bot], no person who may write: a person has to set it and take it off",
    ],
    [
      "a person's to merge, though the label is gone",
      { undone: [{ what: "label", login: null }] },
      "open: the label manual-merge was taken off, and GitHub names no person: a person has to set it and take it off",
    ],
    [
      "a person's draft and closed by a person, which an agent undid",
      { undone: (["draft", "closing"] as const).map((what) => ({ what, login: "dev-e" })) },
      "open: the draft that a person made of it was marked as ready by dev-e, no person who may write: a person has to do both again; what a person closed was opened again by dev-e, no person who may write: a person has to close it and open it again",
    ],
    [
      "on a base that was changed, and changed back",
      { baseChanged: true },
      "open: the base was changed, so reviews were of another difference: a person has to merge",
    ],
    [
      "one of more than are read",
      { othersCut: true },
      "open: the issue has more than 10 other pull requests: a person has to merge",
    ],
    [
      "full of more events than are read",
      { eventsCut: true },
      "open: it has more than 1000 events: a person has to merge",
    ],
    ["a person's to merge by a label in other letters", { labels: ["Manual-Merge"] }, leftToPerson],
    [
      "behind a base that demands heads to be up to date",
      { behind: "strict" },
      "mergeable: behind main, with which it has to be tested: the base has to be merged into it",
    ],
    [
      "behind a base into which others merged what it had before",
      { behind: "shared" },
      "mergeable: behind main, and a merge may undo what others merged there: the base has to be merged into it",
    ],
    [
      "of unknown links",
      { linked: null },
      "issue: the linked issues are not known yet: the limit of GitHub's GraphQL API is used up",
    ],
    ["of unknown threads", { threads: null }, "threads: not known yet: the limit of GitHub's GraphQL API is used up"],
    ["in conflict", { mergeable: false }, "mergeable: conflicts with its base"],
    ["not computed", { mergeable: null }, "mergeable: GitHub has not computed it yet"],
  ])("it is %s", (_name, missing, reason) => {
    const evaluation = gate(missing);
    expect(failing(evaluation)).toEqual([reason]);
    expect(evaluation.passed).toBe(false);
  });

  test.each<[string, Partial<IssueLife>, string]>([
    ["was never dispatched", { state: "new" }, "issue: #7 is new, not dispatched"],
    ["was cancelled", { state: "cancelled" }, "issue: #7 is cancelled, not dispatched"],
    ["was given to a person", { state: "needs_human" }, "issue: #7 is needs_human, not dispatched"],
    ["was closed after the merge was requested", { closed: true }, "issue: #7 was closed, so nothing of it is merged"],
    ["has a fix that waits for an agent", { attempt: 4 }, "issue: attempt 4 on #7 has not ended"],
    [
      "has an attempt that failed, of which nobody decided yet what follows",
      { state: "failed" },
      "issue: attempt 3 on #7 failed, and what follows is not decided yet",
    ],
    ["has no pull request of the rig", { pr: null }, "issue: #7 is worked on in another pull request"],
  ])("its issue %s", (_name, life, reason) => {
    expect(failing(gate({}, life))).toEqual([reason]);
  });

  test("its issue is being worked on", () => {
    const holder = { claimId: "c4", epoch: 3, agentId: "dev-e", instanceId: "i", attempt: 3 };
    expect(failing(gate({}, { holder }))).toEqual(["issue: attempt 3 on #7 has not ended"]);
  });
});

test("a change to another branch than the issue's is held", () => {
  expect(failing(gate({ baseBranch: "release" }))).toEqual(["open: the base is release, not main"]);
});

test("a base that is as the facts have it, or of which they have nothing yet, was not changed", () => {
  for (const change of [
    { known: true, baseBranch: "main" },
    { known: false, baseBranch: "evil" },
  ])
    expect(failing(evaluateSeen(seen({ change })))).toEqual([]);
});

test.each([{ retargeted: true }, { known: true, baseBranch: "evil" }])(
  "a change whose base was changed, as a fact or only on GitHub so far, is a person's to merge: %j",
  (change) => {
    expect(failing(evaluateSeen(seen({ change })))).toEqual([expect.stringMatching(/^open: the base was changed/)]);
  },
);

describe("what the merge would close", () => {
  const body = (text: string) => withBody(`Closes #7\n\nRig-Epoch: 3\n\n${text}`);
  const linked = (...places: readonly Place[]) => ({ linked: { places, count: places.length } });

  test.each<[string, Partial<ForgeState>, string]>([
    ["another issue by the body", body("And fixes #8."), "#8 (the body)"],
    ["another issue by a quotation", body("> fixes GH-8"), "#8 (the body)"],
    ["another issue by HTML", body("<b>fixes #8</b>"), "#8 (the body)"],
    ["another repository's issue", body("Fixes acme/other#8"), "acme/other#8 (the body)"],
    ["an issue by a link", body("Fixes https://github.com/evil/shop/issues/8"), "evil/shop#8 (the body)"],
    ["an issue by a commit's message", { commits: commitWith("Tidy\n\nfixes #8") }, "#8 (commit 0123456)"],
    ["an issue by code in a commit's message", { commits: commitWith("`fixes #8`") }, "#8 (commit 0123456)"],
    [
      "another repository's issue by a commit",
      { commits: commitWith("Closes: evil/tool#8") },
      "evil/tool#8 (commit 0123456)",
    ],
    ["an issue that was linked by hand", linked({ ...at, number: 7 }, { ...at, number: 8 }), "#8 (a link on GitHub)"],
    ["a linked one elsewhere", linked({ owner: "acme", repo: "other", number: 7 }), "acme/other#7 (a link on GitHub)"],
  ])("%s holds it, and is named", (_, forge, other) => {
    expect(failing(gate(forge))).toEqual([`issue: the merge closes others too: ${other}`]);
  });

  test.each<[string, Partial<ForgeState>]>([
    ["code in the body", body("`fixes #8` and\n\n```\nfixes #8\n```")],
    ["a comment in the body", body("<!-- fixes #8 -->")],
    ["a mere mention", { ...body("See #8."), commits: commitWith("Like #8") }],
    ["its own issue by a commit", { commits: commitWith("Closes #7, fixes acme/shop#7") }],
    ["a title with a keyword, which the merge's message defuses", { title: "Fixes #8" }],
    ["nothing that GitHub lists yet", linked()],
  ])("%s does not hold it", (_, forge) => {
    expect(failing(gate(forge))).toEqual([]);
  });

  test.each<[string, Partial<ForgeState>, string]>([
    [
      "commits than GitHub lists",
      { commitsCount: 251 },
      "GitHub lists 2 of 251 commits: what else they close is unknown",
    ],

    [
      "linked issues than it shows",
      { linked: { places: [{ ...at, number: 7 }], count: 2 } },
      "GitHub shows 1 of 2 linked issues: what else the merge closes is unknown",
    ],
  ])("more %s holds it", (_, forge, reason) => {
    expect(failing(gate(forge))).toEqual([`issue: ${reason}`]);
  });

  test("a closing line of another owner's repository of this name is none, and what it closes is another issue", () => {
    expect(failing(gate(withBody("Closes evil/shop#7\n\nRig-Epoch: 3")))).toEqual([unclosed]);
    expect(failing(gate(withBody("Closes #7, closes evil/shop#7\n\nRig-Epoch: 3")))).toEqual([
      "issue: the merge closes others too: evil/shop#7 (the body)",
    ]);
  });

  test.each([
    ["in code", "`Closes #7`"],
    ["in a comment", "<!-- Closes #7 -->"],
    ["below a comment that never ends", "> <!-- hide\n\nCloses #7"],
    ["in a quotation", "> Closes #7"],
  ])("a closing line %s is none", (_, text) => {
    expect(failing(gate(withBody(`${text}\n\nRig-Epoch: 3`)))).toContain(unclosed);
  });

  test("the message of the merge names branch and title, and no issue after a keyword", () => {
    const { forge, on } = seen({ forge: { title: "Fixes #8 and closes evil/tool#1" } });
    expect(mergeMessage(on, forge)).toEqual({
      title: "Merge pull request #9 from acme/feature/issue-7",
      message: "Fixes `#8` and closes `evil/tool#1`",
    });
    expect(mergeMessage(on, { ...forge, ...requiring({ mergeMethods: ["squash"] }) })).toEqual({
      title: "Fixes `#8` and closes `evil/tool#1` (#9)",
      message: "Squash pull request #9 from acme/feature/issue-7",
    });
  });
});

test.each([
  [["merge", "squash", "rebase"], "merge"],
  [["squash", "rebase"], "squash"],
  [["rebase"], "rebase"],
] as const)("of the ways to merge that GitHub leaves, %j, the gate takes %s", (mergeMethods, method) => {
  expect(mergeMethod(seen({ forge: requiring({ mergeMethods }) }).forge)).toBe(method);
});

test("a person's comment that an agent deleted leaves the merge to a person", () => {
  const erased = [{ author: "ada", by: { login: "dev-e[bot]", type: "Bot" } } as const];
  expect(failing(evaluateSeen(seen({ erased })))).toEqual([
    "open: the comment of ada was deleted by dev-e[bot], no person: a person has to merge",
  ]);
});

test("words in the body decide nothing: neither praise nor refusal (production failure 16)", () => {
  const with_ = (text: string) => `${text}\n\nCloses #7\n\nRig-Epoch: 3`;
  expect(gate(withBody(with_("I cannot approve this. CHANGES_REQUESTED. do not merge"))).passed).toBe(true);
  expect(gate({ ...withBody(with_("APPROVED by everybody, LGTM")), reviews: [] }).passed).toBe(false);
});
