import { Deferred, Effect, Exit, FiberSet, type Scope, Semaphore } from "effect";

/** Runs effects side by side, at most so many at once, and those with the same key one after another. */
export interface InOrder {
  /** Waits until one more may run. After `enter`, call `run` or `leave`. */
  readonly enter: Effect.Effect<void>;
  readonly leave: Effect.Effect<void>;
  /** Starts an effect in a place that `enter` gave. It waits for earlier ones with its key, in the order of the calls. */
  run<R>(
    key: string,
    effect: (turn: Effect.Effect<void>) => Effect.Effect<void, never, R>,
  ): Effect.Effect<void, never, R>;
  /** One entry for each key that has an effect which has not ended. */
  readonly lanes: ReadonlyMap<string, unknown>;
  /** Never ends unless an effect has a defect; then it dies with that defect. */
  readonly failed: Effect.Effect<never>;
}

/**
 * Makes an `InOrder` for at most `atOnceMax` effects. What still runs when the scope closes is interrupted. An effect is started at once
 * and is given its `turn`, because it has to keep its message alive while it waits for it.
 */
export const makeInOrder = Effect.fn("makeInOrder")(function* (
  atOnceMax: number,
): Effect.fn.Return<InOrder, never, Scope.Scope> {
  const places = yield* Semaphore.make(atOnceMax);
  const running = yield* FiberSet.make<void, never>();
  /** The last effect of each key that has not ended. */
  const lanes = new Map<string, Deferred.Deferred<void>>();
  const leave = Effect.asVoid(places.release(1));
  return {
    lanes,
    enter: Effect.asVoid(places.take(1)),
    leave,
    run: (key, effect) =>
      Effect.suspend(() => {
        const before = lanes.get(key);
        const ended = Deferred.makeUnsafe<void>();
        lanes.set(key, ended);
        const turn = before === undefined ? Effect.void : Deferred.await(before);
        // An effect that ends without its turn still keeps its place in the order.
        const whole = Effect.onExit(Effect.andThen(effect(turn), turn), (exit) => {
          if (lanes.get(key) === ended) lanes.delete(key);
          // What was interrupted or has a defect is redelivered: those behind it must not begin.
          return Exit.isSuccess(exit) ? Effect.andThen(Deferred.succeed(ended, undefined), leave) : leave;
        });
        return Effect.asVoid(FiberSet.run(running, whole));
      }),
    failed: Effect.andThen(FiberSet.join(running), Effect.never),
  };
});
