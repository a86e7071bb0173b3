import { createHmac } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";
import { Octokit } from "octokit";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { runCommand } from "#kit/process/shell.ts";
import {
  coder,
  person,
  type Received,
  type Receiver,
  reviewer,
  startReceiver,
  startTestForge,
  type TestForge,
} from "./test-forge.ts";

const shop = { owner: "acme", repo: "shop" };
const secret = "a secret of the tests";
let local: TestForge;
let receiver: Receiver;

beforeEach(async () => {
  receiver = await startReceiver();
  local = await startTestForge({ webhook: { url: receiver.url, secret } });
}, 30_000);
afterEach(async () => {
  await local.close();
  await receiver.close();
});

describe("webhooks of the forge", { timeout: 60_000 }, () => {
  it("sends for a whole change what @octokit/webhooks-schemas describes, signed over the raw body", async () => {
    await wholeChange();
    await local.forge.settled();
    const validate = await validators();
    expect(validate("issues$opened")({ action: "opened" }), "a payload that lacks all is refused").toBe(false);
    for (const delivery of receiver.received) {
      const check = validate(nameOf(delivery).replace(".", "$"));
      expect(check(delivery.payload), `${nameOf(delivery)}: ${JSON.stringify(check.errors, null, 1)}`).toBe(true);
      const signature = createHmac("sha256", secret).update(delivery.text).digest("hex");
      expect(delivery.signature).toBe(`sha256=${signature}`);
    }
    expect([...new Set(receiver.received.map(nameOf))].sort()).toEqual([
      "check_run.completed",
      "check_run.created",
      "check_suite.completed",
      "issue_comment.created",
      "issue_comment.deleted",
      "issue_comment.edited",
      "issues.closed",
      "issues.edited",
      "issues.labeled",
      "issues.opened",
      "issues.reopened",
      "issues.unlabeled",
      "pull_request.closed",
      "pull_request.edited",
      "pull_request.labeled",
      "pull_request.opened",
      "pull_request.reopened",
      "pull_request.synchronize",
      "pull_request.unlabeled",
      "pull_request_review.submitted",
      "pull_request_review_comment.created",
      "pull_request_review_thread.resolved",
      "push.event",
    ]);
    expect(new Set(receiver.received.map((each) => each.guid)).size).toBe(receiver.received.length);
  });

  it("names the open pull request in check events and the old and the new head in synchronize", async () => {
    await local.git(coder, "clone");
    const before = await local.push(coder, "topic", { "a.txt": "1\n" });
    await local.octokitOf(coder).rest.pulls.create({ ...shop, title: "Topic", head: "topic", base: "main" });
    const after = await local.push(coder, "topic", { "a.txt": "2\n" });
    await local.forge.settled();
    const synchronize = receiver.received.find((each) => nameOf(each) === "pull_request.synchronize");
    expect(synchronize?.payload).toMatchObject({ before, after, pull_request: { head: { sha: after } } });
    const suites = receiver.received.filter((each) => nameOf(each) === "check_suite.completed");
    expect(suites.at(-1)?.payload).toMatchObject({
      check_suite: { head_sha: after, conclusion: "success", pull_requests: [{ number: 1 }] },
    });
  });

  it("sends a delivery again under the same GUID until the receiver accepts it, and in order", async () => {
    receiver.answers.push(503, 500);
    await local.octokitOf(person).rest.issues.create({ ...shop, title: "First" });
    await local.octokitOf(person).rest.issues.createComment({ ...shop, issue_number: 1, body: "Second" });
    await local.forge.settled();
    const [first, again, third, comment] = receiver.received;
    expect(receiver.received.map(nameOf)).toEqual([...Array(3).fill("issues.opened"), "issue_comment.created"]);
    expect(new Set([first, again, third].map((each) => each?.guid)).size).toBe(1);
    expect(comment?.guid).not.toBe(first?.guid);
    expect(local.forge.deliveries()).toMatchObject([
      { guid: first?.guid, attempts: 3, statusCode: 202, delivered: true },
      { guid: comment?.guid, attempts: 1, statusCode: 202, delivered: true },
    ]);
  });

  it("does not send again what the receiver refuses", async () => {
    receiver.answers.push(401);
    await local.octokitOf(person).rest.issues.create({ ...shop, title: "First" });
    await local.forge.settled();
    expect(receiver.received).toHaveLength(1);
    expect(local.forge.deliveries()).toMatchObject([{ attempts: 1, statusCode: 401, delivered: false }]);
  });

  it("sends after a restart what was not accepted before it, under the same GUID", async () => {
    await receiver.close();
    await local.octokitOf(person).rest.issues.create({ ...shop, title: "First" });
    receiver = await startReceiver();
    await local.restart({ webhook: { url: receiver.url, secret } });
    await local.forge.settled();
    expect(receiver.received.map(nameOf)).toEqual(["issues.opened"]);
    expect(local.forge.deliveries()).toMatchObject([{ guid: receiver.received[0]?.guid, delivered: true }]);
  });

  it("ends running tests with their children at a stop, and runs them again after the restart", async () => {
    await local.git(coder, "clone");
    const { directory } = local;
    const sleep = `sleep 60 & echo $! > ${directory}/pid.part && mv ${directory}/pid.part ${directory}/pid; wait`;
    const command = `test -f ${directory}/go || { ${sleep}; exit 1; }`;
    const sha = await local.push(coder, "slow", { ".rig-agent.yaml": `stack: node\ntestCommand: '${command}'\n` });
    const told = await vi.waitFor(() => readFile(join(directory, "pid"), "utf8"), { timeout: 10_000, interval: 20 });
    const pid = Number(told);
    expect(await stateOf(pid)).toMatch(/^[SR]/);
    await writeFile(join(directory, "go"), "");
    await local.restart();
    expect(await stateOf(pid)).toMatch(/^Z?$/);
    await local.forge.settled();
    const { data } = await local.octokitOf(coder).rest.checks.listForRef({ ...shop, ref: sha });
    expect(data.check_runs).toMatchObject([{ conclusion: "success" }]);
    expect(receiver.received.map(nameOf).filter((name) => name === "check_run.completed")).toHaveLength(1);
  });
});

