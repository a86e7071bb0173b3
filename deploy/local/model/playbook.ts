/** What the scripted model plays: the first scene that matches a request answers it. */
export type Playbook = readonly Scene[];

/**
 * One conversation, written down. Both functions must be pure: an agent may be killed at any time and begin its
 * conversation again, and several conversations run at once, so nothing but the request may say what comes next.
 * `request.turn` is the step. `name` is stable, lower case, with hyphens: it is shown in errors.
 */
export interface Scene {
  readonly name: string;
  matches(request: ScriptedRequest): boolean;
  reply(request: ScriptedRequest): ScriptedReply;
}

/** A Messages API request as a scene sees it. */
export interface ScriptedRequest {
  /** The system prompt; its text blocks are joined by a line feed. Empty when there is none. */
  readonly system: string;
  /** The text of the first user message: what the agent was asked to do. */
  readonly opening: string;
  /** How many assistant turns the conversation has: 0 at its beginning. */
  readonly turn: number;
  /** The tools that the request offers; a reply may call no others. */
  readonly toolNames: readonly string[];
  /** Every tool call of the conversation with what came back, oldest first. */
  readonly toolResults: readonly ToolResult[];
  /** The JSON schema of `output_config.format`, when the request wants its answer as JSON. */
  readonly outputSchema: JsonObject | undefined;
}

/** A tool call and its result, joined by `tool_use_id`. */
export interface ToolResult {
  readonly toolName: string;
  readonly input: JsonObject;
  readonly text: string;
  readonly isError: boolean;
}

/** A call that a reply makes. `input` must fit the tool's own schema; the scripted model does not check it. */
export interface ToolCall {
  readonly name: string;
  readonly input: JsonObject;
}

/** One assistant turn. With tool calls its stop reason is `tool_use`, without any it is `end_turn`. */
export interface ScriptedReply {
  /** May be empty only when there are tool calls. For a request with an output schema it is the JSON itself. */
  readonly text: string;
  readonly toolCalls: readonly ToolCall[];
}

/** A parsed JSON object whose fields are not known yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** A turn that only speaks, and so ends the conversation. */
export function say(text: string): ScriptedReply {
  return { text, toolCalls: [] };
}

/** A turn that calls tools, all in one message, after a line of text. */
export function callTools(text: string, toolCalls: readonly ToolCall[]): ScriptedReply {
  return { text, toolCalls };
}

/** The answer to a request with an output schema. */
export function answerJson(value: JsonObject): ScriptedReply {
  return { text: JSON.stringify(value), toolCalls: [] };
}
