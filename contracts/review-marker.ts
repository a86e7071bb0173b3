/** What a review of Review-E is of: a head, and the text that was approved of the issue (`approvedTextHash`). */
export interface Reviewed {
  readonly headSha: string;
  readonly textSha256: string;
}

/** The marker at the end of Review-E's review. By it Review-E finds its review again after a crash, and the gate sees of which text it is. */
export function reviewMarker({ headSha, textSha256 }: Reviewed): string {
  return `<!-- rig:review ${headSha} ${textSha256} -->`;
}

/** The hash of the text that a review is of; null without a marker. The last one counts: what a model wrote stands above it. */
export function textReviewed(body: string): string | null {
  return [...body.matchAll(/<!-- rig:review \w+ (?<text>[0-9a-f]{64}) -->/g)].at(-1)?.groups?.text ?? null;
}
