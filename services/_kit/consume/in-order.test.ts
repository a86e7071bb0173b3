import { Deferred, Effect, Exit, Fiber, Scope } from "effect";
import { describe, expect, test } from "vitest";
import { type InOrder, makeInOrder } from "./in-order.ts";

/** Runs a test with an `InOrder` for at most so many effects. Effects that still run at its end are interrupted. */
function story<A>(atOnceMax: number, tell: (inOrder: InOrder) => Effect.Effect<A>): Promise<A> {
  return Effect.runPromise(Effect.scoped(Effect.flatMap(makeInOrder(atOnceMax), tell)));
}

/** Lets all other fibers run until they wait. */
const others = Effect.repeat(Effect.yieldNow, { times: 20 });

/** Starts an effect that records its begin and its end, and runs until the gate is open. */
const start = (inOrder: InOrder, key: string, notes: string[], name: string, gate: Effect.Effect<void>) =>
  Effect.andThen(
    inOrder.enter,
    inOrder.run(key, (turn) =>
      turn.pipe(
        Effect.andThen(Effect.sync(() => notes.push(`${name} begins`))),
        Effect.andThen(gate),
        Effect.andThen(Effect.sync(() => notes.push(`${name} ends`))),
        Effect.asVoid,
      ),
    ),
  );

describe("effects with one key", () => {
  test("run one after another, in the order of the calls, while effects with another key run", async () => {
    const notes = await story(9, (inOrder) =>
      Effect.gen(function* () {
        const seen: string[] = [];
        const [first, second] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()];
        yield* start(inOrder, "a", seen, "a1", Deferred.await(first));
        yield* start(inOrder, "a", seen, "a2", Deferred.await(second));
        yield* start(inOrder, "a", seen, "a3", Effect.void);
        yield* start(inOrder, "b", seen, "b1", Effect.void);
        // The second one would end at once if it had its turn.
        yield* Deferred.succeed(second, undefined);
        yield* others;
        yield* Deferred.succeed(first, undefined);
        yield* others;
        return seen;
      }),
    );
    expect(notes).toEqual([
      ...["a1 begins", "b1 begins", "b1 ends"],
      ...["a1 ends", "a2 begins", "a2 ends", "a3 begins", "a3 ends"],
    ]);
  });

  test("do not pass an earlier one when the one between them ends without its turn", async () => {
    const notes = await story(9, (inOrder) =>
      Effect.gen(function* () {
        const seen: string[] = [];
        yield* start(inOrder, "a", seen, "a1", Effect.never);
        yield* Effect.andThen(
          inOrder.enter,
          inOrder.run("a", () => Effect.sync(() => void seen.push("a2 gives up"))),
        );
        yield* start(inOrder, "a", seen, "a3", Effect.void);
        yield* others;
        return seen;
      }),
    );
    expect(notes).toEqual(["a1 begins", "a2 gives up"]);
  });

  test("keep their order when an earlier one ends before a later one is started", async () => {
    const notes = await story(9, (inOrder) =>
      Effect.gen(function* () {
        const seen: string[] = [];
        const gates = [
          yield* Deferred.make<void>(),
          yield* Deferred.make<void>(),
          yield* Deferred.make<void>(),
        ] as const;
        for (const [index, gate] of gates.entries()) {
          yield* start(inOrder, "a", seen, `${index}`, Deferred.await(gate));
        }
        yield* others;
        yield* Deferred.succeed(gates[0], undefined);
        yield* others;
        yield* start(inOrder, "a", seen, "3", Effect.void);
        yield* others;
        const between = [...seen];
        yield* Deferred.succeed(gates[1], undefined);
        yield* others;
        yield* Deferred.succeed(gates[2], undefined);
        yield* others;
        return [between, seen];
      }),
    );
    const between = ["0 begins", "0 ends", "1 begins"];
    expect(notes).toEqual([between, [...between, "1 ends", "2 begins", "2 ends", "3 begins", "3 ends"]]);
  });

  test("leave nothing behind when the last one has ended", async () => {
    const sizes = await story(99, (inOrder) =>
      Effect.gen(function* () {
        const gate = yield* Deferred.make<void>();
        for (let index = 0; index < 60; index += 1) {
          yield* start(inOrder, `key ${index % 20}`, [], "one", Deferred.await(gate));
        }
        const before = inOrder.lanes.size;
        yield* Deferred.succeed(gate, undefined);
        yield* others;
        return [before, inOrder.lanes.size];
      }),
    );
    expect(sizes).toEqual([20, 0]);
  });
});

