import Anthropic from "@anthropic-ai/sdk";
import { betaAgentToolset20260401 } from "@anthropic-ai/sdk/tools/agent-toolset/node";
import { Context, Effect, Layer, Schema } from "effect";
import type { Usage } from "#contracts/events/cost.ts";
import { because, type Why } from "#contracts/reason.ts";
import type { FailureClass } from "#contracts/work.ts";
import { Retryable, StartRefused, waitMs } from "#kit/errors.ts";
import { optional, required, setting } from "#kit/process/settings.ts";
import { refuseUnguarded, unguardedOverride } from "./unguarded.ts";

/**
 * The model gave no usable answer, and the same request again would not help: a refused key, no credit, too many turns,
 * no JSON.
 * Kind: business no.
 * What to do: for `auth` and `quota` repair `ANTHROPIC_API_KEY` or its account, then take the label `agent-ready` off
 * and set it again; otherwise nothing, another attempt follows.
 */
export class ModelFailed extends Schema.TaggedError<ModelFailed>()("ModelFailed", {
  class: Schema.String,
  reason: Schema.String,
}) {
  declare readonly class: FailureClass;
  override get message(): string {
    return `the model failed (${this.class}): ${this.reason}`;
  }
  /** The reason in the form that a fact stores; the answer is stored as text. */
  get why(): Why {
    return because(`the model failed (${this.class})`, this.reason);
  }
}

/** A conversation in a work tree: the model may read and write files and run commands there until it has nothing more to do. */
export interface Conversation {
  readonly system: string;
  readonly prompt: string;
  readonly workTree: string;
  /** The whole environment of the commands that the model runs. */
  readonly env: Readonly<Record<string, string>>;
  /** Called after each answer of the model, before the tools of that answer run. */
  onAnswer(usage: Usage): Promise<void>;
}

/** One question whose answer is JSON of a given schema. */
export interface Question {
  readonly system: string;
  readonly prompt: string;
  /** JSON Schema of the answer (https://docs.claude.com/en/docs/build-with-claude/structured-outputs). */
  readonly schema: Readonly<Record<string, unknown>>;
}

/** The language model that the agents use. Only this file imports the Anthropic SDK. */
export class Model extends Context.Service<
  Model,
  {
    readonly name: string;
    converse(with_: Conversation): Effect.Effect<{ turns: number; summary: string }, Retryable | ModelFailed>;
    ask(question: Question): Effect.Effect<{ answer: unknown; usage: Usage }, Retryable | ModelFailed>;
  }
>()("rig/kit/Model") {}

/** 60 turns: the longest recorded run of a small issue took a quarter of that. */
const turnsMax = 60;
const answerTokensMax = 16_000;
/** The SDK may wait up to a minute itself, because the API's limits are per minute and a conversation that is ended has to be paid again. */
const waitInPlaceMaxMs = 60_000;

/** Makes the client from `ANTHROPIC_API_KEY`, `ANTHROPIC_BASE_URL` and `RIG_MODEL`. Fails with `StartRefused` without a key or with an unguarded real model. */
export const modelLayer: Layer.Layer<Model, StartRefused> = Layer.effect(
  Model,
  Effect.gen(function* () {
    const apiKey = yield* required("ANTHROPIC_API_KEY", "agents need a model to work with");
    const baseURL = yield* setting("ANTHROPIC_BASE_URL", "https://api.anthropic.com");
    const name = yield* setting("RIG_MODEL", "claude-opus-5");
    const refusal = refuseUnguarded(baseURL, yield* optional(unguardedOverride));
    if (refusal !== null) return yield* new StartRefused({ what: refusal });
    const client = new Anthropic({
      apiKey,
      baseURL,
      fetch: fetchWithoutLongWaits,
      maxRetries: 2,
      timeout: 600_000,
      logLevel: "off",
    });
    return Model.of({
      name,
      converse: (conversation) => callModel((signal) => converse(client, name, conversation, signal)),
      ask: (question) => callModel((signal) => ask(client, name, question, signal)),
    });
  }),
);

/** Stops the SDK from waiting longer than a minute: it would wait as long as `Retry-After` says, even hours, and hold the claim meanwhile. */
const fetchWithoutLongWaits: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  const retryAfter = response.headers.get("retry-after");
  if (retryAfter === null || waitMs(retryAfter, Number.POSITIVE_INFINITY) <= waitInPlaceMaxMs) return response;
  const headers = new Headers(response.headers);
  headers.set("x-should-retry", "false");
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
};

