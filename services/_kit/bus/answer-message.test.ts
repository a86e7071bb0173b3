import { Effect, Logger } from "effect";
import { TestClock } from "effect/testing";
import { describe, expect, test } from "vitest";
import { deliveriesMax, updateDeliveriesMax, updateRetryMs } from "#contracts/waits.ts";
import { NeedsUpdate, Poison, Retryable } from "#kit/errors.ts";
import { answerMessage, type HandlingError } from "./answer-message.ts";
import { Bus } from "./bus.ts";
import type { BusMessage } from "./bus-message.ts";
import type { Outgoing } from "./protocol.ts";
import { memoryBus } from "./test-memory-bus.ts";
import { makeUpdateWaits } from "./update-waits.ts";

// How long a message that fails holds its place of the consumer. The bus is in memory, and the clock is played.

const tooNew = new NeedsUpdate({ what: "it has version 9: update the rig" });

/** Runs with one consumer: `fail` delivers the message with that sequence, whose handling fails, and returns the answer to it. */
function story<A>(
  tell: (consumer: {
    readonly fail: (sequence: number, deliveryCount: number, error: HandlingError) => Effect.Effect<string, never, Bus>;
    readonly letters: readonly Outgoing[];
  }) => Effect.Effect<A, never, Bus>,
): Promise<A> {
  const letters: Outgoing[] = [];
  const program = Effect.gen(function* () {
    const bus = yield* Bus;
    const publish = (message: Outgoing) => {
      letters.push(message);
      return bus.publish(message);
    };
    // Not a copy: the bus in memory has getters that throw.
    const noted: Bus["Service"] = Object.create(bus, { publish: { value: publish } });
    const waits = makeUpdateWaits();
    const fail = (sequence: number, deliveryCount: number, error: HandlingError) =>
      Effect.suspend(() => {
        const answers: string[] = [];
        const message = played({ sequence, deliveryCount }, answers);
        return Effect.map(answerMessage(message, Effect.fail(error), waits), () => answers.join());
      });
    return yield* Effect.provideService(tell({ fail, letters }), Bus, noted);
  });
  return Effect.runPromise(Effect.provide(program, [memoryBus, TestClock.layer(), Logger.layer([])]));
}

function played(of: Pick<BusMessage, "sequence" | "deliveryCount">, answers: string[]): BusMessage {
  return {
    ...of,
    ...{ stream: "EVENTS", consumer: "dispatcher", subject: "evt.issue.acme.widgets.1.RUN_FAILED.dev-e" },
    ...{ payload: new TextEncoder().encode(`${of.sequence}`), headers: {} },
    ack: async () => void answers.push("ack"),
    nak: (delayMs) => void answers.push(`nak ${delayMs}`),
    term: () => void answers.push("term"),
    working: () => undefined,
  };
}

/** The first delivery of so many messages, all of which fail at once. */
const sequences = (count: number) => Array.from({ length: count }, (_, at) => at + 1);
const count = (answers: readonly string[], answer: string) => answers.filter((each) => each === answer).length;

describe("a message that waits for an update of the rig", () => {
  test("is retried until its last delivery, then it is a dead letter that says what to do", () =>
    story(({ fail, letters }) =>
      Effect.gen(function* () {
        const answers: string[] = [];
        for (let delivery = 1; delivery <= updateDeliveriesMax; delivery += 1) {
          answers.push(yield* fail(7, delivery, tooNew));
          yield* TestClock.adjust(updateRetryMs);
        }
        expect(answers).toEqual([...Array.from({ length: 9 }, () => "nak 20000"), "term"]);
        expect(letters.map(({ subject, headers }) => [subject, headers?.["Rig-Reason"]])).toEqual([
          ["dlq.EVENTS.dispatcher", expect.stringMatching(/update the rig\. Until then .* replay it after that\.$/)],
        ]);
      }),
    ));

  test("is one of 16 at most: of 300 the others are dead letters at once, and none is lost", () =>
    story(({ fail, letters }) =>
      Effect.gen(function* () {
        const answers = yield* Effect.forEach(sequences(300), (sequence) => fail(sequence, 1, tooNew));
        expect([count(answers, "nak 20000"), count(answers, "term")]).toEqual([16, 284]);
        expect(letters.map(({ payload }) => Number(new TextDecoder().decode(payload)))).toEqual(
          sequences(300).slice(16),
        );
      }),
    ));

  test("leaves its place to another one when its wait is over, whoever gets its next delivery", () =>
    story(({ fail }) =>
      Effect.gen(function* () {
        yield* Effect.forEach(sequences(16), (sequence) => fail(sequence, 1, tooNew));
        expect(yield* fail(17, 1, tooNew)).toBe("term");
        yield* TestClock.adjust(updateRetryMs);
        expect(yield* fail(18, 1, tooNew)).toBe("nak 20000");
      }),
    ));

  test("keeps its place when it is delivered again a little early", () =>
    story(({ fail }) =>
      Effect.gen(function* () {
        yield* Effect.forEach(sequences(16), (sequence) => fail(sequence, 1, tooNew));
        yield* TestClock.adjust(updateRetryMs - 1);
        expect(yield* fail(16, 2, tooNew)).toBe("nak 20000");
      }),
    ));
});

describe("a message that waits for something outside of the rig", () => {
  test("is retried after the wait that the other side named, beside however many others", () =>
    story(({ fail }) =>
      Effect.gen(function* () {
        const limited = new Retryable({ what: "rate limited", delayMs: 3_600_000 });
        const answers = yield* Effect.forEach(sequences(300), (sequence) => fail(sequence, 1, limited));
        expect(count(answers, "nak 3600000")).toBe(300);
      }),
    ));

  test("is retried after 1 s, 2 s, 4 s and at most 60 s, and at its last delivery it is a dead letter", () =>
    story(({ fail }) =>
      Effect.gen(function* () {
        const deliveries = [1, 2, 3, 7, deliveriesMax - 1, deliveriesMax];
        const away = new Retryable({ what: "GitHub is away" });
        const answers = yield* Effect.forEach(deliveries, (delivery) => fail(1, delivery, away));
        expect(answers).toEqual(["nak 1000", "nak 2000", "nak 4000", "nak 60000", "nak 60000", "term"]);
      }),
    ));
});

test("a message that can never be handled is a dead letter at its first delivery", () =>
  story(({ fail }) =>
    Effect.gen(function* () {
      expect(yield* fail(1, 1, new Poison({ what: "no fact" }))).toBe("term");
    }),
  ));
