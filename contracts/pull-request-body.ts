import { closingNothing } from "./closing.ts";

// The formats of a pull request's body that the rig writes and reads: the line that closes the issue, and the trailer with the epoch. They
// stand at the top: nothing above them can hide them, and what a model or a person writes stands below.

/** The parts of a pull request's body that programs read: the issue that the merge closes, and the epoch of the claim that wrote it. */
interface Marks {
  readonly issueNumber: number;
  readonly epoch: number;
}

/** The body of a pull request of the rig: the closing line, the epoch trailer, and the summary as a quotation. */
export function pullRequestBody(summary: string, marks: Marks): string {
  return withMarks(quotation(summary), marks);
}

/** The body of an open pull request for a later claim: the closing line and the epoch of that claim at the top, and its text as it was. */
export function renewedBody(body: string, marks: Marks): string {
  const text = body
    .replaceAll(/^Rig-Epoch:[^\n\r\u2028\u2029]*(?:\r\n|[\n\r\u2028\u2029]|$)/gm, "")
    .replace(new RegExp(`^\\s*${closingLine(marks.issueNumber)}[ \\t]*(?:\\r\\n|\\n|\\r|$)`), "");
  return withMarks(text, marks);
}

function withMarks(text: string, { issueNumber, epoch }: Marks): string {
  // Only whole blank lines go: blanks at the beginning of a line can mean something in Markdown.
  const rest = text.replace(/^(?:[^\S\r\n]*[\r\n])+/, "").trimEnd();
  const parts = [closingLine(issueNumber), epochTrailer(epoch), rest].filter((part) => part !== "");
  return `${parts.join("\n\n")}\n`;
}

/** 10 000 characters: GitHub takes 65 536 in a body, and nobody reads a longer summary. */
const summaryCharactersMax = 10_000;

/**
 * Text of a model as a code block inside of a block quote. Nothing in it is Markdown or HTML: it opens no comment and no fence that hides
 * what follows, mentions nobody and links to nothing (https://spec.commonmark.org/0.31.2/#fenced-code-blocks). Each of its lines begins
 * with `>`, so none of them is a trailer.
 */
function quotation(text: string): string {
  const plain = closingNothing(text.slice(0, summaryCharactersMax).toWellFormed())
    .split(/\r\n|[\n\r\v\f\u0085\u2028\u2029]/)
    .map((line) => line.replaceAll(/[^\P{Cc}\t]/gu, "").trimEnd())
    .join("\n")
    .trim();
  if (plain === "") return "";
  const longest = Math.max(0, ...[...plain.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(Math.max(3, longest + 1));
  return [`${fence}text`, ...plain.split("\n"), fence].map((line) => `> ${line}`.trimEnd()).join("\n");
}

/** The line that makes GitHub close the issue when the pull request is merged. */
export function closingLine(issueNumber: number): string {
  return `Closes #${issueNumber}`;
}

/** The line that names the epoch of the claim that wrote a pull request's body or a commit, such as `Rig-Epoch: 2`. */
export function epochTrailer(epoch: number): string {
  return `Rig-Epoch: ${epoch}`;
}

/** The epoch in the first such line of a pull request's body; null when there is none. */
export function epochIn(text: string | null): number | null {
  const found = /^Rig-Epoch: (\d{1,9})\s*$/m.exec(text ?? "")?.[1];
  return found === undefined ? null : Number(found);
}
