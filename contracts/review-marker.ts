/** What a review of Review-E is of: a head, the text that was approved of the issue (`approvedTextHash`), and the merge base of head and base. */
export interface Reviewed {
  readonly headSha: string;
  readonly textSha256: string;
  /** The commit that its diff begins at. It moves when the base gets commits that the head has, or loses some of them. */
  readonly mergeBase: string;
}

/** The marker at the end of Review-E's review. By it Review-E finds its review again after a crash, and the gate sees what it is of. */
export function reviewMarker({ headSha, textSha256, mergeBase }: Reviewed): string {
  return `<!-- rig:review ${headSha} ${textSha256} ${mergeBase} -->`;
}

const marker = /<!-- rig:review (?<markedHead>\w+) (?<textSha256>[0-9a-f]{64})(?: (?<mergeBase>\w+))? -->/g;

/** What a review names in its marker; null for what it does not name. */
interface Marked {
  readonly markedHead: string | null;
  readonly textSha256: string | null;
  readonly mergeBase: string | null;
}

/** What a review names in its marker. The last marker counts: what a model wrote stands above it. */
export function reviewedIn(body: string): Marked {
  const { markedHead = null, textSha256 = null, mergeBase = null } = [...body.matchAll(marker)].at(-1)?.groups ?? {};
  return { markedHead, textSha256, mergeBase };
}
