import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Effect, Layer, Result } from "effect";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type IssueRef, issueAt } from "#contracts/aggregates.ts";
import type { DataOf } from "#contracts/catalogue.ts";
import { type Consumes, isConsumedBy } from "#contracts/choreography.ts";
import type { FactDraft } from "#contracts/envelope.ts";
import { readFact } from "#contracts/stored-fact.ts";
import { approvalOf, factOf, labelOf } from "#contracts/test-facts.ts";
import { Bus } from "#kit/bus/bus.ts";
import { loadApproved } from "#kit/facts/aggregate.ts";
import { GitHubRefused } from "#kit/github/github.ts";
import { type Around, type ForgeWorld, gitHubWith, startForgeWorld } from "#kit/github/test-forge-world.ts";
import { policyLayer } from "#kit/policy/policy.ts";
import { eventually, type Running } from "#kit/test/test-world.ts";
import { coder, merger, person, stranger, triager } from "../../deploy/local/forge/test-forge.ts";
import dispatcher from "./main.ts";
import { makeHandle } from "./work.ts";

// What the dispatcher asks GitHub before it decides: whether a label counts, and which checks failed. On a real nats-server and the local forge.

const at = { owner: "acme", repo: "shop" };
let world: ForgeWorld;
let running: Running<unknown>;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "rig-policy-"));
  const policy = await readFile(join(import.meta.dirname, "../../facts/policy.yaml"), "utf8");
  await writeFile(join(directory, "policy.yaml"), policy.replace("bots: []", `bots: ["${merger.login}"]`));
  world = await startForgeWorld({ settings: { RIG_POLICY: join(directory, "policy.yaml") } });
  running = world.startService(dispatcher);
});
afterAll(async () => {
  await world.stop();
  await rm(directory, { recursive: true, force: true });
});

const issues = () => world.forge.octokitOf(person).rest.issues;

/** Files an issue that has the label on the forge. The forge sends no deliveries here: each test publishes what they say. */
async function fileIssue(): Promise<IssueRef> {
  const { data } = await issues().create({ ...at, title: "Sell more", body: "Please.", labels: ["agent-ready"] });
  return issueAt({ ...at, number: data.number });
}

type Labeled = Omit<DataOf<"ISSUE_LABELED">, "body">;
const labeled = (on: IssueRef, { text = "Please.", ...more }: Partial<Labeled> & { text?: string } = {}): FactDraft => {
  const data = { ...labelOf({ sender: person.login, ...more }), body: { text } };
  return { type: "ISSUE_LABELED", on, data };
};
const unlabeled = (on: IssueRef): FactDraft => {
  return { type: "ISSUE_UNLABELED", on, data: { label: "agent-ready", sender: person.login } };
};
/** A time long ago: GitHub's answer is never older than it. */
const ago = (second: number) => `2020-01-01T00:00:0${second}Z`;
const closedAt = (on: IssueRef, second: number): FactDraft => {
  return { type: "ISSUE_CLOSED", on, data: { sender: person.login, stateReason: null, updatedAt: ago(second) } };
};

/** What the dispatcher appends to the issue after these deliveries. */
async function appendedAfter(on: IssueRef, ...drafts: readonly FactDraft[]): Promise<readonly string[]> {
  const known = (await world.history(on)).length;
  await world.publishAll(...drafts);
  await handled();
  const since = (await world.history(on)).slice(known);
  return since.filter(({ actor }) => actor === "dispatcher").map(({ type }) => type);
}

/** Resolves once the dispatcher has acked all facts of its row that are stored by now. */
async function handled(): Promise<void> {
  const last = Math.max(...(await stored()).filter(({ isConsumed }) => isConsumed).map(({ sequence }) => sequence));
  await eventually(async () => {
    const { ack_floor: floor } = await world.consumer("EVENTS", "dispatcher");
    expect(floor.stream_seq).toBeGreaterThanOrEqual(last);
  }, 15_000);
}

async function stored() {
  const messages = await world.as(
    "admin",
    Effect.flatMap(Bus, (bus) => bus.read("EVENTS", "evt.>")),
  );
  return messages.map(({ sequence, subject, payload }) => {
    const fact = readFact(subject, payload);
    return { sequence, isConsumed: Result.isSuccess(fact) && isConsumedBy("dispatcher", fact.success) };
  });
}

/** How the handling of a fact fails, with some calls of GitHub replaced. The fact is not stored: the service would try it again and again. */
async function failure(draft: FactDraft, around: Around = (_what, call) => call) {
  const fact = { ...factOf(draft.type, draft.data as DataOf<typeof draft.type>), on: draft.on };
  const handling = Effect.flatMap(makeHandle, (handle) => handle(fact as Consumes<"dispatcher">));
  const needs = Layer.merge(gitHubWith("dispatcher", around), policyLayer);
  return world.as("dispatcher", Effect.flip(Effect.provide(handling, needs)));
}

