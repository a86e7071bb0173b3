import { describe, expect, test } from "vitest";
import type { Fact, FactDraft } from "#contracts/envelope.ts";
import { labelOf } from "#contracts/test-facts.ts";
import {
  commentBy,
  eachPerson,
  outsider,
  people,
  reviewBy,
  robot,
  type Standing,
  threadBy,
  writer,
} from "#kit/github/test-people.ts";
import * as given from "./test-history.ts";
import {
  commented,
  draft,
  fix,
  inReview,
  mention,
  playDispatcher,
  reviewed,
  runEnds,
  underWay,
} from "./test-played.ts";

// What the dispatcher decides after what each kind of account did on GitHub. GitHub is played, the bus is in memory.

const { asked, decidedAfter } = playDispatcher();

describe.each(eachPerson)("of %s", (_who, person) => {
  const { counts } = person;
  const isPerson = person.account?.type === "User";

  test(`a review that asks for changes ${counts ? "leads to a fix" : "leads to nothing"}`, async () => {
    expect(await decidedAfter(reviewed(person), { reviews: [reviewBy(person)] })).toEqual(counts ? fix : []);
  });

  test.each(["PR_COMMENTED", "ISSUE_COMMENTED"] as const)(
    `a comment that mentions the agent (%s) leads to ${counts && isPerson ? "a fix" : "nothing"}`,
    async (type) => {
      const place = type === "PR_COMMENTED" ? "onPull" : "onIssue";
      // Nobody but a person is in such a fact; whoever forged it would not get further.
      const standing = { [place]: [commentBy(person, { body: mention })] };
      expect(await decidedAfter(commented(type, person), standing)).toEqual(counts && isPerson ? fix : []);
    },
  );
});

test("a stranger costs one question, and his words are not read", async () => {
  await decidedAfter(commented("PR_COMMENTED", outsider), { onPull: [commentBy(outsider, { body: mention })] });
  expect(asked()).toEqual(["/repos/acme/shop/collaborators/mallory/permission"]);
});

test("a stranger's later review does not hide that of a person who may write", async () => {
  const reviews = [reviewBy(writer), reviewBy(outsider, { id: 2 })];
  expect(await decidedAfter(reviewed(writer), { reviews })).toEqual(fix);
  expect(await decidedAfter(reviewed(outsider, { reviewId: 2 }), { reviews })).toEqual([]);
  expect(await decidedAfter(runEnds, { reviews }, underWay)).toEqual(fix);
});

describe("a fix that ends with another head than the one that it was to fix", () => {
  const fixing: readonly Fact[] = [...given.oneRun, given.opened("h1"), given.queued(2, "fix"), given.assigned(2)];
  const history = [...fixing, given.prCreated(2)];
  const shown = (sha: string) => ({ pull: { head: { ref: "feature/issue-7-sell-more", sha, repo: { id: 1 } } } });
  const ends: FactDraft = { ...runEnds, data: given.succeeded(2, "h2").data } as FactDraft;

  test("waits for its delivery where GitHub shows that head, and is asked again where it does not yet", async () => {
    expect(await decidedAfter(ends, shown("h2"), history)).toEqual([]);
    const early = decidedAfter(ends, shown("h1"), history);
    await expect(early).rejects.toMatchObject({ _tag: "Retryable", what: expect.stringContaining("h2 of #9 yet") });
  });

  test("leads to a person also where the first that is told is the head that was to be fixed, and GitHub shows that one", async () => {
    const untold = [...given.oneRun, given.queued(2, "fix"), given.assigned(2), given.prCreated(2)];
    const ended = [...untold, given.succeeded(2, "h2")];
    const opening = draft("PR_OPENED", given.opened("h1").data);
    expect(await decidedAfter(opening, shown("h2"), ended)).toEqual(["work review review 1"]);
    await expect(decidedAfter(opening, shown("h1"), ended)).rejects.toMatchObject({ _tag: "Retryable" });
    expect(await decidedAfter(given.opened("h1"), shown("h1"), ended)).toEqual(["ISSUE_NEEDS_HUMAN"]);
  });

  test("leads to a person where GitHub does not show it ten minutes later, unless a push replaced it since", async () => {
    const late = given.succeeded(2, "h2");
    expect(await decidedAfter(late, shown("h1"), history)).toEqual(["ISSUE_NEEDS_HUMAN"]);
    const pushes = [
      { ...given.pushed("h2"), data: { ...given.pushed("h2").data, prevSha: "h1" } },
      { ...given.pushed("h1"), data: { ...given.pushed("h1").data, prevSha: "h2" } },
    ];
    expect(await decidedAfter(late, shown("h1"), [...history, ...pushes])).not.toContain("ISSUE_NEEDS_HUMAN");
  });
});

