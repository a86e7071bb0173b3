import { isSameRepository, type RepositoryRef, repositoryName } from "./aggregates.ts";
import type { Fact, FactOf } from "./envelope.ts";
import { nameAfter } from "./moves.ts";

/** What is frozen: the merges into one branch, or with `branch` null into every branch of the repository. */
export interface Frozen extends RepositoryRef {
  readonly branch: string | null;
}

/** A freeze that stands. `since`: ISO 8601 in UTC. */
export interface Freeze extends Frozen {
  readonly reason: string;
  readonly person: string;
  readonly since: string;
}

/** Computes the freezes that stand from the history of the topic `freezes`, oldest first. A second freeze of the same changes nothing. */
export function foldFreezes(facts: readonly FactOf<"fleet">[]): readonly Freeze[] {
  let standing: readonly Freeze[] = [];
  for (const { type, data, occurredAt } of facts) {
    if (type === "MERGES_FROZEN" && !standing.some((each) => isSame(each, data)))
      standing = [...standing, { ...data, since: occurredAt }];
    if (type === "MERGES_UNFROZEN") standing = standing.filter((each) => !isSame(each, data));
  }
  return standing;
}

/** Whether both name the same. Git tells branches apart by case, GitHub does not so with repositories. */
function isSame(one: Frozen, other: Frozen): boolean {
  return isSameRepository(one, other) && one.branch === other.branch;
}

/** The freezes under the names of now too: a repository that gets another one keeps its freeze. */
export function withMoves(standing: readonly Freeze[], facts: readonly Fact[]): readonly Freeze[] {
  return standing.flatMap((freeze) => {
    const now = nameAfter(freeze, facts, Date.parse(freeze.since));
    return isSameRepository(now, freeze) ? [freeze] : [freeze, { ...freeze, ...now }];
  });
}

/** The oldest freeze that holds merges into this branch; null where there is none. */
export function freezeOf(standing: readonly Freeze[], into: Frozen): Freeze | null {
  return standing.find((each) => isSameRepository(each, into) && isPartOf(into.branch, each.branch)) ?? null;
}

function isPartOf(branch: string | null, frozen: string | null): boolean {
  return frozen === null || frozen === branch;
}

/** What is frozen, as a person writes it: `acme/shop@main`, or `acme/shop` for every branch. */
export function frozenName({ branch, ...at }: Frozen): string {
  return `${repositoryName(at)}${branch === null ? "" : `@${branch}`}`;
}

/** What is frozen, from how a person writes it; null where it names no repository. */
export function frozenNamed(text: string): Frozen | null {
  const [, owner, repo, branch = null] = /^([^/#@\s]+)\/([^/#@\s]+)(?:@(\S+))?$/.exec(text) ?? [];
  return owner === undefined || repo === undefined ? null : { owner, repo, branch };
}
