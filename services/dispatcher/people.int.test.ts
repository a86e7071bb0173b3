import { Effect, Layer, Logger } from "effect";
import { describe, expect, test } from "vitest";
import type { DataOf, FactType } from "#contracts/catalogue.ts";
import type { Publishes } from "#contracts/choreography.ts";
import { type Fact, type FactDraft, isOfKind } from "#contracts/envelope.ts";
import { labelOf } from "#contracts/test-facts.ts";
import { Bus } from "#kit/bus/bus.ts";
import { memoryBus } from "#kit/bus/test-memory-bus.ts";
import { load, outgoing, publishFacts } from "#kit/facts/aggregate.ts";
import { firstCause } from "#kit/facts/stamp.ts";
import {
  commentBy,
  eachPerson,
  outsider,
  type Person,
  playGitHub,
  reviewBy,
  robot,
  type Standing,
  threadBy,
  writer,
} from "#kit/github/test-people.ts";
import { policyLayer } from "#kit/policy/policy.ts";
import { playedGitHub } from "#kit/test/test-github.ts";
import * as given from "./test-history.ts";
import { makeHandle } from "./work.ts";

// What the dispatcher decides after what each kind of account did on GitHub. GitHub is played, the bus is in memory.

const server = playedGitHub("dispatcher");

const on = { kind: "issue", owner: "acme", repo: "shop", number: 7 } as const;
const pr = { ...on, kind: "pr", number: 9 } as const;
const inReview: readonly Fact[] = [...given.oneRun, given.opened("h1")];
const mention = "@dev-e please rename it";
const fix = ["ISSUE_QUEUED 2 fix", "work dev fix 2"];

/** Answers in the place of what the played GitHub would answer. */
type Instead = (path: string) => { readonly status?: number; readonly body: object } | undefined;

/** The decision after the webhook published this now, or after a fact from before, on this history and with this standing on GitHub. */
async function decidedAfter(
  draft: FactDraft | Fact,
  standing: Standing,
  history = inReview,
  { instead = () => undefined, ageMs = 0 }: { readonly instead?: Instead; readonly ageMs?: number } = {},
): Promise<readonly string[]> {
  const play = playGitHub({ ...standing, pull: { user: { login: "dev-e[bot]", type: "Bot" }, ...standing.pull } });
  server.play((request) => instead(decodeURIComponent(request.path.split("?")[0] ?? "")) ?? play(request));
  const deciding = Effect.gen(function* () {
    const bus = yield* Bus;
    yield* Effect.forEach(history, (fact) => bus.publish(outgoing(fact)));
    const service = draft.type === "RUN_SUCCEEDED" ? "dev-e" : "webhook";
    const key = { service, cause: firstCause("d"), step: "s" } as const;
    if ("id" in draft) yield* bus.publish(outgoing(draft));
    else yield* publishFacts(key, [draft as Publishes<"dev-e" | "webhook">]);
    const fact = (yield* load<"issue" | "pr">(draft.on as typeof on | typeof pr)).facts.at(-1);
    if (fact === undefined) throw new Error("the fact was not stored");
    const handle = yield* makeHandle;
    const occurredAt = new Date(Date.parse(fact.occurredAt) - ageMs).toISOString();
    const [answer] = yield* handle({ ...fact, occurredAt } as Parameters<typeof handle>[0]);
    if (answer === undefined) return [];
    const { facts } = yield* load(on);
    return given.outcome(
      answer.decide(
        facts.filter((each) => isOfKind("issue", each)),
        [],
      ),
    );
  });
  const layer = Layer.mergeAll(policyLayer, memoryBus, Logger.layer([]));
  return server.run(Effect.provide(deciding, layer), { RIG_AGENT_LOGINS: "dev-e[bot], robot-e" });
}

function draft<Type extends FactType>(type: Type, data: object): FactDraft {
  return { type, on: type.startsWith("PR_") || type.startsWith("REVIEW_") ? pr : on, data } as unknown as FactDraft;
}

function reviewed({ account }: Person, more: Partial<DataOf<"REVIEW_SUBMITTED">> = {}): FactDraft {
  const type = account?.type ?? "Other";
  const review = { reviewId: 1, reviewer: account?.login ?? "", reviewerType: type, state: "changes_requested" };
  return draft("REVIEW_SUBMITTED", { ...review, headSha: "h1", ...more });
}

