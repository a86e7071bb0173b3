import { Cause, Deferred, Effect, Exit } from "effect";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Consumes, Enqueues } from "#contracts/choreography.ts";
import type { Fact } from "#contracts/envelope.ts";
import { factSubject, replayFilter } from "#contracts/subjects.ts";
import { approvalOf, draftOf, issueOf, labelOf, workItem } from "#contracts/test-facts.ts";
import { deliveriesMax } from "#contracts/waits.ts";
import type { WorkItem } from "#contracts/work.ts";
import type { HandlingError } from "#kit/bus/answer-message.ts";
import type { Bus } from "#kit/bus/bus.ts";
import { Poison, Retryable } from "#kit/errors.ts";
import { stepId } from "#kit/facts/stamp.ts";
import { eventually, type Running, startWorld, type World, withBus } from "#kit/test/test-world.ts";
import { type Answer, consumeFacts } from "./consume.ts";

type Answers = readonly Answer<"dispatcher", "issue">[];
type Handler = (fact: Fact<"ISSUE_LABELED">) => Effect.Effect<Answers, HandlingError, Bus>;

let world: World;
let consuming: Running<unknown> | undefined;
beforeAll(async () => {
  world = await startWorld({ ackWaitMs: 1_000 });
});
afterEach(() => consuming?.stop());
afterAll(() => world.stop());

/** Runs a dispatcher that answers labels with this handler and every other fact with nothing. */
function consume(onLabeled: Handler, replaced: Partial<Bus["Service"]> = {}): Running<unknown> {
  const handle = (fact: Consumes<"dispatcher">) =>
    fact.type === "ISSUE_LABELED" ? onLabeled(fact) : Effect.succeed([]);
  consuming = world.start("dispatcher", withBus(replaced, consumeFacts("dispatcher", handle)));
  return consuming;
}

const label = labelOf();
const publishLabeled = (number: number) => world.publish("webhook", draftOf("ISSUE_LABELED", number, label));

/** Approves and queues a labelled issue and enqueues its work, as the dispatcher does. */
const approve: Handler = ({ on }) =>
  Effect.succeed([
    {
      on,
      decide: (history) => {
        if (history.some(({ type }) => type === "ISSUE_APPROVED")) return { facts: [], work: [] };
        const item: Enqueues<"dispatcher"> = workItem({ number: on.number });
        return { facts: [draftOf("ISSUE_APPROVED", on.number, approvalOf())], work: [item] };
      },
    },
  ]);

const typesOf = async (number: number) => (await world.history(issueOf(number))).map(({ type }) => type);
/** The item that stands on the queue for the issue. */
async function outstanding(number: number) {
  const subject = `work.dev.node.normal.acme.widgets.${number}`;
  return (await world.manager.streams.getMessage("WORK", { last_by_subj: subject }))?.json<WorkItem>();
}
/** What identifies the item that follows from the label of the issue. */
async function itemOfLabel(number: number) {
  const [label] = await world.history(issueOf(number));
  if (label === undefined) throw new Error(`issue ${number} has no label`);
  return { id: `${stepId("dispatcher", label, "work")}/0`, causationId: label.id, number, attempt: 1 };
}

const allAcked = () => world.consumed("dispatcher");

const lastDeadLetter = () =>
  eventually(async () => {
    const letter = await world.manager.streams.getMessage("DLQ", { last_by_subj: "dlq.EVENTS.dispatcher" });
    if (letter === null) throw new Error("no dead letter yet");
    return letter;
  });

test("a fact is handled, its facts are appended and its work enqueued, then it is acked", async () => {
  consume(approve);
  await publishLabeled(1);
  await allAcked();
  expect(await typesOf(1)).toEqual(["ISSUE_LABELED", "ISSUE_APPROVED"]);
  expect(await outstanding(1)).toMatchObject(await itemOfLabel(1));
});

