import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { createRawHttpServer, type HttpReply, type HttpRequest, type HttpServer, listen } from "#kit/process/http.ts";
import { answer, streamEvents, tokensOf } from "./answer.ts";
import { ApiError, errorBody, type Message, modelsPage, statusOfError, type TokensCount } from "./messages-api.ts";
import type { Playbook } from "./playbook.ts";
import { parseRequest } from "./request.ts";

/** A Messages API on loopback. `url` is its base URL, for the SDK's `baseURL`. */
export interface ScriptedModel {
  readonly url: string;
  /** Stops listening and drops open connections. */
  close(): Promise<void>;
}

// 32 MB: the API's own limit for a request (https://platform.claude.com/docs/en/api/errors).
const bodyBytesMax = 32 * 1024 * 1024;

/**
 * Starts a model that speaks the Messages API and plays a playbook instead of thinking. It keeps no state: an answer
 * is a function of the request. Port 0, the default, asks the system for a free one. Throws when the port is taken.
 */
export async function startScriptedModel(options: {
  readonly playbook: Playbook;
  readonly port?: number;
}): Promise<ScriptedModel> {
  const server = createRawHttpServer({ bodyBytesMax });
  answerInTheShapeOfTheApi(server);
  server.get("/v1/models", () => modelsPage);
  server.post("/v1/messages/count_tokens", (request): TokensCount => {
    const { prefixChars, messageChars } = parseRequest(bodyOf(request), "token count");
    return { input_tokens: tokensOf(prefixChars + messageChars), context_management: null };
  });
  server.post("/v1/messages", (request, reply) => {
    const parsed = parseRequest(bodyOf(request), "answer");
    const message = answer(options.playbook, parsed);
    return parsed.stream ? sendStream(reply, message) : message;
  });
  const url = await listen(server, { port: options.port ?? 0 });
  return { url, close: () => server.close() };
}

/** Request ids, the key and errors are the same for every path (https://platform.claude.com/docs/en/api/errors). */
function answerInTheShapeOfTheApi(server: HttpServer): void {
  server.addHook("onRequest", async (request, reply) => {
    reply.header("request-id", `req_${randomUUID().replaceAll("-", "")}`);
    if (!hasKey(request)) {
      throw new ApiError("authentication_error", "A key is required: Authorization: Bearer <key>, or x-api-key");
    }
  });
  server.setNotFoundHandler((request) => {
    throw new ApiError("not_found_error", `The scripted model does not serve ${request.method} ${request.url}`);
  });
  server.setErrorHandler((error, _request, reply) => {
    const requestId = String(reply.getHeader("request-id") ?? "");
    const status = statusOf(error);
    const kind = error instanceof ApiError ? error.kind : status < 500 ? "invalid_request_error" : "api_error";
    const message = error instanceof Error ? error.message : String(error);
    return reply.code(status).send(errorBody(kind, message, requestId));
  });
}

/** Any key will do. SDK 1.12 sends `apiKey` as a bearer token; curl examples and older SDKs send x-api-key. */
function hasKey(request: HttpRequest): boolean {
  return /^Bearer \S/.test(request.headers.authorization ?? "") || (request.headers["x-api-key"] ?? "") !== "";
}

/** Fastify's own errors, a body above the limit for one, carry their status. */
function statusOf(error: unknown): number {
  if (error instanceof ApiError) return statusOfError[error.kind];
  const carried = error instanceof Error && "statusCode" in error ? error.statusCode : undefined;
  return typeof carried === "number" ? carried : 500;
}

function bodyOf(request: HttpRequest): Uint8Array {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
}

function sendStream(reply: HttpReply, message: Message): HttpReply {
  return reply
    .header("content-type", "text/event-stream; charset=utf-8")
    .header("cache-control", "no-cache")
    .send(Readable.from(serverSentEvents(message)));
}

function* serverSentEvents(message: Message): Generator<string> {
  for (const event of streamEvents(message)) {
    yield `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
  }
}
