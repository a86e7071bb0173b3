import { type ChildProcessByStdio, spawn } from "node:child_process";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import type { HttpReply, HttpRequest } from "#kit/process/http.ts";
import { mayPush } from "../access.ts";
import { type ForgeContext, type ForgeUser, viewerOf } from "../context.ts";
import { ForgeFailure, failureBody, forbidden, notFound } from "../failure.ts";
import { movesIn, pushVerdict } from "../push-rules.ts";
import type { RepositoryRecord } from "../records.ts";
import { gitEnvironment } from "./git.ts";
import { announcePushes } from "./push.ts";

type GitChild = ChildProcessByStdio<Writable, Readable, null>;

interface CgiHead {
  readonly status: number;
  readonly headers: Record<string, string>;
}

// 5 min: a clone of the demo repository takes below a second; a child that is older serves nobody.
const childTimeoutMs = 5 * 60_000;
const headBytesMax = 16 * 1024;
const unpackedBytesMax = 256 * 1024 * 1024;

/** Serves git's smart HTTP protocol through `git http-backend` (https://git-scm.com/docs/git-http-backend). */
export class GitHttp {
  readonly #context: ForgeContext;
  readonly #children = new Set<GitChild>();

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

  /** Ends the git children that still run. */
  async close(): Promise<void> {
    const ends = [...this.#children].map(
      (child) => new Promise<void>((resolve) => child.once("close", () => resolve()).kill("SIGKILL")),
    );
    await Promise.all(ends);
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
    const child = this.#spawn(repository, { tail, query, request, viewer });
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    // A child that ends before it read everything closes the pipe; its exit and its answer say all there is to say.
    child.stdin.on("error", () => undefined);
    child.stdin.end(body);
    const head = await readHead(child.stdout);
    reply.code(head.status).headers(head.headers);
    if (tail !== "git-receive-pack" || viewer === null) {
      reply.raw.once("close", () => child.kill());
      return reply.send(child.stdout);
    }
    const answer = await buffer(child.stdout);
    await this.#announce(repository, viewer);
    return reply.send(answer);
  }

  async #announce(repository: RepositoryRecord, pusher: ForgeUser): Promise<void> {
    const { store, checks, deliveries } = this.#context;
    await store.exclusive(async () => {
      await announcePushes(this.#context, repository, pusher.login);
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

  #spawn(
    repository: RepositoryRecord,
    call: {
      readonly tail: string;
      readonly query: string;
      readonly request: HttpRequest;
      readonly viewer: ForgeUser | null;
    },
  ): GitChild {
    const { headers, method } = call.request;
    const header = (name: string): string => String(headers[name] ?? "");
    const body = call.request.body;
    const child = spawn("git", ["http-backend"], {
      stdio: ["pipe", "pipe", "ignore"],
      timeout: childTimeoutMs,
      killSignal: "SIGKILL",
      env: gitEnvironment({
        GIT_PROJECT_ROOT: join(this.#context.dataDirectory, "repos"),
        GIT_HTTP_EXPORT_ALL: "1",
        PATH_INFO: `/${repository.directory}/${call.tail}`,
        QUERY_STRING: call.query,
        REQUEST_METHOD: method,
        CONTENT_TYPE: header("content-type"),
        CONTENT_LENGTH: String(Buffer.isBuffer(body) ? body.length : 0),
        HTTP_CONTENT_ENCODING: header("content-encoding"),
        GIT_PROTOCOL: header("git-protocol"),
        REMOTE_USER: call.viewer?.login ?? "",
        REMOTE_ADDR: "127.0.0.1",
        FORGE_REFS: call.tail === "git-receive-pack" ? this.#verdictsOn(repository, call.viewer, call.request) : "",
      }),
    });
    this.#children.add(child);
    child.once("close", () => this.#children.delete(child));
    child.once("error", () => this.#children.delete(child));
    return child;
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

/** Reads the CGI header and leaves the stream at the first byte of the body. */
async function readHead(stream: Readable): Promise<CgiHead> {
  let read = Buffer.alloc(0);
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    read = Buffer.concat([read, chunk as Buffer]);
    const end = read.indexOf("\r\n\r\n");
    if (end === -1 && read.length <= headBytesMax) continue;
    if (end === -1) break;
    stream.unshift(read.subarray(end + 4));
    return parseHead(read.subarray(0, end).toString("latin1"));
  }
  throw new ForgeFailure(500, "git http-backend gave no answer.");
}

function parseHead(text: string): CgiHead {
  const pairs = text.split("\r\n").map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  const { status = "200", ...headers } = Object.fromEntries(pairs);
  return { status: Number.parseInt(status, 10), headers };
}
