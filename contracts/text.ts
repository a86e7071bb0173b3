import { Schema } from "effect";
import { oneLine } from "./untrusted.ts";

/**
 * The pointer to a text that people, models or repositories wrote. The text itself stands on the stream TEXT, where it can be erased;
 * the fact that points to it stands on EVENTS for ever (docs/decisions/0018-text-off-events.md).
 */
export const TextRef = Schema.Struct({
  sha256: Schema.String.check(Schema.isMaxLength(64)).annotate({
    description: "SHA-256 of the text in UTF-8, 64 hex digits. A text that is read has to have it.",
  }),
  bytes: Schema.Int.annotate({ description: "Length of the text in UTF-8, in bytes." }),
  subject: Schema.String.check(Schema.isMaxLength(1_024)).annotate({
    description: "Subject on which the text stands on the stream TEXT, until somebody erases it.",
  }),
}).annotate({ description: "Pointer to an untrusted text on the stream TEXT." });
export type TextRef = typeof TextRef.Type;

/** A text in a draft. The kit stores it on TEXT before it appends the fact, and puts the pointer in its place. */
export interface Text {
  readonly text: string;
}

/** The data of a fact as a service writes it: where the fact has a pointer, the draft may have the text itself. */
export type WithText<Data> = Data extends TextRef
  ? Data | Text
  : Data extends readonly (infer Element)[]
    ? readonly WithText<Element>[]
    : Data extends object
      ? { readonly [Key in keyof Data]: WithText<Data[Key]> }
      : Data;

/** Why something happened, as facts have it: a sentence of the rig's own, and what others wrote about it. */
export interface Why {
  readonly reason: string;
  readonly details: Text | TextRef | null;
}

/** Makes a `Why` of a sentence, which is cut at 500 characters, and of what others wrote, which becomes text. */
export function because(reason: string, details: string | null = null): Why {
  return { reason: sentence(reason), details: details === null ? null : { text: details } };
}

/** 500 characters: five lines of a terminal. What is longer is text. */
export const reasonCharactersMax = 500;

/** A sentence as it may stand in a fact: one line, cut at 500 characters. */
export function sentence(text: string): string {
  const line = oneLine(text);
  return line.length > reasonCharactersMax ? `${line.slice(0, reasonCharactersMax - 1)}…` : line;
}
