import { Deferred, Effect, Result } from "effect";
import { headers } from "nats";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { issueClaims } from "#contracts/claims.ts";
import { workSubject } from "#contracts/subjects.ts";
import { approvalOf, draftOf, issueOf, plainSettings, workItem } from "#contracts/test-facts.ts";
import type { DevItem } from "#contracts/work.ts";
import { Retryable } from "#kit/errors.ts";
import { eventually, type Running, startWorld, type World } from "#kit/test/test-world.ts";
import { claimWork } from "./claim.ts";
import { openLeases } from "./lease.ts";
import { type Run, succeed } from "./test-claiming.ts";

let world: World;
let agents: Running<unknown>[] = [];
beforeAll(async () => {
  world = await startWorld({ ackWaitMs: 1_000 });
});
afterEach(async () => {
  await Promise.all(agents.map((agent) => agent.stop()));
  agents = [];
});
afterAll(() => world.stop());

function agent(run: Run): Running<unknown> {
  const started = world.start("dev-e", claimWork("dev-e", issueClaims, run));
  agents.push(started);
  return started;
}

/** Queues an attempt of an issue and enqueues its item, as the dispatcher does. */
async function dispatch(number: number, more: Partial<DevItem> = {}, settings = plainSettings): Promise<void> {
  const item = workItem({ number, ...more });
  const queued = { attempt: item.attempt, task: "implement", reason: "", prNumber: null, headSha: null } as const;
  await world.publish(
    "dispatcher",
    draftOf("ISSUE_APPROVED", number, approvalOf({ priority: item.priority, ...settings })),
    draftOf("ISSUE_QUEUED", number, queued),
  );
  await world.enqueue(item);
}

/** Appends the claim of a holder that runs nowhere. */
function ghostClaims(number: number, epoch: number): Promise<void> {
  const claim = { claimId: `ghost-${epoch}`, epoch, agentId: "dev-e", instanceId: "gone", attempt: 1 };
  return world.publish("dev-e", draftOf("ISSUE_ASSIGNED", number, claim));
}

const claimsOf = async (number: number) =>
  (await world.history(issueOf(number))).flatMap((fact) => (fact.type === "ISSUE_ASSIGNED" ? [fact.data] : []));
const runTypes = async (number: number) => (await world.history(issueOf(number))).map(({ type }) => type).slice(2);
/** The item that stands on the queue for the issue. */
async function itemOf(number: number) {
  const stored = await world.manager.streams.getMessage("WORK", { last_by_subj: workSubject(workItem({ number })) });
  return stored?.json<DevItem>();
}
const isGone = (number: number) =>
  eventually(async () => {
    const subject = `work.dev.node.*.acme.widgets.${number}`;
    expect((await world.manager.streams.info("WORK", { subjects_filter: subject })).state.subjects ?? {}).toEqual({});
  }, 8_000);

test("of two agents one claims an item and does its work, and the item is acked", async () => {
  let runs = 0;
  const run: Run = (held) => {
    runs += 1;
    return succeed(held);
  };
  agent(run);
  agent(run);
  await dispatch(1);
  await isGone(1);
  expect(await runTypes(1)).toEqual(["ISSUE_ASSIGNED", "RUN_SUCCEEDED"]);
  expect(await claimsOf(1)).toMatchObject([{ epoch: 1, agentId: "dev-e", attempt: 1 }]);
  expect(runs).toBe(1);
});

test("an idle agent claims an item within a second after it is enqueued", async () => {
  agent(succeed);
  await dispatch(2);
  await isGone(2);
  const { connection } = await world.busOf("dev-e");
  // The agent is idle when 20 checks in a row see no message sent: it pulls at most five times before it waits.
  let [sent, still] = [-1, 0];
  await eventually(() => {
    still = sent === connection.stats().outMsgs ? still + 1 : 0;
    sent = connection.stats().outMsgs;
    expect(still).toBeGreaterThan(20);
  });
  const putMs = performance.now();
  await dispatch(3);
  await eventually(async () => expect(await claimsOf(3)).toHaveLength(1));
  expect(performance.now() - putMs).toBeLessThan(1_000);
  await isGone(3);
});

