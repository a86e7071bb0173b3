import { createHmac, randomUUID } from "node:crypto";
import { type JetStreamClient, jetstream } from "@nats-io/jetstream";
import { Context, Effect, Layer, Schedule } from "effect";
import { connect, headers, type Msg, type MsgHdrs, type NatsConnection, nkeyAuthenticator } from "nats";
import { inboxPrefix } from "#contracts/subjects.ts";
import { outside, type Retryable, StartRefused } from "#kit/errors.ts";

/** Where a new consumer begins to read a stream. */
export { DeliverPolicy } from "@nats-io/jetstream";

/** The settings of a connection to the bus. `seed` is the user's nkey seed; it is absent for a server without accounts. */
export interface BusSettings {
  readonly user: string;
  readonly url: string;
  readonly seed?: string | undefined;
}

/** A message to store. With `expect` it is stored only if `lastSequence` is still the last sequence on `filter` (optimistic concurrency). */
export interface Outgoing {
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly msgId: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly expect?: { readonly filter: string; readonly lastSequence: number };
}

/** A message that a stream stores. */
export interface Stored {
  readonly subject: string;
  readonly sequence: number;
  readonly payload: Uint8Array;
}

/** Why a stream refused a message: the server's error code and description (https://github.com/nats-io/nats-server/blob/main/server/errors.json). */
export interface Refused {
  readonly code: number;
  readonly description: string;
}

/** The result of a publish: stored, with the sequence (of the last message of a batch), or refused. `duplicate`: its message id was stored before. */
export type Publication =
  | { readonly stored: true; readonly sequence: number; readonly duplicate: boolean }
  | ({ readonly stored: false } & Refused);

/** The error code of an append whose expected last sequence is no longer the last. */
export const wrongLastSequence = 10071;
/** The error code of a second message on a subject that holds one at a time. */
export const subjectTaken = 10077;

/** One service's connection to NATS. Services import the NATS client only here; `bus-config/apply.ts` connects as the administrator. A failed publish is an error, never null. */
export class Bus extends Context.Service<
  Bus,
  {
    readonly user: string;
    readonly connection: NatsConnection;
    readonly jetstream: JetStreamClient;
    /**
     * Resolves at the next reconnection. A consumer that the server kept only in memory is gone then and has to be created again: the
     * client itself notices it only after 45 s (measured with 3.4.0).
     */
    readonly reconnected: Effect.Effect<void>;
    /** Stores one message. While the bus does not answer it tries 6 times with the same message id, then fails with `Retryable`. */
    publish(message: Outgoing): Effect.Effect<Publication, Retryable>;
    /** Stores several messages of one stream, all or none (NATS ADR-50). Only the first may carry `expect`. */
    publishAtomic(messages: readonly Outgoing[]): Effect.Effect<Publication, Retryable>;
    /** All messages on the filter, oldest first. */
    read(stream: string, filter: string): Effect.Effect<readonly Stored[], Retryable>;
    /** The last message on a subject, or null when there is none. */
    last(stream: string, subject: string): Effect.Effect<Stored | null, Retryable>;
  }
>()("rig/kit/Bus") {}

/** Connects within a minute or fails with `StartRefused`. Then it reconnects without end, and drains the connection when the scope closes. */
export function busLayer(settings: BusSettings): Layer.Layer<Bus, StartRefused> {
  return Layer.effect(
    Bus,
    Effect.gen(function* () {
      // The retry is outside of `acquireRelease`, which cannot be interrupted: a service that waits for its bus must stop when it is told to.
      const connection = yield* Effect.acquireRelease(open(settings), (nc) => Effect.promise(() => leave(nc))).pipe(
        Effect.retry({ schedule: Schedule.spaced("500 millis"), times: 120 }),
      );
      const client = jetstream(connection);
      yield* Effect.forkScoped(watch(connection, settings.user));
      return Bus.of({
        user: settings.user,
        connection,
        jetstream: client,
        reconnected: Effect.promise(() => nextReconnect(connection)),
        publish: (message) => publishOne(connection, [withSecretId(message, settings.seed)]),
        publishAtomic: (messages) =>
          publishOne(
            connection,
            messages.map((message) => withSecretId(message, settings.seed)),
          ),
        read: (stream, filter) => readAll(connection, stream, filter),
        last: (stream, subject) => readLast(connection, stream, subject),
      });
    }),
  );
}

