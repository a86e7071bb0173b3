import { createHmac, randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { DeliveryRecord, PendingDelivery } from "./records.ts";
import type { ForgeStore } from "./store.ts";

/** Where webhooks go and the secret that signs them. */
export interface WebhookTarget {
  readonly url: string;
  readonly secret: string;
}

const attemptsMax = 200;
const backoffFirstMs = 200;
const backoffMaxMs = 5_000;
// GitHub gives a receiver 10 s (https://docs.github.com/webhooks/using-webhooks/best-practices-for-using-webhooks).
const answerWaitMs = 10_000;
const keptMax = 500;
const pendingMax = 5_000;

/**
 * Sends webhooks one after the other, in the order of the events, signed as
 * https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries says. A delivery that meets no receiver or a 5xx is
 * sent again under the same GUID, 200 ms to 5 s apart, at most 200 times (about 16 minutes). GitHub itself never retries on
 * its own: there an operator or a script asks its redelivery API for failed deliveries, with the same GUID, and the retries
 * here stand for that script. Any other answer ends the delivery. Events are kept from the first `setTarget` on.
 */
export class Deliveries {
  readonly #store: ForgeStore;
  readonly #changed: () => void;
  readonly #closing = new AbortController();
  #target: WebhookTarget | null = null;
  #draining: Promise<void> | null = null;
  #waiting = new AbortController();

  /** `changed` is called whenever a delivery ends. */
  constructor(store: ForgeStore, changed: () => void) {
    this.#store = store;
    this.#changed = changed;
  }

  /** Sends from now on to this target, what is pending too and at once. */
  setTarget(target: WebhookTarget): void {
    this.#target = target;
    this.#store.state.webhookWasSet = true;
    this.#waiting.abort();
    this.wake();
  }

  /** Puts an event in the line. It is sent after `wake`, once the change that made it is on disk. */
  enqueue(event: string, action: string | null, payload: unknown): void {
    const { state } = this.#store;
    if (!state.webhookWasSet) return;
    state.pendingDeliveries.push({
      guid: randomUUID(),
      event,
      action,
      body: JSON.stringify(payload),
      attempts: 0,
    });
    if (state.pendingDeliveries.length > pendingMax) this.#finish(0, "failed");
  }

  /** Starts sending what is pending, unless it is being sent. */
  wake(): void {
    if (this.#draining !== null || this.#closing.signal.aborted) return;
    if (this.#target === null || this.#store.state.pendingDeliveries.length === 0) return;
    this.#draining = this.#drain().finally(() => {
      this.#draining = null;
      this.wake();
      this.#changed();
    });
  }

  /** Stops sending; what is pending stays in the state. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#waiting.abort();
    await this.#draining;
  }

  async #drain(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      const next = this.#store.state.pendingDeliveries[0];
      if (next === undefined || this.#target === null) return;
      // An event must not be told before its cause is on disk: a crash between would take back what was told.
      await this.#store.save();
      next.attempts += 1;
      const statusCode = await this.#send(next, this.#target);
      if (this.#closing.signal.aborted && statusCode === 0) return;
      const again = (statusCode === 0 || statusCode >= 500) && next.attempts < attemptsMax;
      if (again) await this.#backOff(next.attempts);
      else if (this.#store.state.pendingDeliveries[0] === next) {
        this.#finish(statusCode, statusCode >= 200 && statusCode < 300 ? "delivered" : "failed");
        await this.#store.save();
      }
    }
  }

  async #send(delivery: PendingDelivery, target: WebhookTarget): Promise<number> {
    const signature = createHmac("sha256", target.secret).update(delivery.body).digest("hex");
    try {
      const response = await fetch(target.url, {
        method: "POST",
        body: delivery.body,
        redirect: "manual",
        signal: AbortSignal.any([this.#closing.signal, AbortSignal.timeout(answerWaitMs)]),
        headers: {
          "content-type": "application/json",
          "user-agent": "GitHub-Hookshot/local-forge",
          "x-github-event": delivery.event,
          "x-github-delivery": delivery.guid,
          "x-hub-signature-256": `sha256=${signature}`,
        },
      });
      await response.body?.cancel();
      return response.status;
    } catch {
      // Refused, reset or too late: fetch tells them apart in its cause only, and all mean that nobody accepted it.
      return 0;
    }
  }

  async #backOff(attempts: number): Promise<void> {
    const waitMs = Math.min(backoffMaxMs, backoffFirstMs * 2 ** Math.min(attempts - 1, 10));
    this.#waiting = new AbortController();
    const signal = AbortSignal.any([this.#waiting.signal, this.#closing.signal]);
    await delay(waitMs, undefined, { signal }).catch(() => undefined);
  }

  #finish(statusCode: number, outcome: "delivered" | "failed"): void {
    const { pendingDeliveries, deliveries } = this.#store.state;
    const done = pendingDeliveries.shift();
    if (done === undefined) return;
    const { guid, event, action, attempts } = done;
    const record: DeliveryRecord = {
      guid,
      event,
      action,
      attempts,
      statusCode,
      delivered: outcome === "delivered",
      finishedAt: new Date().toISOString(),
    };
    deliveries.push(record);
    if (deliveries.length > keptMax) deliveries.splice(0, deliveries.length - keptMax);
  }
}
