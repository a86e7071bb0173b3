import { Effect } from "effect";
import { type RowName, rowOf } from "#contracts/choreography.ts";
import { workConsumer } from "#contracts/subjects.ts";
import { priorities } from "#contracts/work.ts";
import { Bus } from "#kit/bus/bus.ts";
import { outside } from "#kit/errors.ts";

/**
 * Pauses an agent until a moment, ISO 8601: the server delivers no work to its consumers, whatever the agent does. What it has in hand it may
 * end. The server keeps the pause over a restart and ends it by itself. Fails with `Retryable` when the server does not do so.
 */
export const pauseWork = Effect.fn("pauseWork")(function* (agent: RowName, until: string) {
  const bus = yield* Bus;
  const { consumers } = yield* outside("open the API of the bus", () => bus.jetstream.jetstreamManager(false));
  for (const claim of rowOf(agent).claims) {
    for (const priority of priorities) {
      const durable = workConsumer(agent, { ...claim, priority });
      yield* outside(`pause ${durable}`, () => consumers.pause("WORK", durable, new Date(until)));
    }
  }
});
