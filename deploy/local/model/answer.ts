import { createHash } from "node:crypto";
import { invalidRequest, type Message, type StreamEvent, type Usage } from "./messages-api.ts";
import { checkJsonAnswer } from "./output-schema.ts";
import { type Playbook, type ScriptedReply, say } from "./playbook.ts";
import type { ParsedRequest } from "./request.ts";

/**
 * Answers a request with the first scene that matches. The same request gets the same answer, ids included.
 * Throws `ApiError` (invalid_request_error) where no scene can answer as the request wants it.
 */
export function answer(playbook: Playbook, request: ParsedRequest): Message {
  const scene = playbook.find((candidate) => candidate.matches(request.scripted));
  const reply = scene?.reply(request.scripted) ?? replyWithoutScene(playbook, request);
  const sceneName = scene?.name ?? "none";
  checkReply(reply, request, sceneName);
  return messageOf(reply, request, sceneName);
}

/** About 4 characters make a token of English text and code (https://platform.claude.com/docs/en/about-claude/glossary). */
export function tokensOf(chars: number): number {
  return Math.ceil(chars / 4);
}

/** A message as the events of a stream, which a client puts together to the same message. */
export function* streamEvents(message: Message): Generator<StreamEvent> {
  const { usage } = message;
  const begun: Message = { ...message, content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } };
  yield { type: "message_start", message: begun };
  for (const [index, block] of message.content.entries()) {
    if (block.type !== "text" && block.type !== "tool_use") continue;
    if (block.type === "text") {
      yield { type: "content_block_start", index, content_block: { ...block, text: "" } };
      for (const text of pieces(block.text)) {
        yield { type: "content_block_delta", index, delta: { type: "text_delta", text } };
      }
    } else {
      yield { type: "content_block_start", index, content_block: { ...block, input: {} } };
      for (const partial_json of pieces(JSON.stringify(block.input))) {
        yield { type: "content_block_delta", index, delta: { type: "input_json_delta", partial_json } };
      }
    }
    yield { type: "content_block_stop", index };
  }
  yield {
    type: "message_delta",
    context_management: null,
    delta: {
      container: null,
      stop_details: null,
      stop_reason: message.stop_reason,
      stop_sequence: null,
    },
    usage,
  };
  yield { type: "message_stop" };
}

function replyWithoutScene(playbook: Playbook, request: ParsedRequest): ScriptedReply {
  const advice =
    "This is the scripted model: it plays a playbook and has no scene for this request. " +
    "Set ANTHROPIC_API_KEY to use a real model, or file one of the demo issues. " +
    `Its scenes: ${playbook.map((scene) => scene.name).join(", ") || "none"}.`;
  return request.scripted.outputSchema === undefined ? say(advice) : invalidRequest(advice);
}

function checkReply(reply: ScriptedReply, request: ParsedRequest, sceneName: string): void {
  const { toolNames, outputSchema } = request.scripted;
  const missing = reply.toolCalls.find((call) => !toolNames.includes(call.name));
  if (missing !== undefined) {
    invalidRequest(`The scripted model's scene ${sceneName} calls the tool ${missing.name}, which is not in tools`);
  }
  if (outputSchema !== undefined) checkJsonAnswer(reply.text, outputSchema, sceneName);
}

function messageOf(reply: ScriptedReply, request: ParsedRequest, sceneName: string): Message {
  const toolUses = reply.toolCalls.map(
    (call, index) =>
      ({
        type: "tool_use",
        id: `toolu_${hash(`${sceneName}/${request.scripted.opening}/${request.scripted.turn}/${index}`)}`,
        name: call.name,
        input: call.input,
        caller: { type: "direct" },
      }) as const,
  );
  const text = reply.text === "" ? [] : [{ type: "text", text: reply.text, citations: null } as const];
  return {
    id: `msg_${request.fingerprint.slice(0, 24)}`,
    type: "message",
    role: "assistant",
    model: request.model,
    content: [...text, ...toolUses],
    stop_reason: toolUses.length > 0 ? "tool_use" : "end_turn",
    stop_sequence: null,
    stop_details: null,
    container: null,
    context_management: null,
    diagnostics: null,
    usage: usageOf(reply, request),
  };
}

/** The prefix (system and tools) is written to the cache on the first turn of a conversation and read on all others. */
function usageOf(reply: ScriptedReply, request: ParsedRequest): Usage {
  const prefixTokens = tokensOf(request.prefixChars);
  const written = request.scripted.turn === 0 ? prefixTokens : 0;
  const callChars = reply.toolCalls.reduce(
    (sum, call) => sum + call.name.length + JSON.stringify(call.input).length,
    0,
  );
  return {
    input_tokens: tokensOf(request.messageChars),
    output_tokens: Math.max(1, tokensOf(reply.text.length + callChars)),
    cache_creation_input_tokens: written,
    cache_read_input_tokens: prefixTokens - written,
    cache_creation: {
      ephemeral_5m_input_tokens: request.cachesOneHour ? 0 : written,
      ephemeral_1h_input_tokens: request.cachesOneHour ? written : 0,
    },
    service_tier: "standard",
    server_tool_use: null,
    inference_geo: "not_available",
    iterations: null,
    fallback_credit: null,
    output_tokens_details: null,
    speed: "standard",
  };
}

// 48 characters a piece: several deltas for a sentence, some hundred for a file. Never splits a code point.
function pieces(text: string): readonly string[] {
  return text.match(/[\s\S]{1,48}/gu) ?? [];
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 24);
}