test("a high item is claimed before a normal one that was enqueued first, and that before a low one", async () => {
  await dispatch(4, { priority: "low" });
  await dispatch(5, { priority: "normal" });
  await dispatch(6, { priority: "high" });
  const order: number[] = [];
  agent((held) => {
    order.push(held.item.number);
    return succeed(held);
  });
  await Promise.all([4, 5, 6].map(isGone));
  expect(order).toEqual([6, 5, 4]);
});

describe("an item whose work is over is acked without a run", () => {
  test("because a later attempt was dispatched", async () => {
    await dispatch(7);
    const queued = { attempt: 2, task: "implement", reason: "", prNumber: null, headSha: null } as const;
    await world.publish("dispatcher", draftOf("ISSUE_QUEUED", 7, queued));
    agent(succeed);
    await isGone(7);
    expect(await claimsOf(7)).toEqual([]);
  });

  test("because the issue is settled", async () => {
    await dispatch(8);
    await world.publish("dispatcher", draftOf("ISSUE_CANCELLED", 8, { reason: "closed" }));
    agent(succeed);
    await isGone(8);
    expect(await claimsOf(8)).toEqual([]);
  });
});

describe("a holder", () => {
  test("whose lease lives keeps the claim: another agent naks the item", async () => {
    await dispatch(10);
    await ghostClaims(10, 1);
    await world.as(
      "dev-e",
      Effect.flatMap(openLeases(), (leases) => leases.renew(issueOf(10), "ghost-1")),
    );
    agent(succeed);
    // An agent handles one item after the other: when the later one is gone, the earlier one was pulled.
    await dispatch(9);
    await isGone(9);
    expect(await claimsOf(10)).toMatchObject([{ claimId: "ghost-1" }]);
    expect(await itemOf(10)).toEqual(workItem({ number: 10 }));
    await world.publish("dispatcher", draftOf("ISSUE_CANCELLED", 10, { reason: "over" }));
  });

  test("that never renewed its lease is followed by the next epoch", async () => {
    await dispatch(11);
    await ghostClaims(11, 1);
    agent(succeed);
    await isGone(11);
    expect(await claimsOf(11)).toMatchObject([
      { epoch: 1, instanceId: "gone" },
      { epoch: 2, instanceId: expect.not.stringMatching("gone") },
    ]);
  });

  test("that is stopped during its work releases its claim, and the next epoch claims the item at once", async () => {
    const begun = Effect.runSync(Deferred.make<void>());
    const stopped = agent(() => Effect.andThen(Deferred.succeed(begun, undefined), Effect.never));
    await dispatch(12);
    await Effect.runPromise(Deferred.await(begun));
    await stopped.stop();
    agent(succeed);
    await isGone(12);
    expect((await claimsOf(12)).map(({ epoch }) => epoch)).toEqual([1, 2]);
    const types = ["ISSUE_ASSIGNED", "ISSUE_UNASSIGNED", "ISSUE_ASSIGNED", "RUN_SUCCEEDED"];
    expect(await runTypes(12)).toEqual(types);
  });

  test("appends nothing once a newer claim exists, and leaves the item to that claim", async () => {
    const ends: string[] = [];
    agent((held) =>
      Effect.gen(function* () {
        if (held.item.number !== 13) return yield* succeed(held);
        yield* held.check();
        yield* Effect.promise(() => ghostClaims(13, held.claim.epoch + 1));
        const [said, checked] = [yield* Effect.result(succeed(held)), yield* Effect.result(held.check())];
        for (const end of [said, checked]) ends.push(Result.isFailure(end) ? end.failure._tag : "went on");
        return yield* Effect.fromResult(said);
      }),
    );
    await dispatch(13);
    await eventually(() => expect(ends).toEqual(["ClaimLost", "ClaimLost"]));
    await dispatch(15);
    await isGone(15);
    expect(await runTypes(13)).toEqual(["ISSUE_ASSIGNED", "ISSUE_ASSIGNED"]);
    // The new holder may die: then only a redelivery of the item starts the next claim.
    expect(await itemOf(13)).toEqual(workItem({ number: 13 }));
    await world.publish("dispatcher", draftOf("ISSUE_CANCELLED", 13, { reason: "over" }));
  });

  test("whose issue was settled meanwhile stops, and its item is acked", async () => {
    agent((held) =>
      Effect.andThen(
        Effect.promise(() => world.publish("dispatcher", draftOf("ISSUE_CANCELLED", 14, { reason: "closed" }))),
        succeed(held),
      ),
    );
    await dispatch(14);
    await isGone(14);
    expect(await runTypes(14)).toEqual(["ISSUE_ASSIGNED", "ISSUE_CANCELLED"]);
  });
});

