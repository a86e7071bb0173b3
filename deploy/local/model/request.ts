import { createHash } from "node:crypto";
import { isObject, textOfBlocks, textOfContent } from "./content.ts";
import { joinToolResults, parseMessages } from "./conversation.ts";
import { invalidRequest } from "./messages-api.ts";
import { checkOutputSchema } from "./output-schema.ts";
import type { JsonObject, ScriptedRequest } from "./playbook.ts";

/** A request body that the Messages API would accept, with what the server needs besides what a scene sees. */
export interface ParsedRequest {
  readonly scripted: ScriptedRequest;
  readonly model: string;
  readonly stream: boolean;
  /** A hash of the body, hexadecimal, whether it asks for a stream or not: equal requests get equal ids. */
  readonly fingerprint: string;
  /** Characters of system and tools: the prefix that prompt caching keeps. */
  readonly prefixChars: number;
  /** Characters of all messages. */
  readonly messageChars: number;
  /** True when a `cache_control` of the request asks for the one-hour cache. */
  readonly cachesOneHour: boolean;
}

/**
 * Reads and checks a request body as the API does: shape, alternation of tool calls and results, output schema.
 * Throws `ApiError` (invalid_request_error) with the path of the wrong field (https://platform.claude.com/docs/en/api/messages).
 */
export function parseRequest(body: Uint8Array, needs: "answer" | "token count"): ParsedRequest {
  const request = parseObject(Buffer.from(body).toString("utf8"));
  if (typeof request.model !== "string" || request.model === "")
    invalidRequest("model: a non-empty string is required");
  if (needs === "answer" && !(Number.isInteger(request.max_tokens) && Number(request.max_tokens) > 0)) {
    invalidRequest("max_tokens: a positive integer is required");
  }
  if (isObject(request.thread)) {
    invalidRequest(
      "thread: the scripted model keeps no conversation; send the full history (toolRunner with thread: false)",
    );
  }
  const system = textOfContent(request.system ?? "", "system");
  const toolNames = namesOfTools(request.tools ?? []);
  const messages = parseMessages(request.messages);
  return {
    scripted: {
      system,
      opening: textOfBlocks(messages[0]?.blocks ?? []),
      turn: messages.filter((message) => message.role === "assistant").length,
      toolNames,
      toolResults: joinToolResults(messages),
      outputSchema: outputSchemaOf(request),
    },
    model: request.model,
    stream: request.stream === true,
    fingerprint: createHash("sha256")
      .update(JSON.stringify({ ...request, stream: null }))
      .digest("hex"),
    prefixChars: lengthAsSent(request.system) + lengthAsSent(request.tools),
    messageChars: lengthAsSent(request.messages),
    cachesOneHour: /"ttl":\s*"1h"/.test(JSON.stringify([request.system, request.tools, request.cache_control])),
  };
}

function parseObject(text: string): JsonObject {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    invalidRequest(`The request body is not valid JSON: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  return isObject(parsed) ? parsed : invalidRequest("The request body must be a JSON object");
}

function namesOfTools(tools: unknown): string[] {
  if (!Array.isArray(tools)) invalidRequest("tools: an array is required");
  const names = tools.map((tool: unknown, index) => {
    if (!isObject(tool) || typeof tool.name !== "string") invalidRequest(`tools.${index}.name: a string is required`);
    // A tool of the API's own (bash_20250124 and so on) has a type instead of a schema.
    const needsSchema = tool.type === undefined || tool.type === null || tool.type === "custom";
    if (needsSchema && !isObject(tool.input_schema)) {
      invalidRequest(`tools.${index}.input_schema: an object is required`);
    }
    return tool.name;
  });
  if (new Set(names).size < names.length) invalidRequest("tools: tool names must be unique");
  return names;
}

function outputSchemaOf(request: JsonObject): JsonObject | undefined {
  const config = request.output_config;
  const format = isObject(config) ? config.format : undefined;
  if (format === undefined || format === null) return undefined;
  if (!isObject(format) || format.type !== "json_schema" || !isObject(format.schema)) {
    invalidRequest('output_config.format: { "type": "json_schema", "schema": {…} } is required');
  }
  checkOutputSchema(format.schema, "output_config.format.schema");
  return format.schema;
}

function lengthAsSent(value: unknown): number {
  if (value === undefined || value === null) return 0;
  return typeof value === "string" ? value.length : JSON.stringify(value).length;
}
