import { randomUUID } from "node:crypto";
import { jetstream } from "@nats-io/jetstream";
import { Effect, Result } from "effect";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RowName } from "#contracts/choreography.ts";
import { type DraftOf, encodeFact, type Fact } from "#contracts/envelope.ts";
import { foldIssue } from "#contracts/issue-life.ts";
import { aggregateFilter, factSubject } from "#contracts/subjects.ts";
import { approvalOf, draftOf, factOf, issueOf } from "#contracts/test-facts.ts";
import { type Bus, wrongLastSequence } from "#kit/bus/bus.ts";
import { Retryable } from "#kit/errors.ts";
import { startWorld, type World, withBus } from "#kit/test/test-world.ts";
import { append, load, publishFacts } from "./aggregate.ts";
import { rootSpan, stepId } from "./stamp.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

const issue = (number: number) => issueOf(number, "next.js");
const on = <Draft extends DraftOf<"issue">>(draft: Draft, number: number): Draft => ({ ...draft, on: issue(number) });
const reason = (number: number, text: string) =>
  on(draftOf("ISSUE_NEEDS_HUMAN", number, { reason: text, details: null }), number);
const keyOf = (id: string, service: RowName = "dispatcher") => ({
  service,
  cause: { id, correlationId: "c", traceparent: rootSpan() },
  step: "step",
});
const dispatched = (number: number) => [
  on(draftOf("ISSUE_APPROVED", number, approvalOf()), number),
  on(
    draftOf("ISSUE_QUEUED", number, { attempt: 1, task: "implement", reason: "", prNumber: null, headSha: null }),
    number,
  ),
];
const typesOf = (facts: readonly Fact[]) => facts.map(({ type }) => type);

test("of eight racers for an issue exactly one is assigned, five issues at once", async () => {
  const issues = [1, 2, 3, 4, 5];
  for (const number of issues) {
    await world.as(
      "dispatcher",
      append(keyOf(`dispatch-${number}`), issue(number), () => ({ facts: dispatched(number) })),
    );
  }
  const race = (number: number, claimId: string) =>
    append(keyOf(claimId, "dev-e"), issue(number), (history) => {
      const life = foldIssue(history);
      if (life.holder !== null) return { facts: [] };
      const holder = { claimId, epoch: life.epoch + 1, agentId: "dev-e", instanceId: claimId, attempt: 1 };
      return { facts: [on(draftOf("ISSUE_ASSIGNED", number, holder), number)] };
    });
  const racers = issues.flatMap((number) =>
    [0, 1, 2, 3, 4, 5, 6, 7].map((racer) => race(number, `${number}-${racer}`)),
  );
  const ends = await world.as("dev-e", Effect.all(racers, { concurrency: "unbounded" }));
  const winners = ends.filter(({ facts }) => facts.length > 0);
  expect(winners.map(({ facts }) => facts[0]?.on.number).sort()).toEqual(issues);
  for (const number of issues) {
    const history = await world.history(issue(number));
    expect(typesOf(history)).toEqual(["ISSUE_APPROVED", "ISSUE_QUEUED", "ISSUE_ASSIGNED"]);
    const won = winners.find(({ facts }) => facts[0]?.on.number === number);
    expect(won?.facts.map(({ data }) => data)).toEqual([foldIssue(history).holder]);
  }
});

test("facts that belong together are appended all or none", async () => {
  const racers = [1, 2, 3, 4].map((racer) =>
    append(keyOf(`batch-${racer}`), issue(10), (history) => ({ facts: history.length > 0 ? [] : dispatched(10) })),
  );
  const ends = await world.as("dispatcher", Effect.all(racers, { concurrency: "unbounded" }));
  expect(ends.map(({ facts }) => facts.length).sort()).toEqual([0, 0, 0, 2]);
  const history = await world.history(issue(10));
  expect(typesOf(history)).toEqual(["ISSUE_APPROVED", "ISSUE_QUEUED"]);
  expect(new Set(history.map(({ causationId }) => causationId)).size).toBe(1);
});

test("a batch whose expectation is past is refused whole, with the server's code", async () => {
  const payload = new TextEncoder().encode("{}");
  const bus = await world.busOf("dispatcher");
  const filter = aggregateFilter(issue(10));
  const before = (await Effect.runPromise(bus.read("EVENTS", filter))).length;
  const batch = ["a", "b"].map((msgId) => ({
    subject: factSubject(issue(10), "ISSUE_DONE", "dispatcher"),
    payload,
    msgId,
  }));
  const [first, second] = batch;
  if (first === undefined || second === undefined) throw new Error("no batch");
  const late = bus.publishAtomic([{ ...first, expect: { filter, lastSequence: 0 } }, second]);
  expect(await Effect.runPromise(late)).toMatchObject({ stored: false, code: wrongLastSequence });
  expect(await Effect.runPromise(bus.read("EVENTS", filter))).toHaveLength(before);
});