test("at most so many run at once, and as many when there is work", async () => {
  const running = { count: 0, most: 0, ended: 0 };
  await story(5, (inOrder) =>
    Effect.gen(function* () {
      for (let index = 0; index < 40; index += 1) {
        yield* inOrder.enter;
        yield* inOrder.run(`key ${index % 7}`, (turn) =>
          Effect.gen(function* () {
            running.count += 1;
            running.most = Math.max(running.most, running.count);
            yield* turn;
            yield* Effect.repeat(Effect.yieldNow, { times: index % 3 });
            running.count -= 1;
            running.ended += 1;
          }),
        );
      }
      yield* others;
    }),
  );
  expect(running).toEqual({ count: 0, most: 5, ended: 40 });
});

test("a place that is left can be entered again", async () => {
  const entered = await story(1, (inOrder) =>
    Effect.gen(function* () {
      yield* inOrder.enter;
      const waiting = yield* Effect.forkChild(inOrder.enter);
      yield* others;
      const before = waiting.pollUnsafe() === undefined ? "waits" : "entered";
      yield* inOrder.leave(1);
      yield* Fiber.join(waiting);
      return before;
    }),
  );
  expect(entered).toBe("waits");
});

test("all places that are free can be taken at once", async () => {
  const counts = await story(5, (inOrder) =>
    Effect.gen(function* () {
      yield* start(inOrder, "a", [], "a1", Effect.never);
      yield* inOrder.enter;
      const [free, none] = [yield* inOrder.enterFree, yield* inOrder.enterFree];
      yield* inOrder.leave(2);
      return [free, none, yield* inOrder.enterFree];
    }),
  );
  expect(counts).toEqual([3, 0, 2]);
});

test("`failed` dies with a defect, and does not end when an effect ends", async () => {
  const ends = await story(2, (inOrder) =>
    Effect.gen(function* () {
      const failed = yield* Effect.forkChild(inOrder.failed);
      yield* start(inOrder, "a", [], "a1", Effect.void);
      yield* others;
      const before = failed.pollUnsafe();
      yield* start(inOrder, "a", [], "a2", Effect.die("a bug of ours"));
      return [before, yield* Fiber.await(failed)];
    }),
  );
  expect(ends).toEqual([undefined, Exit.die("a bug of ours")]);
});

test("what runs and what waits is interrupted when the scope closes", async () => {
  const [interrupted, begun]: [string[], string[]] = [[], []];
  const scope = Scope.makeUnsafe();
  const inOrder = await Effect.runPromise(Scope.provide(makeInOrder(2), scope));
  for (const name of ["runs", "waits"]) {
    const end = Effect.sync(() => void interrupted.push(name));
    const begin = Effect.sync(() => void begun.push(name));
    const effect = (turn: Effect.Effect<void>) =>
      Effect.onInterrupt(Effect.andThen(turn, Effect.andThen(begin, Effect.never)), () => end);
    await Effect.runPromise(Effect.andThen(inOrder.enter, inOrder.run("a", effect)));
  }
  await Effect.runPromise(Scope.close(scope, Exit.void));
  expect(interrupted.sort()).toEqual(["runs", "waits"]);
  expect(begun).toEqual(["runs"]);
  expect(inOrder.lanes.size).toBe(0);
});
