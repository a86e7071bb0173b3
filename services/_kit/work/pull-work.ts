import { Effect, Queue, type Scope } from "effect";
import type { Row, ServiceName } from "#contracts/choreography.ts";
import { announcementFilter, workConsumer } from "#contracts/subjects.ts";
import { priorities } from "#contracts/work.ts";
import { Bus } from "#kit/bus/bus.ts";
import { type BusMessage, fromPull, readableHeaders } from "#kit/bus/bus-message.ts";
import { outside, type Retryable } from "#kit/errors.ts";

/**
 * Opens the work queue for the claims of a service. The returned effect waits for the next item of any claim, all `high` items before any
 * `normal` one. It pulls when an item is enqueued, and every 5 s unless told otherwise, because JetStream does not announce redeliveries.
 */
export const openWork = Effect.fn("openWork")(function* (
  service: ServiceName,
  claims: Row["claims"],
  { pullEveryMs = 5_000 }: WorkOptions = {},
): Effect.fn.Return<Effect.Effect<BusMessage, Retryable>, never, Bus | Scope.Scope> {
  const bus = yield* Bus;
  const pulled = consumersOf(service, claims);
  const announced = yield* announcements(claims.map(announcementFilter));
  return Effect.gen(function* () {
    for (;;) {
      // The next pulls find every item that was announced until now.
      yield* Queue.clear(announced);
      for (let pull = 0; pull < pullsMax; pull += 1) {
        const message = yield* pullNext(pulled, bus);
        if (message !== null) return message;
        yield* Effect.sleep("20 millis");
      }
      yield* Queue.take(announced).pipe(Effect.timeoutOption(pullEveryMs));
    }
  });
});

/** How an agent pulls work. */
export interface WorkOptions {
  /** How often an idle agent looks for redeliveries; default 5 000. A test that waits for one looks more often. */
  readonly pullEveryMs?: number;
}

/** An announcement can arrive before its item can be pulled (1 of 3,000 measured), so it pulls 5 times within 100 ms before it waits again. */
const pullsMax = 5;

/** The consumers of these claims: all of a higher priority before any of a lower one. */
function consumersOf(service: ServiceName, claims: Row["claims"]): readonly string[] {
  return priorities.flatMap((priority) => claims.map((claim) => workConsumer(service, { ...claim, priority })));
}

const pullOne = JSON.stringify({ batch: 1, no_wait: true });

/** Pulls the next item, or null when there is none. A pull does not wait, so that a pull for low items never delays a high one. */
const pullNext = Effect.fnUntraced(function* (consumers: readonly string[], bus: Bus["Service"]) {
  for (const consumer of consumers) {
    const subject = `$JS.API.CONSUMER.MSG.NEXT.WORK.${consumer}`;
    const answer = yield* outside(`pull ${subject}`, () =>
      // noMux: JetStream delivers the item on its original subject, so the client's shared inbox could not match it to this request.
      bus.connection.request(subject, pullOne, { timeout: 5_000, noMux: true }),
    );
    if ((readableHeaders(answer)?.code ?? 0) < 400 && answer.reply) return fromPull(bus.connection, answer);
  }
  return null;
});

/** A queue with an entry when items were enqueued on one of the subjects; one entry may mean several items. */
const announcements = Effect.fnUntraced(function* (subjects: readonly string[]) {
  const bus = yield* Bus;
  const announced = yield* Queue.sliding<void>(1);
  for (const subject of subjects) {
    yield* Effect.acquireRelease(
      Effect.sync(() =>
        bus.connection.subscribe(subject, { callback: () => void Queue.offerUnsafe(announced, undefined) }),
      ),
      (subscription) => Effect.sync(() => subscription.unsubscribe()),
    );
  }
  return announced;
});
