import { Effect } from "effect";
import { afterAll, beforeAll, expect, test } from "vitest";
import { changeAt, issueAt, type RefOf } from "#contracts/aggregates.ts";
import { foldChange } from "#contracts/change-life.ts";
import type { Fact, FactDraft } from "#contracts/envelope.ts";
import { gitHubTopic } from "#contracts/events/fleet.ts";
import { approvalOf, factOf } from "#contracts/test-facts.ts";
import { Retryable } from "#kit/errors.ts";
import { GitHubRefused } from "#kit/github/github.ts";
import { type Around, type ForgeWorld, gitHubWith, startForgeWorld } from "#kit/github/test-forge-world.ts";
import { eventually } from "#kit/test/test-world.ts";
import { coder, person, reviewer } from "../../deploy/local/forge/test-forge.ts";
import type { KnownRepository } from "./known.ts";
import { makeHandle } from "./work.ts";

// The reconciler alone, on a real nats-server with its own permissions and on a forge that delivers nothing to anybody. What the read model
// would say is said here; deploy/local/no-deliveries.e2e.test.ts has the real one.

const at = { owner: "acme", repo: "shop" };
let world: ForgeWorld;
let handle: Awaited<ReturnType<typeof makeReconciler>>;
/** What the read model says. */
let known: KnownRepository = { ...at, issues: new Map(), changes: new Set() };
/** The calls to GitHub. */
const asked: string[] = [];
/** What happens before each call to GitHub; a test may replace it. */
let before: (what: string) => Effect.Effect<void, Retryable | GitHubRefused> = () => Effect.void;

beforeAll(async () => {
  world = await startForgeWorld({ settings: { RIG_REPOSITORIES: "acme/shop" } });
  handle = await makeReconciler();
});
afterAll(() => world.stop());

async function makeReconciler() {
  const around: Around = (what, call) =>
    Effect.andThen(
      Effect.suspend(() => {
        asked.push(what);
        return before(what);
      }),
      call,
    );
  const readKnown = Effect.sync(() => [known]);
  const layer = gitHubWith("reconciler", around);
  const made = await world.as("reconciler", Effect.provide(makeHandle(readKnown), layer));
  return (tick: Fact<"TICK">) => world.as("reconciler", Effect.provide(made(tick), layer));
}

/** An hour ahead: by then everything that happens in this test is lost. Each tick is a minute after the one before. */
let minute = 60;
async function tick(instantMs = Date.now() + minute * 60_000): Promise<void> {
  minute += 1;
  const instant = new Date(instantMs).toISOString();
  asked.length = 0;
  await handle(factOf("TICK", { schedule: "minute", instant }, { id: `tick ${instant}`, actor: "scheduler" }));
}

/** A tick at which GitHub fails for the calls whose names begin so. */
async function tickWhile(failing: string, error: Retryable | GitHubRefused): Promise<void> {
  before = (what) => (what.startsWith(failing) ? Effect.fail(error) : Effect.void);
  await tick().finally(() => {
    before = () => Effect.void;
  });
}

async function fileIssue(title: string, labels: readonly string[] = ["agent-ready"]) {
  const { data } = await rest(person).issues.create({ ...at, title, body: `Do ${title}.`, labels: [...labels] });
  return issueAt({ ...at, number: data.number });
}

const rest = (who: typeof person) => world.forge.octokitOf(who).rest;

async function tell(...drafts: readonly FactDraft[]): Promise<void> {
  await world.publishAll(...drafts);
}

/** The facts that the reconciler published about one thing. */
async function publishedOn<Kind extends "issue" | "pr">(on: RefOf<Kind>) {
  return (await world.history(on)).filter(({ actor }) => actor === "reconciler");
}

async function typesOn(on: RefOf<"issue"> | RefOf<"pr">): Promise<readonly string[]> {
  return (await publishedOn<"issue" | "pr">(on)).map(({ type }) => type);
}

/** An issue that the rig works on, with an open pull request that it was told of. */
async function changeInReview(file: string) {
  const issue = await fileIssue(file);
  await tell({ type: "ISSUE_APPROVED", on: issue, data: approvalOf({ title: file }) });
  const branch = `feature/issue-${issue.number}-${file}`;
  const headSha = await world.forge.push(coder, branch, { [`${file}.js`]: "export const one = 1;\n" });
  const wanted = { ...at, title: file, head: branch, base: "main", body: `Closes #${issue.number}` };
  const { data } = await rest(coder).pulls.create(wanted);
  const pr = changeAt({ ...at, number: data.number });
  const snapshot = { title: file, author: coder.login, branch, baseBranch: "main", closes: [issue.number] };
  await tell({ type: "PR_OPENED", on: pr, data: { ...snapshot, headSha } });
  known = {
    ...at,
    issues: new Map([[issue.number, { state: "in_review", prNumber: pr.number }]]),
    changes: new Set([pr.number]),
  };
  return { issue, pr, branch, headSha };
}

