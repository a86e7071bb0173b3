import Anthropic from "@anthropic-ai/sdk";
import { betaTool } from "@anthropic-ai/sdk/helpers/beta/json-schema";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answerJson, callTools, type Playbook, say } from "./playbook.ts";
import { type ScriptedModel, startScriptedModel } from "./scripted-model.ts";

const longText = `Ångström 😀 ${"a sentence that takes more than one piece of a stream. ".repeat(5)}`;

const playbook: Playbook = [
  {
    name: "adder",
    matches: (request) => request.system.startsWith("You add"),
    reply: (request) => {
      if (request.turn > 0) return say(`The sum is ${request.toolResults.at(-1)?.text}.`);
      return callTools(longText, [
        { name: "add", input: { left: 1, right: 2, note: longText } },
        { name: "add", input: { left: 40, right: 2, note: "" } },
      ]);
    },
  },
  {
    name: "judge",
    matches: (request) => request.system.startsWith("You judge"),
    reply: () => answerJson({ verdict: "approve" }),
  },
];

const add = betaTool({
  name: "add",
  description: "Adds two numbers.",
  inputSchema: {
    type: "object",
    properties: { left: { type: "number" }, right: { type: "number" }, note: { type: "string" } },
    required: ["left", "right", "note"],
  },
  run: ({ left, right }) => String(left + right),
});

const { run: _run, parse: _parse, ...addDefinition } = add;

const question = {
  model: "claude-any",
  max_tokens: 1000,
  system: "You add numbers.",
  tools: [addDefinition],
  messages: [{ role: "user" as const, content: "What is 40 + 2?" }],
};

const verdictSchema = {
  type: "object",
  properties: { verdict: { type: "string" } },
  required: ["verdict"],
  additionalProperties: false,
} as const;

let model: ScriptedModel;
let client: Anthropic;

beforeAll(async () => {
  model = await startScriptedModel({ playbook });
  client = new Anthropic({ apiKey: "any", baseURL: model.url, maxRetries: 0 });
});

afterAll(() => model.close());

describe("an answer", () => {
  test("decodes to the same message streamed and not streamed", async () => {
    // `parse` adds the same fields of the SDK's own as a stream does.
    const whole = await client.beta.messages.parse(question);
    const streamed = await client.beta.messages.stream(question).finalMessage();
    expect(JSON.parse(JSON.stringify(streamed))).toEqual(JSON.parse(JSON.stringify(whole)));
    expect(whole.stop_reason).toBe("tool_use");
    expect(whole.content.map((block) => block.type)).toEqual(["text", "tool_use", "tool_use"]);
    expect(whole.content[1]).toMatchObject({ name: "add", input: { left: 1, right: 2, note: longText } });
  });

  test("streams a tool's input in several deltas between start and stop", async () => {
    const types: string[] = [];
    for await (const event of client.beta.messages.stream(question)) {
      types.push(event.type === "content_block_delta" ? event.delta.type : event.type);
    }
    expect(types.filter((type) => type === "input_json_delta").length).toBeGreaterThan(5);
    expect(types.filter((type) => type === "text_delta").length).toBeGreaterThan(5);
    expect(types[0]).toBe("message_start");
    expect(types.slice(-2)).toEqual(["message_delta", "message_stop"]);
  });

  test("is the same for the same request, tool ids included", async () => {
    expect(await client.beta.messages.create(question)).toEqual(await client.beta.messages.create(question));
  });

  test("carries a request id of its own in the header", async () => {
    const first = await client.beta.messages.create(question).withResponse();
    const second = await client.beta.messages.create(question).withResponse();
    expect(first.request_id).toMatch(/^req_/);
    expect(second.request_id).not.toBe(first.request_id);
  });
});

describe.each([{ stream: true }, { stream: false }])("the SDK's tool runner with stream $stream", ({ stream }) => {
  test("runs the tools and ends, and the prefix is written to the cache once and then read", async () => {
    const runner = client.beta.messages.toolRunner({
      ...question,
      tools: [add],
      thread: false,
      max_iterations: 5,
      stream,
    });
    const usages: Anthropic.Beta.BetaUsage[] = [];
    let last: Anthropic.Beta.BetaMessage | undefined;
    for await (const turn of runner) {
      last = "finalMessage" in turn ? await turn.finalMessage() : turn;
      usages.push(last.usage);
    }
    expect(last?.content).toMatchObject([{ type: "text", text: "The sum is 42." }]);
    expect(last?.stop_reason).toBe("end_turn");
    expect(usages).toHaveLength(2);
    const [first, second] = usages;
    expect(first).toMatchObject({ cache_read_input_tokens: 0, service_tier: "standard" });
    expect(first?.cache_creation_input_tokens).toBeGreaterThan(20);
    expect(first?.cache_creation?.ephemeral_5m_input_tokens).toBe(first?.cache_creation_input_tokens);
    expect(second).toMatchObject({
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: first?.cache_creation_input_tokens,
    });
    expect(second?.input_tokens).toBeGreaterThan(first?.input_tokens ?? 0);
    for (const usage of usages) expect(usage.output_tokens).toBeGreaterThan(0);
  });
});

