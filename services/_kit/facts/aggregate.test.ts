import { Effect, Fiber, Logger } from "effect";
import { TestClock } from "effect/testing";
import { describe, expect, test } from "vitest";
import { catalogue } from "#contracts/catalogue.ts";
import { because } from "#contracts/reason.ts";
import { draftOf, issueOf } from "#contracts/test-facts.ts";
import { Bus } from "#kit/bus/bus.ts";
import type { Outgoing } from "#kit/bus/protocol.ts";
import { memoryBus } from "#kit/bus/test-memory-bus.ts";
import { append, type DecisionKey, load, outgoing } from "./aggregate.ts";
import { stampFacts } from "./stamp.ts";

// The rules of an append that need no server. What the server itself guarantees is tested in aggregate.int.test.ts.

const on = issueOf(1);
const cancelled = (reason: string) => draftOf("ISSUE_CANCELLED", 1, { reason });
const cause = { id: "cause", correlationId: "cause", traceparent: "" };
const key = { service: "dispatcher", cause, step: "step" } satisfies DecisionKey;

/** The reasons of the facts in a history. */
const reasons = (facts: readonly { readonly data: object }[]) =>
  facts.map(({ data }) => ("reason" in data ? data.reason : null));

function onBus<A>(program: Effect.Effect<A, unknown, Bus>): Promise<A> {
  return Effect.runPromise(Effect.provide(program, [memoryBus, TestClock.layer(), Logger.layer([])]));
}

const once = (reason: string, of: DecisionKey<"dispatcher"> = key) =>
  append(of, on, () => ({ facts: [cancelled(reason)] }));

/** Stores a fact without append, as another service or an earlier process does. */
const plant = (service: string, reason: string, by: typeof cause = { ...cause, id: reason }) =>
  Effect.gen(function* () {
    const bus = yield* Bus;
    for (const fact of stampFacts({ ...key, service, cause: by }, [cancelled(reason)], 0)) {
      // The id of the message is another one, as after the duplicate window.
      yield* bus.publish({ ...outgoing(fact), msgId: `planted ${reason}` });
    }
  });

describe("an append that is repeated", () => {
  test("appends nothing more and returns the facts of the first time, whatever it decides now", () =>
    onBus(
      Effect.gen(function* () {
        yield* plant("dispatcher", "first", cause);
        yield* plant("dispatcher", "between");
        const again = yield* append(key, on, (history, own) => ({
          facts: [cancelled("second")],
          seen: [reasons(history), reasons(own)],
        }));
        expect(again.decision.seen).toEqual([[], ["first"]]);
        expect(reasons(again.facts)).toEqual(["first"]);
        expect(reasons((yield* load(on)).facts)).toEqual(["first", "between"]);
      }),
    ));

  test("is decided on the history before its own facts", () =>
    onBus(
      Effect.gen(function* () {
        yield* plant("dispatcher", "before");
        yield* once("own");
        yield* plant("dispatcher", "after");
        const { decision } = yield* append(key, on, (history) => ({ facts: [], seen: reasons(history) }));
        expect(decision.seen).toEqual(["before"]);
      }),
    ));

  test("of another step appends its own fact", () =>
    onBus(
      Effect.gen(function* () {
        yield* once("one");
        yield* once("two", { ...key, step: "other" });
        expect(reasons((yield* load(on)).facts)).toEqual(["one", "two"]);
      }),
    ));
});

/** A bus whose first publish is changed; it counts the calls. */
const busWith = (change: (message: Outgoing, bus: Bus["Service"]) => ReturnType<Bus["Service"]["publish"]>) =>
  Effect.map(Bus, (bus) => {
    const calls = { count: 0 };
    const publish = (message: Outgoing) => {
      calls.count += 1;
      return calls.count === 1 ? change(message, bus) : bus.publish(message);
    };
    // Not a copy: the bus in memory has getters that throw.
    const changed: Bus["Service"] = Object.create(bus, { publish: { value: publish } });
    return { calls, changed };
  });

/** Appends on a changed bus, and moves the clock over the wait after a conflict. */
const appendOn = (
  bus: Bus["Service"],
  decide: Parameters<
    typeof append<"dispatcher", "issue", { readonly facts: readonly ReturnType<typeof cancelled>[] }>
  >[2],
) =>
  Effect.gen(function* () {
    const running = yield* Effect.forkChild(Effect.provideService(append(key, on, decide), Bus, bus));
    yield* TestClock.adjust("1 second");
    return yield* Fiber.join(running);
  });

describe("an append that meets a rival", () => {
  test("expects the sequence that it read, and decides again on what came between", () =>
    onBus(
      Effect.gen(function* () {
        const { changed, calls } = yield* busWith((message, bus) =>
          Effect.andThen(
            Effect.orDie(Effect.provideService(plant("dispatcher", "rival"), Bus, bus)),
            bus.publish(message),
          ),
        );
        const { facts } = yield* appendOn(changed, (history) => ({
          facts: [cancelled(`after ${history.length}`)],
        }));
        expect(calls.count).toBe(2);
        expect(reasons(facts)).toEqual(["after 1"]);
        expect(reasons((yield* load(on)).facts)).toEqual(["rival", "after 1"]);
      }),
    ));

  test("does not take the answer `duplicate` for its own fact, because only the history says whose it is", () =>
    onBus(
      Effect.gen(function* () {
        const { changed, calls } = yield* busWith(() =>
          Effect.succeed({ stored: true, sequence: 9, duplicate: true } as const),
        );
        const { facts } = yield* appendOn(changed, () => ({ facts: [cancelled("mine")] }));
        expect(calls.count).toBe(2);
        expect(reasons(facts)).toEqual(["mine"]);
        expect(reasons((yield* load(on)).facts)).toEqual(["mine"]);
      }),
    ));

  test("does not take a fact of another actor under its own id for its own", () =>
    onBus(
      Effect.gen(function* () {
        const [mine] = stampFacts(key, [cancelled("forged")], 0);
        if (mine === undefined) throw new Error("nothing was stamped");
        const bus = yield* Bus;
        // merge-gate publishes no ISSUE_CANCELLED, so the forgery is a fact that its row has.
        const { type, data } = draftOf("MERGE_FAILED", 1, { prNumber: 2, headSha: "s", ...because("forged") });
        const forged = {
          ...mine,
          type,
          data,
          version: catalogue.MERGE_FAILED.version,
          actor: "merge-gate",
        } as typeof mine;
        yield* bus.publish({ ...outgoing(forged), msgId: "forged" });
        expect((yield* load(on)).facts).toHaveLength(1);
        expect(reasons((yield* once("mine")).facts)).toEqual(["mine"]);
      }),
    ));
});
