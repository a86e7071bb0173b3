import type { ChangeLife } from "./change-life.ts";
import type { RunState } from "./issue-run.ts";

/** The head of a pull request. */
interface Head {
  readonly prNumber: number;
  readonly headSha: string;
}

/** Whether the last attempt was to fix this head. */
export function isFixOf({ fixOf }: Pick<RunState, "fixOf">, { prNumber, headSha }: Head): boolean {
  return fixOf?.prNumber === prNumber && fixOf.headSha === headSha;
}

/**
 * Whether the fix of this head has ended and its own head was not seen yet. Once either of the two was replaced, this head came back and is
 * fixed again: the push of either one may never be told. While the fix is under way it is awaited too.
 */
export function isFixAwaited(
  issue: Pick<RunState, "fixOf" | "endedHead">,
  { supersededHeads }: Pick<ChangeLife, "supersededHeads">,
  head: Head,
): boolean {
  return isFixOf(issue, head) && ![head.headSha, issue.endedHead].some((sha) => supersededHeads.includes(sha ?? ""));
}
