import { tmpdir } from "node:os";
import { Effect } from "effect";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Usage } from "#contracts/events/cost.ts";
import { freePort } from "#kit/process/http.ts";
import { type Answer, type AnsweringServer, startAnswering } from "#kit/test/test-answers.ts";
import { answerJson, say } from "../../../deploy/local/model/playbook.ts";
import { Model } from "./model.ts";
import { type MessageChange, messageTo, modelAt } from "./test-model.ts";

// The real SDK against an HTTP server in place of the Messages API, with its faults. Tools are tested in model-converse.int.test.ts.

let server: AnsweringServer;
/** The usage that an agent counts for each answer of this test. */
const counted: Usage[] = [];
beforeAll(async () => {
  server = await startAnswering();
});
afterAll(() => server.close());
beforeEach(() => {
  counted.length = 0;
});

const schema = { type: "object", properties: { verdict: { type: "string" } }, additionalProperties: false };
const approval = answerJson({ verdict: "approve" });

const ask = Effect.flatMap(Model, (model) => model.ask({ system: "You judge.", prompt: "Judge this.", schema })).pipe(
  Effect.tap(({ usage }) => Effect.sync(() => counted.push(usage))),
);
const converse = Effect.flatMap(Model, (model) =>
  model.converse({
    system: "You write.",
    prompt: "Write this.",
    workTree: tmpdir(),
    env: {},
    onAnswer: async (usage) => void counted.push(usage),
  }),
);

/** Both operations, each with a reply that it accepts. */
const both = [
  ["ask", approval, Effect.asVoid(ask)],
  ["converse", say("Done."), Effect.asVoid(converse)],
] as const;

function run<A, E>(program: Effect.Effect<A, E, Model>, env: Readonly<Record<string, string>> = {}) {
  return Effect.runPromise(Effect.provide(program, modelAt(server.url, env)));
}

function failureOf<A, E>(program: Effect.Effect<A, E, Model>, env: Readonly<Record<string, string>> = {}) {
  return Effect.runPromise(Effect.flip(Effect.provide(program, modelAt(server.url, env))));
}

describe.each(both)("%s: a request that fails", (_name, reply, program) => {
  const failed = (failureClass: string) => ({ _tag: "ModelFailed", class: failureClass });
  const later = (delayMs?: number) => ({ _tag: "Retryable", ...(delayMs === undefined ? {} : { delayMs }) });
  // The SDK then waits a millisecond instead of half a second.
  const soon = { "retry-after-ms": "1" };
  const retryAfter = (seconds: string) => ({ "retry-after": seconds });
  const page = { headers: { "content-type": "text/html" }, body: "<html>" };

  test.each<[string, Answer, object, number]>([
    ["with 401 is the key's fault", { status: 401 }, failed("auth"), 1],
    ["with 403 is the key's fault", { status: 403 }, failed("auth"), 1],
    ["with 402 is the account's fault", { status: 402 }, failed("quota"), 1],
    ["with 400 is our fault", { status: 400, body: { error: { message: "max_tokens" } } }, failed("internal"), 1],
    ["with 404 is our fault", { ...page, status: 404 }, failed("internal"), 1],
    ["with 413 is our fault", { status: 413 }, failed("internal"), 1],
    ["with 422 is our fault", { status: 422 }, failed("internal"), 1],
    ["with 429 and a long wait is left to the bus", { status: 429, headers: retryAfter("120") }, later(120_000), 1],
    [
      "with 429 and a date is left to the bus",
      { status: 429, headers: retryAfter("Tue, 01 Dec 2099 00:00:00 GMT") },
      later(60_000),
      1,
    ],
    ["with 429 and a short wait is sent three times", { status: 429, headers: retryAfter("0.01") }, later(10), 3],
    ["with 429 alone is retryable after a minute", { status: 429, headers: soon }, later(60_000), 3],
    ["with 529 and a long wait is left to the bus", { status: 529, headers: retryAfter("120") }, later(120_000), 1],
    ["with 529 is sent three times", { status: 529, headers: soon }, later(), 3],
    ["with 500 is sent three times", { ...page, status: 500, headers: soon }, later(), 3],
    ["with 408 is sent three times", { status: 408, headers: soon }, later(), 3],
    ["with a page instead of an answer is retryable", page, later(), 1],
  ])("%s", async (_rule, answer, expected, requests) => {
    server.play(() => answer);
    const failure = await failureOf(program);
    expect(failure).toMatchObject(expected);
    if (!("delayMs" in expected)) expect(failure).not.toHaveProperty("delayMs");
    expect(server.asked).toHaveLength(requests);
    expect(counted).toEqual([]);
  });

  test("by an answer that breaks off is retryable", async () => {
    server.play((asked) => {
      const { headers = { "content-type": "application/json" }, body = "" } = messageTo(asked, reply);
      const whole = typeof body === "string" ? body : JSON.stringify(body);
      return { headers, body: whole.slice(0, whole.length / 2), end: "cut" };
    });
    expect(await failureOf(program)).toMatchObject(later());
    expect(counted).toEqual([]);
  });

  test("because nobody listens is retryable", async () => {
    const failure = await failureOf(program, { ANTHROPIC_BASE_URL: `http://127.0.0.1:${await freePort()}` });
    expect(failure).toMatchObject(later());
    expect(failure.message).toMatch(/^ask the model: .*ECONNREFUSED.* It is tried again\.$/);
  });

  test("by an answer of zero tokens is the key's fault, whatever its status", async () => {
    server.play((asked) => messageTo(asked, reply, { content: [], usage: { output_tokens: 0 } }));
    expect(await failureOf(program)).toMatchObject({ ...failed("auth"), reason: "an answer of zero tokens" });
  });

  test("and then succeeds is counted once, with the id of its answer", async () => {
    server.play((asked, index) =>
      index === 0 ? { status: 500, headers: soon } : messageTo(asked, reply, { id: "msg_second" }),
    );
    await run(program);
    expect(counted).toMatchObject([{ requestId: "msg_second" }]);
    expect(server.asked).toHaveLength(2);
  });
});

