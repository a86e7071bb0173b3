import { Effect, Result, Schema } from "effect";
import { parseJson } from "#contracts/envelope.ts";
import { deliverySubject } from "#contracts/subjects.ts";
import { Bus } from "#kit/bus/bus.ts";
import { keepDeadLetter } from "#kit/bus/dead-letter.ts";
import { outside, Retryable, type StartRefused } from "#kit/errors.ts";
import { createRawHttpServer, type HttpLimits, type HttpReply, type HttpRequest, listen } from "#kit/process/http.ts";
import { portOf, setting } from "#kit/process/settings.ts";
import { type Admission, headerOf, makeAdmission, unsigned } from "./admission.ts";
import { type IsSigned, makeIsSigned, textOf } from "./signature.ts";

const limits: HttpLimits = {
  /** 25 MB: GitHub's own cap on a payload (https://docs.github.com/webhooks/webhook-events-and-payloads). */
  bodyBytesMax: 25 * 1024 * 1024,
  /** 10 s: GitHub gives up after that. */
  requestMs: 10_000,
  /** 15 s: longer than an answer may take, so that none is cut. */
  silentMs: 15_000,
  /** 256: more than GitHub or a proxy before the webhook opens. One more closes the one without a request for longest. */
  connectionsMax: 256,
};
/** 100 MB: four of the largest bodies, or thousands of usual ones. */
const pendingBytesMax = 4 * limits.bodyBytesMax;
/** 8 s: GitHub waits 10 s (https://docs.github.com/webhooks/using-webhooks/best-practices-for-using-webhooks); an answer after that reaches nobody. */
const answerWithinMs = 8_000;

/** What the sender is told. Only a 2xx says that the delivery is stored. */
interface Reply {
  readonly status: 202 | 400 | 401 | 503;
  readonly message: string;
}

/**
 * Takes deliveries over HTTP for ever: `POST /api/webhook/github`, and `GET /health` for whoever keeps it up. Refuses to start
 * without a secret, because without one anybody could put an issue to work (production failure 17).
 */
export const receiveDeliveries: Effect.Effect<never, Retryable | StartRefused, Bus> = Effect.scoped(
  Effect.gen(function* () {
    const isSigned = yield* makeIsSigned;
    const admission = makeAdmission(pendingBytesMax);
    const port = yield* portOf("WEBHOOK_PORT", 8080);
    const host = yield* setting("WEBHOOK_HOST", "127.0.0.1");
    const bus = yield* Bus;
    const run = Effect.runPromiseWith(yield* Effect.context<Bus>());
    const server = createRawHttpServer(limits);
    server.addHook("onRequest", refuseOtherPaths);
    server.post("/api/webhook/github", { onRequest: admission.admit }, async (request, reply) => {
      const { status, message } = await run(receive({ isSigned, admission }, request));
      return reply.code(status).send({ message });
    });
    server.get("/health", async (_request, reply) => {
      const up = await answersWithin(bus, 2_000);
      return reply.code(up ? 200 : 503).send({ bus: up ? "connected" : "away", refused: admission.refused });
    });
    yield* Effect.acquireRelease(
      outside(`listen on ${host}:${port}`, () => listen(server, { port, host })),
      () => Effect.promise(() => server.close()),
    );
    return yield* Effect.never;
  }),
);

/** Answers a request for a path that is not here before its body is read, and closes its connection. */
function refuseOtherPaths(request: HttpRequest, reply: HttpReply, done: () => void): void {
  if (!request.is404) {
    done();
    return;
  }
  void reply
    .header("connection", "close")
    .code(404)
    .send({ message: `There is no ${request.url} here.` });
}

const receive = Effect.fn("receive")(function* (
  { isSigned, admission: { refused } }: { readonly isSigned: IsSigned; readonly admission: Admission },
  request: HttpRequest,
) {
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  if (textOf(body) === null) {
    refused["not-utf8"] += 1;
    return reply(400, "The body is no UTF-8, so its signature cannot be verified. It is not stored.");
  }
  const signature = headerOf(request, "x-hub-signature-256");
  if (!(yield* isSigned(body, signature))) {
    refused.unsigned += 1;
    return reply(401, unsigned);
  }
  const event = headerOf(request, "x-github-event");
  const guid = headerOf(request, "x-github-delivery");
  return yield* store(event, guid, signature, body).pipe(
    Effect.timeoutOrElse({
      duration: `${answerWithinMs} millis`,
      orElse: () => new Retryable({ what: `store delivery ${guid} within ${answerWithinMs} ms` }),
    }),
    Effect.catchTag("Retryable", (error) =>
      Effect.as(
        Effect.logError("delivery not stored", error.message),
        reply(503, "The bus is away: the delivery is not stored, redeliver it."),
      ),
    ),
  );
});

/** Whether the bus answers a round trip: the client buffers while it reconnects, so asking it alone would say yes. */
function answersWithin(bus: Bus["Service"], timeoutMs: number): Promise<boolean> {
  const late = new Promise<boolean>((resolve) => setTimeout(resolve, timeoutMs, false).unref());
  return Promise.race([
    bus.connection.rtt().then(
      () => true,
      () => false,
    ),
    late,
  ]);
}

const store = Effect.fn("store")(function* (event: string, guid: string, signature: string, body: Buffer) {
  const bus = yield* Bus;
  const headers = { "X-GitHub-Event": event, "X-GitHub-Delivery": guid, "X-Hub-Signature-256": signature };
  const json = parseJson(body);
  if (Result.isFailure(json)) {
    const { reason } = json.failure;
    const subject = `github.${event}`;
    yield* keepDeadLetter({
      stream: "GITHUB",
      consumer: "webhook",
      id: `delivery/${guid}`,
      subject,
      reason,
      payload: body,
      headers,
    });
    return reply(
      400,
      `The body is ${reason}. It is kept on the stream DLQ; set the webhook's content type to application/json.`,
    );
  }
  const { action, owner, repo } = addressOf(json.success);
  const subject = deliverySubject({ event, action, owner, repo });
  const answer = yield* bus.publish({ subject, payload: body, msgId: guid, headers });
  if (!answer.stored) return yield* new Retryable({ what: `store ${subject}`, cause: answer.description });
  return reply(202, answer.duplicate ? "stored before" : "stored");
});

const Address = Schema.Struct({
  action: Schema.optionalKey(Schema.String),
  repository: Schema.optionalKey(
    Schema.Struct({ name: Schema.String, owner: Schema.Struct({ login: Schema.String }) }),
  ),
});

/** Where the delivery stands on the stream; a payload without repository or action has empty tokens. */
function addressOf(payload: unknown): { action: string; owner: string; repo: string } {
  const address = Schema.decodeUnknownResult(Address)(payload);
  if (Result.isFailure(address)) return { action: "", owner: "", repo: "" };
  const { action = "", repository } = address.success;
  return { action, owner: repository?.owner.login ?? "", repo: repository?.name ?? "" };
}

function reply(status: Reply["status"], message: string): Reply {
  return { status, message };
}
