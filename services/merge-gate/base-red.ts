import { Effect } from "effect";
import { issueAt } from "#contracts/aggregates.ts";
import { type Base, baseTopic, foldLine } from "#contracts/base-line.ts";
import { redChecksOf } from "#contracts/gate/base-red.ts";
import type { Seen } from "#contracts/gate/snapshot.ts";
import { append, load } from "#kit/facts/aggregate.ts";
import type { Cause } from "#kit/facts/stamp.ts";
import { GitHub } from "#kit/github/github.ts";
import { readHeadChecks } from "#kit/github/head-checks.ts";
import { recordBroken } from "./decide-line.ts";
import { notTold } from "./not-yet.ts";

/**
 * Reads which required checks failed on the newest commit of the base. Asked for only of a change that lacks nothing else, because it is one
 * request more. What GitHub does not tell is asked for again: it told the same of the head.
 */
export const readBaseRed = Effect.fn("readBaseRed")(function* ({ on, forge }: Seen, { branch, baseSha }: Base) {
  const { required, number } = forge;
  if (required === null || "untold" in required) return [];
  const told = yield* Effect.catchTag(
    readHeadChecks(on, { number, headSha: baseSha, branch }),
    ["GitHubRefused", "NotTold"],
    ({ message }) => Effect.fail(notTold([message])),
  );
  return redChecksOf(required, told.head);
});

/**
 * Tells on its issue which merge of the gate broke the base: the one that made the commit on which checks fail, where they did not fail on the
 * commit before. Of a commit that a person pushed nobody is named.
 */
export const tellBroken = Effect.fn("tellBroken")(function* (cause: Cause, seen: Seen, base: Base) {
  const { owner, repo, branch, baseSha: mergeSha } = base;
  const github = yield* GitHub;
  const parents = yield* github.call("read the newest commit of the base", seen.on, async (octokit, at) => {
    return (await octokit.rest.repos.getCommit({ ...at, ref: mergeSha })).data.parents.map(({ sha }) => sha);
  });
  const [before] = parents;
  if (before === undefined) return;
  const { merged } = foldLine((yield* load(baseTopic({ ...base, baseSha: before }))).facts);
  if (merged?.mergeSha !== mergeSha) return;
  const redBefore = yield* readBaseRed(seen, { ...base, baseSha: before });
  const broken = seen.baseRed.filter((name) => !redBefore.includes(name));
  const { prNumber, issueNumber: number } = merged;
  const on = issueAt({ owner, repo, number });
  const key = { service: "merge-gate", cause, step: `broken by ${mergeSha}` } as const;
  yield* append(key, on, (history) => recordBroken({ on, prNumber, mergeSha, branch }, broken, history));
});
