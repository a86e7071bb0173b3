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

/** The line in a pull request's body that names the epoch of the claim that wrote it, such as `Rig-Epoch: 2`. */
export function epochTrailer(epoch: number): string {
  return `Rig-Epoch: ${epoch}`;
}

/** The epoch in the last such line of a pull request's body; null when there is none. */
export function epochIn(text: string | null): number | null {
  const found = [...(text ?? "").matchAll(/^Rig-Epoch: (\d{1,9})\s*$/gm)].at(-1)?.[1];
  return found === undefined ? null : Number(found);
}
