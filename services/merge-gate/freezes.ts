import { Effect, Result } from "effect";
import { changeAt, type Place } from "#contracts/aggregates.ts";
import { freezes } from "#contracts/events/operations.ts";
import { type Frozen, foldFreezes, freezeOf, withMoves } from "#contracts/freezes.ts";
import { issueOfBranch } from "#contracts/issue-branch.ts";
import { readFact } from "#contracts/stored-fact.ts";
import { factFilter } from "#contracts/subjects.ts";
import { Bus } from "#kit/bus/bus.ts";
import { load, loadChange, loadFromLeader } from "#kit/facts/aggregate.ts";
import { GitHub } from "#kit/github/github.ts";

// The operator's freezes, as the gate meets them.

/** The freeze that holds merges into a branch, as the leader of EVENTS has it: a follower that is behind would show one too late. A repository keeps its freeze under another name. */
export const readFreeze = Effect.fn("readFreeze")(function* (into: Frozen) {
  const { facts } = yield* loadFromLeader(freezes, yield* load(freezes));
  const standing = foldFreezes(facts);
  return standing.length === 0 ? null : freezeOf(withMoves(standing, yield* readMoves), into);
});

const readMoves = Effect.gen(function* () {
  const stored = yield* (yield* Bus).read("EVENTS", factFilter("REPOSITORY_MOVED"));
  return stored.flatMap(({ subject, payload }) => {
    const fact = readFact(subject, payload);
    return Result.isSuccess(fact) ? [fact.success] : [];
  });
});

/** The open pull requests of the rig that a freeze may hold: those of which the last verdict says so, or that they may be merged or are in a merge queue. */
export const frozenChanges = Effect.fn("frozenChanges")(function* ({ branch, ...at }: Frozen) {
  const github = yield* GitHub;
  const listed = yield* github.call("list the open pull requests", at, async (octokit, repository) => {
    const into = branch === null ? {} : { base: branch };
    return octokit.paginate(octokit.rest.pulls.list, { ...repository, ...into, state: "open", per_page: 100 });
  });
  const own = listed.filter(
    ({ head, base }) => head.repo?.id === base.repo.id && issueOfBranch(head.ref) !== undefined,
  );
  // The histories stand under the names as GitHub spells them.
  const places = own.map(({ number, base }): Place => ({ owner: base.repo.owner.login, repo: base.repo.name, number }));
  const lives = yield* Effect.forEach(places, (place) => loadChange(changeAt(place)));
  return places.filter((_, at) => {
    const last = lives[at]?.lastGate;
    return (
      last?.passed === true || last?.checks.some(({ hold }) => hold === "frozen" || hold === "merge-queue") === true
    );
  });
});