test("a run that ends with a head which nobody told, and which somebody replaced, is judged by the head that GitHub shows", async () => {
  // Of both pushes the delivery is lost. The reconciler told of the second one, from the head that the rig knew.
  const objected = [...given.oneRun, ...given.reviewed(given.changesRequested("h1")), given.queued(2, "fix")];
  const pushed = [given.pushed("h3"), given.reviewAssigned("h3", 2), given.changesRequested("h3", "r2")];
  const history = [...objected, given.assigned(2), given.prCreated(2), ...pushed];
  const shown = (sha: string) => ({ pull: { head: { ref: "feature/issue-7-sell-more", sha, repo: { id: 1 } } } });
  const ends = { ...runEnds, data: given.succeeded(2, "h2").data } as FactDraft;
  const early = decidedAfter(ends, shown("h3"), history);
  await expect(early).rejects.toMatchObject({ _tag: "Retryable", what: expect.stringContaining("h2 of #9 yet") });
  const late = given.succeeded(2, "h2");
  expect(await decidedAfter(late, shown("h3"), history)).toEqual(["ISSUE_QUEUED 3 fix", "work dev fix 3"]);
  expect(await decidedAfter(late, shown("h2"), history)).toEqual([]);
});

test("a stranger's objection is no reason for a fix when a run ends", async () => {
  const standing = { reviews: [reviewBy(outsider)], onPull: [commentBy(outsider, { body: mention })] };
  expect(await decidedAfter(runEnds, standing, underWay)).toEqual([]);
});

test("a mention while a run is under way leads to a fix when it ends, also when its delivery never came", async () => {
  const onPull = [commentBy(writer, { body: mention })];
  expect(await decidedAfter(commented("PR_COMMENTED", writer), { onPull }, underWay)).toEqual([]);
  expect(asked()).toEqual([]);
  expect(await decidedAfter(runEnds, { onPull }, underWay)).toEqual(fix);
  const threads = [threadBy([writer]), threadBy([outsider])];
  expect(await decidedAfter(runEnds, { threads }, underWay)).toEqual([]);
});

describe("what is told before the pull request's opening, which comes after the end of the run, leads to a fix at the opening", () => {
  const app = people.find(({ who }) => who === "the appointed App") ?? writer;

  test.each<[string, FactDraft, Standing]>([
    ["a review of a person", reviewed(writer), { reviews: [reviewBy(writer)] }],
    ["a review of the appointed App", reviewed(app), { reviews: [reviewBy(app)] }],
    ["a mention", commented("PR_COMMENTED", writer), { onPull: [commentBy(writer, { body: mention })] }],
  ])("%s", async (_what, told, standing) => {
    expect(await decidedAfter(told, standing, given.oneRun)).toEqual([]);
    expect(await decidedAfter(given.opened(), standing, given.oneRun)).toEqual(fix);
  });

  test("and a stranger's leads to the review", async () => {
    const standing = { reviews: [reviewBy(outsider)], onPull: [commentBy(outsider, { body: mention })] };
    expect(await decidedAfter(given.opened(), standing, given.oneRun)).toEqual(["work review review 1"]);
  });
});

test("what stood in the run's brief is answered by it, until it is edited", async () => {
  const remarks = ["comment/1/2026-01-02T03:04:05Z"];
  const read = given.fact("WORK_STARTED", { claimId: "c1", task: "implement", model: "m", remarks });
  const history = [...underWay, read];
  const comment = commentBy(writer, { body: mention });
  expect(await decidedAfter(runEnds, { onPull: [comment] }, history)).toEqual([]);
  const edited = { ...comment, updated_at: "2026-01-02T03:09:00Z" };
  expect(await decidedAfter(runEnds, { onPull: [edited] }, history)).toEqual(fix);
});

