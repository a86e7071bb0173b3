import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Effect, Fiber } from "effect";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Usage } from "#contracts/events/cost.ts";
import { isRunning, untilGone } from "#kit/process/test-process.ts";
import { type AnsweringServer, startAnswering } from "#kit/test/test-answers.ts";
import { callTools, type ScriptedReply, say } from "../../../deploy/local/model/playbook.ts";
import { type Conversation, Model } from "./model.ts";
import { messageTo, modelAt } from "./test-model.ts";

// A conversation with its tools: the real SDK and real shells, against an HTTP server in place of the Messages API.

let server: AnsweringServer;
let workTree: string;
beforeAll(async () => {
  server = await startAnswering();
});
afterAll(() => server.close());
beforeEach(async () => {
  workTree = await mkdtemp(join(tmpdir(), "rig-model-"));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(workTree, { recursive: true, force: true });
});

function converse(onAnswer: Conversation["onAnswer"] = async () => undefined) {
  const env = { PATH: process.env.PATH ?? "", RIG_GIVEN: "yes" };
  const conversation = { system: "You write.", prompt: "Write this.", workTree, env, onAnswer };
  return Effect.flatMap(Model, (model) => model.converse(conversation)).pipe(Effect.provide(modelAt(server.url)));
}

/** Runs a conversation that fails; returns its error and the usage that was counted before it. */
async function failing() {
  const counted: Usage[] = [];
  const failure = await Effect.runPromise(Effect.flip(converse(async (usage) => void counted.push(usage))));
  return { failure, counted };
}

const bash = (command: string): ScriptedReply => callTools("I run it.", [{ name: "bash", input: { command } }]);
/** A command that leaves two processes running, one of them in the background of the shell, and writes their pids. */
const leaveProcesses = "sleep 300 & echo $! $$ > pids";

/** Answers one request after the other with these replies, and any further one with the last. */
function play(...replies: readonly ScriptedReply[]): void {
  server.play((asked, index) => messageTo(asked, replies[Math.min(index, replies.length - 1)] ?? say("")));
}

/** The results of the tools in the last request to the model. */
function toolResults(): unknown {
  const messages = server.asked.at(-1)?.body.messages;
  return Array.isArray(messages) ? messages.at(-1)?.content : undefined;
}

/** Reads the pids that a command wrote; fails until they are in the file. */
async function pids(): Promise<readonly number[]> {
  const [, background, shell] = /^(\d+) (\d+)\n$/.exec(await readFile(join(workTree, "pids"), "utf8")) ?? [];
  if (background === undefined || shell === undefined) throw new Error("not told yet");
  return [Number(background), Number(shell)];
}

const isThere = (name: string) => existsSync(join(workTree, name));

describe("a conversation", () => {
  test("runs tools in the work tree until the model has nothing more to do; its last text is the summary", async () => {
    play(bash("echo one > file"), bash("false"), say("Done."));
    expect(await Effect.runPromise(converse())).toEqual({ turns: 3, summary: "Done." });
    expect(await readFile(join(workTree, "file"), "utf8")).toBe("one\n");
    expect(server.asked).toHaveLength(3);
    expect(toolResults()).toMatchObject([{ type: "tool_result", is_error: true, content: "exit 1" }]);
  });

  test("sends its whole history with every request, and keeps none on the server", async () => {
    play(bash("echo heard"), say("Done."));
    await Effect.runPromise(converse());
    expect(server.asked[1]?.body).toMatchObject({
      model: "claude-test",
      max_tokens: 16_000,
      stream: true,
      system: [{ type: "text", text: "You write.", cache_control: { type: "ephemeral" } }],
      messages: [
        { role: "user", content: "Write this." },
        { role: "assistant", content: [{ text: "I run it." }, { type: "tool_use", name: "bash" }] },
        { role: "user", content: [{ type: "tool_result", content: "heard" }] },
      ],
    });
    expect(server.asked[1]?.body).not.toHaveProperty("thread");
  });

  test("runs its commands with exactly the environment that is named, and what the shell itself sets", async () => {
    vi.stubEnv("ANTHROPIC_API_KEY", "sk-own");
    vi.stubEnv("RIG_SECRET", "secret");
    play(bash("env | sed 's/=.*//' | sort | paste -sd ' '"), say("Done."));
    await Effect.runPromise(converse());
    expect(toolResults()).toMatchObject([{ content: "PATH PWD RIG_GIVEN SHLVL TERM _" }]);
  });

  test("counts every answer before its tools run", async () => {
    const seen: (readonly [string, boolean])[] = [];
    server.play((asked, index) =>
      messageTo(asked, index < 2 ? bash(`echo > file${index}`) : say("Done."), { id: `msg_${index}` }),
    );
    const onAnswer = async ({ requestId }: Usage) => {
      seen.push([requestId, isThere(`file${seen.length}`)]);
    };
    await Effect.runPromise(converse(onAnswer));
    expect(seen).toEqual([
      ["msg_0", false],
      ["msg_1", false],
      ["msg_2", false],
    ]);
    expect([isThere("file0"), isThere("file1")]).toEqual([true, true]);
  });

  test("whose answer cannot be counted runs no tool and is tried again", async () => {
    play(bash("echo > file"));
    const failure = await Effect.runPromise(Effect.flip(converse(() => Promise.reject(new Error("the bus is away")))));
    expect(failure).toMatchObject({ _tag: "Retryable" });
    expect(failure.message).toContain("the bus is away");
    expect(isThere("file")).toBe(false);
    expect(server.asked).toHaveLength(1);
  });
});

