import { randomUUID } from "node:crypto";
import { Effect } from "effect";
import { headers, type Msg, type MsgHdrs, type NatsConnection } from "nats";
import { outside, Poison, type Retryable } from "#kit/errors.ts";

// The headers and requests of JetStream that the kit writes itself (docs/decisions/0005-headers-written-by-the-kit.md).

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

/**
 * Publishes one message, or a batch. Only the last message is a request, which the server answers; the earlier ones are published before it
 * on the same connection. The client's own batch API drops the server's error code and the message ids (measured with 3.4.0), so this
 * function writes the headers.
 */
export async function send(nc: NatsConnection, messages: readonly Outgoing[]): Promise<Publication> {
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

/** At most 102 400 messages, in pages of 256: an aggregate with more facts is a fault and is refused. */
const pageSize = 256;
const messagesMax = 400 * pageSize;

/** All messages on the filter, oldest first. `inbox` is a prefix on which this connection may subscribe. */
export function readAll(
  nc: NatsConnection,
  { inbox, stream, filter }: { readonly inbox: string; readonly stream: string; readonly filter: string },
): Effect.Effect<readonly Stored[], Retryable | Poison> {
  const reading = outside(`read ${filter} of ${stream}`, async () => {
    const all: Stored[] = [];
    while (all.length < messagesMax) {
      const from = (all.at(-1)?.sequence ?? 0) + 1;
      const { found, ended } = await readPage(nc, { inbox, stream, filter, from });
      all.push(...found);
      if (ended === "all") return all;
      if (ended === "page") continue;
      // Headers that the client cannot read hide sequence and subject. The leader names them apart from the headers.
      const next = await askLeader(nc, { stream, filter, sequence: (all.at(-1)?.sequence ?? 0) + 1 });
      if (next === null) return all;
      all.push(next);
    }
    return null;
  });
  // Nobody deletes from EVENTS, so another try would read them all again, and meanwhile hold a place of the consumer.
  const tooMany = new Poison({
    what: `more than ${messagesMax} messages on ${filter}: nothing is decided on it any more`,
  });
  return Effect.flatMap(reading, (all) => (all === null ? Effect.fail(tooMany) : Effect.succeed(all)));
}

/** A batched direct get (NATS ADR-31). The client's own call leaves a subscription behind each time (measured with 3.4.0). */
async function readPage(
  nc: NatsConnection,
  { inbox, stream, filter, from }: { inbox: string; stream: string; filter: string; from: number },
): Promise<{ found: readonly Stored[]; ended: "all" | "page" | "unreadable" }> {
  const request = JSON.stringify({ next_by_subj: filter, seq: from, batch: pageSize });
  const found: Stored[] = [];
  let ended: "all" | "page" | "unreadable" = "page";
  let pending = 0;
  await ask(nc, inbox, `$JS.API.DIRECT.GET.${stream}`, request, (answer) => {
    const read = readDirect(answer);
    if (read === "unreadable") ended = read;
    else if ("end" in read) ended = read.end === 404 || pending === 0 ? "all" : "page";
    else {
      found.push(read.message);
      pending = read.pending;
      return false;
    }
    return true;
  });
  return { found, ended };
}

/** The last message on the subject, or null when there is none. */
export function readLast(
  nc: NatsConnection,
  { inbox, stream, subject }: { readonly inbox: string; readonly stream: string; readonly subject: string },
): Effect.Effect<Stored | null, Retryable> {
  return outside(`read the last message on ${subject}`, async () => {
    let last: Stored | null = null;
    await ask(nc, inbox, `$JS.API.DIRECT.GET.${stream}.${subject}`, "", (answer) => {
      const read = readDirect(answer);
      // Only the sequence is lost with headers that cannot be read: the subject is the one that was asked for.
      if (read === "unreadable") last = { subject, sequence: 0, payload: answer.data };
      else if ("message" in read) last = read.message;
      return true;
    });
    return last;
  });
}

/**
 * Reads one answer to a direct get. The server adds its headers behind those of the publisher, who may have written the same names: only the
 * last value is the server's. A message may be empty and may begin with any status line; what has no sequence is the server's own status.
 */
function readDirect(answer: Msg): { message: Stored; pending: number } | { end: number } | "unreadable" {
  let named: MsgHdrs | undefined;
  try {
    named = answer.headers;
  } catch {
    return "unreadable";
  }
  const value = (name: string) => named?.values(name).at(-1);
  const [sequence, subject] = [value("Nats-Sequence"), value("Nats-Subject")];
  if (sequence !== undefined && subject !== undefined) {
    const message = { subject, sequence: Number(sequence), payload: answer.data };
    return { message, pending: Number(value("Nats-Num-Pending") ?? "0") };
  }
  const code = named?.code ?? 0;
  if (code === 204 || code === 404) return { end: code };
  throw new Error(`direct get: ${code} ${named?.description}`);
}

/**
 * Sends a request and gives each answer to `isLast` until it says so, at most 5 s. Resolves with the last answer. The client's own requests
 * read the headers of an empty answer: a stored message passes for "no responders" then, and headers that the client cannot read end its
 * connection (measured with 3.4.0).
 */
export function ask(
  nc: NatsConnection,
  inbox: string,
  subject: string,
  request: string,
  isLast: (answer: Msg) => boolean,
): Promise<Msg> {
  const { promise, resolve, reject } = Promise.withResolvers<Msg>();
  const reply = `${inbox}.${randomUUID()}`;
  // Answers that came with the last one are still delivered.
  let open = true;
  const subscription = nc.subscribe(reply, {
    callback: (error, answer) => {
      if (!open) return;
      try {
        if (error !== null) throw error;
        open = !isLast(answer);
        if (!open) resolve(answer);
      } catch (cause) {
        open = false;
        reject(cause);
      }
    },
  });
  // As the client's own requests do (3.4.0): a request that the broker denies fails at once.
  Object.assign(subscription, { requestSubject: subject });
  const timer = setTimeout(() => reject(new Error("the answer was cut off")), 5_000);
  nc.publish(subject, request, { reply });
  return promise.finally(() => {
    clearTimeout(timer);
    subscription.unsubscribe();
  });
}

/** The error code for "no message found" (nats-server errors.json). */
const messageNotFound = 10037;

/** The answer to `$JS.API.STREAM.MSG.GET` (NATS ADR-31); `data` is base64 and absent when the message is empty. */
interface LeaderAnswer {
  readonly message?: { readonly subject: string; readonly seq: number; readonly data?: string };
  readonly error?: { readonly err_code?: number; readonly description?: string };
}

/** Reads the first message on the filter from a sequence on, or null. Only the leader of the stream answers this request; a direct get is answered by any server that has the stream. */
export function nextFromLeader(nc: NatsConnection, at: LeaderRequest): Effect.Effect<Stored | null, Retryable> {
  return outside(`read ${at.filter} of ${at.stream} from its leader`, () => askLeader(nc, at));
}

interface LeaderRequest {
  readonly stream: string;
  readonly filter: string;
  readonly sequence: number;
}

async function askLeader(nc: NatsConnection, { stream, filter, sequence }: LeaderRequest): Promise<Stored | null> {
  const request = JSON.stringify({ seq: sequence, next_by_subj: filter });
  const answer = await nc.request(`$JS.API.STREAM.MSG.GET.${stream}`, request, { timeout: 5_000 });
  const { message, error } = answer.json<LeaderAnswer>();
  if (message !== undefined) {
    const { subject, seq, data = "" } = message;
    return { subject, sequence: seq, payload: new Uint8Array(Buffer.from(data, "base64")) };
  }
  if (error?.err_code === messageNotFound) return null;
  throw new Error(error?.description ?? "the answer has no message");
}
