import { Deferred, Effect, Exit, FiberSet, type Scope, Semaphore } from "effect";

/** Runs effects concurrently up to a limit, and effects with the same key one after another. */
export interface InOrder {
  /** Waits for a free place and takes it. Each place that is taken ends in `run` or `leave`. */
  readonly enter: Effect.Effect<void>;
  /** Takes all places that are free now, without waiting, and returns how many. */
  readonly enterFree: Effect.Effect<number>;
  leave(count: number): Effect.Effect<void>;
  /** Starts an effect in a place that was taken. `turn` ends when all earlier effects with the same key have ended. */
  run<R>(
    key: string,
    effect: (turn: Effect.Effect<void>) => Effect.Effect<void, never, R>,
  ): Effect.Effect<void, never, R>;
  /** The lanes: one entry for each key with an effect that has not ended. */
  readonly lanes: ReadonlyMap<string, unknown>;
  /** Never ends, but dies with the defect when an effect has one. */
  readonly failed: Effect.Effect<never>;
}

/**
 * Makes an `InOrder` for at most `atOnceMax` effects. When the scope closes, running effects are interrupted. An effect starts at once and
 * waits for `turn` itself, because while it waits it has to tell the server that its message is still being handled.
 */
export const makeInOrder = Effect.fn("makeInOrder")(function* (
  atOnceMax: number,
): Effect.fn.Return<InOrder, never, Scope.Scope> {
  const places = yield* Semaphore.make(atOnceMax);
  const running = yield* FiberSet.make<void, never>();
  /** For each key, the last effect that has not ended. */
  const lanes = new Map<string, Deferred.Deferred<void>>();
  let taken = 0;
  const leave = (count: number) =>
    Effect.suspend(() => {
      taken -= count;
      return Effect.asVoid(places.release(count));
    });
  const take = (count: number) =>
    Effect.map(places.take(count), () => {
      taken += count;
    });
  return {
    lanes,
    enter: take(1),
    enterFree: Effect.suspend(() => {
      const free = atOnceMax - taken;
      return free === 0 ? Effect.succeed(0) : Effect.as(take(free), free);
    }),
    leave,
    run: (key, effect) =>
      Effect.suspend(() => {
        const before = lanes.get(key);
        const ended = Deferred.makeUnsafe<void>();
        lanes.set(key, ended);
        const turn = before === undefined ? Effect.void : Deferred.await(before);
        // An effect that ends early still waits for its turn. Otherwise a later effect of its lane would start too soon.
        const whole = Effect.onExit(Effect.andThen(effect(turn), turn), (exit) => {
          if (lanes.get(key) === ended) lanes.delete(key);
          // After an interruption or a defect the message is redelivered, so the later ones of its lane must not start.
          return Exit.isSuccess(exit) ? Effect.andThen(Deferred.succeed(ended, undefined), leave(1)) : leave(1);
        });
        return Effect.asVoid(FiberSet.run(running, whole));
      }),
    failed: Effect.andThen(FiberSet.join(running), Effect.never),
  };
});