/** Drains the connection for at most 2 s, because without a server a drain never ends. */
async function leave(connection: NatsConnection): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, 2_000);
  await Promise.race([connection.drain().catch(() => undefined), late]);
  clearTimeout(timer);
  await connection.close();
}

function open(settings: BusSettings): Effect.Effect<NatsConnection, StartRefused> {
  return Effect.tryPromise({
    try: () =>
      connect({
        servers: settings.url,
        name: settings.user,
        inboxPrefix: inboxPrefix(settings.user),
        maxReconnectAttempts: -1,
        reconnectTimeWait: 500,
        // One try here: `busLayer` retries, where it can be interrupted.
        waitOnFirstConnect: false,
        timeout: 5_000,
        ...(settings.seed === undefined
          ? {}
          : { authenticator: nkeyAuthenticator(new TextEncoder().encode(settings.seed)) }),
      }),
    catch: (cause) =>
      new StartRefused({
        what: `${settings.user} cannot reach NATS at ${settings.url}: ${String(cause)}. Is it running, and is the nkey its own?`,
      }),
  });
}

/** Logs the statuses of the connection: the client reports a denied subject only there. */
const watch = Effect.fnUntraced(function* (connection: NatsConnection, user: string) {
  const statuses = connection.status()[Symbol.asyncIterator]();
  for (;;) {
    const { done, value } = yield* Effect.promise(() => statuses.next());
    if (done === true) return;
    if (value.type === "ping" || value.type === "update") continue;
    const status = "error" in value ? `${value.type}: ${String(value.error)}` : value.type;
    yield* Effect.logWarning("bus status").pipe(Effect.annotateLogs({ service: user, status }));
  }
});

async function nextReconnect(connection: NatsConnection): Promise<void> {
  for await (const { type } of connection.status()) if (type === "reconnect") return;
}

/**
 * Replaces the message id by a code that only the holder of the user's key can compute. The server drops a message whose id it has seen,
 * whoever published it and on whatever subject of the stream; with ids that others can compute, an agent could silence another service's fact.
 */
function withSecretId(message: Outgoing, seed: string | undefined): Outgoing {
  if (seed === undefined) return message;
  return { ...message, msgId: createHmac("sha256", seed).update(message.msgId).digest("base64url") };
}

const retrySchedule = Schedule.exponential("200 millis").pipe(Schedule.jittered, Schedule.upTo({ times: 5 }));

function publishOne(nc: NatsConnection, messages: readonly Outgoing[]): Effect.Effect<Publication, Retryable> {
  const what = `publish ${messages.map((message) => message.subject).join(", ")}`;
  return outside(what, () => send(nc, messages)).pipe(Effect.retry(retrySchedule));
}

/**
 * Publishes one message, or a batch. Only the last message is a request, which the server answers; the earlier ones are published before it
 * on the same connection. The client's own batch API drops the server's error code and the message ids (measured with 3.4.0), so this
 * function writes the headers.
 */
async function send(nc: NatsConnection, messages: readonly Outgoing[]): Promise<Publication> {
  const batchId = randomUUID();
  const last = messages.length - 1;
  const stamped = messages.map((message, index) => {
    const h = messageHeaders(message);
    if (messages.length > 1) {
      h.set("Nats-Batch-Id", batchId);
      h.set("Nats-Batch-Sequence", String(index + 1));
      if (index === last) h.set("Nats-Batch-Commit", "1");
    }
    return { subject: message.subject, payload: message.payload, headers: h };
  });
  for (const { subject, payload, headers: h } of stamped.slice(0, last)) nc.publish(subject, payload, { headers: h });
  const final = stamped[last];
  if (final === undefined) throw new Error("nothing to publish");
  // 5 s: the server acknowledges in milliseconds. If the acknowledgement is lost, the message is published again with the same id.
  const answer = await nc.request(final.subject, final.payload, { headers: final.headers, timeout: 5_000 });
  return publication(answer);
}

