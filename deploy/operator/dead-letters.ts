import type { StoredMsg } from "@nats-io/jetstream";
import { Result } from "effect";
import type { Publishes } from "#contracts/choreography.ts";
import { deadLetters } from "#contracts/events/operations.ts";
import { readFact } from "#contracts/stored-fact.ts";
import { failedConsumer } from "#contracts/subjects.ts";
import { append } from "#kit/facts/aggregate.ts";
import { type Cause, firstCause } from "#kit/facts/stamp.ts";
import type { Call } from "./command-line.ts";
import { type Operator, withOperator } from "./connection.ts";
import { letterHeader, letterHeaders } from "./letter-header.ts";
import { person } from "./person.ts";
import { type RigPlaces, rigCommand } from "./places.ts";
import { printError, printLine } from "./print.ts";
import { replayTarget } from "./replay-target.ts";

/**
 * Ends a dead letter: replays it to the consumer that could not handle it, or dismisses it. What fails again comes back as a dead
 * letter of its own.
 */
export async function endDeadLetter(
  places: () => Promise<RigPlaces>,
  how: "replay" | "dismiss",
  { argument = "", options: { data } }: Pick<Call, "argument" | "options">,
): Promise<number> {
  const sequence = Number(argument);
  if (!/^[1-9]\d*$/.test(argument) || !Number.isSafeInteger(sequence)) {
    printError(`Say which: ${rigCommand(data)} ${how} SEQUENCE. ${rigCommand(data)} doctor lists the dead letters.`);
    return 64;
  }
  return withOperator(await places(), (operator) => endLetter(operator, how, sequence, rigCommand(data)));
}

/** The same on a connection that is there; `rig` is how the operator's commands are called. Returns the exit code. */
export async function endLetter(
  operator: Operator,
  how: "replay" | "dismiss",
  sequence: number,
  rig = rigCommand(),
): Promise<number> {
  const manager = await operator.bus.jetstream.jetstreamManager();
  const letter = await manager.streams.getMessage("DLQ", { seq: sequence });
  if (letter === null) {
    printError(`DLQ has no message ${sequence}. ${rig} doctor lists the dead letters.`);
    return 1;
  }
  // In this order no crash loses anything. The fact comes after the replay, because it states that the replay happened, and a stream may
  // refuse it. The letter goes last: while it stands on DLQ the command can be run again, and both steps recognise what they did.
  const target = how === "replay" ? await replayTarget(manager, letter) : null;
  if (target !== null) {
    const refused = "refused" in target ? target.refused : await replay(operator, letter, target.subject);
    if (refused !== null) {
      printError(
        `Dead letter ${sequence} is not replayed: ${refused}. The letter stays; ${rig} dismiss ${sequence} removes it.`,
      );
      return 1;
    }
  }
  await record(operator, how, letter);
  await manager.streams.deleteMessage("DLQ", sequence);
  const done =
    target !== null && "subject" in target
      ? `Replayed on ${target.subject}`
      : `Dismissed ${letter.subject} ${sequence}`;
  printLine(`${done}.`);
  return 0;
}

/** Publishes the message where the consumer that failed reads it; returns why the stream refused it, or null. The message id is the letter's, so that a repetition is stored once. */
async function replay({ run, bus }: Operator, letter: StoredMsg, subject: string): Promise<string | null> {
  const headers = Object.fromEntries(
    letterHeaders(letter)
      .filter((name) => !/^(Nats|Rig)-/i.test(name))
      .map((name) => [name, letterHeader(letter, name)]),
  );
  const msgId = `replay/${causeOf(letter).id}`;
  const answer = await run(bus.publish({ subject, payload: letter.data, headers, msgId }));
  return answer.stored ? null : `${subject} does not take it: ${answer.description}`;
}

/** Appends the fact of what the person does, without the letter's reason, which may quote text. Its id follows from the letter, so that a repetition appends nothing. */
async function record(operator: Operator, how: "replay" | "dismiss", letter: StoredMsg): Promise<void> {
  const { stream, consumer } = failedConsumer(letter.subject);
  const fact = {
    type: how === "replay" ? "DEAD_LETTER_REPLAYED" : "DEAD_LETTER_DISMISSED",
    on: deadLetters,
    data: {
      stream,
      consumer,
      sequence: letter.seq,
      subject: letterHeader(letter, "Rig-Subject"),
      person: person(),
    },
  } satisfies Publishes<"operator">;
  const key = { service: "operator" as const, cause: causeOf(letter), step: how };
  await operator.run(append(key, deadLetters, () => ({ facts: [fact] })));
}

/** The letter, in the story of the fact that it holds. The time is part of the id, because a stream that is made again counts from 1. */
function causeOf(letter: StoredMsg): Cause {
  const id = `dlq/${letter.seq}/${letter.time.toISOString()}`;
  const fact = readFact(letterHeader(letter, "Rig-Subject"), letter.data);
  if (Result.isFailure(fact)) return firstCause(id);
  return { id, correlationId: fact.success.correlationId, traceparent: fact.success.traceparent };
}
