import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Effect, Layer, Result } from "effect";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type IssueRef, issueAt } from "#contracts/aggregates.ts";
import type { DataOf } from "#contracts/catalogue.ts";
import { unknownChange } from "#contracts/change-life.ts";
import type { Fact, FactDraft } from "#contracts/envelope.ts";
import { foldIssue, type IssueFact } from "#contracts/issue-life.ts";
import { aggregateFilter } from "#contracts/subjects.ts";
import { labelOf, plainSettings } from "#contracts/test-facts.ts";
import type { WorkItem } from "#contracts/work.ts";
import { Bus } from "#kit/bus/bus.ts";
import { append, outgoing } from "#kit/facts/aggregate.ts";
import { readText } from "#kit/facts/text.ts";
import { gitHubLayer } from "#kit/github/github.ts";
import { type ForgeWorld, startForgeWorld } from "#kit/github/test-forge-world.ts";
import { policyLayer } from "#kit/policy/policy.ts";
import { eventually, type Running } from "#kit/test/test-world.ts";
import { decodeWork } from "#kit/work/enqueue.ts";
import { coder, person, shopTestCommand } from "../../deploy/local/forge/test-forge.ts";
import { decide } from "./decide.ts";
import dispatcher from "./main.ts";
import { confirmed } from "./test-history.ts";
import { makeHandle } from "./work.ts";

// The whole service on a real nats-server with its own permissions, and on the local forge.

let world: ForgeWorld;
let running: Running<unknown> | undefined;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "rig-policy-"));
  await writePolicy(2);
  world = await startForgeWorld({ settings: { RIG_POLICY: policyFile() } });
});
afterEach(() => running?.stop());
afterAll(async () => {
  await world.stop();
  await rm(directory, { recursive: true, force: true });
});

function start(): void {
  running = world.startService(dispatcher);
}

/** Files an issue that has the label on the forge. The forge sends no deliveries here: each test publishes what they say. */
async function fileIssue(repo: string, by = person): Promise<IssueRef> {
  const wanted = { owner: "acme", repo, title: "Sell more", body: "", labels: ["agent-ready"] };
  const { data } = await world.forge.octokitOf(by).rest.issues.create(wanted);
  return issueAt({ owner: "acme", repo, number: data.number });
}

function labeled(on: IssueRef, more: Partial<DataOf<"ISSUE_LABELED">> = {}): FactDraft {
  const plain = { labels: ["agent-ready", "priority:high"], sender: person.login };
  return { type: "ISSUE_LABELED", on, data: labelOf({ ...plain, ...more }) };
}

/** Publishes a fact, and returns it as it is stored. */
async function publish(draft: FactDraft): Promise<Fact> {
  await world.publishAll(draft);
  const fact = (await world.history<Fact["on"]["kind"]>(draft.on)).findLast(({ type }) => type === draft.type);
  if (fact === undefined) throw new Error("the fact was not stored");
  return fact;
}

async function typesOn(on: IssueRef): Promise<readonly string[]> {
  return (await world.history(on)).map(({ type }) => type);
}

async function workOn(repo: string): Promise<readonly WorkItem[]> {
  const stored = await read("WORK", `work.*.*.*.acme.${repo}.>`);
  return stored.map(({ subject, payload }) => Result.getOrThrow(decodeWork(subject, payload)));
}

function read(stream: string, filter: string) {
  return world.as(
    "admin",
    Effect.flatMap(Bus, (bus) => bus.read(stream, filter)),
  );
}

const policyFile = () => join(directory, "policy.yaml");

/** Writes the policy of this repository with another default of failed attempts; the next start of the dispatcher reads it. */
async function writePolicy(failedAttemptsMax: number): Promise<void> {
  const facts = await readFile(join(import.meta.dirname, "../../facts/policy.yaml"), "utf8");
  await writeFile(policyFile(), facts.replace("{ default: 2, max: 2 }", `{ default: ${failedAttemptsMax}, max: 9 }`));
}

const consumed = () => world.consumed("dispatcher");

const approvedOnce = ["ISSUE_LABELED", "ISSUE_APPROVED", "ISSUE_QUEUED"];

test("a labelled issue is approved and queued and its work enqueued, each caused by the label", async () => {
  const on = await fileIssue("shop");
  start();
  const label = await publish(labeled(on));
  await consumed();
  const facts = await world.history(on);
  expect(facts.map(({ type }) => type)).toEqual(approvedOnce);
  for (const fact of facts.slice(1)) {
    expect(fact).toMatchObject({ actor: "dispatcher", causationId: label.id, correlationId: label.correlationId });
  }
  const first = { role: "dev", stack: "node", priority: "high", task: "implement", attempt: 1 };
  expect(await workOn("shop")).toMatchObject([{ ...first, number: on.number, causationId: label.id }]);
});

