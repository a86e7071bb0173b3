import type { StoredMsg } from "@nats-io/jetstream";
import { Effect, Result } from "effect";
import type { Publishes } from "#contracts/choreography.ts";
import { decodeFact } from "#contracts/envelope.ts";
import { deadLetters } from "#contracts/events/operations.ts";
import { failedConsumer, replaySubject } from "#contracts/subjects.ts";
import { Bus, type Publication } from "#kit/bus/bus.ts";
import { append } from "#kit/facts/aggregate.ts";
import { type Cause, rootSpan } from "#kit/facts/stamp.ts";
import { connectOperator } from "./connection.ts";
import { person } from "./person.ts";
import type { RigPlaces } from "./places.ts";

/**
 * Ends a dead letter: replays it to the consumer that could not handle it, or dismisses it. What fails again comes back as a dead
 * letter of its own.
 */
export async function endDeadLetter(places: RigPlaces, how: "replay" | "dismiss", sequence: number): Promise<number> {
  if (!Number.isInteger(sequence) || sequence < 1) {
    console.error(`Say which: npm run rig -- ${how} SEQUENCE. npm run rig -- doctor lists the dead letters.`);
    return 64;
  }
  const operator = await connectOperator({ url: places.natsUrl, keysDirectory: places.natsKeysDirectory });
  try {
    return await endLetter(operator.bus, how, sequence);
  } finally {
    await operator.close();
  }
}

/** The same on a connection that is there. Returns the exit code. */
export async function endLetter(bus: Bus["Service"], how: "replay" | "dismiss", sequence: number): Promise<number> {
  const manager = await bus.jetstream.jetstreamManager();
  const letter = await manager.direct.getMessage("DLQ", { seq: sequence });
  if (letter === null) {
    console.error(`DLQ has no message ${sequence}.`);
    return 1;
  }
  // In this order no crash loses anything. The fact comes after the replay, because it states that the replay happened, and a stream may
  // refuse it. The letter goes last: while it stands on DLQ the command can be run again, and both steps recognise what they did.
  if (how === "replay") {
    const answer = await replay(bus, letter);
    if (!answer.stored) {
      console.error(`${targetOf(letter)} does not take it: ${answer.description}. The letter stays.`);
      return 1;
    }
  }
  await record(bus, how, letter);
  await manager.streams.deleteMessage("DLQ", sequence);
  console.log(how === "replay" ? `Replayed on ${targetOf(letter)}.` : `Dismissed ${letter.subject} ${sequence}.`);
  return 0;
}

/** Publishes the message where the consumer that failed reads it. The message id is the letter's, so that a repetition is stored once. */
function replay(bus: Bus["Service"], letter: StoredMsg): Promise<Publication> {
  const headers = Object.fromEntries(
    letter.header
      .keys()
      .filter((name) => !/^(Nats|Rig)-/i.test(name))
      .map((name) => [name, letter.header.get(name)]),
  );
  const msgId = `replay/${causeOf(letter).id}`;
  return Effect.runPromise(bus.publish({ subject: targetOf(letter), payload: letter.data, headers, msgId }));
}

/** Appends the fact of what the person does, without the letter's reason, which may quote text. Its id follows from the letter, so that a repetition appends nothing. */
async function record(bus: Bus["Service"], how: "replay" | "dismiss", letter: StoredMsg): Promise<void> {
  const { stream, consumer } = failedConsumer(letter.subject);
  const fact = {
    type: how === "replay" ? "DEAD_LETTER_REPLAYED" : "DEAD_LETTER_DISMISSED",
    on: deadLetters,
    data: {
      stream,
      consumer,
      sequence: letter.seq,
      subject: letter.header.get("Rig-Subject"),
      person: person(),
    },
  } satisfies Publishes<"operator">;
  const appended = append({ service: "operator", cause: causeOf(letter), step: how }, deadLetters, () => ({
    facts: [fact],
  }));
  await Effect.runPromise(Effect.provideService(appended, Bus, bus));
}

function targetOf(letter: StoredMsg): string {
  const { stream, consumer } = failedConsumer(letter.subject);
  return replaySubject(stream, consumer, letter.header.get("Rig-Subject"));
}

/** The letter, in the story of the fact that it holds. The time is part of the id, because a stream that is made again counts from 1. */
function causeOf(letter: StoredMsg): Cause {
  const id = `dlq/${letter.seq}/${letter.time.toISOString()}`;
  const fact = decodeFact(letter.data);
  if (Result.isFailure(fact)) return { id, correlationId: id, traceparent: rootSpan() };
  return { id, correlationId: fact.success.correlationId, traceparent: fact.success.traceparent };
}