test("acks only after its facts and its work are stored", async () => {
  const bus = await world.busOf("dispatcher");
  const gate = Effect.runSync(Deferred.make<void>());
  const arrived: string[] = [];
  consume(approve, {
    publish: (message) => {
      arrived.push(message.subject);
      return Effect.andThen(Deferred.await(gate), bus.publish(message));
    },
  });
  await publishLabeled(2);
  await eventually(() => expect(arrived).toEqual([factSubject(issueOf(2), "ISSUE_APPROVED", "dispatcher")]));
  expect((await world.consumer("EVENTS", "dispatcher")).num_ack_pending).toBe(1);
  await Effect.runPromise(Deferred.succeed(gate, undefined));
  await allAcked();
  expect(arrived.at(-1)).toBe("work.dev.node.normal.acme.widgets.2");
});

test("a redelivered fact appends nothing twice and enqueues the work that was not enqueued before", async () => {
  const bus = await world.busOf("dispatcher");
  const attempts: string[] = [];
  consume(approve, {
    publish: (message) => {
      attempts.push(message.subject.split(".")[0] ?? "");
      const works = attempts.filter((subject) => subject === "work").length;
      const broken = message.subject.startsWith("work.") && works === 1;
      return broken ? Effect.fail(new Retryable({ what: "enqueue work", delayMs: 10 })) : bus.publish(message);
    },
  });
  await publishLabeled(3);
  await eventually(async () => expect(await outstanding(3)).toMatchObject(await itemOfLabel(3)));
  await allAcked();
  expect(await typesOf(3)).toEqual(["ISSUE_LABELED", "ISSUE_APPROVED"]);
  expect(attempts).toEqual(["evt", "work", "work"]);
});

test("work whose answer was lost is not enqueued twice", async () => {
  const bus = await world.busOf("dispatcher");
  let losses = 0;
  consume(approve, {
    publish: (message) => {
      if (!message.subject.startsWith("work.") || losses > 0) return bus.publish(message);
      losses += 1;
      return Effect.andThen(bus.publish(message), Effect.fail(new Retryable({ what: "lost", delayMs: 10 })));
    },
  });
  await publishLabeled(4);
  await allAcked();
  const { state } = await world.manager.streams.info("WORK", {
    subjects_filter: "work.dev.node.normal.acme.widgets.4",
  });
  expect(state.subjects).toEqual({ "work.dev.node.normal.acme.widgets.4": 1 });
  expect(losses).toBe(1);
});

test("a message that failed with a retryable error is redelivered after its delay", async () => {
  let deliveries = 0;
  consume((fact) => {
    deliveries += 1;
    return deliveries < 3 ? Effect.fail(new Retryable({ what: "GitHub is away", delayMs: 20 })) : approve(fact);
  });
  await publishLabeled(5);
  await eventually(async () => expect(await typesOf(5)).toEqual(["ISSUE_LABELED", "ISSUE_APPROVED"]));
  await allAcked();
  expect(deliveries).toBe(3);
});

test("poison is kept as a dead letter with its reason, and not delivered again", async () => {
  const handled: number[] = [];
  consume(({ on }) => {
    handled.push(on.number);
    return on.number === 6 ? Effect.fail(new Poison({ what: "too old\nto read" })) : Effect.succeed([]);
  });
  await publishLabeled(6);
  const letter = await lastDeadLetter();
  expect(letter.header.get("Rig-Reason")).toBe("too old to read. The message is kept on the stream DLQ.");
  expect(letter.header.get("Rig-Subject")).toBe(factSubject(issueOf(6), "ISSUE_LABELED", "webhook"));
  expect(letter.header.get("Rig-Id")).toMatch(/^EVENTS\/dispatcher\/\d+$/);
  const [fact] = await world.history(issueOf(6));
  expect(letter.json()).toMatchObject({ id: fact?.id, data: label });
  await publishLabeled(7);
  await allAcked();
  expect(handled).toEqual([6, 7]);
});

test("a fact that fails at its last delivery is a dead letter", async () => {
  let deliveries = 0;
  consume(() => {
    deliveries += 1;
    return Effect.fail(new Retryable({ what: `failure ${deliveries}`, delayMs: 1 }));
  });
  await publishLabeled(8);
  await eventually(async () => {
    const letter = await lastDeadLetter();
    expect(letter.header.get("Rig-Reason")).toContain(`failure ${deliveriesMax}. `);
  }, 10_000);
  await allAcked();
  expect(deliveries).toBe(deliveriesMax);
});