describe("a conversation that does not end by itself", () => {
  test.each(["max_tokens", "model_context_window_exceeded", "refusal", "stop_sequence"] as const)(
    "is no success: %s",
    async (stop_reason) => {
      server.play((asked) => messageTo(asked, bash("echo > file"), { stop_reason }));
      const { failure, counted } = await failing();
      const reason = `stopped by ${stop_reason} after 1 turns`;
      expect(failure).toMatchObject({ _tag: "ModelFailed", class: "timeout", reason });
      expect(counted).toHaveLength(1);
      expect(isThere("file")).toBe(false);
    },
  );

  test("is ended after 60 turns", async () => {
    play(bash("echo again"));
    const { failure, counted } = await failing();
    const reason = "stopped by tool_use after 60 turns";
    expect(failure).toMatchObject({ _tag: "ModelFailed", class: "timeout", reason });
    expect([server.asked.length, counted.length]).toEqual([60, 60]);
  });

  test("is the key's fault when an answer has zero tokens, which is counted first", async () => {
    server.play((asked, index) => messageTo(asked, bash("true"), index === 1 ? { usage: { output_tokens: 0 } } : {}));
    const { failure, counted } = await failing();
    expect(failure).toMatchObject({ _tag: "ModelFailed", class: "auth", reason: "an answer of zero tokens" });
    expect(counted.map(({ outputTokens }) => outputTokens > 0)).toEqual([true, false]);
  });
});

describe("no process is left", () => {
  test.each<[string, ScriptedReply, number]>([
    ["of a conversation that ends", say("Done."), 200],
    ["of a conversation that fails", say(""), 401],
  ])("%s", async (_name, last, status) => {
    server.play((asked, index) =>
      index === 0 ? messageTo(asked, bash(leaveProcesses)) : { ...messageTo(asked, last), status },
    );
    await Effect.runPromiseExit(converse());
    expect(server.asked).toHaveLength(2);
    for (const pid of await pids()) await untilGone(pid);
  });

  test("of a conversation that is interrupted while a tool runs", async () => {
    play(bash(`${leaveProcesses}; wait`));
    const fiber = Effect.runFork(converse());
    const started = await vi.waitFor(pids, { timeout: 10_000, interval: 10 });
    expect(started.map(isRunning)).toEqual([true, true]);
    await Effect.runPromise(Fiber.interrupt(fiber));
    for (const pid of started) await untilGone(pid);
    expect(server.asked).toHaveLength(1);
  });

  test("and no request, of a conversation that is interrupted while the model thinks", async () => {
    server.play((asked, index) =>
      index === 0 ? messageTo(asked, bash(leaveProcesses)) : { ...messageTo(asked, say("")), body: "", end: "open" },
    );
    const fiber = Effect.runFork(converse());
    const thinking = await vi.waitFor(() => server.asked[1] ?? Promise.reject(new Error("not asked")));
    const started = await pids();
    await Effect.runPromise(Fiber.interrupt(fiber));
    await thinking.closed;
    for (const pid of started) await untilGone(pid);
    expect(server.asked).toHaveLength(2);
  });
});
