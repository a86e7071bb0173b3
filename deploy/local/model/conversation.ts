import { isObject, type MessageBlock, messageBlocks } from "./content.ts";
import { invalidRequest } from "./messages-api.ts";
import type { ToolResult } from "./playbook.ts";

/** A message of the conversation with its content as blocks. */
export interface ParsedMessage {
  readonly role: "user" | "assistant" | "system";
  readonly blocks: readonly MessageBlock[];
}

// 10 000: an agent that is limited to some hundred turns never comes near; the loop over messages stays bounded.
const messagesMax = 10_000;

/**
 * Reads `messages`. The first must be the user's and the last must not be the assistant's.
 * Throws `ApiError` (invalid_request_error) with the path of the wrong field.
 */
export function parseMessages(messages: unknown): ParsedMessage[] {
  if (!Array.isArray(messages) || messages.length === 0) invalidRequest("messages: at least one message is required");
  if (messages.length > messagesMax) invalidRequest(`messages: at most ${messagesMax} messages are allowed`);
  const parsed = messages.map((message: unknown, index) => {
    if (!isObject(message)) invalidRequest(`messages.${index}: an object is required`);
    const role = message.role;
    if (role !== "user" && role !== "assistant" && role !== "system") {
      invalidRequest(`messages.${index}.role: must be "user", "assistant" or "system"`);
    }
    return { role, blocks: messageBlocks(message.content, `messages.${index}.content`) } as const;
  });
  if (parsed[0]?.role !== "user") invalidRequest('messages: first message must use the "user" role');
  if (parsed.at(-1)?.role === "assistant") invalidRequest("messages: the conversation must end with a user message");
  return parsed;
}

/**
 * Joins tool calls and results, oldest first, and refuses what the API refuses: a call without its result in the next
 * message, and a result without its call in the message before. Throws `ApiError` (invalid_request_error).
 */
export function joinToolResults(messages: readonly ParsedMessage[]): ToolResult[] {
  return messages.flatMap((message, index) => {
    const calls = index === 0 ? [] : callsOf(messages[index - 1]);
    const results = message.blocks.flatMap((block) => (block.type === "tool_result" ? [block] : []));
    for (const result of results) {
      if (!calls.some((call) => call.id === result.tool_use_id)) {
        invalidRequest(
          `messages.${index}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${result.tool_use_id}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
        );
      }
    }
    return calls.map((call) => {
      const result = results.find((candidate) => candidate.tool_use_id === call.id);
      if (result === undefined) {
        invalidRequest(
          `messages.${index - 1}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${call.id}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
        );
      }
      return { toolName: call.name, input: call.input, text: result.text, isError: result.is_error };
    });
  });
}

function callsOf(message: ParsedMessage | undefined) {
  return message?.blocks.flatMap((block) => (block.type === "tool_use" ? [block] : [])) ?? [];
}
