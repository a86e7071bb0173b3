import type { Text, TextRef } from "./text.ts";
import { oneLine } from "./untrusted.ts";

/** The fields `reason` and `details` of a fact: a sentence that the rig writes, and what others wrote about the reason. */
export interface Why {
  readonly reason: string;
  readonly details: Text | TextRef | null;
}

/** Makes a `Why` from a sentence, which is cut at 500 characters, and from text of others, which is stored on TEXT. */
export function because(reason: string, details: string | null = null): Why {
  return { reason: sentence(reason), details: details === null ? null : { text: details } };
}

/** 500 characters: five lines of a terminal. Longer text belongs into `details`. */
export const reasonCharactersMax = 500;

/** Makes a text fit for a fact's `reason`: one line, cut at 500 characters. */
export function sentence(text: string): string {
  const line = oneLine(text);
  // A cut between the two halves of a character leaves one that Postgres refuses; `toWellFormed` replaces it.
  return (line.length > reasonCharactersMax ? `${line.slice(0, reasonCharactersMax - 1)}…` : line).toWellFormed();
}
