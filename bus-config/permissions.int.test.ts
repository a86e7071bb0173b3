import { JetStreamApiError, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { Kvm } from "@nats-io/kv";
import { headers, type MsgHdrs, type NatsConnection } from "nats";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serviceNames } from "#contracts/choreography.ts";
import { applyBusConfig } from "./apply.ts";
import { startTestBus, type TestBus } from "./test-bus.ts";

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

async function codeOf(attempt: Promise<unknown>): Promise<number | undefined> {
  const caught = await attempt.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (caught instanceof JetStreamApiError) return caught.code;
  throw caught ?? new Error("was not refused");
}

/** Asks for one item without waiting. The delivery bears the item's own subject, so the shared inbox would miss it. */
function pull(connection: NatsConnection, consumer: string) {
  const request = JSON.stringify({ batch: 1, no_wait: true });
  return connection.request(`$JS.API.CONSUMER.MSG.NEXT.${consumer}`, request, { timeout: 2_000, noMux: true });
}

test.each([
  ["dev-e", "evt.pr.acme.widgets.1.REVIEW_PASSED", "EVENTS"],
  ["dev-e", "evt.pr.acme.widgets.1.REVIEW_PASSED.review-e", "EVENTS"],
  ["dev-e", "evt.issue.acme.widgets.1.ISSUE_ASSIGNED.dev-e-python", "EVENTS"],
  ["dev-e", "evt.ops.acme.widgets.1.TOKEN_USAGE.review-e", "EVENTS"],
  ["dev-e", "evt.issue.acme.widgets.1.MERGED", "EVENTS"],
  ["dev-e", "work.dev.node.high.acme.widgets.1", "WORK"],
  ["dev-e", "github.issues.labeled.acme.widgets", "GITHUB"],
  ["review-e", "work.review.any.high.acme.widgets.1.abc", "WORK"],
  ["review-e", "evt.issue.acme.widgets.1.ISSUE_ASSIGNED.dev-e", "EVENTS"],
  ["webhook", "evt.issue.acme.widgets.1.ISSUE_ASSIGNED.dev-e", "EVENTS"],
  ["merge-gate", "evt.pr.acme.widgets.1.REVIEW_PASSED.review-e", "EVENTS"],
  ["status", "evt.issue.acme.widgets.1.ISSUE_DONE", "EVENTS"],
  ["status", "text.acme.widgets.1.abc.status", "TEXT"],
  ["dev-e", "text.acme.widgets.1.abc.webhook", "TEXT"],
  ["operator", "text.acme.widgets.1.abc.operator", "TEXT"],
  ["operator", "redo.EVENTS.nobody", "REDO"],
  ["operator", "evt.issue.acme.widgets.1.ISSUE_DONE", "EVENTS"],
])("%s may not publish %s, and nothing is stored", async (user, subject, stream) => {
  const before = await storedIn(stream);
  const connection = await bus.connectAs(user);
  await expect(jetstream(connection).publish(subject, "{}")).rejects.toThrow(denied(subject));
  expect(await storedIn(stream)).toBe(before);
});

test("dev-e cannot read raw deliveries, by no way of asking", async () => {
  const dev = await bus.connectAs("dev-e");
  const ways = [
    "DIRECT.GET.GITHUB",
    "STREAM.MSG.GET.GITHUB",
    "CONSUMER.MSG.NEXT.GITHUB.webhook",
    "CONSUMER.CREATE.GITHUB.spy",
  ];
  for (const way of ways) {
    await expect(dev.request(`$JS.API.${way}`, JSON.stringify({ seq: 1 }))).rejects.toThrow(denied(`$JS.API.${way}`));
  }
});

test.each(serviceNames)("%s cannot create a consumer", async (service) => {
  const connection = await bus.connectAs(service);
  const manager = await jetstreamManager(connection);
  for (const stream of ["EVENTS", "WORK", "GITHUB"]) {
    const attempt = manager.consumers.add(stream, { durable_name: "spy", ack_policy: "none" });
    await expect(attempt).rejects.toThrow(denied(`$JS.API.CONSUMER.CREATE.${stream}.spy`));
  }
});

test("an agent receives nothing from another service's inbox", async () => {
  const dev = await bus.connectAs("dev-e");
  const listening = (async () => {
    for await (const _ of dev.subscribe("_INBOX_review-e.>")) return;
  })();
  await expect(listening).rejects.toThrow('Permissions Violation for Subscription to "_INBOX_review-e.>"');
});

