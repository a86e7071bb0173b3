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
  stranger,
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
      "check_suite.rerequested",
      "fork.event",
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
      "pull_request.converted_to_draft",
      "pull_request.edited",
      "pull_request.labeled",
      "pull_request.opened",
      "pull_request.ready_for_review",
      "pull_request.reopened",
      "pull_request.review_request_removed",
      "pull_request.review_requested",
      "pull_request.synchronize",
      "pull_request.unlabeled",
      "pull_request_review.dismissed",
      "pull_request_review.submitted",
      "pull_request_review_comment.created",
      "pull_request_review_comment.deleted",
      "pull_request_review_comment.edited",
      "pull_request_review_thread.resolved",
      "pull_request_review_thread.unresolved",
      "push.event",
      "repository.renamed",
      "repository.transferred",
      "status.event",
    ]);
    expect(new Set(receiver.received.map((each) => each.guid)).size).toBe(receiver.received.length);
    for (const [name, content] of Object.entries(contents)) {
      expect(receiver.received.find((each) => nameOf(each) === name)?.payload, name).toMatchObject(content);
    }
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

/** What the first delivery of each of these says beside its shape. */
const contents = {
  "issues.edited": { changes: { title: { from: "Double" }, body: { from: "Please" } }, issue: { title: "Double it" } },
  "issues.unlabeled": { label: { name: "agent-ready" }, sender: { login: "acme" } },
  "issue_comment.edited": { changes: { body: { from: "I begin." } }, comment: { body: "I go on." } },
  "issue_comment.deleted": { comment: { body: "I go on." } },
  "pull_request.review_requested": { requested_reviewer: { login: reviewer.login } },
  "pull_request_review.dismissed": { review: { state: "dismissed" }, sender: { login: "acme" } },
  "pull_request_review_comment.edited": { changes: { body: { from: "Yes." } } },
  "status.event": { context: "lint", state: "success", branches: [{ name: "main" }] },
  "check_suite.rerequested": { check_suite: { app: { slug: "review-e" } } },
  "repository.renamed": { changes: { repository: { name: { from: "shop" } } }, repository: { name: "store" } },
  "repository.transferred": { changes: { owner: { from: { user: { login: "acme" } } } } },
};

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
  await dev.pulls.requestReviewers({ ...shop, pull_number: 2, reviewers: [reviewer.login, "acme"] });
  await dev.pulls.removeRequestedReviewers({ ...shop, pull_number: 2, reviewers: ["acme"] });
  const comments = [{ path: "double.js", line: 1, body: "Say two." }];
  const review = { ...shop, pull_number: 2 };
  const { data: objection } = await local
    .octokitOf(reviewer)
    .rest.pulls.createReview({ ...review, event: "REQUEST_CHANGES", body: "Nearly.", comments });
  const [first] = (await filer.pulls.listReviewComments(review)).data;
  const { data: reply } = await dev.pulls.createReplyForReviewComment({
    ...review,
    comment_id: first?.id ?? 0,
    body: "Yes.",
  });
  await dev.pulls.updateReviewComment({ ...shop, comment_id: reply.id, body: "Yes!" });
  await dev.pulls.deleteReviewComment({ ...shop, comment_id: reply.id });
  await filer.pulls.dismissReview({ ...review, review_id: objection.id, message: "It is good enough." });
  await local.push(coder, "topic", { "double.js": "export const double = (value) => 2 * value;\n" });
  await changeByGraphql();
  await local.octokitOf(reviewer).rest.pulls.createReview({ ...review, event: "APPROVE" });
  await dev.issues.createComment({ ...shop, issue_number: 2, body: "Done." });
  await local.forge.settled();
  await filer.pulls.merge({ ...shop, pull_number: 2, merge_method: "squash" });
  await dev.git.deleteRef({ ...shop, ref: "heads/topic" });
  await sayMore();
}

/** What other Apps and the owner do beside the change. */
async function sayMore(): Promise<void> {
  const filer = local.octokitOf(person).rest;
  const app = local.octokitOf(reviewer).rest;
  const { data: ref } = await filer.git.getRef({ ...shop, ref: "heads/main" });
  const { sha } = ref.object;
  await filer.repos.createCommitStatus({ ...shop, sha, state: "success", context: "lint" });
  const { data: run } = await app.checks.create({ ...shop, name: "docs", head_sha: sha, conclusion: "neutral" });
  await filer.checks.rerequestSuite({ ...shop, check_suite_id: run.check_suite?.id ?? 0 });
  await local.octokitOf(stranger).rest.repos.createFork(shop);
  await filer.repos.update({ ...shop, name: "store" });
  await filer.repos.transfer({ owner: "acme", repo: "store", new_owner: stranger.login, new_name: "kept" });
}

async function changeByGraphql(): Promise<void> {
  const baseUrl = `${local.forge.url}/api/v3`;
  const octokit = new Octokit({ auth: reviewer.token, baseUrl, throttle: { enabled: false } });
  const query = `{ repository(owner: "acme", name: "shop") { pullRequest(number: 2) { id reviewThreads(first: 1) { nodes { id } } } } }`;
  const found = await octokit.graphql<{
    repository: { pullRequest: { id: string; reviewThreads: { nodes: { id: string }[] } } };
  }>(query);
  const pull = found.repository.pullRequest;
  const change = (name: string, input: Record<string, string | undefined>, selected: string) =>
    octokit.graphql(
      `mutation { ${name}(input: { ${Object.entries(input).map(([key, id]) => `${key}: "${id}"`)} }) { ${selected} { id } } }`,
    );
  const threadId = pull.reviewThreads.nodes[0]?.id;
  await change("resolveReviewThread", { threadId }, "thread");
  await change("unresolveReviewThread", { threadId }, "thread");
  await change("convertPullRequestToDraft", { pullRequestId: pull.id }, "pullRequest");
  await change("markPullRequestReadyForReview", { pullRequestId: pull.id }, "pullRequest");
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
  // Each schema is compiled for a few payloads: to optimize the code takes longer than it saves (2.2 s against 0.9 s for all).
  const ajv = new Ajv({ strict: false, inlineRefs: false, validateSchema: false, code: { optimize: false } });
  addFormats.default(ajv);
  ajv.addKeyword("tsAdditionalProperties");
  ajv.addSchema(schema, "webhooks");
  return (name) => {
    if (schema.definitions[name] === undefined) throw new Error(`${name} is no event of the schema.`);
    return ajv.getSchema(`webhooks#/definitions/${name}`) as ValidateFunction;
  };
}
