import { createHmac } from "node:crypto";
import { type JetStreamClient, jetstream } from "@nats-io/jetstream";
import { Context, Effect, Layer, Schedule } from "effect";
import { connect, type NatsConnection, nkeyAuthenticator } from "nats";
import { inboxPrefix } from "#contracts/subjects.ts";
import { outside, type Poison, type Retryable, StartRefused } from "#kit/errors.ts";
import { nextFromLeader, type Outgoing, type Publication, readAll, readLast, type Stored, send } from "./protocol.ts";

/** Where a new consumer begins to read a stream. */
export { DeliverPolicy } from "@nats-io/jetstream";

/** The settings of a connection to the bus. `seed` is the user's nkey seed; it is absent for a server without accounts. */
export interface BusSettings {
  readonly user: string;
  readonly url: string;
  readonly seed?: string | undefined;
  /** How often it tries to connect, each 500 ms; a minute long by default. */
  readonly tries?: number;
}

/** The error code of an append whose expected last sequence is no longer the last. */
export const wrongLastSequence = 10071;
/** The error code of a second message on a subject that holds one at a time. */
export const subjectTaken = 10077;

/** One service's connection to NATS. Services import the NATS client only here and in `protocol.ts`; `bus-config/apply.ts` connects as the administrator. A failed publish is an error, never null. */
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
    /** All messages on the filter, oldest first. Fails with `Poison` when there are more than 102,400. */
    read(stream: string, filter: string): Effect.Effect<readonly Stored[], Retryable | Poison>;
    /** The last message on a subject, or null when there is none. */
    last(stream: string, subject: string): Effect.Effect<Stored | null, Retryable>;
    /** The first message on the filter from this sequence on, or null, as the leader of the stream has it. `read` and `last` may be answered by a follower that is behind. */
    next(stream: string, filter: string, sequence: number): Effect.Effect<Stored | null, Retryable>;
  }
>()("rig/kit/Bus") {}

/** Connects within `tries` or fails with `StartRefused`. Then it reconnects without end, and drains the connection when the scope closes. */
export function busLayer(settings: BusSettings): Layer.Layer<Bus, StartRefused> {
  return Layer.effect(
    Bus,
    Effect.gen(function* () {
      // The retry is outside of `acquireRelease`, which cannot be interrupted: a service that waits for its bus must stop when it is told to.
      const connection = yield* Effect.acquireRelease(open(settings), (nc) => Effect.promise(() => leave(nc))).pipe(
        Effect.retry({ schedule: Schedule.spaced("500 millis"), times: settings.tries ?? 120 }),
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
        read: (stream, filter) => readAll(connection, { inbox: inboxPrefix(settings.user), stream, filter }),
        last: (stream, subject) => readLast(connection, { inbox: inboxPrefix(settings.user), stream, subject }),
        next: (stream, filter, sequence) => nextFromLeader(connection, { stream, filter, sequence }),
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
        // A stack for each request, kept in case that it fails, was a tenth of a service's CPU. Our errors say what was asked.
        noAsyncTraces: true,
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