describe("the same cause and step", () => {
  test("stores its facts once, however often they are appended", async () => {
    const once = append(keyOf("again"), issue(20), () => ({ facts: [reason(20, "once")] }));
    const first = await world.as("dispatcher", once);
    const again = await world.as("dispatcher", once);
    expect(again.facts.map(({ id }) => id)).toEqual(first.facts.map(({ id }) => id));
    expect(await world.history(issue(20))).toHaveLength(1);
  });

  test("stores its facts once when it runs eight times at once", async () => {
    const same = Array.from({ length: 8 }, () =>
      append(keyOf("at once"), issue(21), () => ({ facts: [reason(21, "once")] })),
    );
    const ends = await world.as("dispatcher", Effect.all(same, { concurrency: "unbounded" }));
    expect(new Set(ends.flatMap(({ facts }) => facts.map(({ id }) => id))).size).toBe(1);
    expect(ends.every(({ facts }) => facts.length === 1)).toBe(true);
    expect(await world.history(issue(21))).toHaveLength(1);
  });

  test("is recognised by the history, not by the server's memory of message ids", async () => {
    const once = append(keyOf("long ago"), issue(22), (history) => ({ facts: dispatched(22), seen: history.length }));
    await world.as("dispatcher", once);
    await world.publish("dispatcher", reason(22, "later"));
    const silent = { publish: () => Effect.die("published"), publishAtomic: () => Effect.die("published") };
    const again = await world.as("dispatcher", withBus(silent, once));
    // The decision used the history before the facts of this key, although another fact was appended since.
    expect(again.decision.seen).toBe(0);
    expect(typesOf(again.facts)).toEqual(["ISSUE_APPROVED", "ISSUE_QUEUED"]);
  });

  test("stores its facts once although the answer to the first append was lost", async () => {
    const bus = await world.busOf("dispatcher");
    const deaf: Bus["Service"]["publish"] = (message) =>
      Effect.andThen(bus.publish(message), Effect.fail(new Retryable({ what: "the answer was lost" })));
    const end = await world.as(
      "dispatcher",
      withBus(
        { publish: deaf },
        append(keyOf("lost"), issue(23), () => ({ facts: [reason(23, "x")] })),
      ),
    );
    expect(end.facts).toHaveLength(1);
    expect(await world.history(issue(23))).toHaveLength(1);
  });
});

test("another step of the same cause appends its own facts", async () => {
  const cause = keyOf("two steps");
  await world.as(
    "dispatcher",
    append(cause, issue(24), () => ({ facts: [reason(24, "one")] })),
  );
  await world.as(
    "dispatcher",
    append({ ...cause, step: "other" }, issue(24), () => ({ facts: [reason(24, "two")] })),
  );
  expect(await world.history(issue(24))).toHaveLength(2);
});

test("decides again after a rival appended between the read and the append", async () => {
  const bus = await world.busOf("dispatcher");
  const seen: number[] = [];
  let rivals = 2;
  const interrupted: Bus["Service"]["publish"] = (message) => {
    if (rivals === 0) return bus.publish(message);
    const words = `rival ${rivals}`;
    rivals -= 1;
    return Effect.andThen(
      Effect.promise(() => world.publish("dispatcher", reason(30, words))),
      bus.publish(message),
    );
  };
  const end = await world.as(
    "dispatcher",
    withBus(
      { publish: interrupted },
      append(keyOf("patient"), issue(30), (history) => {
        seen.push(history.length);
        return { facts: [reason(30, `after ${history.length}`)], seen: history.length };
      }),
    ),
  );
  expect(seen).toEqual([0, 1, 2]);
  const reasons = (await world.history(issue(30))).map((fact) => (fact as Fact<"ISSUE_NEEDS_HUMAN">).data.reason);
  expect(reasons).toEqual(["rival 2", "rival 1", "after 2"]);
  expect(end.decision.seen).toBe(2);
});

test("appends nothing when nothing is decided", async () => {
  const end = await world.as(
    "dispatcher",
    append(keyOf("nothing"), issue(31), () => ({ facts: [] })),
  );
  expect(end).toEqual({ facts: [], decision: { facts: [] } });
});

/** Stores bytes on the subject of a fact about issue `number`, with the key of the service that may publish there. */
async function plant(
  number: number,
  type: "ISSUE_DONE" | "RUN_FAILED",
  payload: Uint8Array,
  msgID: string = randomUUID(),
) {
  const service = type === "RUN_FAILED" ? "dev-e" : "dispatcher";
  const subject = factSubject(issue(number), type, service);
  const { seq: sequence } = await jetstream(await world.bus.connectAs(service)).publish(subject, payload, { msgID });
  return { subject, sequence };
}
const decideOn = (number: number, why: string) =>
  append(keyOf(why), issue(number), () => ({ facts: [reason(number, why)] }));