test.each<[string, Standing]>([
  ["edited so that it mentions nobody", { onPull: [commentBy(writer, { body: "Never mind." })] }],
  ["on a pull request that is closed", { onPull: [commentBy(writer, { body: mention })], pull: { state: "closed" } }],
])("a mention that by now is %s leads to nothing", async (_name, standing) => {
  expect(await decidedAfter(commented("PR_COMMENTED", writer), standing)).toEqual([]);
});

describe("whose the pull request is, GitHub is asked", () => {
  const standing = { reviews: [reviewBy(writer)], onPull: [commentBy(writer, { body: mention })] };

  test.each<[string, Required<Standing>["pull"]]>([
    ["somebody else's", { user: { login: "mallory", type: "User" } }],
    ["of a deleted account", { user: null }],
    ["on another issue's branch", { head: { sha: "h1", ref: "feature/issue-70", repo: { id: 1 } } }],
    ["of a fork", { head: { sha: "h1", ref: "feature/issue-7", repo: { id: 2 } } }],
    ["of a fork that is deleted", { head: { sha: "h1", ref: "feature/issue-7", repo: null } }],
  ])("one that is %s gets no fix, whoever asks for it", async (_whose, pull) => {
    for (const fact of [reviewed(writer), commented("PR_COMMENTED", writer), commented("ISSUE_COMMENTED", writer)]) {
      expect(await decidedAfter(fact, { ...standing, pull })).toEqual([]);
    }
    expect(await decidedAfter(runEnds, { ...standing, pull }, underWay)).toEqual([]);
  });

  test("also while no delivery has told of it", async () => {
    const untold = underWay.filter(({ type }) => type !== "PR_OPENED");
    expect(await decidedAfter(runEnds, standing, untold)).toEqual(fix);
    const pull = { user: { login: "mallory", type: "User" } };
    expect(await decidedAfter(runEnds, { ...standing, pull }, untold)).toEqual(["ISSUE_NEEDS_HUMAN"]);
  });

  test("and one that is not an agent's by a delivery gets none either", async () => {
    const foreign = given.fact("PR_OPENED", { ...given.opened().data, author: "mallory" });
    const history = [...given.oneRun, foreign];
    expect(await decidedAfter(reviewed(writer), standing, history)).toEqual([]);
  });
});

test("a review that was dismissed before it was consumed leads to nothing", async () => {
  expect(await decidedAfter(reviewed(writer), { reviews: [reviewBy(writer, { state: "DISMISSED" })] })).toEqual([]);
});

test("a comment that mentions nobody costs one question", async () => {
  await decidedAfter(commented("PR_COMMENTED", writer, { body: { text: "Nice." } }), {});
  expect(asked()).toEqual(["/repos/acme/shop/collaborators/wendy/permission"]);
});

test("mentions are rounds of fixes: after the last one a person is asked", async () => {
  const [, ...rest] = inReview;
  const history = [given.approvedWith({ fixRoundsMax: 0 }), ...rest];
  const onPull = [commentBy(writer, { body: mention })];
  expect(await decidedAfter(commented("PR_COMMENTED", writer), { onPull }, history)).toEqual([
    "REVIEW_LOOP_EXCEEDED",
    "ISSUE_NEEDS_HUMAN",
  ]);
});

test("an agent that is a user who may write approves no issue by its label, and gives no task", async () => {
  const labeledBy = (sender: string) => draft("ISSUE_LABELED", { ...labelOf({ sender }), body: { text: "" } });
  expect(await decidedAfter(labeledBy("robot-e"), {}, [])).toEqual(["ISSUE_LABEL_REFUSED"]);
  // The played repository has no file of settings, so a label that counts leads to the question for one.
  expect(await decidedAfter(labeledBy("wendy"), {}, [])).toEqual(["ISSUE_NEEDS_HUMAN"]);
  const standing = { reviews: [reviewBy(robot)], onPull: [commentBy(robot, { body: mention })] };
  for (const fact of [reviewed(robot), commented("PR_COMMENTED", robot), commented("ISSUE_COMMENTED", robot)]) {
    expect(await decidedAfter(fact, standing)).toEqual([]);
  }
});
