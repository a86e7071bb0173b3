import { createRawHttpServer, listen } from "#kit/process/http.ts";

/** A model that refuses every request as a wrong key is refused, so that a run ends at its first question and is not tried again. */
export async function startRefusingModel(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createRawHttpServer({ bodyBytesMax: 32 * 1024 * 1024 });
  const error = { type: "authentication_error", message: "This model refuses everything: it is the bench's." };
  server.all("/*", (_request, reply) => reply.code(401).send({ type: "error", error }));
  return { url: await listen(server, { port: 0 }), close: () => server.close() };
}