test("a defect ends the program, and the fact is redelivered to the next one", async () => {
  const crashing = consume(() => Effect.die(new Error("a bug of ours")));
  await publishLabeled(20);
  const end = await crashing.ended;
  expect(Exit.isFailure(end) && Cause.hasDies(end.cause)).toBe(true);
  expect((await world.consumer("EVENTS", "dispatcher")).num_ack_pending).toBe(1);
  consume(approve);
  await eventually(async () => expect(await typesOf(20)).toEqual(["ISSUE_LABELED", "ISSUE_APPROVED"]));
  await allAcked();
});

test("facts that were stored while no consumer ran are handled in their order", async () => {
  for (const number of [31, 32, 33]) await publishLabeled(number);
  const consumed: number[] = [];
  consume(({ on }) => {
    consumed.push(on.number);
    return Effect.succeed([]);
  });
  await allAcked();
  expect(consumed).toEqual([31, 32, 33]);
});

test("facts of one issue are handled in their order, while facts of others are handled", async () => {
  // A set, because on a slow machine the blocked message is redelivered after the short ack wait of this test.
  const begun = new Set<string>();
  const gate = Deferred.makeUnsafe<void>();
  consume(({ on, data }) =>
    Effect.gen(function* () {
      begun.add(`${on.number} ${data.title}`);
      if (data.title === "blocks") yield* Deferred.await(gate);
      return [];
    }),
  );
  const labeled = (number: number, title: string) =>
    world.publish("webhook", draftOf("ISSUE_LABELED", number, { ...label, title }));
  await labeled(34, "blocks");
  await labeled(34, "waits");
  await labeled(35, "goes on");
  await eventually(() => expect([...begun]).toEqual(["34 blocks", "35 goes on"]));
  await Effect.runPromise(Deferred.succeed(gate, undefined));
  await allAcked();
  expect([...begun]).toEqual(["34 blocks", "35 goes on", "34 waits"]);
});

test("the messages in hand of a stopped consumer are redelivered to the next one at once", async () => {
  const stopping = consume(() => Effect.never);
  for (const number of [36, 37]) await publishLabeled(number);
  await eventually(async () => expect((await world.consumer("EVENTS", "dispatcher")).num_ack_pending).toBe(2));
  await stopping.stop();
  const handled: number[] = [];
  consume(({ on }) => {
    handled.push(on.number);
    return Effect.succeed([]);
  });
  // Less than this test's ack wait, after which they would be redelivered anyway.
  await eventually(() => expect(handled).toEqual(expect.arrayContaining([36, 37])), 800);
  await allAcked();
});

test("a fact that a person replays is handled by its consumer as the first time", async () => {
  let handled = 0;
  consume((fact) => {
    handled += 1;
    return handled === 1 ? Effect.fail(new Poison({ what: "the rig was too old" })) : approve(fact);
  });
  await publishLabeled(40);
  const letter = await eventually(async () => {
    const found = await lastDeadLetter();
    expect(found.header.get("Rig-Subject")).toBe(factSubject(issueOf(40), "ISSUE_LABELED", "webhook"));
    return found;
  });
  const operator = await world.bus.connectAs("operator");
  operator.publish(replayFilter("EVENTS", "dispatcher"), letter.data);
  await eventually(async () => expect(await typesOf(40)).toEqual(["ISSUE_LABELED", "ISSUE_APPROVED"]));
});

test("a consumer that stops takes back its pull, so that no message goes to nobody", async () => {
  const idle = consume(approve);
  await publishLabeled(50);
  await allAcked();
  const pulls = async () => (await world.consumer("EVENTS", "dispatcher")).num_waiting;
  await eventually(async () => expect(await pulls()).toBe(1));
  await idle.stop();
  // Well before the end of the pull, which is 5 s after its begin.
  await eventually(async () => expect(await pulls()).toBe(0), 800);
});
