/**
 * The issues that a pull request's text closes when it is merged, in their order, each once: GitHub's closing keywords
 * before `#N` (https://docs.github.com/issues/tracking-your-work-with-issues/using-issues/linking-a-pull-request-to-an-issue).
 */
export function closedIssues(text: string | null): readonly number[] {
  const keywords = /\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+#([1-9]\d{0,8})\b/gi;
  return [...new Set([...(text ?? "").matchAll(keywords)].map((match) => Number(match[1])))];
}

/**
 * Text of others for a place where closing keywords work: it may not close an issue. In backticks GitHub takes a reference, or a
 * link, for code.
 */
export function closingNothing(text: string): string {
  const closing = /\b((?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+)((?:[\w.-]+\/[\w.-]+)?#\d+|https?:\/\/\S+)/gi;
  return text.replaceAll(closing, "$1`$2`");
}

/** The trailer by which a pull request's body says which claim of its issue it belongs to. */
export function epochTrailer(epoch: number): string {
  return `Rig-Epoch: ${epoch}`;
}

/** The epoch in a pull request's body: the last trailer counts, null when there is none. */
export function epochIn(text: string | null): number | null {
  const found = [...(text ?? "").matchAll(/^Rig-Epoch: (\d{1,9})\s*$/gm)].at(-1)?.[1];
  return found === undefined ? null : Number(found);
}
