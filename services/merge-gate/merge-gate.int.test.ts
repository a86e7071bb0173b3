import { randomUUID } from "node:crypto";
import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import { Effect, Fiber, Layer, ManagedRuntime } from "effect";
import { Octokit } from "octokit";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { applyBusConfig } from "#bus-config/apply.ts";
import { startTestBus, type TestBus } from "#bus-config/test-bus.ts";
import type { Fact, FactDraft } from "#contracts/envelope.ts";
import { epochTrailer } from "#contracts/pull-request-body.ts";
import { plainSettings } from "#contracts/test-facts.ts";
import { load, publishFacts } from "#kit/aggregate.ts";
import { type Bus, busLayer } from "#kit/bus.ts";
import { GitHub, gitHubLayer } from "#kit/github.ts";
import { rootSpan } from "#kit/stamp.ts";
import { telemetry } from "#kit/telemetry.ts";
import type { ForgeUser } from "../../deploy/local/forge/forge.ts";
import { coder, person, reviewer, startWorld, type World } from "../../deploy/local/forge/test-forge.ts";
import mergeGate from "./main.ts";
import { handle } from "./work.ts";

// The whole service on a real nats-server with its own permissions, against real pull requests on the local forge.

const gateUser: ForgeUser = { login: "merge-gate[bot]", token: "token-of-merge-gate", type: "Bot" };
const at = { owner: "acme", repo: "shop" };
let bus: TestBus;
let world: World;
let manager: JetStreamManager;
let admin: ManagedRuntime.ManagedRuntime<Bus, unknown>;
const running: Fiber.Fiber<unknown, unknown>[] = [];

beforeAll(async () => {
  [bus, world] = await Promise.all([startTestBus(), startWorld({ users: [person, coder, reviewer, gateUser] })]);
  const connection = await bus.connectAs("admin");
  await applyBusConfig(connection);
  manager = await jetstreamManager(connection);
  admin = ManagedRuntime.make(busLayer({ user: "admin", url: bus.url, seed: bus.seedOf("admin") }));
  process.env.NATS_URL = bus.url;
  process.env.NATS_NKEY_SEED = bus.seedOf("merge-gate");
  process.env.GITHUB_API_URL = `${world.forge.url}/api/v3`;
  process.env.GITHUB_TOKEN_MERGE_GATE = gateUser.token;
  process.env.RIG_REVIEWER_LOGINS = reviewer.login;
  await world.git(coder, "clone");
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((gate) => Effect.runPromise(Fiber.interrupt(gate))));
});
afterAll(async () => {
  await admin.dispose();
  await Promise.all([bus.stop(), world.close()]);
});

function startGate(): void {
  running.push(Effect.runFork(mergeGate.program.pipe(Effect.provide(telemetry("Error")))));
}

function octokitOf(user: ForgeUser): Octokit {
  const baseUrl = `${world.forge.url}/api/v3`;
  return new Octokit({ auth: user.token, baseUrl, throttle: { enabled: false }, retry: { enabled: false } });
}

async function publish(...drafts: readonly FactDraft[]): Promise<void> {
  for (const draft of drafts) {
    const cause = { id: randomUUID(), correlationId: "story", traceparent: rootSpan() };
    await admin.runPromise(publishFacts({ service: "test", cause, step: "test" }, [draft]));
  }
}

async function history(on: Fact["on"]): Promise<readonly Fact[]> {
  return (await admin.runPromise(load(on))).facts;
}

/** What the gate said about an issue, in order. */
async function saidOn(on: Fact["on"]): Promise<readonly string[]> {
  return (await history(on)).filter(({ actor }) => actor === "merge-gate").map(({ type }) => type);
}

/** Resolves once the gate has consumed everything that is stored. */
async function consumed(): Promise<void> {
  const idle = async () => {
    const { num_pending, num_ack_pending } = await manager.consumers.info("EVENTS", "merge-gate");
    expect({ num_pending, num_ack_pending }).toEqual({ num_pending: 0, num_ack_pending: 0 });
  };
  await vi.waitFor(idle, { timeout: 15_000, interval: 20 });
}

