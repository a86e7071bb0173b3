import type { HttpReply, HttpRequest } from "#kit/process/http.ts";
import { isWellFormed } from "./signature.ts";

/** Why a request was refused before its delivery was stored, as `GET /health` counts it. */
const refusals = ["unsigned", "incomplete", "without-length", "busy", "not-utf8"] as const;
type Refusal = (typeof refusals)[number];

/** What is asked of a request before its body is read, and how many were refused since the start. */
export interface Admission {
  readonly refused: Record<Refusal, number>;
  /** Answers and closes the connection when the headers show that no delivery can follow; otherwise the body is read. */
  admit(request: HttpRequest, reply: HttpReply): Promise<void>;
}

/**
 * Looks at the headers of each request before its body is read: whoever has no well-formed signature makes the webhook keep nothing. A
 * well-formed one can be made up, so the bodies that are read at the same time are bounded too: together `bytesMax` at most.
 */
export function makeAdmission(bytesMax: number): Admission {
  const refused = Object.fromEntries(refusals.map((why) => [why, 0])) as Record<Refusal, number>;
  let pendingBytes = 0;
  const refusalOf = (request: HttpRequest): readonly [Refusal, number, string] | null => {
    if (!isWellFormed(headerOf(request, "x-hub-signature-256"))) return ["unsigned", 401, unsigned];
    if (headerOf(request, "x-github-event") === "" || headerOf(request, "x-github-delivery") === "")
      return ["incomplete", 400, "X-GitHub-Event and X-GitHub-Delivery are needed."];
    const length = lengthOf(request);
    if (Number.isNaN(length))
      return ["without-length", 411, "Content-Length is needed: the body is not read without it."];
    if (pendingBytes + length > bytesMax) return ["busy", 503, "Too much is being received: redeliver it later."];
    return null;
  };
  return {
    refused,
    admit: async (request, reply) => {
      const refusal = refusalOf(request);
      if (refusal !== null) {
        const [why, status, message] = refusal;
        refused[why] += 1;
        await reply.header("connection", "close").code(status).send({ message });
        return;
      }
      const length = lengthOf(request);
      pendingBytes += length;
      reply.raw.once("close", () => {
        pendingBytes -= length;
      });
    },
  };
}

/** What an unsigned sender is told. */
export const unsigned = "The signature is missing or wrong: is the webhook secret the same on both sides?";

/** The value of a header, or an empty text. */
export function headerOf(request: HttpRequest, name: string): string {
  const value = request.headers[name];
  return typeof value === "string" ? value : "";
}

function lengthOf(request: HttpRequest): number {
  const length = headerOf(request, "content-length");
  return /^\d{1,15}$/.test(length) ? Number(length) : Number.NaN;
}
