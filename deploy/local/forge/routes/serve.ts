import { createHash } from "node:crypto";
import type { HttpReply, HttpRequest, HttpServer } from "#kit/process/http.ts";
import { refuseBelow } from "../access.ts";
import { type ForgeContext, type ForgeUser, userId, viewerOf } from "../context.ts";
import { ForgeFailure, failureBody, RepositoryMoved } from "../failure.ts";
import { moveQueues } from "../merge-queue.ts";
import type { Resource } from "../rate-limits.ts";
import { type Answer, type Call, type Route, writerOf } from "./route.ts";

/** Puts endpoints on the server, with GitHub's form of errors, its rate limits and its conditional requests. */
export function addRoutes(server: HttpServer, context: ForgeContext, routes: readonly Route[]): void {
  for (const route of routes) {
    for (const url of urlsOf(route)) {
      const handler = async (request: HttpRequest, reply: HttpReply) =>
        send(reply, await answerTo(context, route, request));
      server.route({ method: route.method, url, handler });
    }
  }
}

/** A repository answers by its name and, where a redirect leads, by its id. */
function urlsOf({ path }: Route): string[] {
  const named = "/repos/:owner/:repo";
  if (path === "/graphql") return ["/api/graphql"];
  if (!path.startsWith(named)) return [`/api/v3${path}`];
  return [`/api/v3${path}`, `/api/v3/repositories/:repositoryId${path.slice(named.length)}`];
}

function send(reply: HttpReply, answer: Answer): HttpReply {
  reply.code(answer.status).headers({ "x-github-media-type": "github.v3; format=json", ...answer.headers });
  if (answer.status === 204 || answer.status === 304) return reply.send();
  if (typeof answer.body === "string") return reply.type("text/plain; charset=utf-8").send(answer.body);
  return reply.type("application/json; charset=utf-8").send(JSON.stringify(answer.body));
}

async function answerTo(context: ForgeContext, route: Route, request: HttpRequest): Promise<Answer> {
  const resource: Resource = route.path === "/graphql" ? "graphql" : "core";
  const { rateLimits } = context;
  let login = "";
  try {
    const viewer = viewerOf(context, request.headers.authorization);
    login = viewer?.login ?? "";
    const refusal = route.path === "/rate_limit" ? null : limitRefusal(context, resource, viewer);
    if (refusal !== null) return refusal;
    const made = await handled(context, route, readCall(context, request, viewer));
    const answer = conditional(route, made, String(request.headers["if-none-match"] ?? ""));
    if (answer.status === 304) rateLimits.uncount(login, resource);
    return withLimits(context, answer, login, resource);
  } catch (error) {
    if (!(error instanceof ForgeFailure)) throw error;
    return withLimits(context, failureAnswer(context, route, request, error), login, resource);
  }
}

async function handled(context: ForgeContext, route: Route, call: Call): Promise<Answer> {
  if (route.method === "GET") return route.handle(call);
  const writer = writerOf(call);
  if (route.onlyReads?.(call) === true) return route.handle(call);
  const answer = await context.store.exclusive(async () => {
    if (route.needs !== undefined) {
      const { owner = "", repo = "" } = call.params;
      refuseBelow(context, context.store.repository(owner, repo), writer, route.needs);
    }
    const made = await route.handle(call);
    await moveQueues(context);
    await context.store.save();
    return made;
  });
  context.checks.wake(context);
  context.deliveries.wake();
  return answer;
}

/**
 * 304 when the client has this very answer already (https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api#use-conditional-requests-if-appropriate).
 */
function conditional(route: Route, answer: Answer, ifNoneMatch: string): Answer {
  if (route.method !== "GET" || answer.status !== 200) return answer;
  const text = typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body);
  // Of the body alone, as GitHub's: a page has the same one before and after another page begins behind it.
  const hash = createHash("sha256").update(text).digest("hex");
  const headers = { ...answer.headers, etag: `W/"${hash}"` };
  const known = ifNoneMatch.split(",").map((each) => each.trim().replace(/^W\//, ""));
  return known.includes(`"${hash}"`) ? { status: 304, body: null, headers } : { ...answer, headers };
}

/** The answer to a request above a limit. GraphQL answers 200 with an error, and only the headers are the same. */
function limitRefusal(context: ForgeContext, resource: Resource, viewer: ForgeUser | null): Answer | null {
  const login = viewer?.login ?? "";
  const secondary = context.rateLimits.secondaryFor(resource);
  if (secondary !== null) {
    const message =
      "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. If you reach out to GitHub Support for help, please include the request ID LOCAL.";
    const { retryAfterSeconds: seconds, status } = secondary;
    const headers: Record<string, string> = seconds === undefined ? {} : { "retry-after": String(seconds) };
    return { status, body: failureBody(new ForgeFailure(status, message)), headers };
  }
  if (context.rateLimits.take(login, resource)) return null;
  const message = `API rate limit exceeded for ${login === "" ? "127.0.0.1" : `user ID ${userId(login)}`}.`;
  const refusal: Answer =
    resource === "graphql"
      ? { status: 200, body: { errors: [{ type: "RATE_LIMIT", code: "graphql_rate_limit", message }] } }
      : { status: 403, body: failureBody(new ForgeFailure(403, message)) };
  return withLimits(context, refusal, login, resource);
}

function withLimits(context: ForgeContext, answer: Answer, login: string, resource: Resource): Answer {
  const { limit, used, remaining, reset } = context.rateLimits.standing(login, resource);
  const limits = {
    "x-ratelimit-limit": String(limit),
    "x-ratelimit-remaining": String(remaining),
    "x-ratelimit-used": String(used),
    "x-ratelimit-reset": String(reset),
    "x-ratelimit-resource": resource,
  };
  return { ...answer, headers: { ...limits, ...answer.headers } };
}

/** A repository that has another name now is a redirect to its id; fetch repeats a GET after a 301, and everything after a 307. */
function failureAnswer(context: ForgeContext, route: Route, request: HttpRequest, failure: ForgeFailure): Answer {
  if (!(failure instanceof RepositoryMoved)) return { status: failure.status, body: failureBody(failure) };
  const rest = request.url.replace(/^\/api\/v3\/repos\/[^/?]+\/[^/?]+/, "");
  const url = `${context.url}/api/v3/repositories/${failure.repositoryId}${rest}`;
  const body = { message: "Moved Permanently", url, documentation_url: "https://docs.github.com/rest" };
  return { status: route.method === "GET" ? 301 : 307, body, headers: { location: url } };
}

function readCall(context: ForgeContext, request: HttpRequest, viewer: ForgeUser | null): Call {
  const [path = "", query = ""] = request.url.split("?");
  const params = request.params as Record<string, string>;
  return {
    viewer,
    params:
      params.repositoryId === undefined ? params : { ...params, ...namesOf(context, Number(params.repositoryId)) },
    query: new URLSearchParams(query),
    body: readBody(request.body),
    accept: request.headers.accept ?? "",
    address: `${context.url}${path}`,
  };
}

function namesOf(context: ForgeContext, id: number) {
  const { owner, name } = context.store.repositoryById(id);
  return { owner, repo: name };
}

function readBody(body: unknown): Record<string, unknown> {
  if (!Buffer.isBuffer(body) || body.length === 0) return {};
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    throw new ForgeFailure(400, "Problems parsing JSON");
  }
  throw new ForgeFailure(400, "Body should be a JSON object");
}