test("killed between its facts and the work item, it enqueues the item once when the label is redelivered", async () => {
  const on = await fileIssue("shop");
  const label = await publish(labeled(on));
  if (label.type !== "ISSUE_LABELED") throw new Error(label.type);
  // What `applyDecision` does first; then the process is gone.
  const handled = Effect.flatMap(makeHandle, (handle) => handle(label));
  const [answer] = await world.as(
    "dispatcher",
    Effect.provide(handled, Layer.merge(gitHubLayer("dispatcher"), policyLayer)),
  );
  if (answer === undefined) throw new Error("the label means nothing");
  const key = { service: "dispatcher", cause: label, step: aggregateFilter(on) } as const;
  await world.as("dispatcher", append(key, on, answer.decide));
  expect((await workOn("shop")).filter(({ number }) => number === on.number)).toEqual([]);
  start();
  await consumed();
  expect(await typesOn(on)).toEqual(approvedOnce);
  expect((await workOn("shop")).filter(({ number }) => number === on.number)).toMatchObject([{ attempt: 1 }]);
});

test("killed between its facts and the work item, it enqueues what it decided, although the file is wrong by now", async () => {
  await world.forge.createRepository("edited", { "README.md": "# Shop\n", ".rig-agent.yaml": "stack: cobol\n" });
  const on = await fileIssue("edited");
  const label = await publish(labeled(on));
  if (label.type !== "ISSUE_LABELED") throw new Error(label.type);
  // What was decided while the file was right; then the process is gone.
  const right = { ...label, ...confirmed };
  const asked = { isHeadMissing: false, isHeadReplaced: false, isMergedElsewhere: false };
  const unasked = { objection: null, foreign: null, redChecks: [], ...asked, byAgent: false };
  const seen = { on, change: unknownChange, prNumber: null, ...unasked };
  const decided = (history: readonly IssueFact[]) => decide(right, { ...seen, issue: foldIssue(history) });
  await world.as("dispatcher", append({ service: "dispatcher", cause: label, step: aggregateFilter(on) }, on, decided));
  start();
  await consumed();
  expect(await typesOn(on)).toEqual(approvedOnce);
  expect(await workOn("edited")).toMatchObject([{ attempt: 1, stack: "node", title: "Sell more" }]);
});

test("a label that is delivered twice, and a second label while the issue waits, lead to one work item", async () => {
  const on = await fileIssue("shop");
  start();
  const label = await publish(labeled(on));
  // The same fact under another message id is what a handler sees that runs twice.
  await Effect.runPromise((await world.busOf("admin")).publish({ ...outgoing(label), msgId: randomUUID() }));
  await publish(labeled(on));
  await consumed();
  expect((await typesOn(on)).filter((type) => type !== "ISSUE_LABELED")).toEqual(["ISSUE_APPROVED", "ISSUE_QUEUED"]);
  expect((await workOn("shop")).filter(({ number }) => number === on.number)).toHaveLength(1);
  expect(await read("DLQ", "dlq.>")).toEqual([]);
});

test.each([
  ["empty", {}, ["there is none on the default branch", 'Add it with at least "stack: node"', "take the label off"]],
  ["wrong", { ".rig-agent.yaml": "stack: cobol\n" }, ["stack", "Correct it, then take the label off"]],
  ["broken", { ".rig-agent.yaml": "stack: [node\n" }, ["not YAML", "Correct it, then take the label off"]],
  [
    "misspelling",
    { ".rig-agent.yaml": "stack: node\ntestComand: make test\n" },
    ['"testComand" is no key of this file', 'the nearest one is "testCommand"', "Correct it, then take the label off"],
  ],
  [
    "widening",
    { ".rig-agent.yaml": "stack: node\nlimits: { fixRoundsMax: 9 }\n" },
    [
      "limits.fixRoundsMax is 9",
      "at most 3",
      "Only the operator can raise that, at limits.fixRoundsMax.max in facts/policy.yaml",
    ],
  ],
])("an issue of the %s repository needs a person, who is told what to do", async (name, files, words) => {
  await world.forge.createRepository(name, { "README.md": "# Shop\n", ...files });
  const on = await fileIssue(name);
  start();
  await publish(labeled(on));
  await consumed();
  const last = (await world.history(on)).at(-1);
  if (last?.type !== "ISSUE_NEEDS_HUMAN") throw new Error("no person is asked");
  const { reason, details } = last.data;
  const written = details === null ? "" : await world.as("dev-e", readText(details));
  for (const word of [".rig-agent.yaml", ...words]) expect(`${reason}\n${written}`).toContain(word);
  expect(await workOn(name)).toEqual([]);
});

test("a label in a repository that GitHub does not know yet is tried again, and nobody is asked", async () => {
  const on = issueAt({ owner: "acme", repo: "late", number: 1 });
  start();
  await publish(labeled(on));
  await eventually(async () => expect((await world.consumer("EVENTS", "dispatcher")).num_redelivered).toBe(1));
  expect(await typesOn(on)).toEqual(["ISSUE_LABELED"]);
  await world.forge.createRepository("late", { "README.md": "# Shop\n", ".rig-agent.yaml": "stack: node\n" });
  expect(await fileIssue("late")).toEqual(on);
  await consumed();
  expect(await typesOn(on)).toEqual(approvedOnce);
});