/** An issue whose change stands on the forge, tested and approved, and the facts that led there. */
async function earnedChange(file: string) {
  const { data: issued } = await octokitOf(person).rest.issues.create({ ...at, title: file, body: "" });
  const branch = `feature/issue-${issued.number}-${file}`;
  const headSha = await world.push(coder, branch, { [`${file}.js`]: `export const ${file} = 1;\n` });
  const body = `Closes #${issued.number}\n\n${epochTrailer(1)}\n`;
  const { data: pull } = await octokitOf(coder).rest.pulls.create({
    ...at,
    title: file,
    head: branch,
    base: "main",
    body,
  });
  await octokitOf(reviewer).rest.pulls.createReview({ ...at, pull_number: pull.number, event: "APPROVE" });
  await world.forge.settled();
  const issue = { ...at, kind: "issue", number: issued.number } as const;
  const pr = { ...at, kind: "pr", number: pull.number } as const;
  const approval = { title: file, priority: "normal", defaultBranch: "main", ...plainSettings } as const;
  const dispatch = { attempt: 1, task: "implement", reason: "labelled", prNumber: null, headSha: null } as const;
  const claim = { claimId: randomUUID(), epoch: 1, agentId: "dev-e", instanceId: "i", attempt: 1 };
  const created = { agentId: "dev-e", prNumber: pr.number, prUrl: pull.html_url, branch, epoch: 1 };
  const { claimId, attempt } = claim;
  const ended = { claimId, attempt, prNumber: pr.number, headSha, turns: 1, summary: "done" };
  const change = { title: file, author: coder.login, branch, baseBranch: "main", headSha, closes: [issue.number] };
  await publish(
    { type: "ISSUE_APPROVED", on: issue, data: approval },
    { type: "ISSUE_QUEUED", on: issue, data: dispatch },
    { type: "ISSUE_ASSIGNED", on: issue, data: claim },
    { type: "PR_CREATED", on: issue, data: created },
    { type: "PR_OPENED", on: pr, data: change },
    { type: "RUN_SUCCEEDED", on: issue, data: ended },
  );
  return { issue, pr, headSha, branch, change };
}

async function pullOnForge(number: number) {
  return (await octokitOf(person).rest.pulls.get({ ...at, pull_number: number })).data;
}

test("two gates that hear many facts of one change at once ask for one merge, and say it once", async () => {
  const { issue, pr, headSha } = await earnedChange("twice");
  const passed: FactDraft = { type: "REVIEW_PASSED", on: pr, data: { headSha, reviewId: 1, summary: "good" } };
  const review = {
    reviewId: 1,
    reviewer: reviewer.login,
    reviewerType: "Bot",
    association: "NONE",
    state: "approved",
    headSha,
  } as const;
  await publish(
    ...Array.from(
      { length: 6 },
      (_, suiteId): FactDraft => ({ type: "CI_PASSED", on: pr, data: { headSha, suiteId } }),
    ),
    passed,
    { type: "REVIEW_SUBMITTED", on: pr, data: review },
  );
  startGate();
  startGate();
  await consumed();
  expect(await saidOn(issue)).toEqual(["MERGE_REQUESTED", "MERGED"]);
  const pull = await pullOnForge(pr.number);
  expect(pull).toMatchObject({ merged: true, merged_by: { login: gateUser.login } });
  expect((await history(issue)).at(-1)).toMatchObject({
    data: { prNumber: pr.number, mergeSha: pull.merge_commit_sha },
  });
  const evaluations = (await history(pr)).filter(({ type }) => type === "GATE_EVALUATED");
  expect(evaluations).toMatchObject([{ data: { headSha, passed: true } }]);
});

test("a change without an approval is not merged, and the history says once what it waits for", async () => {
  const { issue, pr, headSha } = await earnedChange("waiting");
  const [review] = (await octokitOf(person).rest.pulls.listReviews({ ...at, pull_number: pr.number })).data;
  const objection = { ...at, pull_number: pr.number, event: "REQUEST_CHANGES", body: "No." } as const;
  await octokitOf(reviewer).rest.pulls.createReview(objection);
  expect(review?.state).toBe("APPROVED");
  for (const suiteId of [1, 2, 3]) await publish({ type: "CI_PASSED", on: pr, data: { headSha, suiteId } });
  startGate();
  await consumed();
  expect(await saidOn(issue)).toEqual([]);
  expect((await pullOnForge(pr.number)).merged).toBe(false);
  const evaluations = (await history(pr)).flatMap((fact) => (fact.type === "GATE_EVALUATED" ? [fact.data] : []));
  expect(evaluations).toHaveLength(1);
  const missing = evaluations[0]?.checks.filter(({ passed }) => !passed);
  expect(missing).toEqual([{ name: "review", passed: false, why: `changes requested by ${reviewer.login}` }]);
});