async function wholeChange(): Promise<void> {
  const filer = local.octokitOf(person).rest;
  const dev = local.octokitOf(coder).rest;
  await filer.issues.create({ ...shop, title: "Double", body: "Please", labels: ["agent-ready"] });
  await filer.issues.update({ ...shop, issue_number: 1, title: "Double it", body: "Pretty please" });
  await filer.issues.removeLabel({ ...shop, issue_number: 1, name: "agent-ready" });
  await filer.issues.update({ ...shop, issue_number: 1, state: "closed", state_reason: "not_planned" });
  await filer.issues.update({ ...shop, issue_number: 1, state: "open" });
  const { data: comment } = await dev.issues.createComment({ ...shop, issue_number: 1, body: "I begin." });
  await dev.issues.updateComment({ ...shop, comment_id: comment.id, body: "I go on." });
  await dev.issues.deleteComment({ ...shop, comment_id: comment.id });
  await local.git(coder, "clone");
  await local.push(coder, "topic", { "double.js": "export const double = (value) => value + value;\n" });
  await dev.pulls.create({ ...shop, title: "Double", head: "topic", base: "main" });
  await dev.pulls.update({ ...shop, pull_number: 2, body: "Closes #1" });
  await dev.issues.addLabels({ ...shop, issue_number: 2, labels: ["large-pr-ok"] });
  await dev.issues.removeLabel({ ...shop, issue_number: 2, name: "large-pr-ok" });
  await dev.pulls.update({ ...shop, pull_number: 2, state: "closed" });
  await dev.pulls.update({ ...shop, pull_number: 2, state: "open" });
  const comments = [{ path: "double.js", line: 1, body: "Say two." }];
  const review = { ...shop, pull_number: 2 };
  await local
    .octokitOf(reviewer)
    .rest.pulls.createReview({ ...review, event: "REQUEST_CHANGES", body: "Nearly.", comments });
  await local.push(coder, "topic", { "double.js": "export const double = (value) => 2 * value;\n" });
  await resolveThread();
  await local.octokitOf(reviewer).rest.pulls.createReview({ ...review, event: "APPROVE" });
  await dev.issues.createComment({ ...shop, issue_number: 2, body: "Done." });
  await local.forge.settled();
  await filer.pulls.merge({ ...shop, pull_number: 2, merge_method: "squash" });
  await dev.git.deleteRef({ ...shop, ref: "heads/topic" });
}

async function resolveThread(): Promise<void> {
  const baseUrl = `${local.forge.url}/api/v3`;
  const octokit = new Octokit({ auth: reviewer.token, baseUrl, throttle: { enabled: false } });
  const query = `{ repository(owner: "acme", name: "shop") { pullRequest(number: 2) { reviewThreads(first: 1) { nodes { id } } } } }`;
  const found = await octokit.graphql<{
    repository: { pullRequest: { reviewThreads: { nodes: { id: string }[] } } };
  }>(query);
  const input = { threadId: found.repository.pullRequest.reviewThreads.nodes[0]?.id };
  const mutation = `mutation($input: ResolveReviewThreadInput!) { resolveReviewThread(input: $input) { thread { id } } }`;
  await octokit.graphql(mutation, { input });
}

/** What `ps` says of a process: empty when it is gone, Z when it has ended and its new parent has not asked for it yet. */
async function stateOf(pid: number): Promise<string> {
  return (await runCommand("ps", ["-o", "stat=", "-p", String(pid)])).stdout.trim().replace(/^Z.*/, "Z");
}

function nameOf(delivery: Received): string {
  return `${delivery.event}.${String(delivery.payload.action ?? "event")}`;
}

async function validators(): Promise<(name: string) => ValidateFunction> {
  const file = createRequire(import.meta.url).resolve("@octokit/webhooks-schemas/schema.json");
  const schema = JSON.parse(await readFile(file, "utf8")) as { definitions: Record<string, unknown> };
  const ajv = new Ajv({ strict: false, inlineRefs: false });
  addFormats.default(ajv);
  ajv.addKeyword("tsAdditionalProperties");
  ajv.addSchema(schema, "webhooks");
  return (name) => {
    if (schema.definitions[name] === undefined) throw new Error(`${name} is no event of the schema.`);
    return ajv.getSchema(`webhooks#/definitions/${name}`) as ValidateFunction;
  };
}
