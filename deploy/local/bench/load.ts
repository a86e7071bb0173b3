import { createHmac, randomUUID } from "node:crypto";
import { Agent, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { connectAs } from "../../operator/connection.ts";

// The senders of the bench, in a thread of their own: deliveries over HTTP, and the raw publishes that they are compared with.

/** What the thread is given at its start. */
export interface LoadTarget {
  readonly webhookUrl: string;
  readonly webhookSecret: string;
  readonly natsUrl: string;
  readonly natsKeysDirectory: string | undefined;
  /** The subject of the raw publishes. */
  readonly subject: string;
  readonly body: Uint8Array;
}

/** One round: as fast as it goes for `durationMs`, with `inFlight` unanswered requests at any time. */
export interface Round {
  readonly way: "deliveries" | "publishes";
  readonly inFlight: number;
  readonly durationMs: number;
}

/** A round at a fixed rate: each delivery is posted at its own instant, whether or not those before it were answered. */
export interface PacedRound {
  readonly way: "paced";
  readonly perSecond: number;
  readonly durationMs: number;
}

/** How long each delivery of a paced round took, from its instant to the 202: one that was posted late counts its delay too. */
export interface PacedEnd {
  readonly tookMs: readonly number[];
}

/** What a round came to. Every message that is counted was acknowledged: 202 of the webhook, PubAck of the stream. */
export interface RoundEnd {
  readonly count: number;
  readonly tookMs: number;
}

const target = workerData as LoadTarget;

/** Keeps `inFlight` sends under way until the time is over, then waits for the last ones. The first failure ends it. */
async function run({ inFlight, durationMs }: Round, send: () => Promise<void>): Promise<RoundEnd> {
  const startedAt = performance.now();
  let count = 0;
  const sender = async () => {
    while (performance.now() - startedAt < durationMs) {
      await send();
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, sender));
  return { count, tookMs: performance.now() - startedAt };
}

async function runPaced({ perSecond, durationMs }: PacedRound, send: () => Promise<void>): Promise<PacedEnd> {
  const startedAt = performance.now();
  const tookMs: number[] = [];
  const pending: Promise<void>[] = [];
  for (let index = 0; index < (perSecond * durationMs) / 1_000; index += 1) {
    const dueAt = startedAt + (index * 1_000) / perSecond;
    const early = dueAt - performance.now();
    // A timer is exact to about 1 ms, so those that are due meanwhile follow at once.
    if (early > 0) await delay(early);
    pending.push(send().then(() => void tookMs.push(performance.now() - dueAt)));
  }
  await Promise.all(pending);
  return { tookMs };
}

/** Posts as GitHub does, on connections that are kept. The event means nothing to the rig: it is stored and not acted on. */
function poster(inFlight: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: inFlight });
  const headers = {
    "content-type": "application/json",
    "content-length": target.body.length,
    "x-github-event": "star",
    "x-hub-signature-256": `sha256=${createHmac("sha256", target.webhookSecret).update(target.body).digest("hex")}`,
  };
  const post = () =>
    new Promise<void>((resolve, reject) => {
      const options = { agent, method: "POST", headers: { ...headers, "x-github-delivery": randomUUID() } };
      const sent = request(target.webhookUrl, options, (answer) => {
        answer.resume();
        answer.once("end", () =>
          answer.statusCode === 202 ? resolve() : reject(new Error(`the webhook answered ${answer.statusCode}`)),
        );
      });
      sent.once("error", reject);
      sent.end(target.body);
    });
  return { post, close: () => agent.destroy() };
}

/** 64 connections: above what 500 deliveries a second need. */
const pacedConnections = 64;

async function roundOf(
  round: Round | PacedRound,
  bus: Awaited<ReturnType<typeof connectAs>>,
): Promise<RoundEnd | PacedEnd> {
  if (round.way === "paced") {
    const { post, close } = poster(pacedConnections);
    return runPaced(round, post).finally(close);
  }
  if (round.way === "publishes") {
    const { jetstream } = bus.service;
    return run(round, async () => {
      await jetstream.publish(target.subject, target.body, { msgID: randomUUID() });
    });
  }
  const { post, close } = poster(round.inFlight);
  return run(round, post).finally(close);
}

const { natsUrl: url, natsKeysDirectory: keysDirectory } = target;
const bus = await connectAs("admin", { url, keysDirectory });
parentPort?.on("message", (round: Round | PacedRound | "end") => {
  if (round === "end") return void bus.close().then(() => parentPort?.close());
  // A rejection ends the thread, which the bench sees as its error.
  return void roundOf(round, bus).then((end) => parentPort?.postMessage(end));
});