test("a label that was never delivered, by whom and with what text it was set", async () => {
  const on = await fileIssue("labelled");
  await tick();
  expect(await publishedOn(on)).toMatchObject([
    {
      type: "ISSUE_LABELED",
      data: { sender: person.login, senderType: "User", title: "labelled", defaultBranch: "main" },
    },
  ]);
  const fleet = (await world.history(gitHubTopic)).at(-1);
  expect(fleet).toMatchObject({
    actor: "reconciler",
    data: { ...at, missing: [{ type: "ISSUE_LABELED", number: on.number, lateSeconds: expect.any(Number) }] },
  });
  await tick();
  expect(await typesOn(on)).toEqual(["ISSUE_LABELED"]);
  expect((await world.history(gitHubTopic)).at(-1)).toEqual(fleet);
});

test("a label that was taken off while the rig worked on the issue, once", async () => {
  const { issue } = await changeInReview("taken");
  await rest(person).issues.removeLabel({ ...at, issue_number: issue.number, name: "agent-ready" });
  await tick();
  await tick();
  expect(await publishedOn(issue)).toMatchObject([
    { type: "ISSUE_UNLABELED", data: { label: "agent-ready", sender: person.login } },
  ]);
});

test("a label is not published while its delivery may be under way", async () => {
  const on = await fileIssue("young");
  await tick(Date.now() + 1_000);
  expect(await typesOn(on)).toEqual([]);
  await tick();
  expect(await typesOn(on)).toEqual(["ISSUE_LABELED"]);
});

test("an issue that GitHub refuses to show does not keep the others from being compared", async () => {
  const [refused, other] = [await fileIssue("refused"), await fileIssue("other")];
  const gone = new GitHubRefused({ what: "read", status: 410, reason: "This issue was deleted" });
  await tickWhile(`read #${refused.number}`, gone);
  expect([await typesOn(refused), await typesOn(other)]).toEqual([[], ["ISSUE_LABELED"]]);
});

test("a label of an issue that was edited after it is not published, and GraphQL that is used up holds only that one", async () => {
  const on = await fileIssue("edited", []);
  await rest(person).issues.addLabels({ ...at, issue_number: on.number, labels: ["agent-ready"] });
  // GitHub's times have seconds: the edit is made in a later one.
  const { data } = await rest(person).issues.get({ ...at, issue_number: on.number });
  await untilAfter(data.updated_at);
  await rest(person).issues.update({ ...at, issue_number: on.number, body: "Do something else." });
  const other = await fileIssue("beside it");
  await tickWhile(`read when #${on.number}`, new Retryable({ what: "GraphQL", delayMs: 600_000 }));
  expect([await typesOn(on), await typesOn(other)]).toEqual([[], ["ISSUE_LABELED"]]);
  await tick();
  expect(asked).toContain(`read when #${on.number} was edited`);
  expect(await typesOn(on)).toEqual([]);
});

test("an issue that the rig works on and that a person closed", async () => {
  const { issue } = await changeInReview("closed");
  await rest(person).issues.update({ ...at, issue_number: issue.number, state: "closed", state_reason: "not_planned" });
  await tick();
  expect(await publishedOn(issue)).toMatchObject([
    { type: "ISSUE_CLOSED", data: { sender: person.login, stateReason: "not_planned" } },
  ]);
});

test("a push, a review of a person and the end of the checks, once each", async () => {
  const { pr, branch, headSha } = await changeInReview("pushed");
  const next = await world.forge.push(coder, branch, { "pushed.js": "export const two = 2;\n" });
  const objection = { ...at, pull_number: pr.number, event: "REQUEST_CHANGES", body: "No." } as const;
  await rest(reviewer).pulls.createReview(objection);
  await world.forge.settled();
  await tick();
  const [pushed, ...others] = await publishedOn(pr);
  expect(pushed).toMatchObject({ type: "PR_SYNCHRONIZED", data: { headSha: next, prevSha: headSha } });
  expect(others).toMatchObject([
    { type: "REVIEW_SUBMITTED", data: { reviewer: reviewer.login, state: "changes_requested" } },
    { type: "CI_PASSED", data: { headSha: next } },
  ]);
  await tick();
  expect(await typesOn(pr)).toHaveLength(3);
});

test("checks that failed", async () => {
  const { pr, branch } = await changeInReview("red");
  await world.forge.push(coder, branch, { "sum.js": "export const sum = () => 0;\n" });
  await world.forge.settled();
  await tick();
  expect((await publishedOn(pr)).at(-1)).toMatchObject({ type: "CI_FAILED", data: { conclusion: "failure" } });
});

