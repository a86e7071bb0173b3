import type { Server } from "node:http";
import { createServer, type Socket } from "node:net";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";

/** An HTTP server. Only this file imports Fastify. */
export type HttpServer = FastifyInstance;
export type HttpRequest = FastifyRequest;
export type HttpReply = FastifyReply;

/** What a client may cost. A limit of time or of connections that is absent is none. */
export interface HttpLimits {
  /** A larger body is answered with 413 before it is read whole. */
  readonly bodyBytesMax: number;
  /** How long a whole request may take to arrive, and its head 2 s at most. A later one is answered with 408. */
  readonly requestMs?: number;
  /** How long nothing may come or go on a connection before it is closed. */
  readonly silentMs?: number;
  /**
   * Connections at once. One more closes the one that has been without a request for longest, so idle ones keep nobody out; when each has
   * a request, it is closed itself.
   */
  readonly connectionsMax?: number;
}

/** 2 s: a head is less than a kilobyte and comes at once. */
const headMs = 2_000;

/**
 * Makes a server that keeps every body as raw bytes (`request.body` is a `Buffer`), because the HMAC of a delivery is computed
 * from the bytes that were sent (https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries).
 */
export function createRawHttpServer({ bodyBytesMax, requestMs, silentMs, connectionsMax }: HttpLimits): HttpServer {
  const server = Fastify({
    bodyLimit: bodyBytesMax,
    logger: false,
    forceCloseConnections: true,
    requestTimeout: requestMs ?? 0,
    connectionTimeout: silentMs ?? 0,
    // Node swaps the two limits when the one of the headers is the larger one, and looks for late requests only every 30 s by default.
    http:
      requestMs === undefined
        ? {}
        : { headersTimeout: Math.min(requestMs, headMs), connectionsCheckingInterval: Math.min(requestMs, 500) },
  });
  if (connectionsMax !== undefined) boundConnections(server.server, connectionsMax);
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  return server;
}

/** Closes connections above the bound: first the one that has been without a request for longest. */
function boundConnections(server: Server, connectionsMax: number): void {
  const open = new Set<Socket>();
  // Those without a request, the one that is so for longest first.
  const waiting = new Set<Socket>();
  const forget = (socket: Socket) => {
    open.delete(socket);
    waiting.delete(socket);
  };
  server.on("connection", (socket) => {
    open.add(socket);
    waiting.add(socket);
    socket.once("close", () => forget(socket));
    if (open.size <= connectionsMax) return;
    const [longest = socket] = waiting;
    forget(longest);
    longest.destroy();
  });
  server.on("request", ({ socket }, response) => {
    waiting.delete(socket);
    response.once("close", () => {
      if (open.has(socket)) waiting.add(socket);
    });
  });
}

/**
 * Listens on loopback unless a host is given; with port 0 the system chooses a free one.
 * Returns the base URL, without a slash at its end. Throws when the port is taken.
 */
export async function listen(
  server: HttpServer,
  at: { readonly port: number; readonly host?: string },
): Promise<string> {
  const host = at.host ?? "127.0.0.1";
  await server.listen({ port: at.port, host });
  const address = server.server.address();
  const port = typeof address === "object" && address !== null ? address.port : at.port;
  return `http://${host}:${port}`;
}

/**
 * Asks the system for a free loopback port, for a program that cannot listen on port 0 itself. Another process may take the port before that
 * program does.
 */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
