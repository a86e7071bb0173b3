import { createHash } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { readyLabel } from "#contracts/labels.ts";
import { createRawHttpServer, listen } from "#kit/process/http.ts";

/** A forge with one repository, `acme/shop`, and many open issues with the label. It answers what the reconciler asks. */
export interface ListingForge {
  /** The base URL of its REST API. */
  readonly url: string;
  /** Closes an issue and tells nobody. */
  close(number: number): void;
  /** The requests since the last call: how many, how many of them were answered 304, and from the first to the last answer. */
  taken(): { readonly requests: number; readonly unchanged: number; readonly tookMs: number };
  /** When the last answer was sent, ms of `performance`. */
  lastAnswerAt(): number;
  stop(): Promise<void>;
}

const perPage = 100;
const longAgo = "2026-01-02T03:04:05Z";

/** Starts it with issues from 1 on. Each answer takes `answerMs`, and has an ETag as GitHub's do. */
export async function startListingForge(of: {
  readonly answerMs: number;
  readonly issues: number;
}): Promise<ListingForge> {
  const closed = new Set<number>();
  let requests: { readonly status: number; readonly from: number; readonly to: number }[] = [];
  let last = 0;
  const server = createRawHttpServer({ bodyBytesMax: 1024 * 1024 });
  server.get("/*", async (request, reply) => {
    const from = performance.now();
    await wait(of.answerMs);
    const address = new URL(request.url, "http://forge");
    const body = answerTo(address.pathname, Number(address.searchParams.get("page") ?? 1), of.issues, closed);
    const text = JSON.stringify(body ?? { message: "Not Found" });
    const etag = `W/"${createHash("sha256").update(text).digest("hex")}"`;
    const status = body === undefined ? 404 : request.headers["if-none-match"] === etag ? 304 : 200;
    last = performance.now();
    requests.push({ status, from, to: last });
    reply.code(status).headers({ etag, "content-type": "application/json; charset=utf-8" });
    return status === 304 ? reply.send() : reply.send(text);
  });
  return {
    url: await listen(server, { port: 0 }),
    close: (number) => closed.add(number),
    taken: () => {
      const of = requests;
      requests = [];
      const tookMs = (of.at(-1)?.to ?? 0) - (of[0]?.from ?? 0);
      return { requests: of.length, unchanged: of.filter(({ status }) => status === 304).length, tookMs };
    },
    lastAnswerAt: () => last,
    stop: () => server.close(),
  };
}

function answerTo(path: string, page: number, issues: number, closed: ReadonlySet<number>): unknown {
  const [, place = ""] = /^\/repos\/acme\/shop(.*)$/.exec(path) ?? [];
  if (path === "/repos/acme/shop") return { name: "shop", owner: { login: "acme" }, default_branch: "main" };
  if (place === "/pulls" || place === "/issues/comments" || place === "/issues/events") return [];
  const [, number] = /^\/issues\/(\d+)$/.exec(place) ?? [];
  if (number !== undefined) return issue(Number(number), closed);
  if (place !== "/issues") return undefined;
  const open = Array.from({ length: issues }, (_, index) => index + 1).filter((each) => !closed.has(each));
  return open.slice((page - 1) * perPage, page * perPage).map((each) => issue(each, closed));
}

function issue(number: number, closed: ReadonlySet<number>) {
  const end = closed.has(number) ? { state: "closed", closed_at: longAgo, closed_by: { login: "ada" } } : openState;
  const labels = [{ name: readyLabel }];
  const repository_url = "/repos/acme/shop";
  return { number, title: `Issue ${number}`, body: "Do it.", labels, repository_url, updated_at: longAgo, ...end };
}
const openState = { state: "open", closed_at: null, closed_by: null };