describe("usage", () => {
  test("counts the prefix to the one-hour cache where the request asks for it", async () => {
    const { usage } = await client.beta.messages.create({
      ...question,
      system: [{ type: "text", text: question.system, cache_control: { type: "ephemeral", ttl: "1h" } }],
    });
    expect(usage.cache_creation?.ephemeral_5m_input_tokens).toBe(0);
    expect(usage.cache_creation?.ephemeral_1h_input_tokens).toBe(usage.cache_creation_input_tokens);
  });

  test("of a request is known before it is sent, by count_tokens", async () => {
    const { max_tokens: _, ...counted } = question;
    const { input_tokens } = await client.beta.messages.countTokens(counted);
    const { usage } = await client.beta.messages.create(question);
    expect(input_tokens).toBeGreaterThan(0);
    expect(Math.abs(input_tokens - usage.input_tokens - (usage.cache_creation_input_tokens ?? 0))).toBeLessThan(2);
  });
});

test("answers a request with an output schema with JSON that the SDK parses", async () => {
  const message = await client.beta.messages.parse({
    model: "claude-any",
    max_tokens: 1000,
    system: "You judge.",
    messages: [{ role: "user", content: "Judge this." }],
    output_config: { format: { type: "json_schema", schema: verdictSchema } },
  });
  const text = message.content.find((block) => block.type === "text")?.text ?? "";
  expect(JSON.parse(text)).toEqual({ verdict: "approve" });
  expect(message.stop_reason).toBe("end_turn");
});

test("lists one model", async () => {
  const ids: string[] = [];
  for await (const info of client.beta.models.list()) ids.push(info.id);
  expect(ids).toEqual(["scripted-model"]);
});

describe("a request that no scene matches", () => {
  const unknown = { ...question, system: "You sing.", tools: [] };

  test("ends its turn with a text that says what to do", async () => {
    const message = await client.beta.messages.create(unknown);
    expect(message.stop_reason).toBe("end_turn");
    expect(message.content[0]).toMatchObject({
      text: expect.stringMatching(/no scene.*ANTHROPIC_API_KEY.*demo issues/),
    });
  });

  test("is refused where it wants JSON, with the same text", async () => {
    const request = client.beta.messages.create({
      ...unknown,
      output_config: { format: { type: "json_schema", schema: verdictSchema } },
    });
    await expect(request).rejects.toMatchObject({ status: 400, message: expect.stringContaining("no scene") });
  });
});

describe("an error has the API's shape:", () => {
  const post = (body: string, headers: Record<string, string> = { "x-api-key": "any" }) =>
    fetch(`${model.url}/v1/messages?beta=true`, { method: "POST", body, headers });

  test("401 without a key", async () => {
    const response = await post(JSON.stringify(question), {});
    expect(response.status).toBe(401);
    expect(await response.json()).toEqual({
      type: "error",
      error: { type: "authentication_error", message: expect.stringContaining("x-api-key") },
      request_id: response.headers.get("request-id"),
    });
  });

  test("404 for another path", async () => {
    const response = await fetch(`${model.url}/v1/batches`, { headers: { "x-api-key": "any" } });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { type: "not_found_error" } });
  });

  const call = { type: "tool_use", id: "toolu_1", name: "add", input: {} };
  const user = { role: "user", content: "Hello" };

  test.each([
    ["no JSON", "{", "not valid JSON"],
    ["no object", "[]", "JSON object"],
    ["no model", { model: "" }, "model:"],
    ["no max_tokens", { max_tokens: 0 }, "max_tokens:"],
    ["no messages", { messages: [] }, "messages: at least one"],
    ["an unknown role", { messages: [{ role: "tool", content: "Hello" }] }, "messages.0.role"],
    ["empty text", { messages: [{ role: "user", content: "" }] }, "messages.0.content: text content must be non-empty"],
    ["an assistant at the end", { messages: [user, { role: "assistant", content: "Hello" }] }, "end with a user"],
    ["a call without its result", { messages: [user, { role: "assistant", content: [call] }, user] }, "toolu_1"],
    [
      "a result without its call",
      { messages: [{ role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_2", content: "3" }] }] },
      "toolu_2",
    ],
    ["a tool without a schema", { tools: [{ name: "add" }] }, "tools.0.input_schema"],
    ["two tools of one name", { tools: [addDefinition, addDefinition] }, "unique"],
    ["a thread on the server", { thread: { type: "create" } }, "thread: false"],
    ["a tool that is not offered", { tools: [] }, "the tool add, which is not in tools"],
    [
      "a schema that the API refuses",
      { output_config: { format: { type: "json_schema", schema: { type: "object", properties: {} } } } },
      "additionalProperties",
    ],
    [
      "a schema that the scene cannot answer",
      {
        system: "You judge",
        output_config: { format: { type: "json_schema", schema: { ...verdictSchema, required: ["score"] } } },
      },
      "score",
    ],
  ])("400 for %s", async (_name, change, message) => {
    const response = await post(typeof change === "string" ? change : JSON.stringify({ ...question, ...change }));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      type: "error",
      error: { type: "invalid_request_error", message: expect.stringContaining(message) },
    });
  });

  test("413 for a body above the API's limit", async () => {
    const response = await post(" ".repeat(32 * 1024 * 1024 + 1));
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ type: "error", error: { type: "invalid_request_error" } });
  });
});
