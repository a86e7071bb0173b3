import type { IncomingHttpHeaders } from "node:http";
import { createRawHttpServer, listen } from "#kit/process/http.ts";

/** A request as the server got it; a body is decoded from JSON. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readonly<Record<string, unknown>>;
  /** Settles when the client has its answer or has gone. */
  readonly closed: Promise<void>;
}

/** An answer: status (default 200), headers and a body, of which an object is sent as JSON. */
export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | object;
  /** `cut`: the connection ends after the body, which is not at its end. `open`: nothing comes after the body. */
  readonly end?: "cut" | "open";
}

/** An HTTP server on loopback that answers what a test says, for the clients of services that are not ours. */
export interface AnsweringServer {
  readonly url: string;
  /** The requests since the last `play`, oldest first. */
  readonly asked: readonly Asked[];
  /** Says how requests are answered from here on, and forgets those that were asked. */
  play(answer: (asked: Asked, index: number) => Answer): void;
  close(): Promise<void>;
}

/** Starts the server on a free port. It answers 500 until it is told what to play. */
export async function startAnswering(): Promise<AnsweringServer> {
  const server = createRawHttpServer({ bodyBytesMax: 1024 * 1024 });
  let asked: Asked[] = [];
  let play: Parameters<AnsweringServer["play"]>[0] = () => ({ status: 500 });
  server.all("/*", (request, reply) => {
    const text = Buffer.isBuffer(request.body) ? request.body.toString("utf8") : "";
    const body = text === "" ? {} : (JSON.parse(text) as Asked["body"]);
    const closed = new Promise<void>((resolve) => reply.raw.once("close", () => resolve()));
    const one = { method: request.method, path: request.url, headers: request.headers, body, closed };
    asked.push(one);
    const answer = play(one, asked.length - 1);
    const sent = typeof answer.body === "object" ? JSON.stringify(answer.body) : (answer.body ?? "");
    const type = typeof answer.body === "object" ? { "content-type": "application/json" } : {};
    reply.hijack();
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
