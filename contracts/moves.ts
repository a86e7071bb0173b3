import { isSameRepository, type RepositoryRef } from "./aggregates.ts";
import type { Fact } from "./envelope.ts";

/** The name of a repository after all moves since a moment, in milliseconds. A name may be given to another repository later. */
export function nameAfter({ owner, repo }: RepositoryRef, facts: readonly Fact[], sinceMs = 0): RepositoryRef {
  let now: RepositoryRef = { owner, repo };
  for (const { type, data, occurredAt } of facts) {
    if (type !== "REPOSITORY_MOVED" || Date.parse(occurredAt) < sinceMs) continue;
    if (isSameRepository(now, { owner: data.fromOwner, repo: data.fromRepo }))
      now = { owner: data.owner, repo: data.repo };
  }
  return now;
}