test.each([
  ["three claims without a result", 20, 3],
  ["one claim without a result, where the approval allows no more,", 23, 1],
])("after %s the attempt has crashed, and its item is acked", async (_, number, claimsPerAttemptMax) => {
  await dispatch(number, {}, { ...plainSettings, limits: { ...plainSettings.limits, claimsPerAttemptMax } });
  for (let epoch = 1; epoch <= claimsPerAttemptMax; epoch += 1) await ghostClaims(number, epoch);
  agent(() => Effect.die("was run"));
  await isGone(number);
  const end = (await world.history(issueOf(number))).at(-1);
  const data = { claimId: `ghost-${claimsPerAttemptMax}`, class: "crashed", attempt: 1 };
  expect(end).toMatchObject({ type: "RUN_FAILED", data });
});

test("after a fault outside the claim is released and the item is redelivered", async () => {
  let runs = 0;
  agent((held) => {
    runs += 1;
    return runs === 1 ? Effect.fail(new Retryable({ what: "GitHub is away", delayMs: 1 })) : succeed(held);
  });
  await dispatch(21);
  await isGone(21);
  expect(await runTypes(21)).toEqual(["ISSUE_ASSIGNED", "ISSUE_UNASSIGNED", "ISSUE_ASSIGNED", "RUN_SUCCEEDED"]);
  const given = (await world.history(issueOf(21))).find(({ type }) => type === "ISSUE_UNASSIGNED");
  expect(given).toMatchObject({ agentId: "dev-e", data: { reason: "GitHub is away" } });
});

/** What the dispatcher's key can enqueue that is no work item, with what stands in the place of its headers. */
const noItems = [
  ["{}", "NATS/1.0\r\n\r\n"],
  ["", "NATS/1.0\r\n\r\n"],
  ["", "NATS/1.0 404\r\n\r\n"],
  ["", "NATS/1.0 503\r\n\r\n"],
  ["", "NATS/1.0\r\nbad key: x\r\n\r\n"],
  ["", "NATS/1.0\r\nA: x\rB: y\r\n\r\n"],
  ["", "NATS/1.0\r\nA: aa"],
] as const;

test("what is no work item becomes a dead letter, whatever its headers are, and the agent continues", async () => {
  const dispatcher = await world.bus.connectAs("dispatcher");
  for (const [at, [payload, block]] of noItems.entries()) {
    // The client writes what `encode` returns.
    const written = Object.assign(headers(), { encode: () => new TextEncoder().encode(block) });
    const subject = workSubject(workItem({ number: 30 + at, priority: "high" }));
    const stored = await dispatcher.request(subject, payload, { headers: written, timeout: 5_000 });
    expect(stored.json()).toMatchObject({ stream: "WORK" });
  }
  agent(succeed);
  await dispatch(40);
  await isGone(40);
  expect(await runTypes(40)).toEqual(["ISSUE_ASSIGNED", "RUN_SUCCEEDED"]);
  const kept = { subjects_filter: "dlq.WORK.dev-e-dev-node-high" };
  const { state } = await world.manager.streams.info("DLQ", kept);
  expect(state.subjects).toEqual({ "dlq.WORK.dev-e-dev-node-high": noItems.length });
  const first = await world.manager.streams.getMessage("DLQ", { seq: 1 });
  expect(first?.header.get("Rig-Reason")).toMatch(/^not a work item: /);
});
