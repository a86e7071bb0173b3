import { isSameRepository, type RepositoryRef, repositoryName } from "#contracts/aggregates.ts";
import type { Fact } from "#contracts/envelope.ts";
import { type Frozen, frozenName } from "#contracts/freezes.ts";
import { nameAfter } from "#contracts/moves.ts";
import { aggregateFilter, deliveriesFilter, factFilter, placeNamed } from "#contracts/subjects.ts";
import { similar } from "#kit/process/nearest.ts";
import type { Operator } from "./connection.ts";

// Whether a freeze holds anything: a name that is misspelled names nothing.

/** What the rig has seen: repositories as GitHub spells them, their moves, and the branches into which the gate merges in the one that is meant. */
export interface SeenNames {
  readonly repositories: readonly RepositoryRef[];
  readonly moves: readonly Fact[];
  readonly branches: readonly string[];
}

/** Reads what the rig has seen, from the deliveries of 90 days and the labels of all times. */
export async function readSeenNames({ bus, facts }: Pick<Operator, "bus" | "facts">, at: Frozen): Promise<SeenNames> {
  const manager = await bus.jetstream.jetstreamManager();
  const subjectsOn = async (stream: string, filter: string) =>
    Object.keys((await manager.streams.info(stream, { subjects_filter: filter })).state.subjects ?? {});
  const subjects = await Promise.all([
    subjectsOn("GITHUB", deliveriesFilter),
    subjectsOn("EVENTS", factFilter("ISSUE_LABELED")),
  ]);
  const places = subjects.flat().flatMap((subject) => placeNamed(subject) ?? []);
  const byName = new Map(places.map(({ owner, repo }) => [repositoryName({ owner, repo }), { owner, repo }]));
  const issues = places.filter((place) => isSameRepository(place, at) && place.number !== null);
  const labelled = await Promise.all(
    issues
      .slice(-labelsMax)
      .map(({ owner, repo, number }) => facts(aggregateFilter({ kind: "issue", owner, repo, number: number ?? 0 }))),
  );
  const branches = labelled.flat().flatMap(({ type, data }) => (type === "ISSUE_LABELED" ? [data.defaultBranch] : []));
  return {
    repositories: [...byName.values()],
    moves: await facts(factFilter("REPOSITORY_MOVED")),
    branches: [...new Set(branches)],
  };
}

/** 20 issues: a default branch seldom gets another name. */
const labelsMax = 20;

/** Why a freeze of this would hold nothing, with what is meant; null where it may hold something. */
export function unseenName(frozen: Frozen, { repositories, moves, branches }: SeenNames): string | null {
  const named = repositoryName(frozen);
  const now = nameAfter(frozen, moves);
  if (!isSameRepository(now, frozen))
    return `${named} has another name: it is ${repositoryName(now)} now. ${meant({ ...frozen, ...now })}`;
  if (!repositories.some((each) => isSameRepository(each, frozen))) {
    const near = similar(repositories.map(repositoryName), named);
    const nearest = repositories.find((each) => repositoryName(each) === near);
    const hint = nearest === undefined ? "" : ` ${meant({ ...frozen, ...nearest })}`;
    return `The rig has never seen the repository ${named}.${hint}`;
  }
  const { branch } = frozen;
  if (branch === null || branches.length === 0 || branches.includes(branch)) return null;
  const into = branches.map((name) => frozenName({ ...frozen, branch: name })).join(", ");
  return `The gate merges nothing into ${frozenName(frozen)}. It merges into ${into}.`;
}

function meant(frozen: Frozen): string {
  return `Is ${frozenName(frozen)} meant?`;
}
