import type { ConsumerMessages, JsMsg } from "@nats-io/jetstream";
import { Effect } from "effect";
import { type Consumes, type Publishes, type RowName, rowOf, type ServiceName } from "#contracts/choreography.ts";
import type { Fact, FactDraft } from "#contracts/envelope.ts";
import type { ProjectionTables } from "#contracts/read-model.ts";
import { aggregateFilter } from "#contracts/subjects.ts";
import { Bus } from "#kit/bus/bus.ts";
import { outside, Retryable } from "#kit/errors.ts";
import { append } from "#kit/facts/aggregate.ts";
import { applyBatch, checkpointMigrations, readCheckpoint, resetUnderLock } from "./checkpoint.ts";
import { Database, migrate, tables } from "./database.ts";
import type { Projection, ProjectionRow, Reader } from "./projection.ts";

/** At most 256 facts per transaction: enough for a fast rebuild, and few enough that a live fact does not wait. */
const batchMax = 256;
/** A pull waits for 1 s, the shortest time that the client allows. After it the reader notices whether another instance pulled a fact. */
const pullMs = 1_000;
/** An instance that stands by checks every 1 s whether the other one still reads. */
const standByMs = 1_000;

/**
 * Projects the facts of the service's row in order, for ever. One instance reads, the others stand by. One transaction locks the checkpoint,
 * applies a batch and moves the checkpoint, only if the batch follows on the checkpoint without a gap. So each fact is applied once, however
 * many instances run or are killed (docs/decisions/0016).
 */
export function projectFacts<Name extends ServiceName, Schema extends ProjectionTables>(
  name: Name,
  projection: Projection<Schema, Consumes<Name>, Publishes<Name>>,
): Effect.Effect<never, Retryable, Bus | Database> {
  return projectRow({ name, consumes: rowOf(name).consumes }, projection as unknown as Projection<Schema>);
}

/** As `projectFacts`, for any row. The consumer on EVENTS has the row's name. */
export const projectRow = Effect.fn("projectRow")(function* <Schema extends ProjectionTables>(
  row: ProjectionRow,
  projection: Projection<Schema>,
) {
  const bus = yield* Bus;
  const { pool } = yield* Database;
  yield* migrate(pool, projection.schema, {
    ...checkpointMigrations(projection.schema),
    ...projection.migrations,
  });
  const context = yield* Effect.context<Bus>();
  const reader = yield* outside("look at EVENTS", async (): Promise<Reader<Schema>> => {
    const manager = await bus.jetstream.jetstreamManager(false);
    return {
      row,
      projection,
      db: tables<Schema>(pool, projection.schema),
      created: [(await manager.streams.info("EVENTS")).created, projection.shape ?? ""].join(" ").trimEnd(),
      consumer: await bus.jetstream.consumers.get("EVENTS", row.name),
      reset: (sequence) => manager.consumers.reset("EVENTS", row.name, sequence),
      append: (cause, drafts) => Effect.runPromiseWith(context)(appendDrafts(row.name as RowName, cause, drafts)),
    };
  });
  const reading = Effect.gen(function* () {
    for (;;) {
      let resetId = yield* resetUnderLock(reader, null);
      while (resetId !== null) {
        yield* readAfterReset(reader, resetId);
        resetId = yield* resetUnderLock(reader, resetId);
      }
      yield* standBy(reader);
    }
  });
  const away = Effect.andThen(bus.reconnected, Effect.fail(new Retryable({ what: "the bus was away" })));
  return yield* Effect.raceFirst(reading, away);
});

/** Applies the facts after a reset, until there is a gap or another instance has reset the consumer. */
const readAfterReset = Effect.fnUntraced(function* <Schema extends ProjectionTables>(
  reader: Reader<Schema>,
  resetId: string,
) {
  /** The consumer sequence of the last message. It counts deliveries from 1 after a reset, so a gap means that another instance got a message. */
  let last = 0;
  for (;;) {
    const read = yield* Effect.acquireUseRelease(
      outside("read EVENTS", () => reader.consumer.fetch({ max_messages: batchMax, expires: pullMs })),
      (messages) => readPull(reader, resetId, messages, last),
      (messages) => Effect.sync(() => messages.stop()),
    );
    if (read === null) return;
    if (read === last) {
      const { delivered } = yield* outside("look at the consumer", () => reader.consumer.info());
      if (delivered.consumer_seq !== last) return;
    }
    last = read;
  }
});

/** Applies the messages of one pull. Returns the consumer sequence of the last one; null after a gap or another reset. */
const readPull = Effect.fnUntraced(function* <Schema extends ProjectionTables>(
  reader: Reader<Schema>,
  resetId: string,
  messages: ConsumerMessages,
  after: number,
) {
  const iterator = messages[Symbol.asyncIterator]();
  let last = after;
  for (;;) {
    const batch = yield* outside("read EVENTS", () => nextBatch(iterator));
    if (batch.length === 0) return last;
    const reached = last + batch.length;
    if (batch.some(({ info }, at) => info.deliverySequence !== last + at + 1)) return null;
    if (!(yield* applyBatch(reader, resetId, batch))) return null;
    last = reached;
  }
});

/** Reads the messages that are there now, up to the pull's limit, without waiting for later ones. */
async function nextBatch(iterator: AsyncIterator<JsMsg>): Promise<readonly JsMsg[]> {
  const batch: JsMsg[] = [];
  for (;;) {
    const next = await iterator.next().catch(endOfPull);
    if (next.done === true) return batch;
    batch.push(next.value);
    if (next.value.info.pending === 0) return batch;
  }
}

/** The client ends a pull when it sees no heartbeat for a second; a busy process can cause that too. A lost message shows as a gap. */
function endOfPull(cause: unknown): IteratorReturnResult<undefined> {
  if (cause instanceof Error && cause.message === "heartbeats missed") return { done: true, value: undefined };
  throw cause;
}

/** Waits until two checks in a row find no pull and the same checkpoint: then the instance that read is gone. */
const standBy = Effect.fnUntraced(function* <Schema extends ProjectionTables>(reader: Reader<Schema>) {
  yield* Effect.logInfo("another instance projects: standing by");
  let before: string | null = null;
  for (;;) {
    yield* Effect.sleep(`${standByMs} millis`);
    const { num_waiting: pulls } = yield* outside("look at the consumer", () => reader.consumer.info());
    const checkpoint: string = yield* readCheckpoint(reader.db);
    if (pulls === 0 && checkpoint === before) return;
    before = pulls === 0 ? checkpoint : null;
  }
});

/** Appends each draft to the history of its aggregate. A second call with the same cause appends nothing. `projectFacts` holds the drafts to the row. */
const appendDrafts = Effect.fnUntraced(function* (service: RowName, cause: Fact, drafts: readonly FactDraft[]) {
  const histories = Map.groupBy(drafts, ({ on }) => aggregateFilter(on));
  for (const [step, facts] of histories) {
    const [first] = facts;
    if (first !== undefined) yield* append({ service, cause, step }, first.on, () => ({ facts }));
  }
});
