import { jetstream } from "@nats-io/jetstream";
import { Effect, Result, Schema } from "effect";
import type { NatsConnection } from "nats";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { publishersOf, type ServiceName } from "#contracts/choreography.ts";
import { decodeFact, parseJson } from "#contracts/envelope.ts";
import { readFact } from "#contracts/stored-fact.ts";
import { factSubject } from "#contracts/subjects.ts";
import { WorkItem } from "#contracts/work.ts";
import type { Outgoing, Publication } from "#kit/bus/protocol.ts";
import { type World, withBus } from "#kit/test/test-world.ts";
import { type BusUser, busUsers, hubAccount } from "../permissions.ts";
import { streams } from "../streams.ts";
import { fight } from "./test-campaign.ts";
import { type Reader, rigReader } from "./test-judge.ts";
import { openStage, type Stage } from "./test-stage.ts";

// With one check switched off, the attacks have to find it. Nothing in the rig can be switched: a test hands in a broken reader, or other
// permissions than the generated ones.

const seed = 6;
const runs = 60;
const foreign = { _tag: "Unreadable", kind: "foreign", reason: "switched off" } as const;

describe("on the rig's own permissions", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage();
  });
  afterAll(() => stage.stop());
  afterEach(() => {
    vi.doUnmock("#contracts/events/agent.ts");
    vi.resetModules();
  });

  /** The contracts with one function of a module replaced. */
  async function readerWithout(check: "isOfClaim" | "isNextClaim"): Promise<Reader> {
    vi.resetModules();
    vi.doMock("#contracts/events/agent.ts", async (original) => ({
      ...(await original<object>()),
      [check]: () => true,
    }));
    const issue = await import("#contracts/issue-life.ts");
    const change = await import("#contracts/change-life.ts");
    return { ...rigReader, evolveIssue: issue.evolveIssue, evolveChange: change.evolveChange };
  }

  const withoutSubject: Reader["readFact"] = (_, payload) => {
    const decoded = decodeFact(payload);
    if (Result.isFailure(decoded)) return Result.fail(foreign);
    const { type, actor } = decoded.success;
    return publishersOf(type).includes(actor) ? Result.succeed(decoded.success) : Result.fail(foreign);
  };
  const withoutPublishers: Reader["readFact"] = (subject, payload) => {
    const decoded = decodeFact(payload);
    if (Result.isFailure(decoded)) return readFact(subject, payload);
    const { on, type, actor } = decoded.success;
    return factSubject(on, type, actor) === subject ? Result.succeed(decoded.success) : Result.fail(foreign);
  };

  test.each([
    ["the subject of a fact", "dev-e", { ...rigReader, readFact: withoutSubject }, /passes for/],
    ["the publishers of a fact", "dispatcher", { ...rigReader, readFact: withoutPublishers }, /passes for a fact of/],
  ] as const)("without the check of %s, the key of %s is found out", async (_, attacker, reader, breach) => {
    await expect(fight(stage, attacker, { seed, runs, reader })).rejects.toThrow(breach);
  });

  test.each([
    ["isOfClaim", "dev-e", /counts without the claim/],
    ["isOfClaim", "review-e", /counts without the claim/],
    ["isNextClaim", "dev-e", /counts as a claim that is not the next one/],
    ["isNextClaim", "review-e", /counts as a claim that is not the next one/],
  ] as const)("when %s holds for everything, the key of %s is found out", async (check, attacker, breach) => {
    const reader = await readerWithout(check);
    await expect(fight(stage, attacker, { seed, runs, reader })).rejects.toThrow(breach);
  });

  test("with message ids that everybody can compute, a guessed one silences the next fact", async () => {
    const plain = await stage.world.bus.connectAs("webhook");
    const as: World["as"] = (service, program) =>
      stage.world.as(service, withBus({ publish: publishPlainly(plain) }, program));
    await expect(fight(stage, "dev-e", { seed, runs, as })).rejects.toThrow(/the next fact of webhook is not stored/);
  });

  test("without the check of a work item's subject, the key of the dispatcher is found out", async () => {
    const readWork = (_: string, payload: Uint8Array) => {
      const item = parseJson(payload);
      if (Result.isFailure(item)) return Result.fail(item.failure.reason);
      const read = Schema.decodeUnknownResult(WorkItem)(item.success);
      return Result.isSuccess(read) ? Result.succeed(read.success) : Result.fail("no item");
    };
    await expect(fight(stage, "dispatcher", { seed, runs, readWork })).rejects.toThrow(/the item on .+ is work on/);
  });

  test("when a letter is replayed on the subject that it names, it is found out", async () => {
    const replay = async (_: unknown, letter: { readonly header: { get(name: string): string } }) => ({
      subject: letter.header.get("Rig-Subject"),
    });
    await expect(fight(stage, "dev-e", { seed, runs, replay })).rejects.toThrow(/the letter on .+ is replayed on/);
  });
});

