import { Schema } from "effect";
import type { RefOf } from "../aggregates.ts";
import { defineFact } from "../fact-definition.ts";

/** The history of what people do with dead letters: they belong to no repository. */
export const deadLetters = { kind: "fleet", topic: "dead-letters" } as const satisfies RefOf<"fleet">;

const EndedLetter = Schema.Struct({
  stream: text("Stream on which the consumer failed, such as `EVENTS`."),
  consumer: text("Name of the consumer that could not handle the message."),
  sequence: Schema.Int.annotate({ description: "Sequence of the letter on the stream DLQ." }),
  subject: text("Subject on which the message was stored first."),
  reason: text(
    "Why the consumer could not handle the message: the letter's header `Rig-Reason`. It may quote untrusted text.",
  ),
  person: text(
    "Who ran the command: the value of `RIG_PERSON`, or else the user of the machine. Nothing checks the name: what the bus trusts is the operator's key.",
  ),
});

/** Facts of the operator: what people do through `npm run rig`. */
export const operationsFacts = {
  DEAD_LETTER_REPLAYED: defineFact({
    of: "fleet",
    description: "A person replayed a dead letter: the consumer that could not handle the message gets it again.",
    data: EndedLetter,
  }),
  DEAD_LETTER_DISMISSED: defineFact({
    of: "fleet",
    description: "A person dismissed a dead letter: nobody handles the message any more, and DLQ does not keep it.",
    data: EndedLetter,
  }),
} as const;

function text(description: string) {
  return Schema.String.annotate({ description });
}
