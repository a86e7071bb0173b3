import { createHash } from "node:crypto";
import type { HttpRequest, HttpServer } from "#kit/process/http.ts";
import { type ForgeContext, type ForgeUser, viewerOf } from "../context.ts";
import { ForgeFailure, failureBody, invalid } from "../failure.ts";

/** One request to the REST surface, as the handlers see it. */
export interface Call {
  readonly viewer: ForgeUser | null;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  readonly accept: string;
  /** The URL without its query: what the links of a paged list are made from. */
  readonly address: string;
}

/** An answer. A string body is sent as text, everything else as JSON. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One endpoint. Every method but GET needs a token, runs alone, and is on disk before its answer is sent. */
export interface Route {
  readonly method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  /** Below `/api/v3`; parameters as `:name`, and `*` for the rest of the path. */
  readonly path: string;
  readonly handle: (call: Call) => Promise<Answer>;
}

/** Puts endpoints on the server, with GitHub's form of errors. */
export function addRoutes(server: HttpServer, context: ForgeContext, routes: readonly Route[]): void {
  for (const route of routes) {
    server.route({
      method: route.method,
      url: `/api${route.path === "/graphql" ? "" : "/v3"}${route.path}`,
      handler: async (request, reply) => {
        const answer = await answerTo(context, route, request);
        reply.code(answer.status).headers({ "x-github-media-type": "github.v3; format=json", ...answer.headers });
        if (answer.status === 204) return reply.send();
        if (route.method === "GET" && answer.status === 200) {
          const etag = etagOf(answer.body);
          reply.header("etag", etag);
          if (request.headers["if-none-match"] === etag) return reply.code(304).send();
        }
        if (typeof answer.body === "string") return reply.type("text/plain; charset=utf-8").send(answer.body);
        return reply.type("application/json; charset=utf-8").send(JSON.stringify(answer.body));
      },
    });
  }
}

/** A code of an answer, by which a client asks whether it changed (https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api#use-conditional-requests). */
function etagOf(body: unknown): string {
  return `W/"${createHash("sha256").update(JSON.stringify(body)).digest("hex")}"`;
}

/** A list in the order that the call asks for: by `created` or `updated`, and unless it asks otherwise the last one first. */
export function sortedAs<Item extends { readonly number: number; readonly updatedAt: string }>(
  call: Call,
  items: readonly Item[],
): Item[] {
  const byCreation = items.toSorted((left, right) => left.number - right.number);
  const key = (item: Item) => (call.query.get("sort") === "updated" ? Date.parse(item.updatedAt) : item.number);
  const sorted = byCreation.toSorted((left, right) => key(left) - key(right));
  return call.query.get("direction") === "asc" ? sorted : sorted.reverse();
}

/** Who writes. Throws a 401 `ForgeFailure` without a token. */
export function writerOf(call: Call): ForgeUser {
  if (call.viewer === null) throw new ForgeFailure(401, "Requires authentication");
  return call.viewer;
}

/** The issue or pull request number in the path. Text that is no number names nothing, so it finds nothing. */
export function numberIn(call: Call): number {
  return Number(call.params.number);
}

/** A string field of the body, or undefined when it is absent or null. Throws a 422 `ForgeFailure` for another type. */
export function textIn(call: Call, field: string): string | undefined {
  const value = call.body[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw invalid(`${field} is not a string`);
  return value;
}

/** A string field that must be there and not be blank. Throws a 422 `ForgeFailure`. */
export function requiredTextIn(call: Call, resource: string, field: string): string {
  const value = textIn(call, field);
  if (value === undefined || value.trim() === "") throw invalid({ resource, field, code: "missing_field" });
  return value;
}

/** One page of a list: `per_page` 30 unless asked, at most 100, with the `Link` header (https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api). */
export function pageOf<Item>(
  call: Call,
  items: readonly Item[],
): { readonly items: Item[]; readonly headers: Record<string, string> } {
  const size = Math.min(100, Math.max(1, Number(call.query.get("per_page") ?? 30) || 30));
  const page = Math.max(1, Number(call.query.get("page") ?? 1) || 1);
  const last = Math.max(1, Math.ceil(items.length / size));
  const link = (to: number, rel: string): string => {
    const query = new URLSearchParams(call.query);
    query.set("page", String(to));
    return `<${call.address}?${query}>; rel="${rel}"`;
  };
  const links = [
    ...(page > 1 ? [link(page - 1, "prev"), link(1, "first")] : []),
    ...(page < last ? [link(page + 1, "next"), link(last, "last")] : []),
  ];
  const shown = items.slice((page - 1) * size, page * size);
  return { items: shown, headers: links.length === 0 ? {} : { link: links.join(", ") } };
}

async function answerTo(context: ForgeContext, route: Route, request: HttpRequest): Promise<Answer> {
  try {
    const call = readCall(context, request);
    if (route.method === "GET") return await route.handle(call);
    writerOf(call);
    const answer = await context.store.exclusive(async () => {
      const made = await route.handle(call);
      await context.store.save();
      return made;
    });
    context.checks.wake(context);
    context.deliveries.wake();
    return answer;
  } catch (error) {
    if (error instanceof ForgeFailure) return { status: error.status, body: failureBody(error) };
    throw error;
  }
}

function readCall(context: ForgeContext, request: HttpRequest): Call {
  const [path = "", query = ""] = request.url.split("?");
  return {
    viewer: viewerOf(context, request.headers.authorization),
    params: request.params as Record<string, string>,
    query: new URLSearchParams(query),
    body: readBody(request.body),
    accept: request.headers.accept ?? "",
    address: `${context.url}${path}`,
  };
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
