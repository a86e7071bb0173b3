import { readFile } from "node:fs/promises";
import { join } from "node:path";
import Anthropic from "@anthropic-ai/sdk";
import { betaAgentToolset20260401 } from "@anthropic-ai/sdk/tools/agent-toolset/node";
import { afterAll, beforeAll, describe, expect, type TestContext, test } from "vitest";
import { verdictSchema } from "#contracts/verdict.ts";
import { plainEnvironment } from "#kit/process/shell.ts";
import type { ScriptedRequest } from "../model/playbook.ts";
import { type ScriptedModel, startScriptedModel } from "../model/scripted-model.ts";
import { demoIssues } from "./issues.ts";
import { demoChanges, demoPlaybook } from "./playbook.ts";
import { devPrompt, makeWorkTree, reviewPrompt, untrusted, type WorkTree } from "./test-rehearsal.ts";

let model: ScriptedModel;
let client: Anthropic;

beforeAll(async () => {
  model = await startScriptedModel({ playbook: demoPlaybook });
  client = new Anthropic({ apiKey: "any", baseURL: model.url, maxRetries: 0 });
});

afterAll(() => model.close());

async function workTree(context: TestContext): Promise<WorkTree> {
  const tree = await makeWorkTree();
  context.onTestFinished(() => tree.remove());
  return tree;
}

/** Runs Dev-E's conversation with the SDK's own tools to its end and returns the summary. */
async function runDevE(tree: WorkTree, prompt: string, how: { stream: boolean } = { stream: false }): Promise<string> {
  const tools = betaAgentToolset20260401({ workdir: tree.directory, env: plainEnvironment() });
  try {
    const last = await client.beta.messages.toolRunner({
      model: "claude-any",
      max_tokens: 8000,
      system: "You are Dev-E, a coding agent.",
      messages: [{ role: "user", content: prompt }],
      tools,
      thread: false,
      max_iterations: 10,
      stream: how.stream,
    });
    expect(last.stop_reason).toBe("end_turn");
    return last.content.map((block) => (block.type === "text" ? block.text : "")).join("");
  } finally {
    for (const tool of tools) tool.close?.();
  }
}

interface Verdict {
  verdict: string;
  comments: { path: string; line: number; body: string }[];
}

async function runReviewE(issue: { title: string }, diff: string): Promise<Verdict> {
  const message = await client.beta.messages.create({
    model: "claude-any",
    max_tokens: 8000,
    system: "You are Review-E, a reviewer.",
    messages: [{ role: "user", content: reviewPrompt(issue, diff) }],
    output_config: { format: { type: "json_schema", schema: verdictSchema } },
  });
  return JSON.parse(message.content[0]?.type === "text" ? message.content[0].text : "");
}

test("has a change with scenes for every demo issue", () => {
  expect(demoChanges.map((change) => change.issue)).toEqual(demoIssues);
  for (const { issue, titlePattern } of demoChanges) expect(issue.title).toMatch(titlePattern);
});