/** A GitHub that refuses one call. */
function refuse(call: string, status: number): Around {
  const refusal = new GitHubRefused({ what: call, status, reason: "Resource not accessible" });
  return (what, asking) => (what === call ? Effect.fail(refusal) : asking);
}

const approved = ["ISSUE_APPROVED", "ISSUE_QUEUED"];

describe("a label", () => {
  test.each([
    ["a stranger", stranger],
    ["somebody who may set labels and not write", triager],
  ])("of %s approves nothing, and says whom to ask", async (_who, by) => {
    const on = await fileIssue();
    expect(await appendedAfter(on, labeled(on, { sender: by.login }))).toEqual(["ISSUE_LABEL_REFUSED"]);
    const reason = `${by.login} may not write to this repository: ask somebody with write permission to`;
    expect((await world.history(on)).at(-1)?.data).toMatchObject({ reason: expect.stringContaining(reason) });
  });

  test("of a bot approves only where the operator's policy names the bot", async () => {
    const [named, other] = [await fileIssue(), await fileIssue()];
    const bot = { senderType: "Bot" } as const;
    expect(await appendedAfter(named, labeled(named, { ...bot, sender: merger.login }))).toEqual(approved);
    expect(await appendedAfter(other, labeled(other, { ...bot, sender: coder.login }))).toEqual([
      "ISSUE_LABEL_REFUSED",
    ]);
  });

  test("whose issue was edited before it was handled approves nothing; a fresh label approves the edited text", async () => {
    const on = await fileIssue();
    await issues().update({ ...at, issue_number: on.number, body: "Sell everything." });
    expect(await appendedAfter(on, labeled(on))).toEqual(["ISSUE_LABEL_REFUSED"]);
    expect(await appendedAfter(on, unlabeled(on), labeled(on, { text: "Sell everything." }))).toEqual(approved);
    expect(await world.as("dev-e", loadApproved(on))).toMatchObject({ title: "Sell more", body: "Sell everything." });
  });

  test("whose issue is edited after the approval leaves the approved text as it is; a stranger's label on the edited one ends the work", async () => {
    const on = await fileIssue();
    expect(await appendedAfter(on, labeled(on))).toEqual(approved);
    await issues().update({ ...at, issue_number: on.number, body: "Sell everything." });
    const label = labeled(on, { text: "Sell everything.", sender: stranger.login });
    expect(await appendedAfter(on, label)).toEqual(["ISSUE_LABEL_REFUSED", "ISSUE_CANCELLED"]);
    expect(await world.as("dev-e", loadApproved(on))).toMatchObject({ title: "Sell more", body: "Please." });
  });

  test("that is taken off cancels the work, unless it is on again when the delivery comes", async () => {
    const on = await fileIssue();
    expect(await appendedAfter(on, labeled(on))).toEqual(approved);
    expect(await appendedAfter(on, unlabeled(on))).toEqual([]);
    await issues().removeLabel({ ...at, issue_number: on.number, name: "agent-ready" });
    expect(await appendedAfter(on, unlabeled(on), unlabeled(on))).toEqual(["ISSUE_CANCELLED"]);
    await issues().addLabels({ ...at, issue_number: on.number, labels: ["agent-ready"] });
    await world.manager.streams.purge("WORK");
    expect(await appendedAfter(on, labeled(on))).toEqual(approved);
  });
});

test("a closing from before the label ends the work only if GitHub has the issue closed", async () => {
  const on = await fileIssue();
  expect(await appendedAfter(on, labeled(on, { updatedAt: ago(5) }))).toEqual(approved);
  expect(await appendedAfter(on, closedAt(on, 1))).toEqual([]);
  await issues().update({ ...at, issue_number: on.number, state: "closed" });
  expect(await appendedAfter(on, closedAt(on, 2))).toEqual(["ISSUE_CANCELLED"]);
});

describe("nothing is decided, and the delivery is tried again,", () => {
  test("while GitHub does not know the issue", async () => {
    const on = issueAt({ ...at, number: 900 });
    expect(await failure(labeled(on))).toMatchObject({ _tag: "Retryable" });
    expect(await failure(unlabeled(on))).toMatchObject({ _tag: "Retryable" });
  });

  test("while GitHub's answer is older than the delivery", async () => {
    const on = await fileIssue();
    const later = { updatedAt: "2100-01-01T00:00:00Z" };
    expect(await failure(labeled(on, later))).toMatchObject({
      _tag: "Retryable",
      what: expect.stringContaining("older"),
    });
  });
});

test("what GitHub refuses to tell the dispatcher becomes a dead letter that says so, and nothing is approved", async () => {
  const on = issueAt({ ...at, number: 901 });
  expect(await failure(labeled(on), refuse("read the issue", 403))).toMatchObject({
    _tag: "Poison",
    what: "read the issue: GitHub answered 403 Resource not accessible",
  });
});

