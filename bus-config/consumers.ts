import { choreography, type MeteredStream, type Row } from "#contracts/choreography.ts";
import { ticksOf } from "#contracts/schedules.ts";
import {
  aggregateFilter,
  deadLetterSubject,
  deliveriesFilter,
  factFilter,
  meterConsumer,
  replayFilter,
  textsFilter,
  tickConsumer,
  workConsumer,
  workFilter,
} from "#contracts/subjects.ts";
import { ackWaitMs, deliveriesMax } from "#contracts/waits.ts";
import { priorities } from "#contracts/work.ts";
import { nanoseconds } from "./streams.ts";

/** The settings of one durable pull consumer under the names and in the units of the JetStream API (NATS ADR-42). */
export interface ConsumerSettings {
  readonly durable_name: string;
  readonly description: string;
  readonly filter_subjects: readonly string[];
  readonly ack_policy: "explicit" | "none";
  readonly deliver_policy: "all" | "last_per_subject";
  readonly replay_policy: "instant";
  readonly ack_wait?: number;
  readonly max_deliver?: number;
  readonly max_ack_pending?: number;
  /** The server delivers no payloads and adds the header `Nats-Msg-Size`. */
  readonly headers_only?: true;
}

/** A durable consumer that a row asks for. */
export interface ConsumerSpec {
  readonly service: string;
  readonly stream: "EVENTS" | "TICKS" | "GITHUB" | "WORK" | "REDO" | "TEXT" | "DLQ";
  readonly why: string;
  readonly config: ConsumerSettings;
}

/**
 * 4096: eight instances have 256 messages in hand. All other places are for messages that wait for their retry, so that neither an outage
 * of one repository nor work that an agent does not end holds up the others. A place costs the server next to nothing: with 65,536 messages
 * that waited, publishing and consuming one took as long as with none (1.7 ms on two cores, nats-server 2.14.5).
 */
const ackPendingMax = 4_096;

/** What is stored on each stream that a row may meter. */
const meteredSubjects: Readonly<Record<MeteredStream, string>> = {
  EVENTS: "evt.>",
  TEXT: textsFilter,
  DLQ: deadLetterSubject("*", "*"),
};

/** The durable consumers of one service. */
export function consumersOf(service: string, row: Row): readonly ConsumerSpec[] {
  const consumed = [...factConsumers(service, row), ...tickConsumers(service, row), ...deliveryConsumers(service, row)];
  return [
    ...consumed,
    ...consumed.map(replayConsumer),
    ...workConsumers(service, row),
    ...orderedConsumers(service, row),
    ...meterConsumers(service, row),
  ];
}

/** The durable consumers of a set of rows. */
export function consumersFor(rows: Readonly<Record<string, Row>>): readonly ConsumerSpec[] {
  return Object.entries(rows).flatMap(([service, row]) => consumersOf(service, row));
}

/** Every durable consumer of the rig. */
export const consumers: readonly ConsumerSpec[] = consumersFor(choreography);

function factConsumers(service: string, row: Row): readonly ConsumerSpec[] {
  if (row.consumer !== "durable" || row.consumes.length === 0) return [];
  const filters = row.consumes.map((type) => factFilter(type));
  return [spec({ service, stream: "EVENTS", durable: service, filters, why: `${service} consumes facts.` })];
}

/** It begins with the last tick of each schedule: a service that is given `wakes` today has no use for the ticks of the past day. */
function tickConsumers(service: string, row: Row): readonly ConsumerSpec[] {
  if (row.wakes === undefined || row.wakes.length === 0) return [];
  const filters = row.wakes.map((schedule) => aggregateFilter(ticksOf(schedule)));
  const why = `${service} is woken by ticks.`;
  const ticks = spec({ service, stream: "TICKS", durable: tickConsumer(service), filters, why });
  return [{ ...ticks, config: { ...ticks.config, deliver_policy: "last_per_subject" } }];
}

function deliveryConsumers(service: string, row: Row): readonly ConsumerSpec[] {
  if (row.ingests !== true) return [];
  const why = `${service} translates deliveries to facts.`;
  return [spec({ service, stream: "GITHUB", durable: service, filters: [deliveriesFilter], why })];
}

/**
 * The consumer of a row that reads in order. It needs no acks: the position is the checkpoint in the service's own database, and the
 * service resets the consumer to it (docs/decisions/0016).
 */
function orderedConsumers(service: string, row: Row): readonly ConsumerSpec[] {
  if (row.consumer !== "ordered") return [];
  const why = `${service} projects facts in order.`;
  const config: ConsumerSettings = {
    ...{ durable_name: service, description: why, filter_subjects: row.consumes.map((type) => factFilter(type)) },
    ...{ ack_policy: "none", deliver_policy: "all", replay_policy: "instant" },
  };
  return [{ service, stream: "EVENTS", why, config }];
}

/** The consumers that count bytes. They have no dead letters and no replays: every message can be counted. */
function meterConsumers(service: string, row: Row): readonly ConsumerSpec[] {
  return (row.meters ?? []).map((stream) => {
    const why = `${service} counts the bytes on ${stream}.`;
    const counting = spec({
      service,
      stream,
      durable: meterConsumer(service),
      filters: [meteredSubjects[stream]],
      why,
    });
    return { ...counting, config: { ...counting.config, headers_only: true } };
  });
}

/** Dead letters that a person replays to a durable consumer: a consumer of the same name on the stream REDO. */
function replayConsumer({ service, stream, config: { durable_name: durable } }: ConsumerSpec): ConsumerSpec {
  const filters = [replayFilter(stream, durable)];
  return spec({ service, stream: "REDO", durable, filters, why: `${service} handles replayed messages.` });
}

/** One consumer per priority, polled in order. Their filters must not overlap, or the server answers 10100. */
function workConsumers(service: string, row: Row): readonly ConsumerSpec[] {
  return row.claims.flatMap(({ role, stack }) =>
    priorities.map((priority) =>
      spec({
        service,
        stream: "WORK",
        durable: workConsumer(service, { role, stack, priority }),
        filters: [workFilter({ role, stack, priority })],
        why: `${service} claims ${priority} ${role} work for the stack ${stack}.`,
      }),
    ),
  );
}

function spec(of: {
  service: string;
  stream: ConsumerSpec["stream"];
  durable: string;
  filters: readonly string[];
  why: string;
}): ConsumerSpec {
  return {
    service: of.service,
    stream: of.stream,
    why: of.why,
    config: {
      durable_name: of.durable,
      description: of.why,
      filter_subjects: of.filters,
      ack_policy: "explicit",
      deliver_policy: "all",
      replay_policy: "instant",
      ack_wait: nanoseconds(ackWaitMs),
      max_deliver: deliveriesMax,
      max_ack_pending: ackPendingMax,
    },
  };
}