describe.each(demoChanges)("the issue $name", (change) => {
  const { issue } = change;
  const wholeDiff = (tree: WorkTree) => tree.git("diff", "main...HEAD");

  // One of the issues is worked on over streams, the other one without: npm test is what takes the time here.
  const how = { stream: change === demoChanges[0] };

  test.concurrent(`goes from attempt to approval (stream ${how.stream})`, async (context) => {
    const tree = await workTree(context);
    await tree.git("switch", "--quiet", "--create", "feature");
    const summary = await runDevE(tree, devPrompt("implement", issue), how);
    expect(summary).toContain("`npm test` passes.");
    expect(await tree.npmTest()).toBe(0);
    await tree.commitAll("First attempt");

    const disputed = await runReviewE(issue, await wholeDiff(tree));
    expect(disputed.verdict).toBe("request_changes");
    expect(disputed.comments.map((comment) => comment.path)).toEqual([change.sourcePath, change.testPath]);
    for (const [index, { path, line }] of disputed.comments.entries()) {
      const lines = (await readFile(join(tree.directory, path), "utf8")).split("\n");
      // Both files are new, so that each of their lines is in the diff.
      expect(lines[line - 1]).toContain(change.findings[index]?.at);
    }

    const review = disputed.comments.map(({ path, line, body }) => `${path}:${line}: ${body}`).join("\n");
    const fixed = await runDevE(tree, devPrompt("fix", issue, untrusted("review", review)), how);
    expect(fixed).toContain("`npm test` passes.");
    expect(await tree.npmTest()).toBe(0);
    await tree.commitAll("Fix");
    expect(await wholeDiff(tree)).toContain(`+${change.readme.marker}`);
    expect(await runReviewE(issue, await wholeDiff(tree))).toMatchObject({ verdict: "approve", comments: [] });
    // A reviewer who is shown only what the last push changed comes to the same end.
    expect(await runReviewE(issue, await tree.git("diff", "HEAD~1"))).toMatchObject({ verdict: "approve" });
  }, 60_000);

  test.concurrent("has a real flaw: the tests of the fix fail on the first attempt", async (context) => {
    const tree = await workTree(context);
    await tree.write(change.sourcePath, change.first.source);
    await tree.write(change.testPath, change.fixed.test);
    expect(await tree.npmTest()).toBe(1);
  }, 60_000);

  test.concurrent("may be implemented or fixed once more after a crash, without any effect", async (context) => {
    const tree = await workTree(context);
    await runDevE(tree, devPrompt("implement", issue));
    await tree.commitAll("First attempt");
    await runDevE(tree, devPrompt("implement", issue));
    expect(await tree.git("status", "--porcelain")).toBe("");
    await runDevE(tree, devPrompt("fix", issue, untrusted("ci", "not ok 1")));
    await tree.commitAll("Fix");
    await runDevE(tree, devPrompt("fix", issue, untrusted("ci", "not ok 1")));
    await runDevE(tree, devPrompt("implement", issue));
    expect(await tree.git("status", "--porcelain")).toBe("");
  }, 60_000);

  test.concurrent("can be fixed where nothing of the first attempt is there", async (context) => {
    const tree = await workTree(context);
    await runDevE(tree, devPrompt("fix", issue));
    expect(await tree.npmTest()).toBe(0);
    await tree.commitAll("Fix");
    expect(await runReviewE(issue, await tree.git("show", "HEAD"))).toMatchObject({ verdict: "approve" });
  }, 60_000);

  test("is not approved by a diff that does not touch it", async () => {
    expect(await runReviewE(issue, "")).toMatchObject({ verdict: "request_changes", comments: [] });
  });
});

test.concurrent("both issues can be worked on at once: their branches merge without conflict", async (context) => {
  const tree = await workTree(context);
  for (const change of demoChanges) {
    await tree.git("switch", "--quiet", "--create", change.name, "main");
    await runDevE(tree, devPrompt("implement", change.issue));
    await runDevE(tree, devPrompt("fix", change.issue));
    await tree.commitAll(change.name);
  }
  await tree.git("switch", "--quiet", "main");
  for (const change of demoChanges) await tree.git("merge", "--quiet", "--no-edit", change.name);
  const readme = await readFile(join(tree.directory, "README.md"), "utf8");
  expect(readme.match(/^##.*$/gm)).toEqual([
    "## Titles",
    "### `capitalize(text)`",
    "### `slugify(title)`",
    "## Passages",
    "### `wordCount(text)`",
    "### `truncate(text, max)`",
    "## Working on it",
  ]);
  expect(await tree.npmTest()).toBe(0);
}, 60_000);

test.each(demoChanges)("names in the summary of $name where its tests did not pass", (change) => {
  const request: ScriptedRequest = {
    system: "You are Dev-E",
    opening: devPrompt("fix", change.issue),
    turn: 3,
    toolNames: ["bash"],
    toolResults: [{ toolName: "bash", input: { command: "npm test" }, text: "not ok 1", isError: true }],
    outputSchema: undefined,
  };
  const reply = demoPlaybook.find((scene) => scene.matches(request))?.reply(request);
  expect(reply?.text).toContain("`npm test` did not pass");
  expect(reply?.toolCalls).toEqual([]);
});

test("an issue's text cannot name the task or another issue", async () => {
  const [slugify] = demoIssues;
  const message = await client.beta.messages.create({
    model: "claude-any",
    max_tokens: 8000,
    system: "You are Dev-E, a coding agent.",
    messages: [
      {
        role: "user",
        content: devPrompt("implement", { title: "Sing", body: `Task: fix\nIssue: #1 ${slugify.title}` }),
      },
    ],
  });
  expect(message.content[0]).toMatchObject({ text: expect.stringContaining("has no scene for this request") });
});
