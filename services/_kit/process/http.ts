import { createServer } from "node:net";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";

/** An HTTP server. Only this file imports Fastify. */
export type HttpServer = FastifyInstance;
export type HttpRequest = FastifyRequest;
export type HttpReply = FastifyReply;

/**
 * Makes a server that keeps every body as raw bytes (`request.body` is a `Buffer`), because the HMAC of a delivery is computed
 * from the bytes that were sent (https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries).
 * A body above `bodyBytesMax` is answered with 413 before it is read whole.
 */
export function createRawHttpServer(limits: { readonly bodyBytesMax: number }): HttpServer {
  const server = Fastify({ bodyLimit: limits.bodyBytesMax, logger: false, forceCloseConnections: true });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  return server;
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
