import { setTimeout as delay } from "node:timers/promises";
import type { BenchRig } from "./rig.ts";

/** 300 ms: an agent that finds no work looks again for 100 ms, then sleeps until it is woken; the forge's webhooks are 5 ms apart. */
const quietMs = 300;
const quietMaxMs = 60_000;

/** Waits until no work and no unread delivery is left and nothing comes any more: then every service waits for something to do. */
export async function untilQuiet({ operator }: BenchRig): Promise<void> {
  const ask = async <Answer>(subject: string): Promise<Answer> =>
    (await operator.bus.connection.request(`$JS.API.${subject}`, undefined, { timeout: 5_000 })).json<Answer>();
  const look = async () => {
    const work = await ask<StreamInfo>("STREAM.INFO.WORK");
    const events = await ask<StreamInfo>("STREAM.INFO.EVENTS");
    const github = await ask<ConsumerInfo>("CONSUMER.INFO.GITHUB.webhook");
    const left = work.state.messages + github.num_pending + github.num_ack_pending;
    return { left, at: `${events.state.last_seq}/${github.delivered.stream_seq}` };
  };
  const deadline = performance.now() + quietMaxMs;
  for (let last = await look(), since = performance.now(); performance.now() - since < quietMs; ) {
    await delay(20);
    const now = await look();
    if (now.left > 0 || now.at !== last.at) since = performance.now();
    last = now;
    if (performance.now() > deadline)
      throw new Error(`The rig is not quiet after ${quietMaxMs} ms: ${now.left} messages are left.`);
  }
}

interface StreamInfo {
  readonly state: { readonly messages: number; readonly last_seq: number };
}

interface ConsumerInfo {
  readonly num_pending: number;
  readonly num_ack_pending: number;
  readonly delivered: { readonly stream_seq: number };
}