test.each([
  [40, "garbage", new TextEncoder().encode("garbage")],
  [41, "an acknowledgement of the server", new TextEncoder().encode('{"stream":"EVENTS","seq":3}')],
  [42, "a fact of another service", encodeFact(factOf("MERGED", { prNumber: 1, mergeSha: "m" }, { actor: "dev-e" }))],
])("issue %i: %s in its history is skipped, and the issue goes on", async (number, _, payload) => {
  await plant(number, "RUN_FAILED", payload);
  await world.as("dispatcher", decideOn(number, `${number} is not blocked`));
  expect((await world.history(issue(number))).map(({ type }) => type)).toEqual(["ISSUE_NEEDS_HUMAN"]);
});

test("nothing is decided on a history with a fact of a later version: it waits for an update", async () => {
  const done = factOf("ISSUE_DONE", { prNumber: 1, mergeSha: "m", durationMinutes: 1 });
  const wire = JSON.parse(new TextDecoder().decode(encodeFact({ ...done, on: issue(43) })));
  const { subject, sequence } = await plant(
    43,
    "ISSUE_DONE",
    new TextEncoder().encode(JSON.stringify({ ...wire, dataversion: 9 })),
  );
  const end = await world.as("dispatcher", Effect.result(decideOn(43, "blind")));
  if (Result.isSuccess(end)) throw new Error("was not refused");
  expect(end.failure).toMatchObject({ _tag: "NeedsUpdate" });
  expect(end.failure.message).toContain(`message ${sequence} on ${subject}: ISSUE_DONE has version 9`);
});

test("whoever guessed the id of a fact neither silences it nor passes for it", async () => {
  const key = keyOf("guessed");
  const id = `${stepId(key.service, key.cause, key.step)}/0`;
  const failure = { claimId: "c", attempt: 1, class: "internal", retryable: true, reason: "r", details: null } as const;
  const planted = factOf("RUN_FAILED", failure, { id, actor: "dev-e" });
  await plant(44, "RUN_FAILED", encodeFact({ ...planted, on: issue(44) }), id);
  await world.as("dispatcher", decideOn(44, "guessed"));
  expect((await world.history(issue(44))).map(({ type }) => type)).toEqual(["RUN_FAILED", "ISSUE_NEEDS_HUMAN"]);
});

test("a history is of one aggregate, oldest first", async () => {
  await world.publish("dispatcher", reason(5, "first"));
  await world.publish("dispatcher", reason(50, "second"));
  await world.publish("dispatcher", reason(50, "third"));
  const { facts, lastSequence } = await world.as("dispatcher", load(issue(50)));
  expect(facts.map((fact) => (fact as Fact<"ISSUE_NEEDS_HUMAN">).data.reason)).toEqual(["second", "third"]);
  const stored = await Effect.runPromise((await world.busOf("dispatcher")).read("EVENTS", aggregateFilter(issue(50))));
  expect(stored.map(({ sequence }) => sequence)).toEqual([lastSequence - 1, lastSequence]);
});

test("token usage whose message id somebody else has used is published all the same", async () => {
  const usage = { requestId: "q", model: "m", inputTokens: 1, outputTokens: 2, cacheWrite5mTokens: 0 };
  const data = { ...usage, claimId: "a", cacheWrite1hTokens: 0, cacheReadTokens: 0, serverToolRequests: 0 };
  const key = keyOf("silenced", "dev-e");
  await plant(45, "RUN_FAILED", new Uint8Array(), `${stepId(key.service, key.cause, key.step)}/0`);
  const draft = draftOf("TOKEN_USAGE", 45, data);
  for (let times = 0; times < 2; times += 1) await world.as("dev-e", publishFacts(key, [draft]));
  expect(await world.history(draft.on)).toHaveLength(1);
});

test("token usage is published once per request, without a condition on the history", async () => {
  const usage = { requestId: "r", model: "m", inputTokens: 1, outputTokens: 2, cacheWrite5mTokens: 0 };
  const data = { ...usage, claimId: "a", cacheWrite1hTokens: 0, cacheReadTokens: 0, serverToolRequests: 0 };
  const draft = draftOf("TOKEN_USAGE", 60, data);
  for (let times = 0; times < 2; times += 1) await world.as("dev-e", publishFacts(keyOf("request", "dev-e"), [draft]));
  expect(await world.history(draft.on)).toHaveLength(1);
});
