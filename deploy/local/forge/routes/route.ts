import type { ForgeUser, Role } from "../context.ts";
import { ForgeFailure, invalid } from "../failure.ts";

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

/** One endpoint. What is no GET needs a token; what changes something runs alone, and is on disk before its answer is sent. */
export interface Route {
  readonly method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  /** Below `/api/v3`; parameters as `:name`, and `*` for the rest of the path. */
  readonly path: string;
  /** GitHub's operations that it plays, by their ids in GitHub's OpenAPI description. A test holds the answers of each to it. */
  readonly operations: readonly string[];
  /** The role in the repository without which it is refused. What depends on more than the role is refused by the handler. */
  readonly needs?: Role;
  /** Says of a call that is no GET whether it only reads. Default: it changes something. */
  readonly onlyReads?: (call: Call) => boolean;
  readonly handle: (call: Call) => Promise<Answer>;
}

/** 200 with a body. */
export function ok(body: unknown): Answer {
  return { status: 200, body };
}

/** 201 with a body. */
export function created(body: unknown): Answer {
  return { status: 201, body };
}

/** 204, which has no body. */
export const noContent: Answer = { status: 204, body: null };

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

/** A string field with one of these values, or undefined when it is absent. Throws a 422 `ForgeFailure` for another value. */
export function oneOfIn<Value extends string>(
  call: Call,
  resource: string,
  field: string,
  values: readonly Value[],
): Value | undefined {
  const value = textIn(call, field);
  if (value === undefined) return undefined;
  const found = values.find((each) => each === value);
  if (found === undefined) throw invalid({ resource, field, code: "invalid" });
  return found;
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

/** A list in the order that the call asks for: by `created` or `updated`, and unless it asks otherwise the last one first. */
export function sortedAs<Item extends { readonly number: number; readonly updatedAt: string }>(
  call: Call,
  items: readonly Item[],
): Item[] {
  const key = (item: Item) => (call.query.get("sort") === "updated" ? Date.parse(item.updatedAt) : item.number);
  const sorted = items.toSorted((left, right) => key(left) - key(right) || left.number - right.number);
  return call.query.get("direction") === "asc" ? sorted : sorted.reverse();
}

/** The comments that changed since the time that the call names, in the order of their creation unless it asks for another one. */
export function commentsSince<Item extends { readonly createdAt: string; readonly updatedAt?: string }>(
  call: Call,
  comments: readonly Item[],
): Item[] {
  const changedAtMs = ({ createdAt, updatedAt }: Item) => Date.parse(updatedAt ?? createdAt);
  const since = Date.parse(call.query.get("since") ?? "1970-01-01");
  const found = comments.filter((each) => changedAtMs(each) >= since);
  const sort = call.query.get("sort");
  if (sort === "updated") found.sort((left, right) => changedAtMs(left) - changedAtMs(right));
  // GitHub reads `direction` only beside `sort`.
  return sort !== null && call.query.get("direction") === "desc" ? found.reverse() : found;
}

/** One page of a list as an answer. */
export function pageAnswer<Item>(call: Call, items: readonly Item[], show: (item: Item) => unknown): Answer {
  const page = pageOf(call, items);
  return { status: 200, body: page.items.map(show), headers: page.headers };
}
