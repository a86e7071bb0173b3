import type { JsMsg } from "@nats-io/jetstream";
import type { Msg, MsgHdrs, NatsConnection } from "nats";

/** One message from a durable consumer, and the ways to answer it. */
export interface BusMessage {
  readonly stream: string;
  readonly consumer: string;
  readonly subject: string;
  readonly sequence: number;
  /** From 1: how often the server delivered it. */
  readonly deliveryCount: number;
  readonly payload: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  /** Handled: the server forgets it. Resolves when the server has said so, which is no fence (see the claim). */
  ack(): Promise<void>;
  /** Not now: delivered again after `delayMs`. */
  nak(delayMs: number): void;
  /** Never again; call it only after the message is kept on DLQ. */
  term(reason: string): void;
  /** Still at work: the ack wait starts again from 0. */
  working(): void;
}

/** A delivery of the client's own consumer loop. */
export function fromConsumer(message: JsMsg): BusMessage {
  return {
    stream: message.info.stream,
    consumer: message.info.consumer,
    subject: message.subject,
    sequence: message.seq,
    deliveryCount: message.info.deliveryCount,
    payload: message.data,
    headers: headersOf(message.headers),
    ack: async () => {
      await message.ackAck();
    },
    nak: (delayMs) => message.nak(delayMs),
    term: (reason) => message.term(reason),
    working: () => message.working(),
  };
}

/**
 * A message that answers a pull without waiting, for which the client has no call. The reply subject says what it is
 * (`$JS.ACK.<stream>.<consumer>.<delivered>.<stream seq>.…`, NATS ADR-15) and takes the acknowledgement.
 */
export function fromPull(connection: NatsConnection, message: Msg): BusMessage {
  const reply = message.reply ?? "";
  const tokens = reply.split(".");
  // The older form has 9 tokens; the later one puts domain and account hash before the stream.
  const [stream, consumer, delivered, sequence] = tokens.length > 9 ? tokens.slice(4) : tokens.slice(2);
  const answer = (text: string) => connection.publish(reply, text);
  return {
    stream: stream ?? "",
    consumer: consumer ?? "",
    subject: message.subject,
    sequence: Number(sequence),
    deliveryCount: Number(delivered),
    payload: message.data,
    headers: headersOf(message.headers),
    ack: async () => {
      await connection.request(reply, "+ACK", { timeout: 5_000 });
    },
    nak: (delayMs) => answer(`-NAK ${JSON.stringify({ delay: delayMs * 1_000_000 })}`),
    term: (reason) => answer(`+TERM ${reason}`),
    working: () => answer("+WPI"),
  };
}

/** The headers of a message, but those that the server reads: a copy must not carry the original's id or expectations. */
function headersOf(headers: MsgHdrs | undefined): Readonly<Record<string, string>> {
  const names = headers?.keys().filter((name) => !name.startsWith("Nats-")) ?? [];
  return Object.fromEntries(names.map((name) => [name, headers?.get(name) ?? ""]));
}