function messageHeaders(message: Outgoing): MsgHdrs {
  const h = headers();
  h.set("Nats-Msg-Id", message.msgId);
  for (const [name, value] of Object.entries(message.headers ?? {})) h.set(name, value);
  if (message.expect !== undefined) {
    h.set("Nats-Expected-Last-Subject-Sequence", String(message.expect.lastSequence));
    h.set("Nats-Expected-Last-Subject-Sequence-Subject", message.expect.filter);
  }
  return h;
}

function publication(answer: Msg): Publication {
  const body = answer.json<{
    seq?: number;
    duplicate?: boolean;
    error?: { err_code?: number; code: number; description?: string };
  }>();
  if (body.error !== undefined) {
    const { err_code: code, description } = body.error;
    return { stored: false, code: code ?? body.error.code, description: description ?? "no description" };
  }
  if (body.seq === undefined) throw new Error(`no stream stored ${answer.subject}`);
  return { stored: true, sequence: body.seq, duplicate: body.duplicate === true };
}

/** At most 400 pages of 256 messages: an aggregate with more than 102 400 facts is a fault and is refused. */
const pageSize = 256;
const pagesMax = 400;

function readAll(nc: NatsConnection, stream: string, filter: string): Effect.Effect<readonly Stored[], Retryable> {
  return outside(`read ${filter} of ${stream}`, async () => {
    const all: Stored[] = [];
    for (let page = 0; page < pagesMax; page += 1) {
      const from = (all.at(-1)?.sequence ?? 0) + 1;
      const { found, pending } = await readPage(nc, stream, filter, from);
      all.push(...found);
      if (pending === 0) return all;
    }
    throw new Error(`more than ${pageSize * pagesMax} messages on ${filter}`);
  });
}

/** A batched direct get (NATS ADR-31). The client's own call leaves a subscription behind each time (measured with 3.4.0). */
async function readPage(
  nc: NatsConnection,
  stream: string,
  filter: string,
  from: number,
): Promise<{ found: readonly Stored[]; pending: number }> {
  const request = JSON.stringify({ next_by_subj: filter, seq: from, batch: pageSize });
  const answers = await nc.requestMany(`$JS.API.DIRECT.GET.${stream}`, request, {
    strategy: "sentinel",
    maxWait: 5_000,
  });
  const found: Stored[] = [];
  let ended = false;
  let pending = 0;
  for await (const answer of answers) {
    const code = answer.headers?.code ?? 0;
    if (answer.data.length === 0 || code >= 200) {
      if (code !== 0 && code !== 204 && code !== 404)
        throw new Error(`direct get: ${code} ${answer.headers?.description}`);
      ended = true;
      break;
    }
    found.push(stored(answer));
    pending = Number(answer.headers?.get("Nats-Num-Pending") ?? "0");
  }
  if (!ended) throw new Error("the answer was cut off");
  return { found, pending: found.length === 0 ? 0 : pending };
}

function readLast(nc: NatsConnection, stream: string, subject: string): Effect.Effect<Stored | null, Retryable> {
  return outside(`read the last message on ${subject}`, async () => {
    const answer = await nc.request(`$JS.API.DIRECT.GET.${stream}.${subject}`, undefined, { timeout: 5_000 });
    return (answer.headers?.code ?? 0) >= 200 ? null : stored(answer);
  });
}

function stored(message: Msg): Stored {
  return {
    subject: message.headers?.get("Nats-Subject") ?? "",
    sequence: Number(message.headers?.get("Nats-Sequence") ?? "0"),
    payload: message.data,
  };
}
