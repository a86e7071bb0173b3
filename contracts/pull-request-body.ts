// The formats of a pull request's body that the rig writes and reads: the line that closes the issue, and the trailer with the epoch.

/** The parts of a pull request's body that programs read: the issue that the merge closes, and the epoch of the claim that wrote it. */
interface Marks {
  readonly issueNumber: number;
  readonly epoch: number;
}

/** The body of a pull request of the rig: the summary with its closing keywords disabled, then the closing line and the epoch trailer. */
export function pullRequestBody(summary: string, { issueNumber, epoch }: Marks): string {
  return `${closingNothing(summary).trim()}\n\n${closingLine(issueNumber)}\n\n${epochTrailer(epoch)}\n`;
}

/** The body of an open pull request for a later claim: its text is kept, the epoch replaced, and a missing closing line added. */
export function renewedBody(body: string, { issueNumber, epoch }: Marks): string {
  const kept = body.replaceAll(/^Rig-Epoch: .*\n?/gm, "").trimEnd();
  const closing = closedIssues(kept).includes(issueNumber) ? "" : `\n\n${closingLine(issueNumber)}`;
  return `${kept}${closing}\n\n${epochTrailer(epoch)}\n`;
}

/** The line that makes GitHub close the issue when the pull request is merged. */
export function closingLine(issueNumber: number): string {
  return `Closes #${issueNumber}`;
}

/** The line that names the epoch of the claim that wrote a pull request's body or a commit, such as `Rig-Epoch: 2`. */
export function epochTrailer(epoch: number): string {
  return `Rig-Epoch: ${epoch}`;
}

/** The epoch in the last such line of a pull request's body; null when there is none. */
export function epochIn(text: string | null): number | null {
  const found = [...(text ?? "").matchAll(/^Rig-Epoch: (\d{1,9})\s*$/gm)].at(-1)?.[1];
  return found === undefined ? null : Number(found);
}

/**
 * The numbers of the issues that GitHub closes when the pull request is merged, in text order, each once: `#N` after a closing keyword
 * (https://docs.github.com/issues/tracking-your-work-with-issues/using-issues/linking-a-pull-request-to-an-issue).
 */
export function closedIssues(text: string | null): readonly number[] {
  const keywords = /\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+#([1-9]\d{0,8})\b/gi;
  return [...new Set([...(text ?? "").matchAll(keywords)].map((match) => Number(match[1])))];
}

/**
 * Makes text of others safe for a pull request's body: it cannot close an issue. Each reference or link after a closing keyword is put into
 * backticks, because GitHub reads it as code then.
 */
export function closingNothing(text: string): string {
  const closing = /\b((?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+)((?:[\w.-]+\/[\w.-]+)?#\d+|https?:\/\/\S+)/gi;
  return text.replaceAll(closing, "$1`$2`");
}
