import { inspect } from "node:util";

// Titles and texts are written by strangers. Everything that the operator's commands print goes through here.

/**
 * What a terminal obeys and does not show: control characters (C0 with ESC and CR, DEL, C1), line separators, and the marks that change the
 * direction of writing (Unicode TR9).
 */
const unshown = /[\p{Cc}\u2028\u2029\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu;

/** Makes a text fit for one line of a terminal: each character that would not be shown is written as `\u001b`. */
export function visible(text: string): string {
  return text.replace(unshown, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** The first line of a text, and of that so many characters at most. */
export function firstLine(text: string, charactersMax = 90): string {
  const line = text.split(/[\n\v\f\r\u0085\u2028\u2029]/u)[0] ?? "";
  return line.length > charactersMax ? `${line.slice(0, charactersMax - 1)}…` : line;
}

/** Whether a text ends as a sentence does. */
export function isSentence(text: string): boolean {
  return /[.!?…]$/.test(text);
}

/** The text with a full stop, where it has no end of a sentence. */
export function asSentence(text: string): string {
  return isSentence(text) ? text : `${text}.`;
}

/** Prints one line. */
export function printLine(text: string): void {
  console.log(visible(text));
}

/** Prints what went wrong on stderr. Line breaks stay, because the help and some errors have several lines. */
export function printError(error: unknown): void {
  const text = typeof error === "string" ? error : inspect(error);
  console.error(text.split("\n").map(visible).join("\n"));
}

/** Prints JSON. What a terminal would obey is escaped, so the value is the same for a program. */
export function printJson(value: unknown, indent?: number): void {
  const lines = JSON.stringify(value, null, indent).split("\n");
  console.log(lines.map(visible).join("\n"));
}
