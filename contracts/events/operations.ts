import { Schema } from "effect";
import type { RefOf } from "../aggregates.ts";
import { defineFact } from "../fact-definition.ts";
import { BranchName, Name, Owner, Reason, Repo, Subject } from "../fields.ts";

/** The history of replayed and dismissed dead letters. They belong to no repository, so it is a topic of the fleet. */
export const deadLetters = { kind: "fleet", topic: "dead-letters" } as const satisfies RefOf<"fleet">;
/** The history of erasures. */
export const erasures = { kind: "fleet", topic: "text" } as const satisfies RefOf<"fleet">;

/** The history of freezes and of their ends. */
export const freezes = { kind: "fleet", topic: "freezes" } as const satisfies RefOf<"fleet">;

const Person = Name.annotate({
  description:
    "Name of the person who ran the command: the value of `RIG_PERSON`, or else the user of the machine. Nothing checks this name; the bus checks only the operator's key.",
});

const EndedLetter = Schema.Struct({
  stream: Name.annotate({ description: "Stream on which the consumer failed, such as `EVENTS`." }),
  consumer: Name.annotate({ description: "Name of the consumer that could not handle the message." }),
  sequence: Schema.Int.annotate({ description: "Sequence of the dead letter on the stream DLQ." }),
  subject: Subject.annotate({ description: "Subject on which the message was first stored." }),
  person: Person,
});

const FrozenBranch = Schema.NullOr(BranchName).annotate({
  description: "Name of the base branch; null for every branch of the repository.",
});

/** Facts of the operator: what a person did with `npm run rig`. */
export const operationsFacts = {
  DEAD_LETTER_REPLAYED: defineFact({
    of: "fleet",
    description:
      "A person replayed a dead letter: its message was delivered once more to the consumer that had failed.",
    data: EndedLetter,
  }),
  DEAD_LETTER_DISMISSED: defineFact({
    of: "fleet",
    description: "A person dismissed a dead letter: it was deleted from DLQ and its message will not be handled.",
    data: EndedLetter,
  }),
  TEXT_ERASED: defineFact({
    of: "fleet",
    description: "A person erased what was written about an issue, a pull request or a repository.",
    data: Schema.Struct({
      owner: Owner,
      repo: Repo,
      number: Schema.NullOr(Schema.Int).annotate({
        description: "Number of the issue or pull request; null when the whole repository was erased.",
      }),
      texts: Schema.Int.annotate({ description: "Number of texts that were erased from TEXT." }),
      deliveries: Schema.Int.annotate({ description: "Number of raw deliveries that were erased from GITHUB." }),
      deadLetters: Schema.Int.annotate({
        description:
          "Number of dead letters that were erased from DLQ, and from REDO where they wait for their consumer.",
      }),
      person: Person,
    }),
  }),
  MERGES_FROZEN: defineFact({
    of: "fleet",
    description: "A person froze the merges into a branch, or into all of a repository: the gate requests none there.",
    data: Schema.Struct({
      owner: Owner,
      repo: Repo,
      branch: FrozenBranch,
      reason: Reason.annotate({
        description:
          "Why, as the person wrote it: at most 500 characters, which stay on EVENTS. Empty where none was given.",
      }),
      person: Person,
    }),
  }),
  MERGES_UNFROZEN: defineFact({
    of: "fleet",
    description: "A person ended a freeze. The gate looks again at the changes that it held.",
    data: Schema.Struct({ owner: Owner, repo: Repo, branch: FrozenBranch, person: Person }),
  }),
} as const;