test("a stream that reports a fault is tried again", async () => {
  const fault = { type: "error", error: { type: "overloaded_error", message: "Overloaded" } };
  server.play((asked) => {
    const { body = "", ...answer } = messageTo(asked, say("Done."));
    const [begin = ""] = String(body).split("\n\n");
    return { ...answer, body: `${begin}\n\nevent: error\ndata: ${JSON.stringify(fault)}\n\n` };
  });
  const failure = await failureOf(converse);
  expect(failure).toMatchObject({ _tag: "Retryable" });
  expect(failure.message).toContain("Overloaded");
});

describe.each(both)("%s: usage", (_name, reply, program) => {
  const nothingCached = { cacheWrite5mTokens: 0, cacheWrite1hTokens: 0, cacheReadTokens: 0 };
  const absent = { cache_creation: null, cache_creation_input_tokens: null, cache_read_input_tokens: null };
  const tools = { web_search_requests: 2, web_fetch_requests: 1 };
  test.each<[string, NonNullable<MessageChange["usage"]>, Partial<Usage>]>([
    ["names input and output", { input_tokens: 100, output_tokens: 20 }, { inputTokens: 100, outputTokens: 20 }],
    ["is zero for what is absent", absent, { ...nothingCached, serverToolRequests: 0 }],
    [
      "tells cache writes of five minutes from those of an hour",
      {
        cache_creation: { ephemeral_5m_input_tokens: 7, ephemeral_1h_input_tokens: 9 },
        cache_creation_input_tokens: 16,
        cache_read_input_tokens: 11,
      },
      { cacheWrite5mTokens: 7, cacheWrite1hTokens: 9, cacheReadTokens: 11 },
    ],
    [
      "takes cache writes for those of five minutes when the API does not tell",
      { ...absent, cache_creation_input_tokens: 16 },
      { ...nothingCached, cacheWrite5mTokens: 16 },
    ],
    ["adds the tools that the API ran", { server_tool_use: tools }, { serverToolRequests: 3 }],
  ])("%s", async (_rule, usage, expected) => {
    server.play((asked) => messageTo(asked, reply, { id: "msg_1", model: "claude-answered", usage }));
    await run(program);
    expect(counted).toMatchObject([{ requestId: "msg_1", model: "claude-answered", ...expected }]);
  });
});

describe("ask", () => {
  test("sends the question with the schema of its answer, and returns the answer as data", async () => {
    server.play((asked) => messageTo(asked, approval));
    expect(await run(ask)).toEqual({ answer: { verdict: "approve" }, usage: counted[0] });
    const [request] = server.asked;
    expect(request).toMatchObject({ path: "/v1/messages", headers: { authorization: "Bearer sk-own" } });
    expect(request?.body).toEqual({
      model: "claude-test",
      max_tokens: 16_000,
      system: [{ type: "text", text: "You judge.", cache_control: { type: "ephemeral" } }],
      messages: [{ role: "user", content: "Judge this." }],
      output_config: { format: { type: "json_schema", schema } },
    });
  });

  test("joins the texts of an answer", async () => {
    const halves = ['{"verdict":', '"approve"}'].map((text) => ({ type: "text", text, citations: null }) as const);
    const thought = { type: "thinking", thinking: "Hm.", signature: "s" } as const;
    server.play((asked) => messageTo(asked, approval, { content: [thought, ...halves] }));
    expect(await run(ask)).toMatchObject({ answer: { verdict: "approve" } });
  });

  test.each<[string, string, "max_tokens" | "refusal" | "end_turn"]>([
    ["an answer that is cut at its limit", '{"verdict":', "max_tokens"],
    ["a refusal", "I will not judge this.", "refusal"],
    ["words", "Approved!", "end_turn"],
  ])("fails when the answer is %s", async (_name, text, stop_reason) => {
    server.play((asked) =>
      messageTo(asked, approval, { content: [{ type: "text", text, citations: null }], stop_reason }),
    );
    const reason = `the answer is not JSON (stopped by ${stop_reason})`;
    expect(await failureOf(ask)).toMatchObject({ _tag: "ModelFailed", class: "internal", reason });
  });
});

describe("an agent does not start", () => {
  test.each([
    ["without a key", { ANTHROPIC_API_KEY: "" }, "ANTHROPIC_API_KEY is not set: agents need a model to work with."],
    ["with a real model and no guard", { ANTHROPIC_BASE_URL: "" }, "A real model (api.anthropic.com) would run"],
  ])("%s", async (_rule, env, message) => {
    const failure = await failureOf(Effect.asVoid(Model), env);
    expect(failure).toMatchObject({ _tag: "StartRefused", message: expect.stringContaining(message) });
  });
});

test.each([
  ["as the setting names it", "claude-other", "claude-other"],
  ["as the rig knows it when the setting is empty", "", "claude-opus-5"],
])("the model is asked for %s", async (_rule, RIG_MODEL, name) => {
  server.play((asked) => messageTo(asked, approval));
  expect(
    await run(
      Effect.tap(
        Effect.map(Model, (model) => model.name),
        ask,
      ),
      { RIG_MODEL },
    ),
  ).toBe(name);
  expect(server.asked[0]?.body.model).toBe(name);
});
