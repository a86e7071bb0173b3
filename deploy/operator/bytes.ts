import { Effect } from "effect";
import { pauses } from "#contracts/events/fleet.ts";
import { foldPauses, type Pauses } from "#contracts/pauses.ts";
import { bytesFilter } from "#contracts/subjects.ts";
import { counterValue } from "#kit/bus/counter.ts";
import { load } from "#kit/facts/aggregate.ts";
import { readPolicy } from "#kit/policy/policy.ts";
import type { Operator } from "./connection.ts";
import type { Finding } from "./finding.ts";

/** What one service stored in one hour, such as `2026-01-02T03`. */
interface Count {
  readonly emitter: string;
  readonly hour: string;
  readonly bytes: number;
}

/** What each service stored, who is paused, and what the policy allows. */
interface Stored {
  readonly counts: readonly Count[];
  readonly paused: Pauses;
  readonly bytesPerHourMax: number;
}

/** Reads what the services stored in the hours that are still counted, and the agents that are paused. */
export async function readStored(operator: Operator): Promise<Stored> {
  const { bytesPerHourMax } = (await Effect.runPromise(readPolicy())).fleet;
  const stored = await operator.run(operator.bus.read("BYTES", bytesFilter));
  const counts = stored.map(({ subject, payload }): Count => {
    const [, hour = "", emitter = ""] = subject.split(".");
    return { emitter, hour, bytes: counterValue(payload) ?? 0 };
  });
  const { facts } = await operator.run(load(pauses));
  return { counts, paused: foldPauses(facts), bytesPerHourMax };
}

/** Which services stored too much in this hour or the one before, and until when which agent is paused. */
export function bytesFindings({ counts, paused, bytesPerHourMax }: Stored, nowMs: number): readonly Finding[] {
  const hours = [nowMs, nowMs - 3_600_000].map((ms) => new Date(ms).toISOString().slice(0, 13));
  const recent = counts.filter(({ hour }) => hours.includes(hour));
  const above = recent.filter(({ bytes }) => bytes > bytesPerHourMax);
  const mend = "find out what it stores, and who holds its key (docs/operating.md, An agent is paused)";
  const findings = [
    ...above.map(
      ({ emitter, hour, bytes }) =>
        `${emitter} stored ${mebibytes(bytes)} in the hour ${hour}, the policy allows ${mebibytes(bytesPerHourMax)}`,
    ),
    ...[...paused]
      .filter(([, until]) => Date.parse(until) > nowMs)
      .map(([agent, until]) => `${agent} is paused and gets no work until ${until}`),
  ];
  if (findings.length > 0) return findings.map((seen) => ({ part: "bytes", state: "ill", seen, mend }));
  const most = recent.toSorted((a, b) => b.bytes - a.bytes)[0];
  const seen =
    most === undefined
      ? "nothing was stored in the last hour"
      : `at most ${mebibytes(most.bytes)} in an hour, by ${most.emitter}`;
  return [{ part: "bytes", state: "well", seen }];
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
