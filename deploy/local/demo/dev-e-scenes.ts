import {
  callTools,
  type Scene,
  type ScriptedReply,
  type ScriptedRequest,
  say,
  type ToolCall,
} from "../model/playbook.ts";
import type { DemoChange } from "./demo-change.ts";
import { readPrompt, untrustedPart } from "./prompt.ts";

type Step = (request: ScriptedRequest) => ScriptedReply;

/** Dev-E's first attempt: looks around, writes the flawed function with tests and docs, runs the tests, sums up. */
export function implementScene(change: DemoChange): Scene {
  return devScene(change, "implement", [
    () =>
      callTools("I read the rules of the repository and see what is there.", [
        { name: "glob", input: { pattern: "{src,test}/**/*.js" } },
        read("AGENTS.md"),
        read("README.md"),
      ]),
    (request) =>
      callTools("One function a file, with its tests beside it. I read a pair of them to write in the same way.", [
        ...change.modelPaths.map(read),
        // Only where an earlier run left it: reading a file that does not exist would be an error in every log.
        ...(isListed(request, change.sourcePath) ? [read(change.sourcePath)] : []),
      ]),
    (request) => writeAttempt(change, request),
    () => callTools("Now the tests.", [{ name: "bash", input: { command: "npm test" } }]),
    (request) => say(change.summary + testNote(request)),
  ]);
}

/** Dev-E after a review or a red check: reads the files as they are, mends them, adds the missing test, sums up. */
export function fixScene(change: DemoChange): Scene {
  return devScene(change, "fix", [
    (request) => callTools(whatIsAsked(request), [read(change.sourcePath), read(change.testPath), read("README.md")]),
    (request) =>
      callTools("The point is right. I mend the code and add the test that fails without it.", [
        mend(change, request),
        { name: "write", input: { file_path: change.testPath, content: change.fixed.test } },
        ...document(change, request),
      ]),
    () => callTools("Now the tests.", [{ name: "bash", input: { command: "npm test" } }]),
    (request) => say(change.fixSummary + testNote(request)),
  ]);
}

/** A conversation that is longer than the scene gets the last step again: the summary ends it. */
function devScene(change: DemoChange, task: "implement" | "fix", steps: readonly [Step, ...Step[]]): Scene {
  return {
    name: `${change.name}-${task}`,
    matches: (request) => {
      const prompt = readPrompt(request);
      return prompt.role === "dev-e" && prompt.task === task && change.titlePattern.test(prompt.issueTitle);
    },
    reply: (request) => (steps[request.turn] ?? steps.at(-1) ?? steps[0])(request),
  };
}

/** Where an earlier run has already brought the function to what the issue asks for, it stays so. */
function writeAttempt(change: DemoChange, request: ScriptedRequest): ScriptedReply {
  const isDone = lastRead(request, change.sourcePath) === change.fixed.source;
  const files = isDone ? change.fixed : change.first;
  const line = isDone
    ? `${change.sourcePath} already does what the issue asks for. I make sure that its tests and docs are complete.`
    : "I write the function, a test for each rule, and the docs.";
  return callTools(line, [
    { name: "write", input: { file_path: change.sourcePath, content: files.source } },
    { name: "write", input: { file_path: change.testPath, content: files.test } },
    ...document(change, request),
  ]);
}

/** An edit where the file is the first attempt; else the whole file, which succeeds whatever is there. */
function mend(change: DemoChange, request: ScriptedRequest): ToolCall {
  const file_path = change.sourcePath;
  if (lastRead(request, file_path) !== change.first.source) {
    return { name: "write", input: { file_path, content: change.fixed.source } };
  }
  const { before, after } = change.edit;
  return { name: "edit", input: { file_path, old_string: before, new_string: after } };
}

/** Writes the README with the function's entry; nothing where it has one, or where the README could not be read. */
function document(change: DemoChange, request: ScriptedRequest): ToolCall[] {
  const { heading, marker, entry } = change.readme;
  const readme = lastRead(request, "README.md");
  if (readme === undefined || readme.includes(marker)) return [];
  const section = readme.indexOf(`${heading}\n`);
  const nextSection = section < 0 ? -1 : readme.indexOf("\n## ", section + heading.length);
  const end = nextSection < 0 ? readme.length : nextSection + 1;
  const content = [readme.slice(0, end).trimEnd(), entry.trimEnd(), readme.slice(end).trim()];
  const text = content.filter((part) => part !== "").join("\n\n");
  return [{ name: "write", input: { file_path: "README.md", content: `${text}\n` } }];
}

function whatIsAsked(request: ScriptedRequest): string {
  const comments = untrustedPart(request, "review").match(/^\S+:\d+: /gm)?.length ?? 0;
  if (comments > 0)
    return `The review has ${comments} line comment${comments === 1 ? "" : "s"}. I read the files as they are.`;
  return "A check failed. I read the files as they are.";
}

function testNote(request: ScriptedRequest): string {
  const run = request.toolResults.findLast((result) => result.toolName === "bash");
  if (run === undefined) return "";
  return run.isError ? "\n\n`npm test` did not pass in the work tree." : "\n\n`npm test` passes.";
}

function read(path: string): ToolCall {
  return { name: "read", input: { file_path: path } };
}

/** What the last successful read of a file gave. */
function lastRead(request: ScriptedRequest, path: string): string | undefined {
  return request.toolResults.findLast(
    (result) => result.toolName === "read" && !result.isError && result.input.file_path === path,
  )?.text;
}

function isListed(request: ScriptedRequest, path: string): boolean {
  const listings = request.toolResults.filter((result) => result.toolName === "glob" && !result.isError);
  return listings.some((listing) => listing.text.split("\n").some((line) => `/${line}`.endsWith(`/${path}`)));
}