test("a repository narrows the policy on its default branch", async () => {
  await world.forge.createRepository("careful", {
    "README.md": "# Shop\n",
    ".rig-agent.yaml":
      "stack: node\ntestCommand: make test\nlimits: { fixRoundsMax: 1 }\nunreadableFiles: ask_person\n",
  });
  const on = await fileIssue("careful");
  start();
  await publish(labeled(on));
  await consumed();
  const limits = { ...plainSettings.limits, fixRoundsMax: 1 };
  expect((await world.history(on)).find(({ type }) => type === "ISSUE_APPROVED")).toMatchObject({
    version: 3,
    data: { ...plainSettings, testCommand: "make test", limits, unreadableFiles: "ask_person" },
  });
});

test("what a change does to the repository's file holds for no issue until it is merged", async () => {
  await world.forge.push(coder, "untested", { ".rig-agent.yaml": 'stack: node\ntestCommand: "true"\n' });
  const on = await fileIssue("shop");
  start();
  await publish(labeled(on));
  await consumed();
  const approval = (await world.history(on)).find(({ type }) => type === "ISSUE_APPROVED");
  expect(approval?.data).toMatchObject({ ...plainSettings, testCommand: shopTestCommand });
});

test("a policy that is edited after an approval holds from the next approval on", async () => {
  const restart = async (failedAttemptsMax: number) => {
    await running?.stop();
    await writePolicy(failedAttemptsMax);
    start();
  };
  const on = await fileIssue("shop");
  const fail = async (attempt: number) => {
    const claim = { claimId: `c${attempt}`, epoch: attempt, agentId: "dev-e", instanceId: "i", attempt };
    await publish({ type: "ISSUE_ASSIGNED", on, data: claim });
    // The agent has its item: the queue takes one item of an issue at a time.
    await world.manager.streams.purge("WORK", { filter: `work.dev.node.high.acme.shop.${on.number}` });
    const how = { class: "tests", retryable: true, reason: "it broke", details: null } as const;
    await publish({ type: "RUN_FAILED", on, data: { claimId: claim.claimId, attempt, ...how } });
    await consumed();
    return (await world.history(on)).at(-1);
  };
  await restart(2);
  await publish(labeled(on));
  await consumed();
  await restart(1);
  expect(await fail(1)).toMatchObject({ type: "ISSUE_QUEUED", data: { attempt: 2 } });
  await restart(9);
  expect(await fail(2)).toMatchObject({ type: "ISSUE_NEEDS_HUMAN" });
  await restart(1);
  await publish(labeled(on));
  await consumed();
  expect(await fail(3)).toMatchObject({ type: "ISSUE_NEEDS_HUMAN" });
  await writePolicy(2);
});

test("a change of the issue is enqueued for review, and an objection to its head becomes one fix", async () => {
  const on = await fileIssue("shop");
  const holder = { claimId: "c1", epoch: 1, agentId: "dev-e", instanceId: "i", attempt: 1 };
  const branch = `feature/issue-${on.number}`;
  const headSha = await world.forge.push(coder, branch, { "sell.js": "" });
  const wanted = { owner: "acme", repo: "shop", title: "T", head: branch, base: "main" };
  const { number: prNumber } = (await world.forge.octokitOf(coder).rest.pulls.create(wanted)).data;
  const pr = { kind: "pr", owner: "acme", repo: "shop", number: prNumber } as const;
  const pull = { claimId: "c1", prNumber, prUrl: "", branch, epoch: 1, agentId: "dev-e" };
  const ended = { claimId: "c1", attempt: 1, prNumber, headSha, turns: 1, summary: { text: "done" } };
  const change = { title: "T", author: coder.login, branch, baseBranch: "main", headSha, closes: [on.number] };
  start();
  await publish(labeled(on));
  await consumed();
  await publish({ type: "ISSUE_ASSIGNED", on, data: holder });
  await publish({ type: "PR_CREATED", on, data: pull });
  await publish({ type: "PR_OPENED", on: pr, data: change });
  await publish({ type: "RUN_SUCCEEDED", on, data: ended });
  await consumed();
  expect((await workOn("shop")).filter(({ role }) => role === "review")).toMatchObject([{ number: prNumber, headSha }]);
  // The agent has done its item: the queue takes one item of an issue at a time.
  await world.manager.streams.purge("WORK", { filter: `work.dev.node.high.acme.shop.${on.number}` });
  const reviewer = { claimId: "r1", epoch: 1, agentId: "review-e", instanceId: "i", attempt: 1, headSha };
  await publish({ type: "REVIEW_ASSIGNED", on: pr, data: reviewer });
  const objection = { claimId: "r1", headSha, reviewId: 1, summary: { text: "no" }, threads: [] };
  await publish({ type: "REVIEW_CHANGES_REQUESTED", on: pr, data: objection });
  await consumed();
  const fixes = (await workOn("shop")).filter(({ number, role }) => number === on.number && role === "dev");
  expect(fixes).toMatchObject([{ task: "fix", attempt: 2, prNumber, headSha }]);
  expect((await typesOn(on)).filter((type) => type === "ISSUE_QUEUED")).toHaveLength(2);
});
