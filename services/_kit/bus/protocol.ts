import { randomUUID } from "node:crypto";
import type { Effect } from "effect";
import { headers, type Msg, type MsgHdrs, type NatsConnection } from "nats";
import { outside, type Retryable } from "#kit/errors.ts";

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

/** At most 400 pages of 256 messages: an aggregate with more than 102 400 facts is a fault and is refused. */
const pageSize = 256;
const pagesMax = 400;

/** All messages on the filter, oldest first. */
export function readAll(
  nc: NatsConnection,
  stream: string,
  filter: string,
): Effect.Effect<readonly Stored[], Retryable> {
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

/** The last message on the subject, or null when there is none. */
export function readLast(nc: NatsConnection, stream: string, subject: string): Effect.Effect<Stored | null, Retryable> {
  return outside(`read the last message on ${subject}`, async () => {
    const answer = await nc.request(`$JS.API.DIRECT.GET.${stream}.${subject}`, undefined, { timeout: 5_000 });
    return (answer.headers?.code ?? 0) >= 200 ? null : stored(answer);
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
export function nextFromLeader(
  nc: NatsConnection,
  { stream, filter, sequence }: { readonly stream: string; readonly filter: string; readonly sequence: number },
): Effect.Effect<Stored | null, Retryable> {
  return outside(`read ${filter} of ${stream} from its leader`, async () => {
    const request = JSON.stringify({ seq: sequence, next_by_subj: filter });
    const answer = await nc.request(`$JS.API.STREAM.MSG.GET.${stream}`, request, { timeout: 5_000 });
    const { message, error } = answer.json<LeaderAnswer>();
    if (message !== undefined) {
      const { subject, seq, data = "" } = message;
      return { subject, sequence: seq, payload: new Uint8Array(Buffer.from(data, "base64")) };
    }
    if (error?.err_code === messageNotFound) return null;
    throw new Error(error?.description ?? "the answer has no message");
  });
}

function stored(message: Msg): Stored {
  return {
    subject: message.headers?.get("Nats-Subject") ?? "",
    sequence: Number(message.headers?.get("Nats-Sequence") ?? "0"),
    payload: message.data,
  };
}
