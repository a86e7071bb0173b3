import { Effect } from "effect";
import { issueAt } from "#contracts/aggregates.ts";
import { type Base, baseTopic, foldLine } from "#contracts/base-line.ts";
import type { Consumes } from "#contracts/choreography.ts";
import { redChecksOf } from "#contracts/gate/base-red.ts";
import type { Required } from "#contracts/gate/snapshot.ts";
import { append, load } from "#kit/facts/aggregate.ts";
import { OperatorPolicy } from "#kit/policy/policy.ts";
import { isAsTested, mergedHead } from "./as-tested.ts";
import { newestOf, readEnded, readPassed } from "./base-red.ts";
import { brokenIn, recordBroken } from "./decide-broken.ts";
import { readRequired } from "./demanded.ts";
import { notTold } from "./not-yet.ts";
import { proposeRevert } from "./revert.ts";

// Which merge of the gate broke the base.

type Cause = Consumes<"merge-gate">;

/** 10: what more merges before did is found by a person. Each costs one request. */
const mergesBackMax = 10;

/**
 * Names the merge that broke each of these checks, which failed on a commit of the base: the merge that made that commit, or an earlier one as far
 * back as the same check failed there too. Nobody is named for a check that did not pass on the commit before the red one, and none for a commit that
 * a person pushed, or moved the base for in its moment, or for what is before it.
 */
export const nameBreaking = Effect.fn("nameBreaking")(function* (
  cause: Cause,
  { base, red, required }: { readonly base: Base; readonly red: readonly string[]; readonly required: Required },
) {
  let [at, left] = [base, red];
  for (let back = 0; back < mergesBackMax && left.length > 0; back += 1) {
    const { madeBy } = foldLine((yield* load(baseTopic(at))).facts);
    if (madeBy === null) return;
    const { prNumber, issueNumber: number, prevSha } = madeBy;
    const on = issueAt({ ...at, number });
    const { branch, baseSha: mergeSha } = at;
    const { facts } = yield* load(on);
    const known = brokenIn(facts, mergeSha);
    if (known !== undefined && known.causationId !== cause.id) return;
    if (!(yield* isAsTested(at, [mergeSha, mergedHead(madeBy, facts)]))) return;
    const before = yield* readEnded(at, { number: prNumber, headSha: prevSha, branch }, required);
    const broken = left.filter((name) => !before.red.includes(name) && before.passed.includes(name));
    const key = { service: "merge-gate", cause, step: `broken by ${mergeSha}` } as const;
    yield* append(key, on, (history) => recordBroken({ on, prNumber, mergeSha, branch }, broken, history));
    // Of two gates that found the same the one whose fact is stored proposes the revert, also when its message is redelivered after a crash.
    const told = brokenIn((yield* load(on)).facts, mergeSha);
    if (told?.causationId === cause.id) yield* proposeRevert(cause, on, told.data);
    left = left.filter((name) => before.red.includes(name));
    at = { ...at, baseSha: prevSha };
  }
});

/** A check ended badly on a commit of the base. Where it is required, and did not pass on the newest commit since, the merge that broke it is named. */
export const examineBase = Effect.fn("examineBase")(function* (cause: Extract<Cause, { type: "BASE_CHECKED" }>) {
  const { owner, repo, branch, baseSha } = cause.data;
  const base: Base = { owner, repo, branch, baseSha };
  const { gate } = yield* OperatorPolicy;
  const { madeBy } = foldLine((yield* load(baseTopic(base))).facts);
  if (madeBy === null || gate.mode === "shadow") return;
  const { prNumber: number } = madeBy;
  const { asked: required } = yield* Effect.catchTag(
    readRequired({ owner, repo, number }, { number, headSha: baseSha, baseBranch: branch }, null),
    ["GitHubRefused", "NotTold"],
    ({ message }) => Effect.fail(notTold([message])),
  );
  if (required === null || "untold" in required)
    return yield* notTold([required?.untold ?? `GraphQL does not tell the checks of ${baseSha}`]);
  const newest = yield* newestOf(base);
  const passed = newest === baseSha ? [] : yield* readPassed(base, { number, headSha: newest, branch });
  const red = redChecksOf(required, required.head).filter((name) => !passed.includes(name));
  yield* nameBreaking(cause, { base, red, required });
});
