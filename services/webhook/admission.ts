import type { HttpReply, HttpRequest } from "#kit/process/http.ts";
import { makeSenders, type SenderLimits } from "./senders.ts";
import { isWellFormed } from "./signature.ts";

/** What an unsigned sender is told. */
export const unsigned = "The signature is missing or wrong: is the webhook secret the same on both sides?";

/** How a request is refused before its body is whole: status and message. */
const answers = {
  unsigned: [401, unsigned],
  incomplete: [400, "X-GitHub-Event and X-GitHub-Delivery are needed."],
  "without-length": [411, "Content-Length is needed: the body is not read without it."],
  slow: [408, "The body comes too slowly: redeliver it."],
  busy: [503, "Too much is being received: redeliver it later."],
} as const;

/** Why a request was refused before its delivery was stored, as `GET /health` counts it. */
type Refusal = keyof typeof answers | "not-utf8";

/** What is asked of a request before its body is whole, and how many were refused since the start. */
export interface Admission {
  readonly refused: Record<Refusal, number>;
  /**
   * Answers and closes the connection when the headers show that no delivery can follow; otherwise the body is read. Synchronous: it
   * listens to the body, which flows from the next tick on, and by then the server listens too.
   */
  admit(request: HttpRequest, reply: HttpReply, done: () => void): void;
}

const usual = {
  /** 128: half of the connections, so that bodies which arrive never have them all. */
  arrivingMax: 128,
  /** 2 s: a packet that was lost on the way is sent again within one. */
  pauseMs: 2_000,
  /** 256 KiB: a tenth of what the largest body needs to arrive in the 10 s that GitHub waits. */
  bytesPerSecondMin: 256 * 1024,
};

/** 100 ms: how often is looked for senders that are too slow. */
const tickMs = 100;

/**
 * Looks at the headers of each request before its body is read: whoever has no well-formed signature makes the webhook keep nothing. A
 * well-formed one can be made up, so the bodies that are read are bounded too: together `bytesMax` at most, and each sender has to go on.
 */
export function makeAdmission(bytesMax: number, pace: Omit<SenderLimits, "bytesMax"> = usual): Admission {
  const refused = { unsigned: 0, incomplete: 0, "without-length": 0, slow: 0, busy: 0, "not-utf8": 0 };
  const refuse = (reply: HttpReply, why: keyof typeof answers) => {
    const [status, message] = answers[why];
    refused[why] += 1;
    void reply.header("connection", "close").code(status).send({ message });
  };
  const senders = makeSenders({ bytesMax, ...pace });
  let ticking: NodeJS.Timeout | undefined;
  return {
    refused,
    admit: (request, reply, done) => {
      const refusal = refusalOf(request);
      if (refusal !== null) return refuse(reply, refusal);
      const sender = senders.begin((why) => refuse(reply, why));
      request.raw.on("data", (bytes: Buffer) => senders.received(sender, bytes.length));
      request.raw.once("end", () => senders.whole(sender));
      reply.raw.once("close", () => {
        senders.end(sender);
        if (senders.count() > 0) return;
        clearInterval(ticking);
        ticking = undefined;
      });
      ticking ??= setInterval(() => senders.tick(tickMs), tickMs);
      done();
    },
  };
}

/** What the headers of a request lack, or null. */
function refusalOf(request: HttpRequest): keyof typeof answers | null {
  if (!isWellFormed(headerOf(request, "x-hub-signature-256"))) return "unsigned";
  if (headerOf(request, "x-github-event") === "" || headerOf(request, "x-github-delivery") === "") return "incomplete";
  return /^\d{1,15}$/.test(headerOf(request, "content-length")) ? null : "without-length";
}

/** The value of a header, or an empty text. */
export function headerOf(request: HttpRequest, name: string): string {
  const value = request.headers[name];
  return typeof value === "string" ? value : "";
}
