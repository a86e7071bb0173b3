import { Effect, Layer, Schedule } from "effect";
import type { ServiceName } from "#contracts/choreography.ts";
import { type Bus, busLayer } from "#kit/bus/bus.ts";
import type { Retryable, StartRefused } from "#kit/errors.ts";
import { busSettings } from "./settings.ts";

/** A service as `run.ts` starts it. Its program never ends by itself; it fails with `StartRefused` when it cannot start. */
export interface Service {
  readonly name: ServiceName;
  readonly program: Effect.Effect<never, StartRefused>;
}

/** What a `main.ts` exports: its service, or what makes one of each name of a kind (`ServicesLike`). */
export type Exported = Service | ((name: ServiceName) => Service);

/**
 * The service of this name from what the `main.ts` of its program exports. Throws when that is the service of another row, whose facts it would
 * consume a second time.
 */
export function serviceOf(name: ServiceName, exported: Exported): Service {
  const made = typeof exported === "function" ? exported(name) : exported;
  if (made.name === name) return made;
  throw new Error(
    `${name} is to be run by the program of ${made.name}, whose main.ts makes no service of another name: give ${name} a main.ts of its own.`,
  );
}

/** A part waits 1 s before it restarts. */
const restart = Schedule.spaced("1 second");

/**
 * Makes a service from its parts, which run concurrently on one bus connection. A part that fails with `Retryable` restarts after 1 s.
 * A defect ends the process, and its supervisor starts it again.
 */
export function service<R>(
  name: ServiceName,
  needs: Layer.Layer<R, StartRefused>,
  parts: readonly Effect.Effect<never, Retryable | StartRefused, R | Bus>[],
): Service {
  const steady = parts.map((part) =>
    part.pipe(
      Effect.tapErrorTag("Retryable", (error) => Effect.logWarning("part restarts", error.message)),
      Effect.retry({ schedule: restart, while: (error) => error._tag === "Retryable" }),
      Effect.catchTag("Retryable", (error) => Effect.die(error)),
    ),
  );
  const program = Effect.gen(function* () {
    const layer = Layer.merge(busLayer(yield* busSettings(name)), needs);
    yield* Effect.all(steady, { concurrency: "unbounded" }).pipe(Effect.provide(layer));
    return yield* Effect.never;
  }).pipe(Effect.annotateLogs({ service: name }));
  return { name, program };
}
