import type { JsMsg } from "@nats-io/jetstream";
import type { Msg, MsgHdrs, NatsConnection } from "nats";

/** One message from a durable consumer, with the four answers to it. */
export interface BusMessage {
  readonly stream: string;
  readonly consumer: string;
  readonly subject: string;
  readonly sequence: number;
  /** How often the server has delivered it, from 1. */
  readonly deliveryCount: number;
  readonly payload: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  /** Handled: the server does not deliver it again. Resolves when the server confirms. This confirmation is no fence: only a claim is. */
  ack(): Promise<void>;
  /** Failed for now: the server redelivers it after `delayMs`. */
  nak(delayMs: number): void;
  /** Failed for ever: the server never redelivers it. Call it only after the message is stored on DLQ. */
  term(reason: string): void;
  /** Still being handled: the ack wait starts again. */
  working(): void;
}

/** Wraps a message that the client's own consumer call returned. */
export function fromConsumer(message: JsMsg): BusMessage {
  return {
    stream: message.info.stream,
    consumer: message.info.consumer,
    subject: message.subject,
    sequence: message.seq,
    deliveryCount: message.info.deliveryCount,
    payload: message.data,
    headers: headersOf(message),
    ack: async () => {
      await message.ackAck();
    },
    nak: (delayMs) => message.nak(delayMs),
    term: (reason) => message.term(reason),
    working: () => message.working(),
  };
}

/**
 * Wraps the answer to a pull with `no_wait`, for which the client has no call. The reply subject names stream, consumer and sequence
 * (`$JS.ACK.<stream>.<consumer>.<delivered>.<stream seq>.…`, NATS ADR-15); the ack is published on it.
 */
export function fromPull(connection: NatsConnection, message: Msg): BusMessage {
  const reply = message.reply ?? "";
  const tokens = reply.split(".");
  // The older form has 9 tokens; the later form has domain and account hash before the stream.
  const [stream, consumer, delivered, sequence] = tokens.length > 9 ? tokens.slice(4) : tokens.slice(2);
  const answer = (text: string) => connection.publish(reply, text);
  return {
    stream: stream ?? "",
    consumer: consumer ?? "",
    subject: message.subject,
    sequence: Number(sequence),
    deliveryCount: Number(delivered),
    payload: message.data,
    headers: headersOf(message),
    ack: async () => {
      await connection.request(reply, "+ACK", { timeout: 5_000 });
    },
    nak: (delayMs) => answer(`-NAK ${JSON.stringify({ delay: delayMs * 1_000_000 })}`),
    term: (reason) => answer(`+TERM ${reason}`),
    working: () => answer("+WPI"),
  };
}

/** The headers of a message without those that the server reads: a copy must not have the original's message id or expected sequence. None where they cannot be read. */
function headersOf(message: { readonly headers?: MsgHdrs | undefined }): Readonly<Record<string, string>> {
  const headers = readableHeaders(message);
  const names = headers?.keys().filter((name) => !name.startsWith("Nats-")) ?? [];
  return Object.fromEntries(names.map((name) => [name, headers?.get(name) ?? ""]));
}

/** The headers of a message; undefined when it has none, or those that its publisher wrote cannot be read: the client throws then. */
export function readableHeaders(message: { readonly headers?: MsgHdrs | undefined }): MsgHdrs | undefined {
  try {
    return message.headers;
  } catch {
    return undefined;
  }
}