async function converse(client: Anthropic, model: string, of: Conversation, signal: AbortSignal) {
  const tools = betaAgentToolset20260401({ workdir: of.workTree, env: { ...of.env } });
  try {
    const runner = client.beta.messages.toolRunner(
      {
        model,
        max_tokens: answerTokensMax,
        system: [{ type: "text", text: of.system, cache_control: { type: "ephemeral" } }],
        messages: [{ role: "user", content: of.prompt }],
        tools,
        max_iterations: turnsMax,
        // Every request contains the whole history, and the API's server keeps none of it.
        thread: false,
        stream: true,
      },
      { signal },
    );
    let turns = 0;
    let summary = "";
    let stopped = "";
    for await (const stream of runner) {
      const message = await stream.finalMessage();
      turns += 1;
      stopped = message.stop_reason ?? "";
      summary = message.content.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("\n");
      await of.onAnswer(usageOf(message));
      refuseEmpty(message);
    }
    if (stopped !== "end_turn") {
      throw new ModelFailed({ class: "timeout", reason: `stopped by ${stopped || "nothing"} after ${turns} turns` });
    }
    return { turns, summary };
  } finally {
    // The toolset keeps a shell alive between calls, which would go on after the run if it were not closed.
    await Promise.all(tools.map((tool) => tool.close?.()));
  }
}

async function ask(client: Anthropic, model: string, question: Question, signal: AbortSignal) {
  const message = await client.beta.messages.create(
    {
      model,
      max_tokens: answerTokensMax,
      system: [{ type: "text", text: question.system, cache_control: { type: "ephemeral" } }],
      messages: [{ role: "user", content: question.prompt }],
      output_config: { format: { type: "json_schema", schema: { ...question.schema } } },
    },
    { signal },
  );
  refuseEmpty(message);
  const text = message.content.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("");
  try {
    return { answer: JSON.parse(text) as unknown, usage: usageOf(message) };
  } catch {
    throw new ModelFailed({ class: "internal", reason: `the answer is not JSON (stopped by ${message.stop_reason})` });
  }
}

/** Refuses an answer of zero tokens, whatever its status code is (production failure 13). */
function refuseEmpty({ usage }: Anthropic.Beta.Messages.BetaMessage): void {
  if (usage.output_tokens === 0) throw new ModelFailed({ class: "auth", reason: "an answer of zero tokens" });
}

function usageOf(message: Anthropic.Beta.Messages.BetaMessage): Usage {
  const { usage } = message;
  const tools = usage.server_tool_use;
  return {
    requestId: message.id,
    model: message.model,
    inputTokens: usage.input_tokens,
    outputTokens: usage.output_tokens,
    cacheWrite5mTokens: usage.cache_creation?.ephemeral_5m_input_tokens ?? usage.cache_creation_input_tokens ?? 0,
    cacheWrite1hTokens: usage.cache_creation?.ephemeral_1h_input_tokens ?? 0,
    cacheReadTokens: usage.cache_read_input_tokens ?? 0,
    serverToolRequests: (tools?.web_search_requests ?? 0) + (tools?.web_fetch_requests ?? 0),
  };
}

function callModel<A>(run: (signal: AbortSignal) => Promise<A>): Effect.Effect<A, Retryable | ModelFailed> {
  return Effect.tryPromise({ try: run, catch: classify });
}

/** https://docs.claude.com/en/api/errors: an error that passes by itself is `Retryable`, every other one is `ModelFailed`. */
function classify(cause: unknown): Retryable | ModelFailed {
  if (cause instanceof ModelFailed) return cause;
  if (!(cause instanceof Anthropic.APIError) || cause.status === undefined) {
    return new Retryable({ what: "ask the model", cause });
  }
  const reason = cause.message;
  if (cause.status === 401 || cause.status === 403) return new ModelFailed({ class: "auth", reason });
  const retryAfter = cause.headers?.get("retry-after");
  if (cause.status === 429) {
    const delayMs = waitMs(retryAfter, 60_000);
    return new Retryable({ what: "the model's rate or quota is used up", delayMs, cause: reason });
  }
  if (cause.status >= 500 || cause.status === 408) {
    const wait = retryAfter ? { delayMs: waitMs(retryAfter, 60_000) } : {};
    return new Retryable({ what: "ask the model", ...wait, cause: reason });
  }
  return new ModelFailed({ class: cause.status === 402 ? "quota" : "internal", reason });
}