test("dispatcher enqueues an item once, dev-e gets its announcement, claims it, renews a lease and acks it", async () => {
  const [dispatcher, dev] = [await bus.connectAs("dispatcher"), await bus.connectAs("dev-e")];
  const item = "work.dev.node.normal.acme.widgets.7";
  const wakeUp = dev.subscribe("queued.dev.node.>", { max: 1 });
  await dev.flush();
  await jetstream(dispatcher).publish(item, "item");
  for await (const { subject, data } of wakeUp) {
    expect(subject).toBe("queued.dev.node.normal.acme.widgets.7");
    expect(data).toHaveLength(0);
  }
  expect(await codeOf(jetstream(dispatcher).publish(item, "item"))).toBe(10077);
  const outstanding = await (await jetstreamManager(dispatcher)).direct.getMessage("WORK", { last_by_subj: item });
  expect(outstanding?.string()).toBe("item");

  const claimed = await pull(dev, "WORK.dev-e-dev-node-normal");
  expect(claimed.subject).toBe(item);
  const expected = { lastSubjectSequence: 0, lastSubjectSequenceSubject: `${aggregate(7)}.>` };
  const claim = await jetstream(dev).publish(`${aggregate(7)}.ISSUE_ASSIGNED.dev-e`, "{}", { expect: expected });
  expect(claim.seq).toBeGreaterThan(0);
  const leases = await new Kvm(dev).open("LEASE", { allow_direct: false });
  const revision = await leases.create("issue.acme.widgets.7", "dev-e");
  await leases.update("issue.acme.widgets.7", "dev-e", revision);
  expect((await leases.get("issue.acme.widgets.7"))?.string()).toBe("dev-e");
  await dev.request(claimed.reply ?? "", "+ACK", { timeout: 2_000 });
  expect(await storedIn("WORK")).toBe(0);
  expect((await pull(dev, "WORK.dev-e-dev-node-normal")).headers?.code).toBe(404);
});

/** Publishes one atomic batch and returns the server's answer (NATS ADR-50). */
async function batch(connection: NatsConnection, id: string, messages: readonly (readonly [string, MsgHdrs])[]) {
  const stamp = (headersOf: MsgHdrs, at: number) => {
    headersOf.set("Nats-Batch-Id", id);
    headersOf.set("Nats-Batch-Sequence", `${at + 1}`);
    return headersOf;
  };
  for (const [at, [subject, own]] of messages.slice(0, -1).entries()) {
    connection.publish(subject, "{}", { headers: stamp(own, at) });
  }
  const [subject, own] = messages.at(-1) ?? ["", headers()];
  const last = stamp(own, messages.length - 1);
  last.set("Nats-Batch-Commit", "1");
  return (await connection.request(subject, "{}", { headers: last, timeout: 5_000 })).json<{
    readonly seq: number;
    readonly count?: number;
    readonly error?: { readonly err_code: number };
  }>();
}

function identified(id: string, expected?: { readonly number: number; readonly sequence: number }): MsgHdrs {
  const own = headers();
  own.set("Nats-Msg-Id", id);
  if (expected !== undefined) {
    own.set("Nats-Expected-Last-Subject-Sequence", `${expected.sequence}`);
    own.set("Nats-Expected-Last-Subject-Sequence-Subject", `${aggregate(expected.number)}.>`);
  }
  return own;
}

test("dispatcher appends facts together under one expectation; a conflict and a known id store nothing", async () => {
  const dispatcher = await bus.connectAs("dispatcher");
  const facts = (round: string, sequence: number) =>
    [
      [`${aggregate(8)}.ISSUE_APPROVED`, identified(`${round}/0`, { number: 8, sequence })],
      [`${aggregate(8)}.ISSUE_QUEUED`, identified(`${round}/1`)],
    ] as const;
  const first = await batch(dispatcher, "first", facts("first", 0));
  expect(first).toMatchObject({ count: 2 });
  const conflict = await batch(dispatcher, "late", facts("late", 0));
  expect(conflict.error?.err_code).toBe(10071);
  const repeated = await batch(dispatcher, "again", facts("first", first.seq));
  expect(repeated.error?.err_code).toBe(10201);
  expect(await batch(dispatcher, "next", facts("late", first.seq))).toMatchObject({ count: 2, seq: first.seq + 2 });
});

test("a batch with one fact outside the row stores none of it", async () => {
  const dispatcher = await bus.connectAs("dispatcher");
  const before = await storedIn("EVENTS");
  const answer = await batch(dispatcher, "mixed", [
    [`${aggregate(9)}.MERGED`, identified("mixed/0")],
    [`${aggregate(9)}.ISSUE_DONE`, identified("mixed/1")],
  ]);
  expect(answer.error?.err_code).toBe(10176);
  expect(await storedIn("EVENTS")).toBe(before);
});

