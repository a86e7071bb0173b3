import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { HttpReply, HttpRequest } from "#kit/process/http.ts";
import { mayPush } from "../access.ts";
import { type ForgeContext, type ForgeUser, viewerOf } from "../context.ts";
import { ForgeFailure, failureBody, forbidden, notFound } from "../failure.ts";
import { moveQueues } from "../merge-queue.ts";
import { movesIn, pushVerdict } from "../push-rules.ts";
import type { RepositoryRecord } from "../records.ts";
import { announcePushes } from "./push.ts";
import { runByShell } from "./run-by-shell.ts";

interface CgiAnswer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

const unpackedBytesMax = 256 * 1024 * 1024;

/** Serves git's smart HTTP protocol through `git http-backend` (https://git-scm.com/docs/git-http-backend). */
export class GitHttp {
  readonly #context: ForgeContext;
  readonly #running = new Set<Promise<CgiAnswer>>();

  constructor(context: ForgeContext) {
    this.#context = context;
  }

  /** Answers one request: anybody may fetch, a push needs a token of somebody who may write. What a push changed is announced before its answer ends. */
  async serve(request: HttpRequest, reply: HttpReply): Promise<HttpReply> {
    try {
      return await this.#serve(request, reply);
    } catch (error) {
      if (!(error instanceof ForgeFailure)) throw error;
      if (error.status === 401) reply.header("www-authenticate", 'Basic realm="GitHub"');
      return reply.code(error.status).send(failureBody(error));
    }
  }

  /** Waits for the git children that still run. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  async #serve(request: HttpRequest, reply: HttpReply): Promise<HttpReply> {
    const { owner = "", repository: name = "", "*": tail = "" } = request.params as Record<string, string>;
    if (!["info/refs", "git-upload-pack", "git-receive-pack"].includes(tail)) throw notFound();
    const { store } = this.#context;
    const wanted = name.replace(/\.git$/, "");
    const repository = store.findRepository(owner, wanted) ?? store.formerRepository(owner, wanted);
    if (repository === undefined) throw notFound();
    const viewer = viewerOf(this.#context, request.headers.authorization);
    const query = request.url.split("?")[1] ?? "";
    const pushes = tail === "git-receive-pack" || query.includes("service=git-receive-pack");
    if (pushes && viewer === null) throw new ForgeFailure(401, "Requires authentication");
    if (pushes && viewer !== null && !mayPush(this.#context, repository, viewer.login)) {
      throw forbidden(`Permission to ${repository.owner}/${repository.name}.git denied to ${viewer.login}.`);
    }
    const running = this.#run(repository, { tail, query, request, viewer });
    this.#running.add(running);
    const answer = await running.finally(() => this.#running.delete(running));
    if (tail === "git-receive-pack" && viewer !== null) await this.#announce(repository, viewer);
    return reply.code(answer.status).headers(answer.headers).send(answer.body);
  }

  async #announce(repository: RepositoryRecord, pusher: ForgeUser): Promise<void> {
    const { store, checks, deliveries } = this.#context;
    await store.exclusive(async () => {
      await announcePushes(this.#context, repository, pusher.login);
      await moveQueues(this.#context);
      await store.save();
    });
    checks.wake(this.#context);
    deliveries.wake();
  }

  /** What the rules say to each ref of this push, for the update hook of the repository. */
  #verdictsOn(repository: RepositoryRecord, viewer: ForgeUser | null, request: HttpRequest): string {
    const moves = movesIn(plainBody(request));
    return moves
      .map((move) => `${move.ref} ${pushVerdict(this.#context, repository, viewer?.login ?? "", move)}`)
      .join("\n");
  }

  async #run(
    repository: RepositoryRecord,
    call: {
      readonly tail: string;
      readonly query: string;
      readonly request: HttpRequest;
      readonly viewer: ForgeUser | null;
    },
  ): Promise<CgiAnswer> {
    const { headers, method } = call.request;
    const header = (name: string): string => String(headers[name] ?? "");
    const body = Buffer.isBuffer(call.request.body) ? call.request.body : Buffer.alloc(0);
    const { stdout } = await runByShell(["git", "http-backend"], {
      input: body,
      env: {
        GIT_PROJECT_ROOT: join(this.#context.dataDirectory, "repos"),
        GIT_HTTP_EXPORT_ALL: "1",
        PATH_INFO: `/${repository.directory}/${call.tail}`,
        QUERY_STRING: call.query,
        REQUEST_METHOD: method,
        CONTENT_TYPE: header("content-type"),
        CONTENT_LENGTH: String(body.length),
        HTTP_CONTENT_ENCODING: header("content-encoding"),
        GIT_PROTOCOL: header("git-protocol"),
        REMOTE_USER: call.viewer?.login ?? "",
        REMOTE_ADDR: "127.0.0.1",
        FORGE_REFS: call.tail === "git-receive-pack" ? this.#verdictsOn(repository, call.viewer, call.request) : "",
      },
    });
    return parseAnswer(stdout);
  }
}

/** The body as git sees it: `git http-backend` unpacks it, so what is read here must be unpacked too. */
function plainBody({ body, headers }: HttpRequest): Buffer {
  if (!Buffer.isBuffer(body)) return Buffer.alloc(0);
  const isPacked = /^(x-)?gzip$/.test(String(headers["content-encoding"] ?? ""));
  try {
    return isPacked ? gunzipSync(body, { maxOutputLength: unpackedBytesMax }) : body;
  } catch {
    throw new ForgeFailure(400, "The body of the push could not be unpacked.");
  }
}

/** A CGI answer is a header, an empty line and the body. */
function parseAnswer(text: Buffer): CgiAnswer {
  const end = text.indexOf("\r\n\r\n");
  if (end === -1) throw new ForgeFailure(500, "git http-backend gave no answer.");
  const lines = text.subarray(0, end).toString("latin1").split("\r\n");
  const pairs = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  const { status = "200", ...headers } = Object.fromEntries(pairs);
  return { status: Number.parseInt(status, 10), headers, body: text.subarray(end + 4) };
}
