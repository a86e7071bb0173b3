import type { Publishes } from "#contracts/choreography.ts";
import { emitterOf } from "#contracts/emitter.ts";
import type { FactOf } from "#contracts/envelope.ts";
import { pauses } from "#contracts/events/fleet.ts";
import { foldPauses } from "#contracts/pauses.ts";

/** A message that a stream stored: where, when, and how long it is. */
export interface Metered {
  readonly subject: string;
  readonly storedMs: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** Bytes of one service in one hour; `hour` as in `2026-01-02T03`, in UTC. */
export interface Count {
  readonly emitter: string;
  readonly hour: string;
  readonly bytes: number;
}

/** The header in which the server names the length of a payload that it does not deliver. */
const sizeHeader = "Nats-Msg-Size";

/** 1 MiB, the longest message that EVENTS and TEXT take: what a message of unknown length counts. */
const unknownBytes = 2 ** 20;

/**
 * The length of a stored message: subject, headers and payload. A payload can be empty and its headers large. The server adds the length
 * behind the headers of the publisher: where another header comes after it, or the publisher wrote the same name, it is not the server's.
 */
function bytesOf({ subject, headers }: Metered): number {
  const sizes = headers.filter(([name]) => name === sizeHeader);
  const [last, size = ""] = headers.at(-1) ?? [];
  const isServers = sizes.length === 1 && last === sizeHeader && /^\d+$/.test(size);
  const written = headers.slice(0, -1).reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
  return subject.length + written + (isServers ? Number(size) : unknownBytes);
}

/** Adds up a batch by service and hour. What no row may publish today counts under `unknown`. */
export function sumByEmitter(batch: readonly Metered[]): readonly Count[] {
  const hourOf = ({ storedMs }: Metered) => new Date(storedMs).toISOString().slice(0, 13);
  const groups = Map.groupBy(batch, (message) => `${hourOf(message)} ${emitterOf(message.subject) ?? "unknown"}`);
  return [...groups].map(([key, messages]) => {
    const [hour = "", emitter = ""] = key.split(" ");
    return { emitter, hour, bytes: messages.reduce((sum, message) => sum + bytesOf(message), 0) };
  });
}

/** A pause lasts until one hour after the hour in which too much was stored: the next hour begins with a count of 0, and the agent waits through it. */
const pausedHours = 2;

/** The moment at which a pause because of this hour ends. It follows from the hour alone, so that every replica names the same one. */
export function pauseEndOf(hour: string): string {
  return new Date(Date.parse(`${hour}:00:00.000Z`) + pausedHours * 3_600_000).toISOString();
}

/** Whether a count is above the bound, and its pause would not be over already: the counter also reads hours long past. */
export function isAbove({ bytes, hour }: Count, bytesMax: number, nowMs: number): boolean {
  return bytes > bytesMax && Date.parse(pauseEndOf(hour)) > nowMs;
}

/** The fact of a pause, unless the agent is paused until then already. */
export function pausedBy(
  { emitter, hour, bytes }: Count,
  bytesMax: number,
  history: readonly FactOf<"fleet">[],
): readonly Publishes<"meter", "fleet">[] {
  const until = pauseEndOf(hour);
  if ((foldPauses(history).get(emitter) ?? "") >= until) return [];
  const data = { agentId: emitter, cause: "bytes", hour, bytes, bytesMax, until } as const;
  return [{ type: "FLEET_PAUSED", on: pauses, agentId: emitter, data }];
}

/** The ends of the pauses that are over at this instant. */
export function resumedAt(
  instant: string,
  history: readonly FactOf<"fleet">[],
): readonly Publishes<"meter", "fleet">[] {
  return [...foldPauses(history)]
    .filter(([, until]) => until <= instant)
    .map(([agentId, until]) => ({ type: "FLEET_RESUMED", on: pauses, agentId, data: { agentId, until } }));
}