/** Publishes under the message id itself, as a client without a secret does. */
function publishPlainly(connection: NatsConnection) {
  return ({ subject, payload, msgId, expect: expected }: Outgoing) =>
    Effect.promise(async (): Promise<Publication> => {
      const expectation =
        expected === undefined
          ? {}
          : { lastSubjectSequence: expected.lastSequence, lastSubjectSequenceSubject: expected.filter };
      const { seq, duplicate } = await jetstream(connection).publish(subject, payload, {
        msgID: msgId,
        expect: expectation,
      });
      return { stored: true, sequence: seq, duplicate };
    });
}

/** What one user may publish besides its own, and what has to be found out then. */
const widened: readonly (readonly [ServiceName, string, RegExp])[] = [
  ["dev-e", "evt.>", /dev-e stored evt\..+, which its row does not publish/],
  ["dispatcher", "$JS.ACK.>", /the consumer \S+ moved|WORK lost message/],
  ["status", "$JS.API.STREAM.PURGE.*", /lost message|moved/],
  ["merge-gate", "text.>", /TEXT has a message on text/],
  ["scheduler", "$KV.LEASE.>", /KV_LEASE (has a|lost) message/],
  ["webhook", "redo.>", /REDO has a message/],
  ["meter", "$JS.API.CONSUMER.>", /the settings of|the consumer \S+ moved/],
];

describe("with permissions that are too wide, and leases that a rollup deletes", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({
      users: busUsers.map(widen),
      streams: streams.map(({ why, config }) =>
        config.name.startsWith("KV_") ? { why, config: { ...config, allow_rollup_hdrs: true } } : { why, config },
      ),
    });
  });
  afterAll(() => stage.stop());

  test.each(widened)("the key of %s with the right to publish %s is found out", async (attacker, _, breach) => {
    await expect(fight(stage, attacker, { seed, runs })).rejects.toThrow(breach);
  });

  test("the key of review-e with the right to its own leases is found out, because a rollup deletes the others", async () => {
    // One header of many on one subject of many: six times as many attempts, of which the first that deletes ends the fight.
    await expect(fight(stage, "review-e", { seed, runs: 6 * runs })).rejects.toThrow(/KV_LEASE lost message/);
  });
});

function widen(user: BusUser): BusUser {
  const more = widened.flatMap(([name, subject]) => (name === user.name ? [subject] : []));
  return { ...user, permissions: { ...user.permissions, publish: [...user.permissions.publish, ...more] } };
}

describe("with one account for all", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage({ users: busUsers.map((user) => ({ ...user, account: hubAccount })) });
  });
  afterAll(() => stage.stop());

  test("an answer of the server on a subject of another service is found out", async () => {
    await expect(fight(stage, "status", { seed, runs })).rejects.toThrow(/lost message|has a message|stored|inbox/);
  });
});
