import type { IncomingHttpHeaders } from "node:http";
import { createRawHttpServer, listen } from "#kit/process/http.ts";

/** A request that the server received; its body is decoded from JSON. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readonly<Record<string, unknown>>;
  /** Resolves when the client has the answer or has closed the connection. */
  readonly closed: Promise<void>;
}

/** An answer: status (default 200), headers and body. A body that is an object is sent as JSON. */
export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | object;
  /** `cut`: the connection breaks in the middle of the answer. `open`: the connection stays open and the answer never ends. */
  readonly end?: "cut" | "open";
}

/** An HTTP server on loopback whose answers a test chooses. It stands in for GitHub or the model's API. */
export interface AnsweringServer {
  readonly url: string;
  /** The requests since the last `play`, oldest first. */
  readonly asked: readonly Asked[];
  /** Sets the answers to later requests, and empties `asked`. */
  play(answer: (asked: Asked, index: number) => Answer | Promise<Answer>): void;
  close(): Promise<void>;
}

/** Starts the server on a free port. It answers 500 until the first `play`. */
export async function startAnswering(): Promise<AnsweringServer> {
  const server = createRawHttpServer({ bodyBytesMax: 1024 * 1024 });
  let asked: Asked[] = [];
  let play: Parameters<AnsweringServer["play"]>[0] = () => ({ status: 500 });
  server.all("/*", async (request, reply) => {
    const text = Buffer.isBuffer(request.body) ? request.body.toString("utf8") : "";
    const body = text === "" ? {} : (JSON.parse(text) as Asked["body"]);
    const closed = new Promise<void>((resolve) => reply.raw.once("close", () => resolve()));
    const one = { method: request.method, path: request.url, headers: request.headers, body, closed };
    asked.push(one);
    reply.hijack();
    const answer = await play(one, asked.length - 1);
    const sent = typeof answer.body === "object" ? JSON.stringify(answer.body) : (answer.body ?? "");
    const type = typeof answer.body === "object" ? { "content-type": "application/json" } : {};
    reply.raw.writeHead(answer.status ?? 200, { ...type, ...answer.headers });
    if (answer.end === undefined) reply.raw.end(sent);
    else reply.raw.write(sent, () => (answer.end === "cut" ? reply.raw.destroy() : undefined));
  });
  const url = await listen(server, { port: 0 });
  return {
    url,
    get asked() {
      return asked;
    },
    play: (answer) => {
      asked = [];
      play = answer;
    },
    close: () => server.close(),
  };
}
