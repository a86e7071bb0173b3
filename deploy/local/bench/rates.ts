import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { Effect } from "effect";
import { streams } from "#bus-config/streams.ts";
import { readyLabel } from "#contracts/labels.ts";
import { deliverySubject } from "#contracts/subjects.ts";
import { connectAs } from "../../operator/connection.ts";
import { demoRepository } from "../demo/issues.ts";
import { type Figure, percentile, spread } from "./figures.ts";
import type { LoadTarget, PacedEnd, PacedRound, Round, RoundEnd } from "./load.ts";
import { untilQuiet } from "./quiet.ts";
import type { BenchRig } from "./rig.ts";

/** How long and how often is sent. */
export interface RatesOptions {
  readonly rounds: number;
  readonly roundMs: number;
  /** Requests under way at any time, in both ways. */
  readonly inFlight: number;
}

const rawStream = "BENCH";

/** 500 a second for 10 s: what GitHub sends when a large organization's checks end together. */
const paced: PacedRound = { way: "paced", perSecond: 500, durationMs: 10_000 };
const pacedGoalMs = 25;

/**
 * Deliveries that the webhook stored per second, against raw JetStream publishes of the same bytes to a stream with the settings of
 * GITHUB on the same server. The two take turns, so that what else the machine does meets both.
 */
export async function measureRates(rig: BenchRig, options: RatesOptions): Promise<readonly Figure[]> {
  const body = await lastDelivery(rig);
  await makeRawStream(rig);
  const { webhookUrl, natsUrl, natsKeysDirectory } = rig.places;
  const { webhookSecret } = rig;
  const target: LoadTarget = { webhookUrl, webhookSecret, natsUrl, natsKeysDirectory, subject: "bench.raw", body };
  const load = new Worker(new URL("./load.ts", import.meta.url), { workerData: target });
  try {
    const { inFlight, roundMs } = options;
    // Unmeasured: both ends compile their code in the first second.
    for (const way of ["deliveries", "publishes"] as const) await sent(load, { way, inFlight, durationMs: 1_000 });
    const deliveries: number[] = [];
    const publishes: number[] = [];
    const behind: number[] = [];
    for (let round = 1; round <= options.rounds; round += 1) {
      await untilQuiet(rig);
      deliveries.push(perSecond(await sent(load, { way: "deliveries", inFlight, durationMs: roundMs })));
      const drainedFrom = performance.now();
      await untilQuiet(rig);
      behind.push(performance.now() - drainedFrom);
      publishes.push(perSecond(await sent(load, { way: "publishes", inFlight, durationMs: roundMs })));
    }
    await untilQuiet(rig);
    const { tookMs } = await sent(load, paced);
    load.postMessage("end");
    await once(load, "exit");
    return [...figures(options, { deliveries, publishes, behind, bytes: body.length }), pacedFigure(tookMs)];
  } finally {
    await load.terminate();
  }
}

function figures(
  { rounds, roundMs, inFlight }: RatesOptions,
  of: {
    readonly deliveries: readonly number[];
    readonly publishes: readonly number[];
    readonly behind: readonly number[];
    readonly bytes: number;
  },
): readonly Figure[] {
  const n = `${rounds} rounds of ${roundMs / 1_000} s by turns, ${inFlight} in flight, ${of.bytes} bytes`;
  const ratios = of.deliveries.map((rate, round) => rate / (of.publishes[round] ?? Number.NaN));
  return [
    {
      what: "webhook deliveries stored per second",
      figure: spread(of.deliveries, 0),
      how: `${n}: an issues.labeled payload of this rig as event star, signed, unique GUIDs, HTTP keep-alive, each answered 202. Reading what was stored, one at a time beside it, ended ${(percentile(of.behind, 0.5) / 1_000).toFixed(1)} s after a round (median).`,
    },
    {
      what: "raw publishes per second",
      figure: spread(of.publishes, 0),
      how: `${n}: one plain NATS client, each with a message id and its PubAck, to a stream with GITHUB's settings on the same server (sync_interval always).`,
    },
    {
      what: "webhook to raw publishes",
      figure: spread(ratios, 2),
      how: "median (min to max) of the ratio in each round.",
    },
  ];
}

function pacedFigure(tookMs: readonly number[]): Figure {
  const [p50, p99] = [percentile(tookMs, 0.5), percentile(tookMs, 0.99)];
  return {
    what: `delivery → 202 at ${paced.perSecond} a second`,
    figure: `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`,
    goal: `p99 ≤ ${pacedGoalMs} ms`,
    met: p99 <= pacedGoalMs,
    how: `n = ${tookMs.length}, each posted at its own instant, from that instant until the answer, which comes after the server has stored it.`,
  };
}

/** The payload of the last label that the local forge told: real in its form and its size. */
async function lastDelivery({ operator }: BenchRig): Promise<Uint8Array> {
  const { owner, name: repo } = demoRepository;
  const subject = deliverySubject({ event: "issues", action: "labeled", owner, repo });
  const stored = await Effect.runPromise(operator.bus.last("GITHUB", subject));
  if (stored === null) throw new Error(`No ${readyLabel} was ever told on ${subject}: measure claims first.`);
  return stored.payload;
}

async function makeRawStream({ places }: BenchRig): Promise<void> {
  const github = streams.find(({ config }) => config.name === "GITHUB");
  const config = { ...github?.config, name: rawStream, subjects: ["bench.>"] };
  const admin = await connectAs("admin", { url: places.natsUrl, keysDirectory: places.natsKeysDirectory });
  try {
    const create = `$JS.API.STREAM.CREATE.${rawStream}`;
    const answer = await admin.service.connection.request(create, JSON.stringify(config), { timeout: 5_000 });
    const { error } = answer.json<{ readonly error?: { readonly description: string } }>();
    if (error !== undefined) throw new Error(`${create}: ${error.description}`);
  } finally {
    await admin.close();
  }
}

async function sent(load: Worker, round: Round): Promise<RoundEnd>;
async function sent(load: Worker, round: PacedRound): Promise<PacedEnd>;
async function sent(load: Worker, round: Round | PacedRound): Promise<RoundEnd | PacedEnd> {
  const answer = once(load, "message");
  load.postMessage(round);
  // `once` rejects when the thread fails.
  const [end] = (await answer) as [RoundEnd | PacedEnd];
  return end;
}

function perSecond({ count, tookMs }: RoundEnd): number {
  return (count * 1_000) / tookMs;
}
