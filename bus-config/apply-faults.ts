import type { Difference } from "./differences.ts";

/** What the rig needs of a server. */
const busFloor = {
  version: "2.14.5",
  /** The JetStream API level of nats-server 2.14 (NATS ADR-44). */
  apiLevel: 4,
} as const;

/** What a server says of itself. `payloadBytesMax` is its `max_payload`. */
export interface ServerFacts {
  readonly version: string;
  readonly apiLevel: number;
  readonly payloadBytesMax: number;
}

/**
 * The NATS server is too old, or takes smaller messages than deliveries need. The message says what was found.
 * Kind: refuses to start.
 * What to do: run nats-server 2.14.5 or later on every server of the cluster, with bus-config/generated/limits.conf
 * included.
 */
export class BusUnfit extends Error {
  override readonly name = "BusUnfit";
  readonly found: ServerFacts;
  readonly reasons: readonly string[];
  constructor(found: ServerFacts, reasons: readonly string[]) {
    super(
      [
        `The NATS server cannot carry the rig (found nats-server ${found.version}, API level ${found.apiLevel}):`,
        ...reasons,
      ].join("\n  "),
    );
    this.found = found;
    this.reasons = reasons;
  }
}

/** A stream or consumer whose settings are not what was asked for, and what the server answered if it refused. */
export interface Refusal {
  readonly what: "stream" | "consumer";
  readonly name: string;
  readonly differences: readonly Difference[];
  readonly answer?: string;
}

/**
 * The NATS server refused or dropped settings of a stream or consumer: with those the rig would lose or repeat work.
 * Kind: refuses to start.
 * What to do: what the message says at each setting. Some settings cannot change in place: then back up, delete and
 * apply again.
 */
export class SettingsRefused extends Error {
  override readonly name = "SettingsRefused";
  readonly refusals: readonly Refusal[];
  constructor(refusals: readonly Refusal[]) {
    super(
      ["The NATS server does not have the settings that the rig asked for:", ...refusals.flatMap(linesOf)].join("\n  "),
    );
    this.refusals = refusals;
  }
}

/** Why a server is below the floor, one sentence each; empty when it is fit. An older one drops settings in silence. */
export function floorFaults(found: ServerFacts, payloadBytesMin: number): readonly string[] {
  const { version, apiLevel } = busFloor;
  return [
    ...(isOlder(found.version, version)
      ? [`It is older than ${version}: start that version or a later one (npm start finds it by itself).`]
      : []),
    ...(found.apiLevel < apiLevel
      ? [`Its JetStream API level is below ${apiLevel}: update every server of the cluster to ${version} or later.`]
      : []),
    ...(found.payloadBytesMax < payloadBytesMin
      ? [
          `It takes messages of ${found.payloadBytesMax} bytes, deliveries need ${payloadBytesMin}: include bus-config/generated/limits.conf in its configuration.`,
        ]
      : []),
  ];
}

function isOlder(found: string, needed: string): boolean {
  const [a, b] = [numbersOf(found), numbersOf(needed)];
  const at = b.findIndex((part, index) => part !== (a[index] ?? 0));
  return at >= 0 && (a[at] ?? 0) < (b[at] ?? 0);
}

function numbersOf(version: string): readonly number[] {
  return (version.match(/\d+/g) ?? []).slice(0, 3).map(Number);
}

function linesOf({ what, name, differences, answer }: Refusal): readonly string[] {
  return [
    ...differences.map(
      ({ setting, wanted, got }) =>
        `${what} ${name}: ${setting} is ${JSON.stringify(got) ?? "absent"}, wanted ${JSON.stringify(wanted)}. ${remedy(what, setting)}`,
    ),
    ...(answer === undefined ? [] : [`${what} ${name}: the server answered "${answer}".`]),
  ];
}

/** Settings that a server never changes on a stream or consumer that exists (NATS ADR-31, nats-server 2.14). */
const fixedForLife = new Set(["retention", "storage", "deny_delete", "deny_purge", "deliver_policy", "ack_policy"]);

function remedy(what: Refusal["what"], setting: string): string {
  if (!fixedForLife.has(setting)) return "Use a server that knows this setting, or stop whoever else changes it.";
  return what === "stream"
    ? "It cannot change in place: back the stream up (nats stream backup), delete it with the admin user, apply again, restore what is needed."
    : "It cannot change in place: stop the service, delete the consumer with the admin user, apply again; everything is delivered to it once more.";
}
