import type { ConsumerInfo, StoredMsg, StreamInfo } from "@nats-io/jetstream";
import { rowOf, type ServiceName } from "#contracts/choreography.ts";
import { claimedKind } from "#contracts/claims.ts";
import { failedConsumer, leaseBucket, workFilter } from "#contracts/subjects.ts";
import { matches } from "#contracts/test-subjects.ts";
import type { World } from "#kit/test/test-world.ts";
import { consumersOf } from "../consumers.ts";

// The state of the server apart from what the facts say: which streams and consumers there are, with which settings and positions, and which
// messages stand on each stream. `changesBetween` says what an attacker changed beyond its row.

/** A message that stands on a stream. */
export interface StoredMessage {
  readonly sequence: number;
  readonly subject: string;
  readonly payload: Uint8Array;
  /** Whether its publisher lets it end by itself (`Nats-TTL`), which only TEXT allows: then nobody deleted it. */
  readonly expires: boolean;
}

/** The server at one moment. */
export interface Look {
  /** Settings by name of stream, and of consumer as `STREAM/name`. */
  readonly settings: ReadonlyMap<string, string>;
  /** How far each consumer is. */
  readonly positions: ReadonlyMap<string, string>;
  readonly messages: ReadonlyMap<string, ReadonlyMap<number, StoredMessage>>;
}

/** Looks at the server; what `before` has already read is not read again. */
export async function look(world: World, before?: Look): Promise<Look> {
  const settings = new Map<string, string>();
  const positions = new Map<string, string>();
  const messages = new Map<string, ReadonlyMap<number, StoredMessage>>();
  const lookAt = async ({ config }: StreamInfo) => {
    const { name } = config;
    settings.set(name, JSON.stringify(config));
    const { state } = await world.manager.streams.info(name, { deleted_details: true });
    const known = before?.messages.get(name) ?? new Map<number, StoredMessage>();
    const deleted = new Set(state.deleted ?? []);
    const kept = [...known].filter(([sequence]) => sequence >= state.first_seq && !deleted.has(sequence));
    const from = Math.max(0, ...known.keys()) + 1;
    const added = from > state.last_seq ? [] : await read(world, name, from, state.last_seq);
    messages.set(name, new Map([...kept, ...added.map((message) => [message.sequence, message] as const)]));
    for await (const consumer of world.manager.consumers.list(name)) {
      settings.set(`${name}/${consumer.name}`, settingsOf(consumer));
      positions.set(`${name}/${consumer.name}`, positionOf(consumer));
    }
  };
  await Promise.all((await world.manager.streams.list().next()).map(lookAt));
  return { settings, positions, messages };
}

/** Without the pause, which stands in the position because one service may pause, and without the metadata, where the server notes that a pause needs an API level. */
function settingsOf({ config }: ConsumerInfo): string {
  return JSON.stringify({ ...config, pause_until: undefined, metadata: undefined });
}

function positionOf({ delivered, ack_floor, num_ack_pending, config }: ConsumerInfo): string {
  return JSON.stringify([delivered.stream_seq, ack_floor.stream_seq, num_ack_pending, config.pause_until ?? ""]);
}

/** One by one in JSON, where the server names sequence and subject apart from what the publisher wrote into the headers. */
async function read(world: World, stream: string, from: number, last: number): Promise<readonly StoredMessage[]> {
  const sequences = Array.from({ length: last - from + 1 }, (_, at) => from + at);
  const found = await Promise.all(sequences.map((seq) => world.manager.streams.getMessage(stream, { seq })));
  return found.flatMap((message) => {
    if (message === null) return [];
    const { seq: sequence, subject, data: payload } = message;
    return [{ sequence, subject, payload, expires: stream === "TEXT" && hasTtl(message) }];
  });
}

function hasTtl(message: StoredMsg): boolean {
  try {
    return message.header.has("Nats-TTL");
  } catch {
    // Headers that no client can read, of which the attacks send some: none of these has it.
    return false;
  }
}

/** The messages of a stream that stand there now and did not before. */
export function addedTo(stream: string, before: Look, after: Look): readonly StoredMessage[] {
  const known = before.messages.get(stream);
  return [...(after.messages.get(stream) ?? [])].flatMap(([sequence, message]) =>
    known?.has(sequence) ? [] : [message],
  );
}

/** What changed on the server that is not the attacker's own; each change is a sentence. Facts are judged apart. */
export function changesBetween(before: Look, after: Look, attacker: ServiceName): readonly string[] {
  const own = ownOf(attacker);
  const names = new Set([...before.settings.keys(), ...after.settings.keys()]);
  const settings = [...names].filter((name) => before.settings.get(name) !== after.settings.get(name));
  const positions = [...before.positions].filter(
    ([name, position]) => after.positions.get(name) !== position && !own.consumes(name),
  );
  const streams = [...before.messages.keys()];
  const gone = streams.flatMap((stream) =>
    [...(before.messages.get(stream)?.values() ?? [])]
      .filter(({ sequence, expires }) => !expires && !after.messages.get(stream)?.has(sequence))
      .filter(({ subject }) => !own.removes(stream, subject))
      .map(({ sequence, subject }) => `${stream} lost message ${sequence} on ${subject}`),
  );
  const added = streams.flatMap((stream) =>
    addedTo(stream, before, after)
      .filter(({ subject }) => stream !== "EVENTS" && !own.stores(stream, subject))
      .map(({ subject }) => `${stream} has a message on ${subject}`),
  );
  return [
    ...settings.map((name) => `the settings of ${name} changed`),
    ...positions.map(([name]) => `the consumer ${name} moved`),
    ...gone,
    ...added,
  ];
}

/** What the row lets its service change on the server, read from the row and not from the broker's permissions. */
function ownOf(attacker: ServiceName) {
  const row = rowOf(attacker);
  const consumers = consumersOf(attacker, row);
  const names = consumers.map(({ stream, config }) => `${stream}/${config.durable_name}`);
  const failing = consumers.filter(({ config }) => config.headers_only !== true && config.ack_policy === "explicit");
  const leases = row.claims.map(({ role }) => `$KV.${leaseBucket}.${claimedKind[role]}.>`);
  const covers = (filters: readonly string[], subject: string) => filters.some((filter) => matches(filter, subject));
  const stores: Readonly<Record<string, (subject: string) => boolean>> = {
    TEXT: (subject) => subject.endsWith(`.${attacker}`),
    WORK: (subject) =>
      covers(
        row.enqueues.map((role) => workFilter({ role })),
        subject,
      ),
    GITHUB: () => row.ingests === true,
    TICKS: () => row.publishes.includes("TICK"),
    BYTES: () => row.meters !== undefined,
    [`KV_${leaseBucket}`]: (subject) => covers(leases, subject),
    ADVISORIES: (subject) => names.includes(subject.split(".").slice(-2).join("/")),
    DLQ: (subject) => {
      const { stream, consumer } = failedConsumer(subject);
      return failing.some((spec) => spec.stream === stream && spec.config.durable_name === consumer);
    },
  };
  const worked = consumers.filter(({ stream }) => stream === "WORK").flatMap(({ config }) => config.filter_subjects);
  return {
    consumes: (name: string) => names.includes(name) || (row.pauses === true && name.startsWith("WORK/")),
    stores: (stream: string, subject: string) => stores[stream]?.(subject) ?? false,
    /** Work that it claims may be acked; a lease of its kind and a counter are replaced by the next one. */
    removes: (stream: string, subject: string) =>
      stream === "WORK"
        ? covers(worked, subject)
        : (stream === "BYTES" || stream.startsWith("KV_")) && (stores[stream]?.(subject) ?? false),
  };
}
