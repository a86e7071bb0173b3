import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { Kvm } from "@nats-io/kv";
import { headers, type NatsConnection } from "nats";
import { afterAll, beforeAll, expect, test } from "vitest";
import { applyBusConfig } from "./apply.ts";
import { startTestBus, type TestBus } from "./test-bus.ts";

// What the holder of one service's key cannot reach, by ways that are no plain publish.

let bus: TestBus;
let admin: NatsConnection;
beforeAll(async () => {
  bus = await startTestBus();
  admin = await bus.connectAs("admin");
  await applyBusConfig(admin);
});
afterAll(() => bus.stop());

const aggregate = (number: number) => `evt.issue.acme.widgets.${number}`;
const denied = (subject: string) => `Permissions Violation for Publish to "${subject}"`;

async function storedIn(stream: string): Promise<number> {
  return (await (await jetstreamManager(admin)).streams.info(stream)).state.messages;
}

/** Everything that an attacker could want to have published on his behalf. */
const coveted = [
  ["a fact of another service", `${aggregate(12)}.MERGED`],
  ["a fact of another agent", "evt.pr.acme.widgets.12.REVIEW_PASSED.review-e"],
  ["work", "work.dev.node.high.acme.widgets.12"],
  ["a delivery", "github.issues.labeled.acme.widgets"],
  ["a purge", "$JS.API.STREAM.PURGE.TEXT"],
  ["the end of a stream", "$JS.API.STREAM.DELETE.TEXT"],
  ["an answer for another consumer", "$JS.ACK.EVENTS.dispatcher.1.1.1.1.0"],
  ["a dead letter of another consumer", "dlq.GITHUB.webhook"],
  ["an announcement", "queued.dev.node.high.acme.widgets.12"],
  ["the inbox of another service", "_INBOX_review-e.x"],
] as const;

/** What dev-e may ask, with the answers that it could so send to a subject. */
const questions = [
  ["$JS.API.DIRECT.GET.TEXT.text.acme.widgets.12.abc.dev-e", ""],
  ["$JS.API.DIRECT.GET.EVENTS", JSON.stringify({ next_by_subj: `${aggregate(12)}.>`, seq: 1, batch: 8 })],
  ["$JS.API.CONSUMER.MSG.NEXT.WORK.dev-e-dev-node-low", JSON.stringify({ batch: 1, no_wait: true })],
  ["$JS.API.INFO", ""],
] as const;

test.each(coveted)(
  "no answer of the server becomes %s: a service's reply subject stays in its account",
  async (_, reply) => {
    const dev = await bus.connectAs("dev-e");
    const received: string[] = [];
    admin.subscribe(reply, { callback: (_error, message) => void received.push(message.string()) });
    await jetstream(dev)
      .publish("text.acme.widgets.12.abc.dev-e", "{}")
      .catch(() => undefined);
    const before = await Promise.all(["EVENTS", "TEXT", "WORK", "GITHUB", "DLQ"].map(storedIn));
    for (const [subject, payload] of questions) dev.publish(subject, payload, { reply });
    // The acknowledgement of a stored message is an answer too.
    dev.publish("text.acme.widgets.13.abc.dev-e", "{}", { reply });
    await dev.flush();
    // The server answers in the order of the requests, so this answer is behind all others.
    await jetstream(dev).publish(`text.acme.widgets.14.${Buffer.from(reply).toString("hex")}.dev-e`, "{}");
    await admin.flush();
    const [events = 0, text = 0, ...others] = await Promise.all(
      ["EVENTS", "TEXT", "WORK", "GITHUB", "DLQ"].map(storedIn),
    );
    expect(received).toEqual([]);
    expect([events, ...others]).toEqual([before[0], ...before.slice(2)]);
    expect(text).toBeGreaterThan(before[1] ?? 0);
  },
);

test.each(["GITHUB.webhook", "EVENTS.dispatcher", "WORK.review-e-review-any-low"])(
  "dev-e pulls nothing from %s by an ack that looks like its own",
  async (other) => {
    const dev = await bus.connectAs("dev-e");
    // The short form of another consumer's ack, in whose last tokens the own stream and consumer stand; and the long form.
    for (const ack of [`${other}.WORK.dev-e-dev-node-low.1.1.1`, `_.hash.${other}.1.1.1.1.0`, `${other}.1.1.1.1.0`]) {
      const subject = `$JS.ACK.${ack}`;
      const asking = dev.request(subject, "+NXT", { timeout: 2_000, noMux: true });
      await expect(asking, ack).rejects.toThrow(denied(subject));
    }
  },
);

test("a lease with a rollup header deletes no other lease", async () => {
  const leases = await new Kvm(await bus.connectAs("review-e")).open("LEASE", { allow_direct: false });
  await leases.put("pr.acme.widgets.3", "held");
  const rollup = headers();
  rollup.set("Nats-Rollup", "all");
  const dev = await bus.connectAs("dev-e");
  await dev
    .request("$KV.LEASE.issue.acme.widgets.3", "mine", { headers: rollup, timeout: 2_000 })
    .catch(() => undefined);
  expect((await leases.get("pr.acme.widgets.3"))?.string()).toBe("held");
});