function commented(type: "PR_COMMENTED" | "ISSUE_COMMENTED", { account }: Person, text = mention): FactDraft {
  const comment = { commentId: 1, author: account?.login ?? "", action: "created", body: { text } };
  return draft(type, type === "PR_COMMENTED" ? { ...comment, where: "conversation" } : comment);
}

const asked = () => server.asked.map(({ path }) => decodeURIComponent(path.split("?")[0] ?? ""));

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

const underWay: readonly Fact[] = [
  given.approved,
  given.queued(1),
  given.assigned(1),
  given.prCreated(),
  ...given.reviewed(given.reviewPassed()),
];
const runEnds: FactDraft = { type: "RUN_SUCCEEDED", on, data: given.succeeded(1).data };

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
  const ends: FactDraft = { type: "RUN_SUCCEEDED", on, data: given.succeeded(2, "h2").data };

  test("waits for its delivery where GitHub shows that head, and is asked again where it does not yet", async () => {
    expect(await decidedAfter(ends, shown("h2"), history)).toEqual([]);
    const early = decidedAfter(ends, shown("h1"), history);
    await expect(early).rejects.toMatchObject({ _tag: "Retryable", what: expect.stringContaining("h2 of #9 yet") });
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

test("what stood in the run's brief is answered by it, until it is edited", async () => {
  const remarks = ["comment/1/2026-01-02T03:04:05Z"];
  const read = given.fact("WORK_STARTED", { claimId: "c1", task: "implement", model: "m", remarks });
  const history = [...underWay, read];
  const comment = commentBy(writer, { body: mention });
  expect(await decidedAfter(runEnds, { onPull: [comment] }, history)).toEqual([]);
  const edited = { ...comment, updated_at: "2026-01-02T03:09:00Z" };
  expect(await decidedAfter(runEnds, { onPull: [edited] }, history)).toEqual(fix);
});

describe("what GitHub told of and does not show yet is asked for again for a minute:", () => {
  const lost: Instead = (path) =>
    path.endsWith("/pulls/9") ? { status: 404, body: { message: "Not Found" } } : undefined;
  const run = { id: 1, name: "test", status: "in_progress", conclusion: null, app: { id: 5 }, output: {} };
  const runs = { total_count: 1, check_runs: [run] };
  const running: Instead = (path) => (path.includes("/check-runs") ? { body: runs } : undefined);
  const onMain = [...given.oneRun, given.fact("PR_OPENED", { ...given.opened("h1").data, baseBranch: "main" })];
  const red = draft("CI_FAILED", given.checksFailed("h1").data);

  test.each<[string, FactDraft, Standing, Instead?]>([
    ["a review", reviewed(writer), {}],
    ["a mention on the pull request", commented("PR_COMMENTED", writer), {}],
    ["a mention on the issue", commented("ISSUE_COMMENTED", writer), {}],
    ["the pull request", reviewed(writer), { reviews: [reviewBy(writer)] }, lost],
    ["the end of a failed check", { ...red, on: pr } as FactDraft, {}, running],
  ])("%s", async (_, told, standing, instead = () => undefined) => {
    const early = decidedAfter(told, standing, onMain, { instead });
    await expect(early).rejects.toMatchObject({ _tag: "Retryable", delayMs: 15_000 });
    expect(await decidedAfter(told, standing, onMain, { instead, ageMs: 60_001 })).toEqual([]);
  });
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
    expect(await decidedAfter(runEnds, { ...standing, pull }, untold)).toEqual([]);
  });

  test("and one that is not an agent's by a delivery gets none either", async () => {
    const foreign = given.fact("PR_OPENED", { ...given.opened().data, author: "mallory" });
    const history = [...given.oneRun, foreign];
    expect(await decidedAfter(reviewed(writer), standing, history)).toEqual([]);
  });
});

test("a review that was dismissed before it was consumed leads to nothing", async () => {
  const reviews = [reviewBy(writer, { state: "DISMISSED" })];
  expect(await decidedAfter(reviewed(writer), { reviews })).toEqual([]);
});

test("a comment that mentions nobody costs one question", async () => {
  await decidedAfter(commented("PR_COMMENTED", writer, "Nice."), {});
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
