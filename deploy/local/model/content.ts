import { invalidRequest } from "./messages-api.ts";
import type { JsonObject } from "./playbook.ts";

/** A content block of a message, reduced to what the scripted model reads. Blocks of any other type become `other`. */
export type MessageBlock =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "tool_use"; readonly id: string; readonly name: string; readonly input: JsonObject }
  | { readonly type: "tool_result"; readonly tool_use_id: string; readonly text: string; readonly is_error: boolean }
  | { readonly type: "other" };

/** True for a JSON object: neither null nor an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Reads `content`: a string or an array of blocks. `path` names the field in the error.
 * Throws `ApiError` (invalid_request_error) for what the API refuses, empty text included.
 */
export function messageBlocks(content: unknown, path: string): MessageBlock[] {
  if (typeof content === "string") {
    if (content === "") invalidRequest(`${path}: text content must be non-empty`);
    return [{ type: "text", text: content }];
  }
  if (!Array.isArray(content)) invalidRequest(`${path}: a string or an array of content blocks is required`);
  if (content.length === 0) invalidRequest(`${path}: at least one content block is required`);
  return content.map((block: unknown, index) => messageBlock(block, `${path}.${index}`));
}

/** The text of a string or of the text blocks in an array, joined by a line feed. Throws as `messageBlocks` does. */
export function textOfContent(content: unknown, path: string): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) invalidRequest(`${path}: a string or an array of text blocks is required`);
  return textOfBlocks(content.map((block: unknown, index) => messageBlock(block, `${path}.${index}`)));
}

/** The text blocks, joined by a line feed. */
export function textOfBlocks(blocks: readonly MessageBlock[]): string {
  return blocks.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("\n");
}

function messageBlock(block: unknown, path: string): MessageBlock {
  if (!isObject(block) || typeof block.type !== "string") invalidRequest(`${path}.type: a string is required`);
  switch (block.type) {
    case "text":
      return { type: "text", text: required(block.text, `${path}.text`) };
    case "tool_use":
      if (!isObject(block.input)) invalidRequest(`${path}.input: an object is required`);
      return {
        type: "tool_use",
        id: required(block.id, `${path}.id`),
        name: required(block.name, `${path}.name`),
        input: block.input,
      };
    case "tool_result":
      return {
        type: "tool_result",
        tool_use_id: required(block.tool_use_id, `${path}.tool_use_id`),
        text: textOfContent(block.content ?? "", `${path}.content`),
        is_error: block.is_error === true,
      };
    default:
      return { type: "other" };
  }
}

function required(value: unknown, path: string): string {
  return typeof value === "string" && value !== "" ? value : invalidRequest(`${path}: a non-empty string is required`);
}
