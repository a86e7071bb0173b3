import { Effect } from "effect";
import { replaySubject } from "#contracts/subjects.ts";
import { connectOperator } from "./connection.ts";
import type { RigPlaces } from "./places.ts";

/**
 * Ends a dead letter: hands it once more to the consumer that could not handle it, or not; then removes it from DLQ. What fails
 * again comes back as a dead letter of its own.
 */
export async function settleDeadLetter(
  places: RigPlaces,
  how: "replay" | "dismiss",
  sequence: number,
): Promise<number> {
  if (!Number.isInteger(sequence) || sequence < 1) {
    console.error(`Say which: npm run rig -- ${how} SEQUENCE. npm run rig -- doctor lists the dead letters.`);
    return 64;
  }
  const operator = await connectOperator({ url: places.natsUrl, keysDirectory: places.natsKeysDirectory });
  try {
    const manager = await operator.bus.jetstream.jetstreamManager();
    const letter = await manager.direct.getMessage("DLQ", { seq: sequence });
    if (letter === null) {
      console.error(`DLQ has no message ${sequence}.`);
      return 1;
    }
    const [, stream = "", consumer = ""] = letter.subject.split(".");
    const subject = replaySubject(stream, consumer, letter.header.get("Rig-Subject"));
    if (how === "replay") {
      const headers = Object.fromEntries(
        letter.header
          .keys()
          .filter((name) => !/^(Nats|Rig)-/i.test(name))
          .map((name) => [name, letter.header.get(name)]),
      );
      const answer = await Effect.runPromise(
        operator.bus.publish({ subject, payload: letter.data, headers, msgId: `replay/${sequence}/${Date.now()}` }),
      );
      if (!answer.stored) {
        console.error(`${subject} does not take it: ${answer.description}. The letter stays.`);
        return 1;
      }
    }
    await manager.streams.deleteMessage("DLQ", sequence);
    console.log(how === "replay" ? `Replayed on ${subject}.` : `Dismissed ${letter.subject} ${sequence}.`);
    return 0;
  } finally {
    await operator.close();
  }
}