test("a change that a person closed, opened again, and merged", async () => {
  const { pr, issue } = await changeInReview("merged");
  await world.forge.settled();
  const state = (wanted: "open" | "closed") =>
    rest(person).pulls.update({ ...at, pull_number: pr.number, state: wanted });
  await state("closed");
  await tick();
  expect((await publishedOn(pr)).at(-1)).toMatchObject({
    type: "PR_CLOSED",
    data: { merged: false, mergeSha: null, sender: person.login },
  });
  await state("open");
  await tick();
  expect(foldChange(await world.history(pr)).open).toBe(true);
  await rest(reviewer).pulls.createReview({ ...at, pull_number: pr.number, event: "APPROVE" });
  await rest(person).pulls.merge({ ...at, pull_number: pr.number });
  await tick();
  const { data } = await rest(person).pulls.get({ ...at, pull_number: pr.number });
  expect((await publishedOn(pr)).at(-1)).toMatchObject({
    type: "PR_CLOSED",
    data: { merged: true, mergeSha: data.merge_commit_sha, sender: person.login },
  });
  expect(await typesOn(issue)).toEqual(["ISSUE_CLOSED"]);
});

test("a change whose opening was never delivered is told of as it stands", async () => {
  const { issue, branch, pr, headSha } = await changeInReview("opened");
  const other = await world.forge.push(coder, `${branch}-again`, { "opened-again.js": "export const a = 1;\n" });
  const wanted = { ...at, title: "again", head: `${branch}-again`, base: "main", body: `Closes #${issue.number}` };
  const { data } = await rest(coder).pulls.create(wanted);
  await tick();
  const on = changeAt({ ...at, number: data.number });
  expect((await publishedOn(on))[0]).toMatchObject({
    type: "PR_OPENED",
    data: { headSha: other, closes: [issue.number] },
  });
  expect(foldChange(await world.history(pr)).headSha).toBe(headSha);
});

test("a resolved thread, only while the gate holds the change because of its threads", async () => {
  const { pr, headSha } = await changeInReview("threads");
  const comments = [{ path: "threads.js", line: 1, side: "RIGHT", body: "Name it." }];
  const objection = { ...at, pull_number: pr.number, event: "COMMENT", body: "Hm.", comments } as const;
  await rest(reviewer).pulls.createReview(objection);
  await tick();
  expect(asked).not.toContain("read the threads");
  const checks = [{ name: "threads", passed: false, why: "1 review threads are open" }] as const;
  await tell({ type: "GATE_EVALUATED", on: pr, data: { headSha, passed: false, checks: [...checks] } });
  const threads =
    'query($n: Int!) { repository(owner: "acme", name: "shop") { pullRequest(number: $n) { reviewThreads(first: 9) { nodes { id } } } } }';
  const { repository } = await world.forge.octokitOf(person).graphql<Threads>(threads, { n: pr.number });
  const [thread] = repository.pullRequest.reviewThreads.nodes;
  const resolve = "mutation($id: ID!) { resolveReviewThread(input: { threadId: $id }) { thread { id } } }";
  await world.forge.octokitOf(person).graphql(resolve, { id: thread?.id });
  // GitHub's times have seconds: what happens in the second of a comparison is found by the one after ten minutes at the latest.
  await eventually(async () => {
    await tick();
    const resolved = { type: "THREAD_RESOLVED", data: { threadId: thread?.id } };
    expect((await publishedOn(pr)).at(-1)).toMatchObject(resolved);
  }, 20_000);
});

interface Threads {
  readonly repository: {
    readonly pullRequest: { readonly reviewThreads: { readonly nodes: readonly { readonly id: string }[] } };
  };
}

test("a delivery that comes while the reconciler compares leaves nothing to publish", async () => {
  const on = await fileIssue("racing");
  const { data } = await rest(person).issues.get({ ...at, issue_number: on.number });
  const label = {
    ...{ label: "agent-ready", labels: ["agent-ready"], title: data.title, body: { text: data.body ?? "" } },
    ...({ sender: person.login, senderType: "User", defaultBranch: "main", updatedAt: data.updated_at } as const),
  };
  before = (what) =>
    what.startsWith("read the events")
      ? Effect.promise(() => tell({ type: "ISSUE_LABELED", on, data: label }))
      : Effect.void;
  await tick().finally(() => {
    before = () => Effect.void;
  });
  expect((await world.history(on)).map(({ actor }) => actor)).toEqual(["webhook"]);
});

test("what nothing happened to is asked for as two lists and a repository, each of them unchanged", async () => {
  known = { ...at, issues: new Map(), changes: new Set() };
  // Later than what was compared before is compared again in any case.
  minute += 20;
  await tick();
  await tick();
  expect(asked).toEqual(["read the repository", "list the labelled issues", "list the open pull requests"]);
});

/** Resolves in a later second than that of this time. */
async function untilAfter(time: string): Promise<void> {
  while (Date.now() < Date.parse(time) + 1_000) await new Promise((resolve) => setImmediate(resolve));
}