test("a request whose gate died is taken back when the gate closes, and made again when it opens", async () => {
  const { issue, pr, headSha, change } = await earnedChange("withdrawn");
  await publish({ type: "MERGE_REQUESTED", on: issue, data: { prNumber: pr.number, headSha } });
  const label = { ...at, issue_number: pr.number };
  await octokitOf(person).rest.issues.addLabels({ ...label, labels: ["manual-merge"] });
  startGate();
  await consumed();
  expect(await saidOn(issue)).toEqual(["MERGE_FAILED"]);
  expect((await pullOnForge(pr.number)).merged).toBe(false);
  await octokitOf(person).rest.issues.removeLabel({ ...label, name: "manual-merge" });
  await publish({ type: "PR_EDITED", on: pr, data: change });
  await consumed();
  expect(await saidOn(issue)).toEqual(["MERGE_FAILED", "MERGE_REQUESTED", "MERGED"]);
});

test("a merge by a person is said as a bypass, with who it was, and the issue goes on as merged", async () => {
  const { issue, pr, change } = await earnedChange("bypass");
  await octokitOf(person).rest.pulls.merge({ ...at, pull_number: pr.number });
  const { merge_commit_sha: mergeSha } = await pullOnForge(pr.number);
  const closed = { ...change, merged: true, mergeSha, sender: person.login };
  await publish({ type: "PR_CLOSED", on: pr, data: closed }, { type: "PR_EDITED", on: pr, data: change });
  startGate();
  await consumed();
  expect(await saidOn(issue)).toEqual(["ADMIN_BYPASS_DETECTED", "MERGED"]);
  expect((await history(issue)).slice(-2)).toMatchObject([
    { data: { prNumber: pr.number, mergedBy: person.login } },
    { data: { prNumber: pr.number, mergeSha } },
  ]);
});

test("a head that moved between the look and the merge is refused by its SHA: MERGE_FAILED, nothing is merged", async () => {
  const { issue, pr, headSha, branch } = await earnedChange("moving");
  await heardByNobody();
  // Somebody pushes at the last moment: right before the request for the merge leaves.
  const pushed = Effect.promise(() => world.push(coder, branch, { "moving.js": "export const moving = 'on';\n" }));
  const moving = Layer.effect(
    GitHub,
    Effect.map(GitHub, (real) =>
      GitHub.of({
        ...real,
        call: (what, where, run) => {
          const asked = real.call(what, where, run);
          return what === "merge" ? Effect.andThen(pushed, asked) : asked;
        },
      }),
    ),
  ).pipe(Layer.provide(gitHubLayer("merge-gate")));
  const own = busLayer({ user: "merge-gate", url: bus.url, seed: bus.seedOf("merge-gate") });
  const ended = (await history(issue)).find((fact) => fact.type === "RUN_SUCCEEDED");
  if (ended?.type !== "RUN_SUCCEEDED") throw new Error("the run did not succeed");
  await Effect.runPromise(handle(ended).pipe(Effect.provide(Layer.merge(moving, own))));
  expect(await saidOn(issue)).toEqual(["MERGE_REQUESTED", "MERGE_FAILED"]);
  const failed = (await history(issue)).at(-1);
  expect(failed).toMatchObject({ data: { headSha, reason: expect.stringContaining("409") } });
  const pull = await pullOnForge(pr.number);
  expect(pull).toMatchObject({ merged: false, state: "open" });
  // The other head has no approval: the gate waits for one.
  const snapshot = { title: "moving", author: coder.login, branch, baseBranch: "main", closes: [issue.number] };
  const synchronized = { ...snapshot, headSha: pull.head.sha, prevSha: headSha };
  await world.forge.settled();
  await publish({ type: "PR_SYNCHRONIZED", on: pr, data: synchronized });
  startGate();
  await consumed();
  expect(await saidOn(issue)).toEqual(["MERGE_REQUESTED", "MERGE_FAILED"]);
  expect((await pullOnForge(pr.number)).merged).toBe(false);
});

/** Lets the durable consumer pass over what is stored, so that a gate that starts later hears only what follows. */
async function heardByNobody(): Promise<void> {
  const consumer = await manager.jetstream().consumers.get("EVENTS", "merge-gate");
  for (;;) {
    const message = await consumer.next({ expires: 1_000 });
    if (message === null) return;
    await message.ackAck();
  }
}
