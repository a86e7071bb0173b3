import { Effect, Result } from "effect";
import { changeAt, type Place } from "#contracts/aggregates.ts";
import type { Base } from "#contracts/base-line.ts";
import { freezes } from "#contracts/events/operations.ts";
import { type Frozen, foldFreezes, freezeOf, withMoves } from "#contracts/freezes.ts";
import type { Check } from "#contracts/gate/condition.ts";
import type { Evaluation } from "#contracts/gate/evaluate.ts";
import { issueOfBranch } from "#contracts/issue-branch.ts";
import { readFact } from "#contracts/stored-fact.ts";
import { factFilter } from "#contracts/subjects.ts";
import { Bus } from "#kit/bus/bus.ts";
import { load, loadChange, loadFromLeader } from "#kit/facts/aggregate.ts";
import { GitHub } from "#kit/github/github.ts";
import { newestOf } from "./base-red.ts";

// The operator's freezes, as the gate meets them, and which changes are looked at again after what held all of a branch.

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
export function frozenChanges(into: Frozen) {
  const isHeld = ({ hold }: Check) => hold === "frozen" || hold === "merge-queue";
  return openChanges(into, ({ passed, checks }) => passed || checks.some(isHeld));
}

/** The open pull requests of the rig into this branch that its failed checks held by their last verdict; none where this is not its newest commit. */
export const changesHeldByRed = Effect.fn("changesHeldByRed")(function* (into: Base) {
  if ((yield* newestOf(into)) !== into.baseSha) return [];
  return yield* openChanges(into, ({ checks }) => checks.some(({ hold }) => hold === "base-red"));
});

/** The open pull requests of the rig of which the last verdict is so. */
const openChanges = Effect.fn("openChanges")(function* (
  { branch, owner, repo }: Frozen,
  isSo: (last: Evaluation) => boolean,
) {
  const github = yield* GitHub;
  const at = { owner, repo };
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
    const last = lives[at]?.lastGate ?? null;
    return last !== null && isSo(last);
  });
});
