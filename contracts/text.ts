import { Schema } from "effect";

/**
 * The pointer to a text that people, models or repositories wrote. The text is stored on the stream TEXT, where it can be erased. The fact
 * with the pointer is stored on EVENTS for ever (docs/decisions/0018-text-off-events.md).
 */
export const TextRef = Schema.Struct({
  sha256: Schema.String.check(Schema.isMaxLength(64)).annotate({
    description: "SHA-256 of the text in UTF-8, 64 hex digits. The reader refuses a text with another hash.",
  }),
  bytes: Schema.Int.annotate({ description: "Length of the text in UTF-8, in bytes." }),
  subject: Schema.String.check(Schema.isMaxLength(1_024)).annotate({
    description: "Subject of the text on the stream TEXT, where it is stored until somebody erases it.",
  }),
}).annotate({ description: "Pointer to an untrusted text on the stream TEXT." });
export type TextRef = typeof TextRef.Type;

/** A text in a draft. Before the kit appends the fact, it stores the text on TEXT and replaces it with the pointer. */
export interface Text {
  readonly text: string;
  /** After so many days the server deletes it; absent: it is kept until somebody erases it. */
  readonly keptDays?: number;
}

/** The data of a draft: each field that is a pointer in the fact may hold the text itself. */
export type WithText<Data> = Data extends TextRef
  ? Data | Text
  : Data extends readonly (infer Element)[]
    ? readonly WithText<Element>[]
    : Data extends object
      ? { readonly [Key in keyof Data]: WithText<Data[Key]> }
      : Data;
