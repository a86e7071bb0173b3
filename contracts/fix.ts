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

/** 1 s: GitHub's times have whole seconds. */
const secondMs = 1_000;

/**
 * The head with which the last attempt ended; null where GitHub told of that head before the fix began. A fix makes a head that was not there,
 * so it is an agent's false word, by which the head to fix would seem to have come back.
 */
export function endedHeadOf(
  { endedHead, fixSince }: Pick<RunState, "endedHead" | "fixSince">,
  { headsSince }: Pick<ChangeLife, "headsSince">,
): string | null {
  const since = Date.parse(headsSince[endedHead ?? ""] ?? "");
  return since + secondMs < Date.parse(fixSince ?? "") ? null : endedHead;
}

/**
 * The heads that another one replaced since the last fix began. One that was replaced before may have come back before, and was fixed then: that
 * says nothing of what followed the fix.
 */
export function replacedSinceFix(
  { fixSince }: Pick<RunState, "fixSince">,
  { supersededHeads, replacedAt }: Pick<ChangeLife, "supersededHeads" | "replacedAt">,
): readonly string[] {
  const began = Date.parse(fixSince ?? "");
  return supersededHeads.filter((head) => !(Date.parse(replacedAt[head] ?? "") + secondMs < began));
}

/** Whether the fix of this head is awaited, by all that is known of its issue and its change. */
export function awaitsFix(
  issue: Pick<RunState, "fixOf" | "endedHead" | "fixSince">,
  change: Pick<ChangeLife, "headsSince" | "supersededHeads" | "replacedAt">,
  head: Head,
): boolean {
  const believed = { fixOf: issue.fixOf, endedHead: endedHeadOf(issue, change) };
  return isFixAwaited(believed, { supersededHeads: replacedSinceFix(issue, change) }, head);
}

/**
 * Whether the fix of this head has ended and its own head was not seen yet. Once either of the two was replaced, this head came back and is
 * fixed again: the push of either one may never be told. While the fix is under way it is awaited too. `endedHead` is that of `endedHeadOf`,
 * and `supersededHeads` are those of `replacedSinceFix`.
 */
export function isFixAwaited(
  issue: Pick<RunState, "fixOf" | "endedHead">,
  { supersededHeads }: Pick<ChangeLife, "supersededHeads">,
  head: Head,
): boolean {
  return isFixOf(issue, head) && ![head.headSha, issue.endedHead].some((sha) => supersededHeads.includes(sha ?? ""));
}
