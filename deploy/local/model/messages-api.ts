import type {
  BetaErrorObject,
  BetaErrorResponse,
  BetaMessage,
  BetaMessageTokensCount,
  BetaModelInfo,
  BetaModelInfosPage,
  BetaRawMessageStreamEvent,
  BetaUsage,
} from "@anthropic-ai/sdk/resources/beta";

// The wire types are the SDK's own, so that an answer which a client could not read does not compile.

/** A whole answer (https://platform.claude.com/docs/en/api/messages). */
export type Message = BetaMessage;
/** Token counts of one request, as the API reports and bills them. */
export type Usage = BetaUsage;
/** One server-sent event of a streamed answer (https://platform.claude.com/docs/en/build-with-claude/streaming). */
export type StreamEvent = BetaRawMessageStreamEvent;
/** The answer of `POST /v1/messages/count_tokens`. */
export type TokensCount = BetaMessageTokensCount;

/** The answer of `GET /v1/models`: one page. */
export type ModelsPage = Pick<BetaModelInfosPage, "data" | "has_more" | "first_id" | "last_id">;

/** The error kinds that the scripted model can answer with, each with its HTTP status. */
export const statusOfError = {
  invalid_request_error: 400,
  authentication_error: 401,
  not_found_error: 404,
  api_error: 500,
} as const satisfies Partial<Record<BetaErrorObject["type"], number>>;

/** The name of an error kind, as in the API's `error.type`. */
export type ErrorKind = keyof typeof statusOfError;

/**
 * The scripted model says no where the API would (https://platform.claude.com/docs/en/api/errors): an answer in the
 * API's shape.
 * Kind: business no.
 * What to do: what the message says about the request. The scripted model knows only the issues `slugify` and
 * `truncate`.
 */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly kind: ErrorKind;
  constructor(kind: ErrorKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** Throws the 400 that the API answers a bad body with. */
export function invalidRequest(message: string): never {
  throw new ApiError("invalid_request_error", message);
}

/** The body of an error answer. */
export function errorBody(kind: ErrorKind, message: string, requestId: string): BetaErrorResponse {
  return { type: "error", error: { type: kind, message }, request_id: requestId };
}

const scriptedModelInfo: BetaModelInfo = {
  id: "scripted-model",
  type: "model",
  display_name: "Scripted model (plays a playbook; no intelligence)",
  created_at: "1970-01-01T00:00:00Z",
  lifecycle: "active",
  deprecated_at: null,
  retires_at: null,
  line: null,
  max_input_tokens: null,
  max_tokens: null,
  capabilities: null,
  allowed_fallback_models: [],
};

/** The one model there is. Requests may name any other: the answer names the model that was asked for. */
export const modelsPage: ModelsPage = {
  data: [scriptedModelInfo],
  has_more: false,
  first_id: scriptedModelInfo.id,
  last_id: scriptedModelInfo.id,
};
