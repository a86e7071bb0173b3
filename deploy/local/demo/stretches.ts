import type { Fact } from "#contracts/envelope.ts";

/** One stretch of an issue's way, without gap or overlap to the next one. */
export interface Stretch {
  readonly what: string;
  readonly ms: number;
}

/**
 * Where every second went: the time from the label to the end, cut at the facts that hand the issue on. The stretches add up to the
 * whole, so nothing can hide between them.
 */
export function stretches(facts: readonly Fact[]): readonly Stretch[] {
  const cuts = facts
    .map((fact) => ({ atMs: Date.parse(fact.occurredAt), next: follows(fact) }))
    .filter((cut): cut is { atMs: number; next: string } => cut.next !== null)
    .sort((a, b) => a.atMs - b.atMs);
  return cuts.flatMap(({ atMs, next }, index) => {
    const end = cuts[index + 1];
    return end === undefined ? [] : [{ what: next, ms: end.atMs - atMs }];
  });
}

/** What goes on after this fact, or null when it hands nothing on. */
function follows(fact: Fact): string | null {
  switch (fact.type) {
    case "ISSUE_LABELED":
      return "dispatcher reads the repository's file and queues";
    case "ISSUE_QUEUED":
      return `waits for an agent (attempt ${fact.data.attempt})`;
    case "ISSUE_ASSIGNED":
      return `dev-e clones (attempt ${fact.data.attempt})`;
    case "WORK_STARTED":
      return `dev-e writes, tests and pushes (${fact.data.task})`;
    case "RUN_SUCCEEDED":
      return "review-e reads and writes its review";
    case "REVIEW_CHANGES_REQUESTED":
      return "dispatcher queues the fix";
    case "REVIEW_PASSED":
      return "merge gate waits for the checks and evaluates";
    case "MERGE_REQUESTED":
      return "forge merges";
    case "MERGED":
      return "dispatcher ends the issue";
    case "ISSUE_DONE":
      return "end";
    default:
      return null;
  }
}