test("dispatcher reads one issue's history in order, and no more", async () => {
  const dispatcher = await bus.connectAs("dispatcher");
  await batch(dispatcher, "history", [
    [`${aggregate(10)}.ISSUE_APPROVED`, identified("history/0")],
    [`${aggregate(10)}.ISSUE_QUEUED`, identified("history/1")],
  ]);
  const { direct } = await jetstreamManager(dispatcher);
  const subjects: string[] = [];
  const history = await direct.getBatch("EVENTS", { next_by_subj: `${aggregate(10)}.>`, seq: 1, batch: 16 });
  for await (const { subject } of history) subjects.push(subject);
  expect(subjects).toEqual([`${aggregate(10)}.ISSUE_APPROVED`, `${aggregate(10)}.ISSUE_QUEUED`]);
});

test("status resets its own consumer and reads every fact in order, and no other consumer", async () => {
  const [dispatcher, status] = [await bus.connectAs("dispatcher"), await bus.connectAs("status")];
  const { seq: last } = await jetstream(dispatcher).publish(`${aggregate(11)}.ISSUE_QUEUED`, "{}");
  const manager = await jetstreamManager(status, { checkAPI: false });
  for (const from of [1, last]) {
    expect((await manager.consumers.reset("EVENTS", "status", from)).reset_seq).toBe(from);
    const reader = await jetstream(status).consumers.get("EVENTS", "status");
    const read: (readonly number[])[] = [];
    for await (const { seq, info } of await reader.fetch({ max_messages: 64, expires: 1_000 })) {
      read.push([seq, info.deliverySequence]);
      if (info.pending === 0) break;
    }
    // The stream's sequence goes on where it was asked to, the consumer's counts from 1.
    expect(read.map(([, own]) => own)).toEqual(read.map((_, at) => at + 1));
    expect(read[0]?.[0]).toBeGreaterThanOrEqual(from);
    expect(read.at(-1)?.[0]).toBe(last);
  }
  for (const request of ["RESET.EVENTS.dispatcher", "MSG.NEXT.EVENTS.dispatcher", "DELETE.EVENTS.status"]) {
    const subject = `$JS.API.CONSUMER.${request}`;
    await expect(status.request(subject, "", { timeout: 2_000 })).rejects.toThrow(denied(subject));
  }
});

test("an operator reads streams, replays and erases single messages, but pulls no work and removes nothing else", async () => {
  const operator = await bus.connectAs("operator");
  const manager = await jetstreamManager(operator);
  expect((await manager.streams.info("WORK")).config.retention).toBe("workqueue");
  expect((await jetstream(operator).publish("redo.EVENTS.dispatcher", "{}")).stream).toBe("REDO");
  expect((await jetstream(operator).publish("work.dev.node.low.acme.widgets.99", "{}")).stream).toBe("WORK");
  const { seq } = await jetstream(await bus.connectAs("webhook")).publish("github.ping._.acme.widgets", "{}");
  expect(await manager.streams.deleteMessage("GITHUB", seq)).toBe(true);
  const erasing = manager.streams.deleteMessage("WORK", 1);
  await expect(erasing).rejects.toThrow(denied("$JS.API.STREAM.MSG.DELETE.WORK"));
  for (const consumer of ["WORK.dev-e-dev-node-normal", "EVENTS.dispatcher", "GITHUB.webhook"]) {
    await expect(pull(operator, consumer)).rejects.toThrow(denied(`$JS.API.CONSUMER.MSG.NEXT.${consumer}`));
    const [stream = "", name = ""] = consumer.split(".");
    await expect(manager.consumers.delete(stream, name)).rejects.toThrow(denied(`$JS.API.CONSUMER.DELETE.${consumer}`));
  }
  await expect(manager.consumers.update("EVENTS", "dispatcher", { max_deliver: 1 })).rejects.toThrow(
    "Permissions Violation",
  );
  await expect(manager.streams.delete("DLQ")).rejects.toThrow(denied("$JS.API.STREAM.DELETE.DLQ"));
  await expect(manager.streams.purge("DLQ")).rejects.toThrow(denied("$JS.API.STREAM.PURGE.DLQ"));
});

test("what an operator does with a dead letter is a fact of the operator, which no service can publish", async () => {
  const subject = "evt.fleet.dead-letters.DEAD_LETTER_DISMISSED";
  expect((await jetstream(await bus.connectAs("operator")).publish(subject, "{}")).stream).toBe("EVENTS");
  await expect(jetstream(await bus.connectAs("dispatcher")).publish(subject, "{}")).rejects.toThrow(denied(subject));
});

test("nobody may purge or delete a fact, not even the admin", async () => {
  const manager = await jetstreamManager(admin);
  await expect(manager.streams.purge("EVENTS")).rejects.toThrow("purge");
  await expect(manager.streams.deleteMessage("EVENTS", 1)).rejects.toThrow("delete");
});