test("what GitHub refuses to tell of a label that was taken off, or of an old closing, is not lost: the words say that the work goes on", async () => {
  const on = await fileIssue();
  await appendedAfter(on, labeled(on, { updatedAt: ago(5) }));
  for (const [draft, asked] of [
    [unlabeled(on), `read whether agent-ready is off #${on.number}, on which the work goes on meanwhile`],
    [closedAt(on, 1), `read whether somebody closed #${on.number}, on which the work goes on meanwhile`],
  ] as const) {
    const what = (status: number) => `${asked}: GitHub answered ${status} Resource not accessible`;
    expect(await failure(draft, refuse(asked, 403))).toMatchObject({ _tag: "Poison", what: what(403) });
    // GitHub may not know the issue yet: the 60th try becomes the dead letter.
    expect(await failure(draft, refuse(asked, 404))).toMatchObject({ _tag: "Retryable", what: what(404) });
  }
});

describe("a red head", () => {
  /** An issue in review whose change stands on the forge with a red check, or a red commit status, and the deliveries about the two. */
  async function redChange(file: string, { by = "check" }: { by?: "check" | "status" | "status during the run" } = {}) {
    const on = await fileIssue();
    const branch = `feature/issue-${on.number}`;
    const headSha = await world.forge.push(coder, branch, {
      [`${file}.test.js`]: by === "check" ? "throw new Error('red');\n" : "",
    });
    await world.forge.settled();
    const shown = { sha: headSha, state: "failure", context: "test" } as const;
    if (by !== "check") await world.forge.octokitOf(person).rest.repos.createCommitStatus({ ...at, ...shown });
    const status: FactDraft = { type: "STATUS_REPORTED", on, data: { headSha, context: "test", state: "failure" } };
    const wanted = { ...at, title: "T", head: branch, base: "main", body: `Closes #${on.number}` };
    const { number } = (await world.forge.octokitOf(coder).rest.pulls.create(wanted)).data;
    const [claimId, agentId, attempt] = ["c1", "dev-e", 1];
    const pr = { ...at, kind: "pr", number } as const;
    const claim = { claimId, epoch: 1, agentId, instanceId: "i", attempt };
    const dispatch = { attempt, task: "implement", reason: "labelled", prNumber: null, headSha: null } as const;
    const created = { claimId, agentId, prNumber: number, prUrl: "", branch, epoch: 1 };
    const ended = { claimId, attempt, prNumber: number, headSha, turns: 1, summary: { text: "done" } };
    const change = { title: "T", author: coder.login, branch, baseBranch: "main", headSha, closes: [on.number] };
    await world.publishAll(
      { type: "ISSUE_APPROVED", on, data: approvalOf() },
      { type: "ISSUE_QUEUED", on, data: dispatch },
      { type: "ISSUE_ASSIGNED", on, data: claim },
      { type: "PR_CREATED", on, data: created },
      ...(by === "status during the run" ? [status] : []),
      { type: "RUN_SUCCEEDED", on, data: ended },
      { type: "PR_OPENED", on: pr, data: change },
    );
    const red: FactDraft = { type: "CI_FAILED", on: pr, data: { headSha, suiteId: 1, conclusion: "failure" } };
    return { on, red, status };
  }

  test("whose required check failed is fixed once, although its delivery comes twice", async () => {
    const { on, red } = await redChange("required");
    expect(await appendedAfter(on, red, red)).toEqual(["ISSUE_QUEUED"]);
    const reason = "required checks failed: test";
    expect((await world.history(on)).at(-1)?.data).toMatchObject({ task: "fix", reason });
  });

  test.each(["status", "status during the run"] as const)(
    "whose required commit status failed is fixed: %s",
    async (by) => {
      const { on, status } = await redChange(by.replaceAll(" ", "-"), { by });
      if (by === "status") expect(await appendedAfter(on, status, status)).toEqual(["ISSUE_QUEUED"]);
      await handled();
      const reason = "required checks failed: test";
      expect((await world.history(on)).at(-1)?.data).toMatchObject({ task: "fix", reason });
    },
  );

  test("is not fixed where nobody may read which checks are required, and the dead letter says so", async () => {
    await running.stop();
    const { red } = await redChange("unreadable");
    await world.publishAll(red);
    const what = "read the rules of main";
    const failed = await failure(red, refuse(what, 403));
    const named = expect.stringContaining(
      `${what}: GitHub answered 403 Resource not accessible: give the App Metadata`,
    );
    expect(failed).toMatchObject({ _tag: "Poison", what: named });
  });

  test("that GitHub does not know yet is asked for again", async () => {
    await running.stop();
    const { red } = await redChange("unknown");
    await world.publishAll(red);
    const refusal = new GitHubRefused({ what: "read", status: 422, reason: "No commit found for SHA" });
    const unknown: Around = (asked, call) => (asked.startsWith("read the checks of") ? Effect.fail(refusal) : call);
    expect(await failure(red, unknown)).toMatchObject({ _tag: "Retryable" });
  });
});
